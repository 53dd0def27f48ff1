"""Runs to report on: one that trades with everything that can be told of it, one that only watches, one that fails."""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup, Tag
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.reports import Failure, report_html

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-01", "2025-07-09"))  # the 3rd closes early, the 4th is none
NEAR = 0.05
MISSING = {"AA": [0, 1, 2, 65, 200], "BB": [31]}


class Swing(sl.Strategy):
    """Long every other quarter of an hour, with exits so close that both may lie in one bar."""

    shares: float = 10

    def on_bar(self, ctx: Any, symbol: str) -> None:
        if ctx.now.minute % 30 == 0:
            last = ctx[symbol].bars("1m").last.close
            ctx.buy(symbol, self.shares, stop_loss=last - NEAR, take_profit=last + NEAR, tag="swing")
        if ctx.now.minute % 30 == 15:
            ctx.close(symbol)
        if ctx.now.minute == 45:
            ctx.buy(symbol, 1_000)


class Short(sl.Strategy):
    """Short over noon."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        if symbol == "BB":
            ctx.target(symbol, -7 if 11 <= ctx.now.hour < 13 else 0)


class Breaks(Swing):
    """Breaks on the third day."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        super().on_bar(ctx, symbol)
        if ctx.now >= pd.Timestamp("2025-07-03 10:17", tz=ctx.now.tz):
            raise ZeroDivisionError("no shares to divide in /home/somebody/desk/shares.csv?token=abc")


def rows() -> RowsSource:
    return RowsSource({(symbol, "1m"): make_bars(DAYS, seed=n, missing=MISSING[symbol]) for n, symbol in enumerate(MISSING)})


def made_config(**changes: Any) -> sl.SessionConfig:
    costs = {"per_share": 0.01, "slippage": {"bps": 2}}
    return config("AA BB", "1m 5m", "2025-07-01", "2025-07-09", trading_config__costs=costs, **changes)


def lab_of(*strategies: sl.Strategy, **changes: Any) -> sl.Lab:
    lab = sl.Lab(made_config(**changes), source=rows(), times=TIMES)
    for strategy in strategies:
        lab.use(strategy)
    return lab


@cache
def traded() -> sl.RunResult:
    return _quietly(lab_of(Swing(), Short(), trading_config__benchmark="AA"))


@cache
def watched() -> sl.RunResult:
    return _quietly(lab_of())


@cache
def demo() -> sl.RunResult:
    return sl.demo().run()


@cache
def failed() -> tuple[sl.RunResult, Failure]:
    lab = lab_of(Breaks())
    try:
        _quietly(lab)
    except ZeroDivisionError as why:
        return lab.result(), Failure.of(why, at=lab.now)
    raise AssertionError("it did not break")


@cache
def page_of(which: str) -> str:
    result = {"traded": traded, "watched": watched, "demo": demo}[which]()
    return report_html(result)


def _quietly(lab: sl.Lab) -> sl.RunResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DataWarning)
        return lab.run()


class Read:
    """A report as a reader meets it."""

    def __init__(self, page: str) -> None:
        self.soup = BeautifulSoup(page, "html.parser")

    def table(self, caption: str) -> list[dict[str, str]]:
        """The rows of the table whose caption begins so."""
        found = next(one for one in self.soup.find_all("table") if one.caption.get_text().startswith(caption))
        heads = [head.get_text() for head in found.thead.find_all("th")]
        return [
            dict(zip(heads, (cell.get_text() for cell in row.find_all(["th", "td"])), strict=True))
            for row in found.tbody.find_all("tr")
        ]

    def figure(self, title: str) -> Tag:
        """The figure whose title begins so."""
        return next(one for one in self.soup.find_all("figure") if one.strong.get_text().startswith(title))

    def data(self, title: str) -> Any:
        """What the script of the page is told of a figure."""
        return json.loads(self.figure(title).find("script").string)

    def heat(self, title: str) -> pd.DataFrame:
        """The words of a heat map's cells."""
        said = self.data(title)
        words = [said["words"][code] for code in said["told"]]
        across = len(said["columns"])
        cells = [words[at : at + across] for at in range(0, len(words), across)]
        return pd.DataFrame(cells, index=said["rows"], columns=said["columns"])

    def words(self, section: str) -> str:
        """The text of a section."""
        found = self.soup.find(id=section)
        assert found is not None
        return found.get_text(" ", strip=True)


def number(words: str) -> float:
    return float(words.replace(",", "").replace(" %", ""))
