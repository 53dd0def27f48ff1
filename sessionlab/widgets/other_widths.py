"""What stored bars of another width say of a stretch that has no bars: that nobody traded, or that something is missing.

Two stored widths are two tellings of one market. Where the longer bars have the volume of the shorter ones and no more, there was
no trade beside these; that is a proof, and no guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.timing import Interval

if TYPE_CHECKING:
    from sessionlab.session.data import SessionData

_VOLUME = 4


def said_elsewhere(data: SessionData, symbol: str, interval: Interval, start: int, end: int) -> str | None:
    """Of the absent stored bars of today from ``start`` to ``end``, ns UTC; None where other widths say nothing."""
    bases = data._present.rows.bases_of(symbol)
    if interval not in bases:
        return None
    said = [_longer(data, symbol, interval, base, start, end) for base in bases if interval.divides(base)]
    said += [_shorter(data, symbol, interval, base, start, end) for base in bases if base.divides(interval)]
    return next(filter(None, said), None)


def _longer(data: SessionData, symbol: str, interval: Interval, base: Interval, start: int, end: int) -> str | None:
    session = data.session
    starts, ends = session.starts(base), session.ends(base)
    first, past = int(starts.searchsorted(start, "right")) - 1, int(starts.searchsorted(end))
    over = int(starts[first]), int(ends[past - 1])
    if over[1] > data._present.now_ns:
        return None  # the longer bar has not ended
    count, volume = _inside(data, symbol, base, *over)
    if count < past - first:
        return None if count else f"not known; there is no {base} bar either"
    missing = volume - _inside(data, symbol, interval, *over)[1]
    if abs(missing) < 0.5:
        return f"no trade: the {base} bars over it have no more volume"
    return None if missing < 0 else f"not known; {missing:,.0f} shares of the {base} bars over it are in no {interval} bar"


def _shorter(data: SessionData, symbol: str, interval: Interval, base: Interval, start: int, end: int) -> str:
    count, _ = _inside(data, symbol, base, start, end)
    return f"not known; {count:,} {base} bars are there" if count else f"not known; there is no {base} bar either"


def _inside(data: SessionData, symbol: str, interval: Interval, start: int, end: int) -> tuple[int, float]:
    """How many bars begin within, and their volume in shares."""
    cut, size = data[symbol].bars(interval)._now()
    first, past = cut.rows.start[:size].searchsorted([start, end])
    return int(past - first), float(cut.rows.values[_VOLUME, first:past].sum())
