"""Strategies on the command line: found by path, given parameters, and heard when they fail."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MODULE = """
import sessionlab as sl


class Failing(sl.Strategy):
    at: str = "09:45"
    often: int = 1
    every = "5m"

    def on_bar(self, ctx, symbol):
        print("seen", symbol)
        if f"{ctx.now:%H:%M}" == self.at:
            self.look_up(symbol)

    def look_up(self, symbol):
        return {}[symbol]


class Asking(sl.Strategy):
    every = "5m"

    def on_bar(self, ctx, symbol):
        ctx["NONE"]


class Leaving(sl.Strategy):
    def on_session_end(self, ctx):
        raise SystemExit(0)


class Unmade(sl.Strategy):
    def __init__(self):
        raise OSError("no such model")


class Plain:
    pass
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to run in, with modules of strategies."""
    (tmp_path / "my_strategies.py").write_text(MODULE)
    (tmp_path / "my_broken.py").write_text("level = 1 / 0\n")
    (tmp_path / "my_slip.py").write_text("def (\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("my_strategies", "my_broken", "my_slip"):
        sys.modules.pop(name, None)


def test_a_strategy_is_found_in_the_folder_and_given_its_parameters(cli: Any, config: Path, here: Path) -> None:
    result = cli("run", config, "--strategy", "my_strategies:Failing", "-p", "at=never", "-p", "often=3", "--json")

    assert result.exit_code == 0
    assert [one["repr"] for one in json.loads(result.stdout)["manifest"]["strategies"]] == ["Failing(at='never', often=3)"]


def test_what_a_strategy_prints_does_not_disturb_the_document(cli: Any, config: Path, here: Path) -> None:
    result = cli("run", config, "--strategy", "my_strategies:Failing", "-p", "at=never", "--json")

    assert json.loads(result.stdout)["complete"]
    assert result.stderr.count("seen AAPL\n") == 120


def test_a_strategy_that_raises_shows_its_own_lines_and_the_market_time(cli: Any, config: Path, here: Path) -> None:
    result = cli("run", config, "--strategy", "my_strategies:Failing", "-o", "out.json")

    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: the strategy raised KeyError: 'AAPL'\n  in Failing.on_bar('AAPL') at 2025-07-02 09:45:00 market time\n"
    )
    assert "self.look_up(symbol)" in result.stderr
    assert "return {}[symbol]" in result.stderr
    assert "coordinator.py" not in result.stderr
    left = json.loads((here / "out.json").read_text())
    assert (left["complete"], left["ending"], left["stopped_at"]) == (False, "failed", "2025-07-02T09:45:00-04:00")
    assert left["error"].startswith("the strategy raised KeyError")
    assert {row["expected"] for row in left["quality"]} == {15, 3}


def test_an_error_of_ours_raised_in_a_hook_is_the_strategys(cli: Any, config: Path, here: Path) -> None:
    result = cli("run", config, "--strategy", "my_strategies:Asking")

    assert result.exit_code == 1
    assert "'NONE' is not in this session; it has AAPL, RIVN" in result.stderr
    assert 'ctx["NONE"]' in result.stderr


def test_a_strategy_that_exits_has_failed(cli: Any, config: Path, here: Path) -> None:
    result = cli("run", config, "--strategy", "my_strategies:Leaving")

    assert result.exit_code == 1
    assert "the strategy raised SystemExit" in result.stderr
    assert "Leaving.on_session_end at 2025-07-02 16:00:00 market time" in result.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--strategy", "my_strategies:Failin"], "did you mean my_strategies:Failing?"),
        (["--strategy", "my_strategies:Plain"], "Plain is not a subclass of sessionlab.Strategy"),
        (["--strategy", "my_strategies"], "write package.module:Class"),
        (["--strategy", "not_there.at_all:X"], "there is no module not_there in "),
        (["--strategy", "my_broken:X"], "importing my_broken raised ZeroDivisionError: division by zero"),
        (["--strategy", "my_slip:X"], "importing my_slip raised SyntaxError"),
        (["--strategy", "my_strategies:Unmade"], "making it raised OSError: no such model"),
        (["--strategy", "my_strategies:Failing", "-p", "oftn=1"], "no strategy has it: Failing takes at, often"),
        (["--strategy", "my_strategies:Failing", "-p", "often=many"], "often is int"),
        (["--strategy", "my_strategies:Failing", "-p", "often"], "a name and a value are needed"),
        (["-p", "often=1"], "there is no strategy to give it to"),
    ],
)
def test_what_cannot_be_used_is_bad_input(cli: Any, config: Path, here: Path, words: list[str], says: str) -> None:
    result = cli("run", config, *words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
