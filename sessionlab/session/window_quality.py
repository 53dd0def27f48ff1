"""Which bars of the window are there, day by day, as known at today's open."""

from __future__ import annotations

from sessionlab.derive.buckets import Grid
from sessionlab.derive.coverage import complete_buckets, presence
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import told
from sessionlab.tape.block import Bools
from sessionlab.timing import Interval, TradingSession


def window_presence(rows: SessionRows, symbol: str, interval: Interval) -> list[tuple[TradingSession, Bools]]:
    """Per session of the window: which of its expected bars are there and, if made of shorter ones, complete."""
    window = rows.window_of(symbol, interval)
    days = []
    for session, block in zip(window.sessions, window.blocks, strict=True):
        known = block.rows if block.on_time else told(block.rows, rows.session.open_ns)
        total = session.expected(window.base)
        there = presence(session.positions(known.start, window.base), total, total)
        if window.base != interval:
            there = complete_buckets(there, Grid.of([session], interval, window.base).expected)
        days.append((session, there))
    return days
