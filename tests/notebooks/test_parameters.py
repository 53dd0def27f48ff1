"""What a notebook takes is read from its cell, and what it is given is checked before anything runs."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, Literal

import nbformat
import pytest
from notebooks.made import CONFIG, notebook, write_desk

from sessionlab.cli.given import value_of
from sessionlab.cli.relative_dates import resolve_in
from sessionlab.errors import ConfigError
from sessionlab.notebooks import Given, check, declared, read_notebook

CELL = """
import datetime

symbol = "SPY"            # a comment
fast: int = 3
risk = 0.5
on = True
levels = [1, 2]
more: dict = {}
limit: float | None = None
side: Literal["long", "short"] = "long"
names: list[str] = ["a"]
typed = None  # type: int
today = datetime.date.today()
mine: "Mine" = None
needed: str
a, b = 1, 2
"""


def checked(path: Path, date: str | None = None, *, changes: dict[str, Any] | None = None, **parameters: str) -> Given:
    return check(path, parameters, changes or {}, value_of=value_of, resolve=resolve_in, date=date)


def test_the_cell_is_read_and_not_run() -> None:
    known = declared(notebook(CELL), Path("x.ipynb"))

    assert {name: one.hint for name, one in known.items()} == {
        "symbol": str, "fast": int, "risk": float, "on": bool, "levels": list, "more": dict, "limit": float | None,
        "side": Literal["long", "short"], "names": list[str], "typed": int, "today": Any, "mine": Any, "needed": str,
    }  # fmt: skip
    assert known["levels"].default == [1, 2]
    assert known["needed"].default is known["today"].default is inspect.Parameter.empty


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("fast", 5, None),
        ("fast", 5.5, "a whole number is expected"),
        ("fast", "5", "a whole number is expected"),
        ("fast", True, "a whole number is expected"),
        ("risk", 1, None),
        ("on", 1, "true or false is expected"),
        ("levels", [3], None),
        ("levels", {}, "a list, [1, 2] is expected"),
        ("limit", None, None),
        ("side", "up", "Literal['long', 'short'] is expected"),
        ("names", [1], "list[str] is expected"),
        ("mine", object, None),
        ("today", 3, None),
    ],
)
def test_a_value_is_held_against_its_type(name: str, value: Any, wrong: str | None) -> None:
    found = declared(notebook(CELL), Path("x.ipynb"))[name].wrong(value)

    assert (found is None) if wrong is None else str(found).startswith(wrong)


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("x = [1]  # type: list of ints", Any),
        ("x: int = 1  # type: int", int),
        ("# type: whatever\nx = 1", int),
        ("x = (1,  # type: one of two\n     2)", tuple),
    ],
)
def test_a_comment_that_is_no_type_is_a_comment(cell: str, hint: Any) -> None:
    assert declared(notebook(cell), Path("x.ipynb"))["x"].hint == hint


@pytest.mark.parametrize("hint", ["Literal", "Optional", "Union", "3", "[int]"])
def test_an_annotation_that_is_no_type_takes_anything(hint: str) -> None:
    assert declared(notebook(f"x: {hint} = 1"), Path("x.ipynb"))["x"].wrong("5") is None


def test_what_is_expected_is_said_in_words() -> None:
    known = declared(notebook("pair = (1, 2)\nplace: Path = Path('.')"), Path("x.ipynb"))

    assert known["pair"].wrong(3) == "a list, [1, 2] is expected; input should be a valid array"
    assert str(known["place"].wrong(3)).startswith("a path is expected")


def test_a_notebook_without_the_tag_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plain.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("fast = 3")]), path)
    with pytest.raises(ConfigError, match="no cell with the tag parameters"):
        checked(path, fast="5")

    assert checked(path).parameters == {}


def test_all_that_is_wrong_is_said_at_once_with_what_was_meant(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    with pytest.raises(ConfigError) as told:
        checked(path, fsat="5", fail_at="soon", changes={"backtest_config.start": "2025-07-02", "seed": -1})

    lines = str(told.value).splitlines()
    assert lines[0].endswith("desk.ipynb has 3 problems:")
    assert "-p fsat" in lines[1]
    assert "(did you mean fast?)" in lines[1]
    assert "-p fail_at" in lines[2]
    assert '"backtest_config.start_date"' in lines[3]
    with pytest.raises(ConfigError, match="seed: -1 -> a whole number"):
        checked(path, changes={"seed": -1})


def test_changes_of_the_config_are_checked_and_given(tmp_path: Path) -> None:
    path = write_desk(tmp_path, parameters='config = "desk.json"\nchanges = {"seed": 1, "session_name": "Mine"}')
    given = checked(path, changes={"seed": 7, "backtest_config.end_date": "2025-07-07", "backtest_config.start_date": "-1d"})

    # One trading day before Monday the 7th is Thursday the 3rd: the 4th is a holiday.
    assert given.parameters["changes"] == {
        "seed": 7, "session_name": "Mine", "backtest_config.end_date": "2025-07-07", "backtest_config.start_date": "2025-07-03",
    }  # fmt: skip
    assert given.config is not None
    assert (given.config.seed, given.config.session_name) == (7, "Mine")


def test_a_config_that_is_given_whole_arrives_as_it_was_given(tmp_path: Path) -> None:
    path = write_desk(tmp_path, parameters="config = {}\nchanges = {}")
    given = checked(path, config=json.dumps(CONFIG), changes={"backtest_config.end_date": "2025-07-03"})

    assert given.parameters == {"config": CONFIG, "changes": {"backtest_config.end_date": "2025-07-03"}}
    assert str(given.config.backtest_config.end_date) == "2025-07-03"  # type: ignore[union-attr]


def test_a_config_is_named_as_seen_from_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "books").mkdir()
    path = write_desk(tmp_path / "books")
    (tmp_path / "books" / "desk.json").rename(tmp_path / "mine.json")
    monkeypatch.chdir(tmp_path)
    given = checked(path, config="mine.json")

    assert given.parameters["config"] == "../mine.json"
    with pytest.raises(ConfigError, match=r"desk\.json: there is no such file"):
        checked(path)


def test_a_date_goes_where_the_notebook_takes_one(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    assert checked(path, date="2025-07-03").parameters["changes"] == {
        "backtest_config.start_date": "2025-07-03",
        "backtest_config.end_date": "2025-07-03",
    }

    path = write_desk(tmp_path, parameters='date = "2025-07-02"')
    assert checked(path, date="2025-07-03").parameters == {"date": "2025-07-03"}

    path = write_desk(tmp_path, parameters="fast = 3")
    with pytest.raises(ConfigError, match="needs config and changes"):
        checked(path, date="2025-07-03")


def test_a_text_that_looks_like_a_number_stays_a_text(tmp_path: Path) -> None:
    path = write_desk(tmp_path, parameters='tag = "x"\nfast = 3')

    assert checked(path, tag="007", fast="7").parameters == {"tag": "007", "fast": 7}


def test_what_is_no_notebook_in_python_is_refused(tmp_path: Path) -> None:
    path = write_desk(tmp_path)
    with pytest.raises(ConfigError, match=r"did you mean .*desk\.ipynb"):
        read_notebook(tmp_path / "dekk.ipynb")
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(ConfigError, match="cannot be read as a notebook"):
        read_notebook(tmp_path / "broken.ipynb")
    other = nbformat.read(path, as_version=4)
    other.metadata["kernelspec"]["language"] = "R"
    nbformat.write(other, tmp_path / "r.ipynb")
    with pytest.raises(ConfigError, match="a notebook in R"):
        read_notebook(tmp_path / "r.ipynb")
    with pytest.raises(ConfigError, match=r"no plain Python \(line 1"):
        declared(notebook("%matplotlib inline"), path)
