"""``sessionlab audit``: a gate that a strategy passes only if it does not look ahead."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MODULE = """
import sessionlab as sl


class Looks(sl.Strategy):
    size: float = 100

    def on_bar(self, ctx, symbol):
        print("seen")
        close = ctx[symbol].bars("1m").close
        later = close.base[3] if close.base.ndim == 2 else close.base
        ctx.target(symbol, self.size if later[-1] > close[-1] else 0)
"""
Cli = Callable[..., Any]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to run in, with a strategy that looks ahead."""
    (tmp_path / "my_audited.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("my_audited", None)


def test_a_strategy_that_looks_ahead_ends_with_one_and_is_told_where(cli: Cli, config: Path, here: Path) -> None:
    result = cli("audit", config, "--strategy", "my_audited:Looks", "-p", "size=7", "--cuts", 2)

    assert result.exit_code == 1
    assert "look_ahead" in result.stdout
    assert "the array behind a view" in result.stdout
    assert "1 finding, the first is of kind look ahead, in Looks.on_bar at 2025-07-02" in result.stderr


def test_a_sound_one_ends_with_zero(cli: Cli, config: Path) -> None:
    result = cli("audit", config, "--strategy", "sessionlab.strategies:SmaCross", "--cuts", 2)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "passed" in result.stdout


def test_json_is_one_document_also_in_a_file(cli: Cli, config: Path, here: Path) -> None:
    result = cli("audit", config, "--strategy", "my_audited:Looks", "--cuts", 1, "--json", "-o", "audit.json")

    document = json.loads(result.stdout)
    assert document == json.loads((here / "audit.json").read_text())
    assert document["passed"] is False
    assert document["findings"][0]["hook"] == "on_bar"


def test_without_a_strategy_it_is_bad_input(cli: Cli, config: Path) -> None:
    result = cli("audit", config)

    assert result.exit_code == 2
    assert "--strategy package.module:Class" in result.stderr
