"""Scanners of a config on the command line: who joined and when, and what goes wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MODULE = """
import sessionlab as sl


class Failing(sl.Scanner):
    def scan(self, ctx):
        if f"{ctx.now:%H:%M}" == "10:00":
            self.look_up("X")
        return ["SPY"]

    def look_up(self, symbol):
        return {}[symbol]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to run in, with a module of scanners and a universe."""
    (tmp_path / "my_scanners.py").write_text(MODULE)
    (tmp_path / "universe.txt").write_text("SPY\nQQQ\nnot one\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("my_scanners", None)


def with_scanner(document: dict[str, Any], here: Path, **entry: Any) -> Path:
    document["session_data_config"]["scanners"] = [entry]
    file = here / "scans.json"
    file.write_text(json.dumps(document))
    return file


def most_active(document: dict[str, Any], here: Path) -> Path:
    config = {"universe": "universe.txt", "n": 1}
    windows = [{"start": "10:00", "end": "10:30", "interval": "15m"}]
    return with_scanner(document, here, module="sessionlab.scanners:MostActive", config=config, regular_session=windows)


def test_a_run_says_who_joined_and_when(cli: Any, document: dict[str, Any], here: Path) -> None:
    result = cli("run", most_active(document, here))

    assert result.exit_code == 0
    assert "Symbols that joined and left" in result.stdout
    row = next(line for line in result.stdout.splitlines() if "MostActive" in line)
    assert row.split()[:2] == ["2025-07-02", "10:00:00"]
    assert row.split()[3:] == ["joined", "MostActive"]
    assert (
        "warning: universe universe.txt: 1 of 3 entries is no symbol and is left out (first: number 3, 'not one')"
        in result.stderr
    )
    assert "not run in this version" not in result.stdout + result.stderr


def test_the_document_has_changes_and_scans(cli: Any, document: dict[str, Any], here: Path) -> None:
    result = cli("run", most_active(document, here), "--json")

    told = json.loads(result.stdout)
    (first, *_) = told["symbols"]
    assert (first["at"], first["kind"], first["by"]) == ("2025-07-02T10:00:00-04:00", "join", "MostActive")
    assert [scan["time"][11:16] for scan in told["scans"]] == ["10:00", "10:15", "10:30"] * 2
    assert told["scans"][0]["joined"] == [first["symbol"]]
    assert told["manifest"]["symbols"]["configured"] == ["AAPL", "RIVN"]
    assert {row["symbol"] for row in told["bars"]} >= {"AAPL", "RIVN", first["symbol"]}


def test_a_scanner_that_raises_shows_its_own_lines_and_the_market_time(cli: Any, document: dict[str, Any], here: Path) -> None:
    file = with_scanner(document, here, module="my_scanners:Failing", pre_session=True, regular_session=[{"interval": "30m"}])
    result = cli("run", file, "-o", "out.json")

    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: the scanner raised KeyError: 'X'\n  in scanner Failing.scan at 2025-07-02 10:00:00 market time\n"
    )
    assert "return {}[symbol]" in result.stderr
    assert "scanning.py" not in result.stderr
    assert [change["symbol"] for change in json.loads((here / "out.json").read_text())["symbols"]] == ["SPY"]


@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        ({"module": "my_scanners:Failin"}, 2, "did you mean my_scanners:Failing?"),
        ({"module": "sessionlab.scanners:MostActive", "config": {"universe": "none.txt"}}, 2, "universe none.txt cannot be read"),
        ({"module": "sessionlab.scanners:MostActive"}, 1, "the source lists, but synthetic has no list of its symbols"),
    ],
)
def test_what_cannot_scan_is_told(
    cli: Any, document: dict[str, Any], here: Path, entry: dict[str, Any], code: int, says: str
) -> None:
    result = cli("run", with_scanner(document, here, pre_session=True, **entry))

    assert says in result.stderr
    assert result.exit_code == code
    assert result.stdout == ""
