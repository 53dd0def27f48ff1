"""Importing sessionlab costs little: what is heavy is loaded by those who use it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "IPython",
    "alpaca",
    "anywidget",
    "dask",
    "empyrical",
    "exchange_calendars",
    "fsspec",
    "ipywidgets",
    "jinja2",
    "joblib",
    "keyring",
    "matplotlib",
    "nbconvert",
    "numba",
    "papermill",
    "plotly",
    "pydantic",
    "rich",
    "scipy",
    "talib",
    "tqdm",
    "typer",
)


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after ``code``."""
    tell = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.fixture(scope="module")
def pandas_alone() -> set[str]:
    return loaded_by("import pandas")


@pytest.mark.parametrize(
    "code", ["import sessionlab", "import sessionlab; sessionlab.Lab, sessionlab.SessionConfig, sessionlab.store"]
)
def test_import_loads_nothing_heavy_beyond_pandas(code: str, pandas_alone: set[str]) -> None:
    assert loaded_by(code) & set(HEAVY) <= pandas_alone


def test_star_import_and_dir_know_the_lab() -> None:
    import sessionlab

    assert {"Lab", "SessionConfig", "demo"} <= set(dir(sessionlab))
