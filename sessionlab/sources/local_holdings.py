"""What the shelves of a Parquet store hold, from the names of files; of those without dates, from their footers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sessionlab.sources.holdings import FiledSeries, Holding, Kind, Span, dates_of, holdings_of
from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.store_layout import Shelf, named_dates, names_for
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS
from sessionlab.timing import SessionTable, TimeManager


def shelf_holdings(shelves: Iterable[tuple[Kind, str, Shelf]], times: TimeManager) -> list[Holding]:
    """The holdings of shelves, each with the kind and the width of what stands on it; none of an empty one."""
    series = [
        FiledSeries(kind, width, [partial(_dates, shelf, name, kind, width, times) for name in shelf.names()])
        for kind, width, shelf in shelves
    ]
    return holdings_of(series, times)


def paths_for(shelf: Shelf, sessions: SessionTable | None) -> list[str]:
    """The paths of a shelf where rows of ``sessions`` may be; without them, of all its files."""
    if sessions is None:
        return [shelf.path(name) for name in shelf.names()]
    each = zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)
    return [shelf.path(name) for name in dict.fromkeys(name for session in each for name in names_for(*session))]


def _dates(shelf: Shelf, name: str, kind: Kind, width: str, times: TimeManager) -> Span | None:
    if name:
        return named_dates(name)
    file = RowFile(shelf.path(name), BAR_COLUMNS if kind == "bars" else QUOTE_COLUMNS)
    return dates_of(file.span(), times, daily=width == "1d")
