"""One of everything that a user holds in a notebook, with a text of one's choice wherever people may write one."""

from __future__ import annotations

import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from builders import RowsSource, at, config, make_bars

import sessionlab as sl
from sessionlab.tape import Rows
from sessionlab.teaching import Grades, Mark, lesson
from sessionlab.teaching.grading import Grade
from sessionlab.teaching.mark import Part
from sessionlab.trading.ledger import Fill

TIMES = sl.TimeManager()
DAYS = TIMES.get_sessions("2025-06-30", "2025-07-03")
WINDOW = {"type": "trailing_average", "period": "2d"}


class Buys(sl.Strategy):
    """Buys with the text as tag, sells a while later; and asks for too much once."""

    text: str = ""

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        n = len(ctx[symbol].bars("1m"))
        if n % 20 == 5:
            ctx.buy(symbol, 10, tag=self.text)
        if n % 20 == 15:
            ctx.close(symbol, tag=self.text)
        if n == 7:
            ctx.buy(symbol, 1e7, tag=self.text)


class Proposes(sl.Scanner):
    """Proposes nothing."""

    text: str = ""

    def scan(self, ctx: Any) -> list[str]:
        return []


def source(symbols: str, until: str | None = None) -> RowsSource:
    """Minutes with a hole, for each of ``symbols``; from ``until`` on the first day of the run others, with other holes."""
    names = symbols.split()
    rows = {(symbol, "1m"): make_bars(DAYS, seed=number, missing=[12, 13, 200]) for number, symbol in enumerate(names)}
    stamps = np.array([DAYS[2].open_ns + second * 10**9 for second in (0, 90, 400, 6000)], dtype=np.int64)
    quotes = Rows.of(stamps, stamps, np.array([[99.0, 99.5, 99.0, 98.0], [1.0] * 4, [100.0, 99.0, 101.0, 99.0], [2.0] * 4]))
    if until is not None:
        since = at(until)
        for number, key in enumerate(rows):
            others = make_bars(DAYS[2:], seed=77 + number, missing=range(70, 90))
            rows[key] = Rows.join([rows[key].take(rows[key].start < since), others.take(others.start >= since)])
        quotes = quotes.take(quotes.known_at < since)
    return RowsSource(rows, {names[0]: quotes})


def lab_of(text: str, symbol: str, *, until: str | None = None, **changes: Any) -> sl.Lab:
    """A lab over two days, called ``text``, with ``symbol`` and another one, at its first open; see :func:`source`."""
    historical = {"average": WINDOW, "minutes": {**WINDOW, "granularity": "minute"}}
    made = config(
        f"{symbol} OTHER", "1m 5m quotes", end="2025-07-03", window=1, session_name=text, metadata={text: [text]},
        session_data_config__historical__indicators=historical, **changes,
    )  # fmt: skip
    return sl.Lab(made, source=source(f"{symbol} OTHER", until), times=TIMES)


@lru_cache(maxsize=8)
def held(text: str, symbol: str = "A", folder: Path | None = None) -> dict[str, Any]:
    """One of everything, by its name. ``text`` is in names, tags, parameters, metadata, paths; ``folder`` is for files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        files = {} if folder is None else _of_files(text, folder)
        return {**_of_a_lab(text, symbol), **_of_results(text, symbol), **_of_lessons(text), **files}


def _of_a_lab(text: str, symbol: str) -> dict[str, Any]:
    lab = lab_of(text, symbol)
    lab.run_session()
    lab.use(Buys(text=text), name=text)
    step = lab.advance("10:30")
    mine, refused = lab.buy(symbol, 10, limit=98.0, stop_loss=90.0, tag=text), lab.buy(symbol, 1e9, tag=text)
    fork = lab.fork(name=f"fork {text}")
    fork.advance("11:00")
    one = lab.data[symbol]
    own = one[sl.indicator(_middle, interval="1m", name=text)]
    with lab.profile() as profile:
        lab.advance("10:40")
    player = lab.fork(name="plays")
    playing = player.play(0, until="11:05")
    return {
        "Lab": lab, "fork": fork, "player": player, "Forks": lab.forks, "SessionData": lab.data, "as_of": lab.data.as_of("10:00"),
        "SymbolData": one, "BarView": one.bars("5m"), "BarView of the window": one.bars("1m").history,
        "BarView of both": one.bars("1m").all, "Bar": one.bars("1m").last, "Day": one.day,
        "IndicatorView": one[sl.EMA(9, "5m")], "of several outputs": one[sl.BBANDS(9, "1m")], "of one's own": own,
        "IndicatorViews": one.indicators, "recipe": sl.EMA(9, "5m"), "HistoricalIndicators": one.historical,
        "TrailingValue": one.historical["average"], "TrailingMinutes": one.historical["minutes"],
        "QuoteView": one.quotes, "Quote": one.quote, "quality": lab.data.quality(), "gaps": lab.data.gaps(),
        "StreamPlan": lab.plan, "SessionConfig": lab.config, "section": lab.config.trading_config, "Order": mine,
        "rejected": refused, "filled": lab._engine.desk.orders[0], "Fill": step.fills[0],
        "ambiguous": Fill.made(symbol, "sell", 1.0, 2.0)._replace(ambiguous=True, strategy=text, reason=text),
        "Position": lab._engine.desk.account.position(text, symbol), "flat": lab.position("OTHER"), "Step": step,
        "Arrival": step.bars[0], "Event": step.events[0], "Difference": lab.diff(fork), "TradingSession": lab.session,
        "TimeManager": TIMES, "Interval": sl.Interval("5m"), "CacheInfo": TIMES.cache_info(), "Progress": lab.progress,
        "Playing": playing, "Pacing": player.pacing, "Lag": lab.lag, "PerformanceMetrics": lab.timing, "Profile": profile,
        "StreamSubscription": lab.subscribe(symbol, "1m"), "Strategy": Buys(text=text),
        "Scanner": Proposes(universe=["A"], text=text),
        "Signals": sl.Signals(entries=pd.Series([True], pd.DatetimeIndex(["2025-07-02 09:31"], tz="America/New_York"))),
        "Context": lab._engine.books[0].ctx, "SessionCoordinator": lab._engine,
        "Chart": lab.chart(symbol, "5m"), "costs": sl.costs.PerShare(0.01),
    }  # fmt: skip


def _of_results(text: str, symbol: str) -> dict[str, Any]:
    lab = lab_of(text, symbol)
    lab.use(Buys(text=text), name=text)
    result = lab.run()
    blind = sl.blind({"AAA": _frame(), "BBB": _frame()}, seed=1, cash=1e6, strategy=sl.strategies.SmaCross())
    blind.advance("10:00")
    over = sl.blind({"AAA": _frame()}, seed=1, cash=1e6)
    over.advance("10:00")
    over.reveal()
    return {
        "RunResult": result, "Comparison": sl.compare({text: result, "other": result}), "Robustness": sl.robustness(result),
        "watched": lab_of(text, symbol).result(), "BlindLab": blind, "over": over, "Score": over.score, "Truth": over.score.truth,
        "OtherHours": blind.times,
        "Pitfalls": sl.pitfalls(lab_of(text, symbol), Buys(text=text)),
        "Audit": sl.audit(lab_of(text, symbol), Buys(text=text)),
    }  # fmt: skip


def _of_lessons(text: str) -> dict[str, Any]:
    mark = Mark("costs", "s1", [Part(text, 0.0, 1.0, text)], [text], 1, 1)
    grades = Grades(text, "best", [Grade(text, text, text, None, None, 0, "", text)], {}, [text])
    return {"Lesson": lesson("costs", student="s1"), "Mark": mark, "Grades": grades}


def _of_files(text: str, folder: Path) -> dict[str, Any]:
    place = folder / text.replace("/", "_").replace("{", "_")
    frame = _frame().reset_index(names="timestamp")
    place.mkdir(parents=True)
    frame.drop(index=range(20, 30)).to_csv(place / "A&lt.csv", index=False)
    template, store = f"files:{place}/{{symbol}}.csv", str(place / "store")
    report = sl.store.import_data(template, store, intervals="1m", quotes=False, progress=False)
    saved = lab_of(text, "A").result().save(place / "run")
    return {
        "DataCheck": sl.check(template), "ImportReport": report, "Contents": sl.store.contents(store),
        "RepairPlan": sl.store.plan_repair(store), "Verified": sl.store.verify(store),
        "Verification": sl.verify(saved, source=source("A OTHER")),
        "Files": sl.sources.Files(f"{place}/{{symbol}}.csv"),
    }  # fmt: skip


def _middle(bars: Any) -> Any:
    return (bars.high + bars.low) / 2


def _frame() -> pd.DataFrame:
    index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
    close = np.round(50 + np.sin(np.arange(390) / 30.0), 2)
    return pd.DataFrame({"open": close, "high": close + 0.02, "low": close - 0.02, "close": close, "volume": 1000.0}, index=index)
