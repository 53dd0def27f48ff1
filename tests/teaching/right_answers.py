"""Right answers to the lessons, found as a student may find them: with frames, pandas and the lab, not with the lesson's code."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

import sessionlab as sl

MINUTE = pd.Timedelta("1min")


def gap_hunt(lesson: Any) -> dict[str, Any]:
    """Gaps against the minutes of a half day at the close; late rows by when each start was first in a frame."""
    lab = lesson.lab
    first: dict[tuple[str, pd.Timestamp], pd.Timestamp] = {}
    lab.restart()
    while not lab.step().done:
        for symbol in lab.symbols:
            for start in lab.data[symbol].bars("1m").frame().index[-30:]:
                first.setdefault((symbol, start), lab.now)
    grid = pd.date_range(f"{lab.session.date} 09:30", f"{lab.session.date} 12:59", freq="1min", tz="America/New_York")
    gaps = []
    for symbol in lab.symbols:
        absent = np.flatnonzero(~grid.isin(lab.data[symbol].bars("1m").frame().index))
        runs = np.split(absent, np.flatnonzero(np.diff(absent) > 1) + 1)
        gaps += [(symbol, f"{grid[run[0]]:%H:%M}", len(run)) for run in runs if len(run)]
    late = [(symbol, f"{start:%H:%M}", f"{known:%H:%M:%S}") for (symbol, start), known in first.items() if known > start + MINUTE]
    return {"gaps": gaps, "late": late}


def look_ahead_hunt(lesson: Any) -> dict[str, str]:
    """Every later bar is changed, one at a time: the last one that moves the value is the last that it needs."""
    frame = lesson.frame
    whole = lesson.columns(frame).loc[lesson.row]
    last = dict.fromkeys(whole.index, frame.index[0])
    for start in frame.index:
        changed = frame.copy()
        changed.loc[start, ["open", "high", "low", "close", "volume"]] *= [1.0, 3.0, 0.3, 1.5, 7.0]
        value = lesson.columns(changed).loc[lesson.row]
        for name in whole.index[(value != whole).to_numpy()]:
            last[name] = max(last[name], start)
    return {name: f"{start + MINUTE:%H:%M}" for name, start in last.items()}


def fill_realism(lesson: Any) -> dict[int, tuple[str, float] | None]:
    """Each order is sent in the lab, by itself."""
    answer: dict[int, tuple[str, float] | None] = {}
    lab = lesson.lab
    for order in lesson.orders.itertuples():
        lab.restart()
        lab.advance(order.sent)
        prices = {name: getattr(order, name) for name in ("limit", "stop", "stop_loss", "take_profit")}
        send = lab.buy if order.side == "buy" else lab.sell
        send(lab.symbols[0], order.quantity, tif=order.tif, **{name: price for name, price in prices.items() if price == price})
        lab.run_session()
        fills = lab.fills.iloc[1:] if order.type == "bracket" else lab.fills
        answer[order.Index] = None if fills.empty else (f"{fills['time'].iloc[0]:%H:%M}", float(fills["price"].iloc[0]))
    return answer


def costs(lesson: Any) -> dict[str, float]:
    """The run is made again under each cost; break-even is where the line through two runs meets zero."""

    def left(**how: Any) -> float:
        return float(sl.backtest(lesson.config, lesson.signals, progress=False, **how).stats["pnl"])

    spread = {"half_spread": True}
    none, some = left(), left(slippage=2)
    return {
        "per_share": left(costs={"per_share": 0.005}),
        "bps": left(costs=1),
        "half_spread": left(costs={"slippage": spread}),
        "all_three": left(costs={"per_share": 0.005, "bps": 1, "slippage": spread}),
        "break_even_bps": 2 * none / (none - some),
    }


def blind_replay(lesson: Any) -> dict[str, float]:
    """How far the window's days still went from each time of day, against how far today stands from its open."""
    lab = lesson.lab
    history = lab.data["X1"].bars("1m").history.frame()["close"]
    days = history.groupby(history.index.date)
    chances = {}
    for moment in lesson.moments:
        lab.advance(moment)
        today = lab.data["X1"].bars("1m").frame()
        clock = (lab.now - MINUTE).time()
        rest = np.log(days.last().to_numpy() / history[history.index.time == clock].to_numpy())
        z = np.log(today["close"].iloc[-1] / today["open"].iloc[0]) / np.sqrt((rest**2).mean())
        chances[moment] = NormalDist().cdf(z)
    return chances


RIGHT = {
    "gap-hunt": gap_hunt,
    "look-ahead-hunt": look_ahead_hunt,
    "fill-realism": fill_realism,
    "costs": costs,
    "blind-replay": blind_replay,
}


@cache
def right(name: str, student: str) -> Any:
    """The right answer of a student, worked out once; not to be changed."""
    return RIGHT[name](sl.lesson(name, student=student))
