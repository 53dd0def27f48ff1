"""What the commands of ``data`` have in common: dates as they are written, tables of what was refused, sizes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import RenderableType

from sessionlab.cli import run_answer
from sessionlab.cli.relative_dates import resolve
from sessionlab.timing import TimeManager

if TYPE_CHECKING:
    import pandas as pd


def dates_of(start: str | None, end: str | None, exchange_group: str) -> tuple[str | None, str | None]:
    """Both with ``last`` and ``-20d`` resolved, as ISO dates. Raises :class:`CalendarError` for what is no date."""
    if start is None and end is None:
        return None, None
    times = TimeManager(exchange_group)
    first, last = resolve(start, end, times)
    for date in (first, last):
        if date is not None:
            times.get_first_trading_date(date)  # says what is wrong with it
    return first, last


def refused_table(refused: pd.DataFrame, *, every: bool = False) -> RenderableType:
    """Rows that were not let in, by kind, with the first of each."""
    told = refused.groupby(["symbol", "series", "kind"], sort=False).agg({"count": "sum", "first": "first"}).reset_index()
    return run_answer.refused_table(told.rename(columns={"first": "example"}), every=every)


def size(count: float) -> str:
    """Bytes in the unit that people would say it in.

    >>> size(813), size(23_204), size(519_100), size(4_400_000_000)
    ('813 B', '23.2 kB', '519 kB', '4.4 GB')
    """
    for unit, many in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= many:
            return f"{count / many:,.{0 if count >= 100 * many else 1}f} {unit}"
    return f"{count:,.0f} B"


def day(stamp: str, tz: str) -> str:
    """The date of a recorded stamp in zone ``tz``.

    >>> day("2025-07-03T00:00:00Z", "America/New_York"), day("", "UTC")
    ('2025-07-02', '-')
    """
    if not stamp:
        return "-"
    whole = dt.datetime.fromisoformat(stamp[:19]).replace(tzinfo=dt.UTC)
    return str(whole.astimezone(ZoneInfo(tz)).date())
