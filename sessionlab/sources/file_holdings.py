"""What files of a user's own hold, from their names; where names have no dates, from the stamps in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from sessionlab.errors import BadDataError
from sessionlab.sources.file_listing import FoundFile
from sessionlab.sources.file_series import FileSeries
from sessionlab.sources.holdings import Holding, dates_of, within
from sessionlab.sources.local_holdings import named_dates
from sessionlab.timing import Interval, TimeManager


def file_holdings(series: FileSeries, symbol: str, times: TimeManager) -> list[Holding]:
    """The series of ``symbol``. A file that cannot be read tells nothing here; who loads its dates is told why.

    Raises :class:`BadDataError` where none can be read.
    """
    files = series.listing.files(symbol)
    found: list[Holding] = []
    for interval in _widths(series, symbol, files):
        some = [file for file in files if file.named.interval in (None, interval)]
        spans = [span for file in some if (span := _dates(series, file, symbol, interval, times)) is not None]
        if spans:
            found += within(times, "bars", str(interval), min(first for first, _ in spans), max(last for _, last in spans))
    return found


def file_versions(series: FileSeries, files: Sequence[FoundFile]) -> list[tuple[str, object]]:
    """What tells the states of ``files``."""
    place = series.listing.place
    return [(place.identity(file.path), place.version(file.path)) for file in files]


def _widths(series: FileSeries, symbol: str, files: list[FoundFile]) -> list[Interval]:
    try:
        return series.widths(symbol, files)
    except BadDataError:
        for file in files:
            with suppress(BadDataError):
                held = series.held(file, symbol)
                width = None if held is None else series.width(held, symbol, [file])
                if width is not None:
                    return [width]
        raise


def _dates(
    series: FileSeries, file: FoundFile, symbol: str, interval: Interval, times: TimeManager
) -> tuple[dt.date, dt.date] | None:
    if file.named.period:
        return named_dates(file.named.period)
    try:
        held = series.held(file, symbol)
    except BadDataError:
        return None
    if held is None or not held.bounds[1]:
        return None
    return dates_of(*held.bounds, times, daily=not interval.is_intraday)
