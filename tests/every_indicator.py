"""Every indicator there is, by registry: what each law and each comparison goes over."""

from __future__ import annotations

from typing import Any

import numpy as np

import sessionlab as sl
from sessionlab.config.indicator_table import INDICATORS, OURS
from sessionlab.derive.indicators.makers import maker
from sessionlab.derive.indicators.recipe import Recipe

TALIB = [name for name, facts in INDICATORS.items() if facts.group != OURS]
OF_SESSIONS = [name for name, facts in INDICATORS.items() if facts.group == OURS]


def trailing_range(bars: Any) -> Any:
    """One of a user's own: mean and range of the last ten closes."""
    mean, width = np.full(len(bars), np.nan), np.full(len(bars), np.nan)
    if len(bars) >= 10:
        last = np.lib.stride_tricks.sliding_window_view(bars.close, 10)
        mean[9:], width[9:] = last.mean(axis=1), np.ptp(last, axis=1)
    return {"mean": mean, "width": width}


def recipe(name: str, interval: str, **params: Any) -> Recipe:
    """The indicator ``name`` with its defaults but for ``params``."""
    return maker(name)(interval=interval, **params)


def every_recipe(interval: str) -> list[Recipe]:
    """All of the table, some of them in other forms too, and one of a user's own."""
    table = [recipe(name, interval) for name in INDICATORS]
    forms = [
        recipe("RELATIVE_VOLUME", interval, cumulative=True),
        recipe("OPENING_RANGE", interval, minutes=30),
        recipe("EMA", interval, timeperiod=9, field="volume"),
        recipe("MA", interval, timeperiod=7, matype=6),
        recipe("BBANDS", interval, timeperiod=9, nbdevup=1.5, matype=13),
        recipe("HULL", interval, timeperiod=9, field="high"),
        recipe("CDLDOJI", interval),
    ]
    return [*table, *forms, sl.indicator(trailing_range, interval, outputs=("mean", "width"))]


def shown(view: Any) -> tuple[Any, ...]:
    """All that a view of an indicator shows, to the last bit: starts, each output, the newest value and what is said of it."""
    cut, n = view._now()
    arrays = tuple((name, getattr(view, name).tobytes()) for name in cut.series.names)
    last = np.array(view.last).tobytes()
    starts = cut.series.columns.start[cut.before : cut.before + n].tobytes()
    return str(view.recipe), n, starts, arrays, last, view.ready, view.complete
