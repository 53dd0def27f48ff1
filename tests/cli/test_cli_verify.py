"""``sessionlab run -o FOLDER`` and ``sessionlab verify FOLDER``: the run is kept, and checked from anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cli.conftest import write_minutes

import sessionlab as sl

MODULE = """
import sessionlab as sl
from my_levels import LEVEL


class Cross(sl.Strategy):
    fast: int = 3

    def on_bar(self, ctx, symbol):
        print("seen", symbol)
        bars = ctx[symbol].bars("1m")
        if len(bars) % self.fast == 0:
            ctx.target(symbol, LEVEL if len(bars) // self.fast % 2 else 0)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a config on a store beside it, named by a relative path, and a strategy that needs another module."""
    (tmp_path / "my_cross.py").write_text(MODULE)
    (tmp_path / "my_levels.py").write_text("LEVEL = 7\n")
    for symbol in ("SPY", "AIG"):
        write_minutes(tmp_path / "data", symbol, "2025-07-02", without=("10:00",) if symbol == "AIG" else ())
    document = {
        "session_name": "Kept",
        "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-02"},
        "session_data_config": {"symbols": ["SPY", "AIG"], "streams": ["1m", "5m"]},
        "trading_config": {"max_buying_power": 1e5, "max_per_trade": 1e4, "max_per_symbol": 2e4, "max_open_positions": 5},
        "api_config": {"data_api": "local", "data_path": "data"},
    }
    (tmp_path / "kept.json").write_text(json.dumps(document))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("my_cross", "my_levels"):
        sys.modules.pop(name, None)


RUN = ("run", "kept.json", "--strategy", "my_cross:Cross", "-p", "fast=4")


@pytest.fixture
def saved(cli: Any, here: Path) -> Path:
    result = cli(*RUN, "-o", "runs/x", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    return here / "runs" / "x"


def test_run_saves_the_run_into_a_folder_that_it_makes(cli: Any, here: Path) -> None:
    result = cli(*RUN, "-o", "runs/x")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "saved in runs/x; check it with sessionlab verify runs/x"
    loaded = sl.RunResult.load("runs/x")
    assert loaded.complete
    assert loaded.manifest["strategies"][0]["parameters"] == {"fast": 4}
    assert len(loaded.fills) > 20


def test_a_folder_that_is_there_is_refused_before_the_run(cli: Any, saved: Path, here: Path) -> None:
    (here / "other").mkdir()
    (here / "other" / "notes.md").write_text("mine")
    for output, told in (("runs/x", "holds a saved run already"), ("other", "is no saved run"), ("kept.json/x", "is a file")):
        result = cli(*RUN, "-o", output, "-v")

        assert result.exit_code == 2
        assert told in result.stderr
        assert "session opened" not in result.stderr
    assert cli(*RUN, "-o", "runs/x", "--overwrite", "-q").exit_code == 0
    assert cli(*RUN, "--overwrite").exit_code == 2


def test_a_run_that_fails_is_saved_to_where_it_came(cli: Any, here: Path) -> None:
    text = MODULE.replace('print("seen", symbol)', "assert len(ctx[symbol].bars('1m')) < 50, 'enough'")
    (here / "my_cross.py").write_text(text)
    result = cli(*RUN, "-o", "runs/failed")

    assert result.exit_code == 1
    assert "what there was until then is in " in result.stderr
    assert f"{sl.RunResult.load('runs/failed').stopped_at:%H:%M}" == "10:20"
    assert cli("verify", "runs/failed").exit_code == 0


def test_an_untouched_run_is_the_same_from_another_folder_without_its_modules(
    cli: Any, saved: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "my_cross.py").write_text("raise RuntimeError")
    (here / "my_levels.py").unlink()
    (here / "kept.json").unlink()
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    result = cli("verify", saved)

    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines()[-1].startswith("Kept: every file as it was written; 1 sessions run again: the same; ")


def test_an_untouched_run_is_the_same_in_another_process(saved: Path, here: Path) -> None:
    (here / "elsewhere").mkdir()
    run = subprocess.run(
        [sys.executable, "-m", "sessionlab", "verify", str(saved), "--json"],
        cwd=here / "elsewhere",
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert (told["same"], told["differs"], told["data"], told["raised"]) == (True, [], [], None)
    assert "seen SPY" in run.stderr


def test_changed_data_is_named_and_what_came_of_it(cli: Any, saved: Path, here: Path) -> None:
    write_minutes(here / "data", "AIG", "2025-07-02", without=("10:00", "10:01"))
    result, told = cli("verify", saved), json.loads(cli("verify", saved, "--json").stdout)

    assert result.exit_code == 1
    assert "the data changed: AIG 1m" in result.stderr
    assert told["data"] == ["AIG 1m"]
    assert told["same"] is False
    assert {"artifact": "gaps", "row": 0, "column": "end"}.items() <= next(
        one for one in told["differs"] if one["artifact"] == "gaps"
    ).items()


@pytest.mark.parametrize("name", ["config.json", "strategies/Cross.py", "tables/fills.parquet", "manifest.json", "result.json"])
def test_a_changed_file_is_bad_input_and_named(cli: Any, saved: Path, name: str) -> None:
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    result = cli("verify", saved)

    assert result.exit_code == 2
    assert f"{name} was changed since it was written" in result.stderr or f"{name} cannot be read" in result.stderr
    assert result.stdout == ""


def test_data_that_moved_is_found_with_source(cli: Any, saved: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "data").rename(here / "moved")
    lost, found = cli("verify", saved), cli("verify", saved, "--source", f"local:{here / 'moved'}", "-q")

    assert lost.exit_code == 2
    assert "--source" in lost.stderr
    assert (found.exit_code, found.stderr) == (0, "")


def test_what_is_no_saved_run_is_bad_input(cli: Any, here: Path) -> None:
    for folder in ("none", "data"):
        result = cli("verify", folder)

        assert result.exit_code == 2
        assert "so it is no saved run" in result.stderr


def test_the_verdict_goes_into_a_file_too(cli: Any, saved: Path, here: Path) -> None:
    assert cli("verify", saved, "-q", "-o", "told.json").exit_code == 0
    assert json.loads((here / "told.json").read_text())["same"] is True


def test_the_command_is_kept_apart_and_without_secrets(here: Path) -> None:
    words = [*RUN, "--set", 'metadata={"api_key": "PK-123"}', "-o", "runs/y", "-q"]
    subprocess.run([sys.executable, "-m", "sessionlab", *words], check=True, cwd=here, stdout=subprocess.DEVNULL)
    machine = json.loads((here / "runs" / "y" / "machine.json").read_text())

    assert machine["manifest"]["command"][:3] == ["sessionlab", "run", "kept.json"]
    for path in (here / "runs" / "y").rglob("*"):
        assert path.is_dir() or b"PK-123" not in path.read_bytes()


def test_tables_of_a_saved_run_are_the_ones_of_the_document(cli: Any, saved: Path) -> None:
    told = json.loads(cli(*RUN, "--json").stdout)

    kept = pd.read_parquet(saved / "tables" / "quality.parquet")
    assert kept["coverage"].tolist() == [row["coverage"] for row in told["quality"]]
