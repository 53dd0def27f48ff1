"""What files of a user's own hold, from their names; where names have no dates, from the stamps in them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from sessionlab.errors import BadDataError
from sessionlab.sources.file_listing import FoundFile
from sessionlab.sources.file_series import FileSeries
from sessionlab.sources.holdings import FiledSeries, Holding, Span, dates_of, holdings_of
from sessionlab.sources.store_layout import named_dates
from sessionlab.timing import Interval, TimeManager


def file_holdings(series: FileSeries, symbol: str, times: TimeManager) -> list[Holding]:
    """The series of ``symbol``. Raises :class:`BadDataError` where none can be read."""
    files = series.listing.files(symbol)
    found = []
    for interval in _widths(series, symbol, files):
        some = [file for file in files if file.named.interval in (None, interval)]
        dates = [partial(_dates, series, file, symbol, interval, times) for file in some]
        found.append(FiledSeries("bars", str(interval), dates))
    return holdings_of(found, times)


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


def _dates(series: FileSeries, file: FoundFile, symbol: str, interval: Interval, times: TimeManager) -> Span | None:
    if file.named.period:
        return named_dates(file.named.period)
    held = series.held(file, symbol)
    return None if held is None else dates_of(held.bounds, times, daily=not interval.is_intraday)
