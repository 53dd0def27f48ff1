"""A failure in words that may be shown to anybody."""

from __future__ import annotations

import json

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from reports.runs import Read

import sessionlab as sl
from sessionlab.errors import NoDataError
from sessionlab.reports import Failure, failure_html, failure_notebook
from sessionlab.reports.failure import without_places


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("/home/me/desk/spy.csv is gone", "…/spy.csv is gone"),
        ("in '/tmp/a b.csv', line 3", "in '…/a b.csv', line 3"),
        (r"C:\Users\me\desk\spy.csv is gone", "…/spy.csv is gone"),
        ("see https://host/a/b and s3://bucket/a/b", "see https://host/a/b and s3://bucket/a/b"),
        ("secret=hunter2", "secret=***"),
        ("1/2 of 10/20 and BTC/USD", "1/2 of 10/20 and BTC/USD"),
        ("US/Eastern", "US/Eastern"),
    ],
)
def test_places_and_secrets_are_left_out(said: str, shown: str) -> None:
    assert without_places(said) == shown


def test_a_long_word_takes_no_longer_than_short_ones() -> None:
    """Looked at from each of its letters anew, this one would take half an hour."""
    said = f"cannot read {'a' * 300_000}, token=abc"

    assert without_places(said) == said.replace("abc", "***")


def test_the_hook_that_raised_is_told_with_its_moment() -> None:
    lab = sl.demo()

    @lab.every("1m")
    def divides(ctx: object, symbol: str) -> None:
        raise ZeroDivisionError("by nothing")

    with pytest.raises(ZeroDivisionError) as raised:
        lab.run()
    failure = Failure.of(raised.value)

    assert failure.words() == (f"Failed {failure.phase} at 2025-07-02 09:31:00 market time: ZeroDivisionError: by nothing")
    assert failure.phase.startswith("in divides")
    assert failure.traceback.splitlines()[-2:] == [
        f"test_failure.py, line {_line_of('by nothing')}, in divides", '    raise ZeroDivisionError("by nothing")',
    ]  # fmt: skip


def test_what_it_came_of_is_told_too() -> None:
    try:
        try:
            raise OSError("/data/store/SPY is not there")
        except OSError as why:
            raise NoDataError("no bars of SPY") from why
    except NoDataError as why:
        failure = Failure.of(why, phase="opening the data")

    assert failure.words() == "Failed opening the data: NoDataError: no bars of SPY"
    assert failure.traceback.endswith("caused by OSError: …/SPY is not there\n")


def test_an_error_that_came_of_itself_is_told_once() -> None:
    cause, error = OSError("the disk"), ValueError("bad row")
    cause.__cause__ = error

    def raised(one: Exception, of: Exception) -> Failure:
        with pytest.raises(type(one)) as told:
            raise one from of
        return Failure.of(told.value)

    assert "caused by" not in raised(error, error).traceback
    assert raised(error, cause).traceback.count("caused by") == 1


def test_what_failed_before_its_run_has_a_page_too() -> None:
    failure = Failure("ConfigError", "no <b>such</b> thing", pd.Timestamp("2025-07-02 10:00"), "reading the config")
    read = Read(failure_html(failure, title="Night <3>", config={"session_name": "</script>"}))

    assert read.soup.h1.get_text() == "Night <3>"
    assert "Failed reading the config at 2025-07-02 10:00:00 market time ConfigError : no <b>such</b> thing" in read.words(
        "failure"
    )
    assert '"session_name": "</script>"' in read.words("config")


def test_a_notebook_of_what_failed_is_one_block_of_html() -> None:
    failure = Failure("ConfigError", "no <b>such</b> thing\n\n# at all \udcff", traceback="one\n\ntwo\n")
    told = json.loads(failure_notebook(failure, title="Night <3>", more="Nothing & more"))
    nbformat.validate(told)
    source = told["cells"][0]["source"]

    assert source.splitlines() == [source]
    said = BeautifulSoup(source, "html.parser")
    assert [one.get_text() for one in said.find_all(["h1", "p", "pre"])] == [
        "Night <3>", "Failed: ConfigError: no <b>such</b> thing\n\n# at all \ufffd", "Nothing & more", "one\n\ntwo",
    ]  # fmt: skip


def _line_of(words: str) -> int:
    from pathlib import Path

    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)
