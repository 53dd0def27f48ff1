"""Which days of stored quotes have something to mend, found in their files: what a source gives does not show repeats."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.refusal import Fault, refused_of
from sessionlab.sources.row_checks import check_quotes
from sessionlab.sources.store_layout import Shelf, names_for
from sessionlab.sources.trading_day import day_windows
from sessionlab.store.mend_quotes import quote_faults
from sessionlab.store.series import Series
from sessionlab.store.treatment import Treatment
from sessionlab.tape.block import NOTHING_REFUSED, QUOTE_COLUMNS
from sessionlab.timing import SessionTable


def quotes_treatment(root: Path, series: Series, sessions: SessionTable, only: Collection[str]) -> tuple[Treatment, list[str]]:
    """What is done to the quotes of ``series`` in ``sessions``, of the kinds in ``only``; and what cannot be mended."""
    shelf = Shelf.of(root, series.kind, series.width, series.symbol)
    there = set(shelf.names())
    each = zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)
    names = [[name for name in names_for(*session) if name in there] for session in each]
    twice = np.array([len(some) > 1 for some in names], dtype=bool)  # one file may hold copies of another's
    late, none = np.zeros(len(sessions), dtype=bool), np.zeros(len(sessions), dtype=bool)
    still = np.zeros(len(sessions), dtype=np.int64)
    treatment = Treatment(sessions, twice, late, still, still, none)
    lo, hi = day_windows(sessions)
    refused, left = NOTHING_REFUSED, []
    for name in sorted({name for some in names for name in some}):
        path = shelf.path(name)
        try:
            columns = RowFile(path, QUOTE_COLUMNS, series.symbol).read()
        except BadDataError as why:
            left.append(f"{series.symbol} {series.title}: {why}")
            continue
        session = treatment.session_of(columns.stamp)
        found = quote_faults(columns.stamp, columns.values, series.width)
        twice[session[found.again & (session >= 0)]] = True
        late[session[found.late & (session >= 0)]] = True
        otherwise = Fault(
            "told_otherwise_under_their_stamp", columns.stamp[found.otherwise], columns.values[:, found.otherwise], path
        )
        unsound = check_quotes(columns.stamp, columns.values, origin=path).faults
        faults = [otherwise, *(fault for fault in unsound if fault.kind != "out_of_order")]
        refused += refused_of(faults, series.symbol, sessions.tz, (lo[0], hi[-1]), QUOTE_COLUMNS)
    twice &= "duplicates" in only
    late &= "order" in only
    for kind, count in refused.counts.items():
        left.append(f"{series.symbol} {series.title}: {count:,} rows {kind.replace('_', ' ')} (first: {refused.examples[kind]})")
    return treatment, left
