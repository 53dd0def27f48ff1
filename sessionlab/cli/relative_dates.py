"""Dates as they are written on a command line: ``2025-07-02``, ``last``, ``-20d``.

``last`` is the last session that has ended. ``-20d`` is twenty trading days before the end date, or, as an end date itself,
before ``last``. They are resolved once, so a stored config says which days were meant.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Any

from sessionlab.timing import TimeManager

_BACK = re.compile(r"-([0-9]+)d")


def resolve(start: Any, end: Any, times: TimeManager) -> tuple[Any, Any]:
    """``start`` and ``end`` with what is relative replaced by ISO dates; anything else as it is.

    >>> july_7_at_noon = TimeManager("US_EQUITY", wall=lambda: 1_751_904_000_000_000_000)
    >>> resolve("-1d", "last", july_7_at_noon)
    ('2025-07-02', '2025-07-03')
    """
    if _is_relative(end):
        end = _before(last_ended(times), end, times).isoformat()
    if _is_relative(start):
        start = _before(_date(end, times) or last_ended(times), start, times).isoformat()
    return start, end


def resolve_in(document: dict[str, Any], given: Collection[str]) -> None:
    """Resolve in place the dates of a config's ``document`` that the paths in ``given`` name; a file's own stay as they are."""
    dates = document.get("backtest_config")
    if not isinstance(dates, dict):
        return
    names = ("start_date", "end_date")
    asked = [name for name in names if not {"backtest_config", f"backtest_config.{name}"}.isdisjoint(given)]
    if not any(_is_relative(dates.get(name)) for name in asked):
        return
    times = TimeManager(document.get("exchange_group", "US_EQUITY"))
    resolved = dict(zip(names, resolve(dates.get("start_date"), dates.get("end_date"), times), strict=True))
    dates.update({name: resolved[name] for name in asked})


def last_ended(times: TimeManager) -> dt.date:
    """The date of the last session that has ended by the wall clock."""
    now = times.now()
    # Tomorrow's session may have begun this evening; none of a later date can have ended.
    date = times.get_last_trading_date(min(now.date() + dt.timedelta(days=1), times.last_date))
    while times.get_trading_session(date).close > now:
        date = times.get_previous_trading_date(date)
    return date


def _is_relative(text: Any) -> bool:
    return text == "last" or (isinstance(text, str) and _BACK.fullmatch(text) is not None)


def _before(end: dt.date, text: str, times: TimeManager) -> dt.date:
    found = _BACK.fullmatch(text)
    count = 0 if found is None else int(found[1])
    last = times.get_last_trading_date(end)
    return times.get_previous_trading_date(last, count) if count else last


def _date(text: Any, times: TimeManager) -> dt.date | None:
    try:
        date = dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None  # whatever it is, the config's own check tells it
    return date if times.first_date <= date <= times.last_date else None
