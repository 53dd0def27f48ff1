"""Where stored days and the sum of the finer bars of the same days differ, as known at today's open.

Both can be right: a stored day may hold auctions, or trades after the close, that are in no minute.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sessionlab.derive.buckets import Grid, longer_bars
from sessionlab.session.plan import DAY
from sessionlab.session.session_rows import SessionRows
from sessionlab.session.windows import WindowBlocks
from sessionlab.tape import BAR_COLUMNS
from sessionlab.tape.tape import window_rows

COLUMNS = ("symbol", "date", "base", "field", "stored", "aggregated", "difference", "missing")
_ROUNDING = 1e-9
"""Of fractional volumes and adjusted prices: less than that, as a fraction, is no difference."""


def window_differences(rows: SessionRows) -> pd.DataFrame:
    """A row per symbol, date, base and field that differs: :data:`COLUMNS`. Sorted by symbol as configured, base, date."""
    found = [line for symbol in rows.symbols for line in _of_symbol(rows, symbol)]
    frame = pd.DataFrame(found, columns=list(COLUMNS))
    frame["date"] = pd.to_datetime(frame["date"]).dt.as_unit("ns") if found else pd.DatetimeIndex([]).as_unit("ns")
    kinds = dict.fromkeys(("symbol", "base", "field"), "str") | dict.fromkeys(("stored", "aggregated", "difference"), "float64")
    return frame.astype(kinds | {"missing": "int64"})


def _of_symbol(rows: SessionRows, symbol: str) -> Iterator[tuple[object, ...]]:
    longest: dict[str, WindowBlocks] = {}
    for (of, *_), window in [*rows.trails.windows.items(), *rows.windows.items()]:
        base = str(window.base)
        if of == symbol and (base not in longest or len(window.sessions) > len(longest[base].sessions)):
            longest[base] = window
    days = longest.pop(str(DAY), None)
    if days is None:
        return
    blocks = {block.date: block for block in days.blocks}
    for finer in sorted(longest.values(), key=lambda window: window.base):
        for session, block in zip(finer.sessions, finer.blocks, strict=True):
            if session.date not in blocks:
                continue
            stored = window_rows([blocks[session.date]], rows.session.open_ns)
            made = longer_bars(window_rows([block], rows.session.open_ns), Grid.of([session], DAY, finer.base))
            if not stored.size or not made.size or made.base_count is None or stored.is_repaired.any():
                continue
            missing = session.expected(finer.base) - int(made.base_count[0])
            for field, ours, theirs in zip(BAR_COLUMNS, stored.values[:, 0].tolist(), made.values[:, 0].tolist(), strict=True):
                if not np.isclose(ours, theirs, rtol=_ROUNDING, atol=0.0):
                    yield symbol, session.date, str(finer.base), field, ours, theirs, ours - theirs, missing
