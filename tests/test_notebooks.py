"""A notebook in the repository is small, was run, and holds nothing but cells and their outputs.

That its outputs still come out is nbval's part, which runs every notebook beside these tests.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

from sessionlab.notebooks import check, declared

MEGABYTE = 1_000_000
FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("**/*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(path: Path) -> list[tuple[int, Any]]:
    cells = enumerate(read(path).cells, start=1)
    return [(number, output) for number, cell in cells if cell.cell_type == "code" for output in cell.outputs]


def sanitized(text: str) -> str:
    """What nbval compares of ``text``."""
    for pattern, replacement in get_sanitize_patterns((FOLDER / "sanitize.cfg").read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text


def test_only_what_no_two_runs_share_is_left_out_of_the_comparison() -> None:
    assert sanitized("load 1.25 ms, 0.8 s in all") == "load A-TIME, A-TIME in all"
    assert sanitized("1,234,567 bars/s at 0x7f00deadbeef") == "A-SPEED at AN-ADDRESS"
    assert sanitized("5m bars, 1s bars, 390 bars, 99.7436 %") == "5m bars, 1s bars, 390 bars, 99.7436 %"


@each_notebook
def test_a_notebook_is_under_one_megabyte(path: Path) -> None:
    assert path.stat().st_size < MEGABYTE


@each_notebook
def test_a_notebook_holds_no_widget_state(path: Path) -> None:
    assert "widgets" not in read(path).metadata, "save it without widget state, or clear the outputs and run it again"


@each_notebook
def test_a_notebook_holds_no_error(path: Path) -> None:
    errors = [(number, output.ename) for number, output in outputs(path) if output.output_type == "error"]

    assert errors == []


@each_notebook
def test_a_notebook_was_run_from_its_first_cell_to_its_last(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]

    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_the_report_notebook_takes_a_config_and_shows_pictures_without_javascript() -> None:
    path = FOLDER / "05_report.ipynb"
    known = declared(read(path), path)
    shown = [set(output.data) for _, output in outputs(path)]

    assert {name: one.hint for name, one in known.items()} == {"config": str, "changes": dict, "minutes": int, "risk": float}
    assert check(path, {"minutes": "30"}, {"seed": 7}, value_of=int).config is not None
    assert sum("image/svg+xml" in kinds for kinds in shown) >= 2
    assert all(kinds & {"image/svg+xml", "text/html"} or kinds == {"text/plain"} for kinds in shown)
    assert not any(kind.startswith("application/") for kinds in shown for kind in kinds)
