"""What a notebook offers after a dot is all of a lab, also behind a call that gives one; and in brackets its keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shells import shell

import sessionlab as sl

jedi = pytest.importorskip("jedi")


@pytest.mark.parametrize("call", ["use(1)", "use_scanner(1)", "fork()"])
def test_what_gives_a_lab_completes_as_one(call: str) -> None:
    offered = {one.name for one in jedi.Interpreter(f"lab.{call}.", [{"lab": sl.demo()}]).complete()}

    public = {name for name in dir(sl.Lab) if not name.startswith("_")}
    assert public <= offered


@pytest.fixture
def cells() -> Iterator[Any]:
    """A shell in which somebody has a lab."""
    with shell() as made:
        lab = sl.Lab("session_configs/demo_session.json")
        lab.data["AAPL"][sl.EMA(9, "5m")]
        made.push({"sl": sl, "lab": lab, "aapl": lab.data["AAPL"], "other": lab.fork(name="an hour")})
        lab.use(sl.strategies.SmaCross())
        made.push({"ctx": lab._engine.books[0].ctx, "timing": lab.timing})
        yield made


def offered(cells: Any, code: str, *, jedi: bool) -> list[str]:
    from IPython.core.completer import provisionalcompleter

    cells.Completer.use_jedi = jedi
    with provisionalcompleter():
        return [one.text for one in cells.Completer.completions(code, len(code))]


KEYS = {
    'lab.data["': ["AAPL", "RIVN"],
    "lab.data['A": ["AAPL"],
    'lab.forks["': ["Demo Trading Session", "an hour"],
    'aapl["': ["10m", "1d", "1m", "1s", "5m"],
    'aapl.historical["': ["avg_volume"],
    'aapl.indicators["': ["EMA(9, 5m)"],
    'ctx["': ["AAPL", "RIVN"],
    'timing["st': ["strategy cycles"],
}


@pytest.mark.parametrize("jedi", [True, False])
@pytest.mark.parametrize("code", KEYS)
def test_keys_are_offered_without_any_extension(cells: Any, code: str, jedi: bool) -> None:
    assert offered(cells, code, jedi=jedi) == KEYS[code]


BEHIND = {
    'lab.data["AAPL"]["': ["10m", "1d", "1m", "1s", "5m"],
    'lab.data["AAPL"].historical["': ["avg_volume"],
    "%quality ": ["RIVN", "AAPL"],
    "%quality A": ["AAPL"],
}


@pytest.mark.parametrize("code", BEHIND)
def test_with_the_extension_so_are_those_behind_a_key_and_of_magics(cells: Any, code: str) -> None:
    cells.run_line_magic("load_ext", "sessionlab")
    cells.run_line_magic("lab", "lab")

    assert offered(cells, code, jedi=False) == BEHIND[code]


def test_names_of_labs_are_offered(cells: Any) -> None:
    cells.run_line_magic("load_ext", "sessionlab")

    assert offered(cells, "%lab ", jedi=False) == ["lab", "other"]


def test_what_completion_looks_behind_cannot_be_set() -> None:
    lab = sl.demo()

    with pytest.raises(AttributeError, match="data of a Lab cannot be set"):
        lab.data = None  # type: ignore[misc]
    assert "Everything known now" in (sl.Lab.data.__doc__ or "")
