"""What exchange_calendars needs to be right under pandas 3.1, and nothing where either of them does without.

pandas 3.1 adds an offset by ``_add_datetime`` and no longer by ``_apply``; the offsets of exchange_calendars up to
4.13.2 have only the latter. Unrepaired, it silently leaves out the sessions of special weeks (Saturdays in Mumbai, in
Moscow and, until 1998, in Seoul), and cannot make the calendars of Tel Aviv, Athens, Belgrade, Bucharest and Nicosia.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas.tseries.offsets import BaseOffset, CustomBusinessDay


def repair_offsets() -> None:
    """Give exchange_calendars' offsets the methods that pandas 3.1 asks for. Doing it again is no harm."""
    if hasattr(CustomBusinessDay, "_apply"):
        return  # pandas 3.0
    for offset in _kinds_of(BaseOffset):
        if not offset.__module__.startswith("exchange_calendars.") or "_apply" not in vars(offset):
            continue
        # Its business days apply pandas' own, which cannot be; but they do know which days are theirs.
        of_days = issubclass(offset, CustomBusinessDay)
        method = "_get_daily_offset_mask" if of_days else "_add_datetime"
        if method not in vars(offset):
            setattr(offset, method, _days_on_offset if of_days else _applied)


def _kinds_of(kind: type) -> Iterator[type]:
    special: type
    for special in kind.__subclasses__():
        yield special
        yield from _kinds_of(special)


def _days_on_offset(offset: Any, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which of the ascending ``days`` are business days: by the special week that a day is in, else by the usual one."""
    days = days.astype("datetime64[D]")
    on: NDArray[np.bool_] = np.is_busday(days, busdaycal=offset.calendar)
    for first, last, week in offset.business_days:
        i = 0 if first is None else days.searchsorted(np.datetime64(first.date()))
        j = len(days) if last is None else days.searchsorted(np.datetime64(last.date()), "right")
        on[i:j] = np.is_busday(days[i:j], busdaycal=week.calendar)
    return on


def _applied(offset: Any, date: dt.datetime) -> dt.datetime:
    moved: dt.datetime = offset._apply(date)
    return moved
