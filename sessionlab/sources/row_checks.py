"""Rows that are sound by themselves: sorted, with every price a price. What is not is refused, and none is mended.

Nothing here knows of sessions, so a file is checked once, however many sessions are cut from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sessionlab.sources.refusal import Fault
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, Bools, Float64s, Int64s

AT_ITS_END: int = np.iinfo(np.int64).min
"""A ``known_at`` that was not recorded: the row was known at its bar's end. It is what NaT is in int64."""

_ROUNDING = 1e-9  # adjusted prices often leave a close above its high by a last bit


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Rows that are sound by themselves, sorted by start, then by ``known_at``; equal ones in the order they came.

    ``start`` int64 (rows,), ``values`` float64 (columns, rows), read-only. ``known_at`` int64 (rows,), with
    ``AT_ITS_END`` where it was not recorded, or None where it never was. ``faults`` are what was refused, ``origin``
    where the rows were read, for the words about what is refused later.
    """

    start: Int64s
    values: Float64s
    known_at: Int64s | None = None
    faults: tuple[Fault, ...] = ()
    origin: str = ""

    def __post_init__(self) -> None:
        # Views, so that a caller's own arrays keep their flags.
        for name in ("start", "values", "known_at"):
            array = getattr(self, name)
            if array is not None and array.flags.writeable:
                view = array.view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)

    def cut(self, lo_ns: int, hi_ns: int) -> Checked:
        """The rows that start in ``[lo_ns, hi_ns)``, sharing memory, with all faults."""
        a, b = self.start.searchsorted((lo_ns, hi_ns))
        known_at = None if self.known_at is None else self.known_at[a:b]
        return Checked(self.start[a:b], self.values[:, a:b], known_at, self.faults, self.origin)

    def take(self, at: NDArray[np.intp], *faults: Fault) -> Checked:
        """The rows at the positions ``at``, with further ``faults``."""
        known_at = None if self.known_at is None else self.known_at[at]
        return Checked(self.start[at], np.take(self.values, at, axis=1), known_at, (*self.faults, *faults), self.origin)

    def refuse(self, kinds: dict[str, Bools]) -> Checked:
        """The rows that are of none of ``kinds``, masks of shape (rows,); a row counts as the first kind that it is of."""
        keep = np.ones(len(self.start), dtype=bool)
        faults = []
        for kind, which in kinds.items():
            which = which & keep
            if which.any():
                faults.append(Fault(kind, self.start[which], self.values[:, which], self.origin))
                keep &= ~which
        return self.take(np.flatnonzero(keep), *faults) if faults else self


def no_rows(columns: int) -> Checked:
    """No rows at all."""
    return Checked(np.empty(0, np.int64), np.empty((columns, 0)))


def check_bars(start: Any, values: Any, known_at: Any = None, origin: str = "") -> Checked:
    """The bars that are sound by themselves, sorted.

    ``start`` int64 ns UTC (rows,); ``values`` float64 (5, rows): open, high, low, close, volume; ``known_at`` int64 ns
    UTC or ``AT_ITS_END`` (rows,). The arrays are taken over where their types fit.
    """
    rows = _columns(start, values, known_at, origin)
    kinds = unsound_bars(rows.values)
    if kinds:
        rows = rows.refuse(kinds)
    return _in_order(rows)


def unsound_bars(values: Float64s) -> dict[str, Bools]:
    """Which bars are none, by kind, masks of shape (rows,); empty where all are sound. ``values`` float64 (5, rows)."""
    open_, high, low, close, volume = values
    good = (low > 0) & (low <= open_) & (low <= close) & (open_ <= high) & (close <= high)
    good &= (high < np.inf) & (volume >= 0) & (volume < np.inf)
    if good.all():
        return {}
    over, under = high * (1 + _ROUNDING), low * (1 - _ROUNDING)
    return {
        "not_a_number": _any(~np.isfinite(values)),
        "bad_price": _any(values[:4] <= 0),
        "high_below_low": (over < open_) | (over < close) | (over < low) | (under > open_) | (under > close),
        "negative_volume": volume < 0,
    }


def check_quotes(stamp: Any, values: Any, origin: str = "") -> Checked:
    """The quotes that are sound by themselves, sorted.

    ``stamp`` int64 ns UTC (rows,); ``values`` float64 (4, rows): bid_price, bid_size, ask_price, ask_size. A side
    without a price (NaN, or 0 with size 0) becomes NaN with size 0. Crossed and repeated quotes stay: markets have them.
    """
    rows = _columns(stamp, values, None, origin)
    told, kinds = sound_quotes(rows.values)
    if kinds:
        rows = Checked(rows.start, told, origin=origin).refuse(kinds)
    return _in_order(rows)


def sound_quotes(values: Float64s) -> tuple[Float64s, dict[str, Bools]]:
    """The values with NaN and size 0 for each side without a price, and which quotes are none, by kind, masks of shape (rows,).

    Where all are sound and have both sides, these values, and no kinds.
    """
    bid, bid_size, ask, ask_size = values
    good = (bid > 0) & (bid < np.inf) & (bid_size >= 0) & (bid_size < np.inf)
    good &= (ask > 0) & (ask < np.inf) & (ask_size >= 0) & (ask_size < np.inf)
    if good.all():
        return values, {}
    values = values.copy()
    price, size = values[0::2], values[1::2]
    missing = np.isnan(price) | ((price == 0) & ~(size != 0))
    price[missing], size[missing] = np.nan, 0.0
    return values, {
        "not_a_number": _any(np.isinf(price) | ~np.isfinite(size)),
        "bad_price": _any(price <= 0),
        "negative_volume": _any(size < 0),
    }


def merge_bars(pieces: Sequence[Checked]) -> Checked:
    """The bars of all pieces. Of copies of one bar the one in the earlier piece stays; others count if they differ."""
    if len(pieces) == 1:
        return pieces[0]
    pieces = [piece for piece in pieces if len(piece.start) or piece.faults]
    if len(pieces) <= 1:
        return pieces[0] if pieces else no_rows(len(BAR_COLUMNS))
    start = np.concatenate([piece.start for piece in pieces])
    values = np.concatenate([piece.values for piece in pieces], axis=1)
    known_at = None
    if any(piece.known_at is not None for piece in pieces):
        known_at = np.concatenate([np.full(len(p.start), AT_ITS_END) if p.known_at is None else p.known_at for p in pieces])
    rank = np.repeat(np.arange(len(pieces)), [len(piece.start) for piece in pieces])
    order = np.lexsort((rank, start) if known_at is None else (rank, known_at, start))
    rows = Checked(start, values, known_at, tuple(fault for piece in pieces for fault in piece.faults)).take(order)

    fresh = ~repeats(rows.start, rows.known_at)
    first = np.flatnonzero(fresh)[np.cumsum(fresh) - 1]  # of each row, the row of its bar that counts
    copies = rank[order] != rank[order][first]
    if not copies.any():
        return rows
    differ = copies & _any(rows.values != rows.values[:, first])
    found = [Fault("duplicate", rows.start[differ], rows.values[:, differ], "another file of the same dates")]
    return rows.take(np.flatnonzero(~copies), *(found if differ.any() else []))


def merge_quotes(pieces: Sequence[Checked]) -> Checked:
    """The quotes of all pieces. Where several hold one stamp, the quotes of the earlier piece stay."""
    pieces = [piece for piece in pieces if len(piece.start) or piece.faults]
    if not pieces:
        return no_rows(len(QUOTE_COLUMNS))
    rows = pieces[0]
    for piece in pieces[1:]:
        new = ~np.isin(piece.start, rows.start)
        start = np.concatenate((rows.start, piece.start[new]))
        values = np.concatenate((rows.values, piece.values[:, new]), axis=1)
        rows = Checked(start, values, None, (*rows.faults, *piece.faults)).take(np.argsort(start, kind="stable"))
    return rows


def repeats(start: Int64s, known_at: Int64s | None) -> Bools:
    """Which sorted rows are about the same bar, known at the same time, as the row before them. Shape (rows,)."""
    again = np.zeros(len(start), dtype=bool)
    np.equal(start[1:], start[:-1], out=again[1:])
    if known_at is not None:
        again[1:] &= known_at[1:] == known_at[:-1]
    return again


def _columns(start: Any, values: Any, known_at: Any, origin: str) -> Checked:
    return Checked(
        np.ascontiguousarray(start, dtype=np.int64),
        np.ascontiguousarray(values, dtype=np.float64),
        None if known_at is None else np.ascontiguousarray(known_at, dtype=np.int64),
        origin=origin,
    )


def out_of_order(start: Int64s, known_at: Int64s | None) -> Bools:
    """Which rows come after one that is later than they are, shape (rows,)."""
    late: Bools = start < np.maximum.accumulate(start)
    if known_at is not None:  # an arrival log goes back to what it corrects; that is its order
        late &= known_at < np.maximum.accumulate(known_at)
    return late


def _in_order(rows: Checked) -> Checked:
    start, known_at = rows.start, rows.known_at
    back = start[1:] < start[:-1]
    if known_at is not None:
        back = back | ((start[1:] == start[:-1]) & (known_at[1:] < known_at[:-1]))
    if not back.any():
        return rows
    late = out_of_order(start, known_at)
    faults = [Fault("out_of_order", start[late], rows.values[:, late], rows.origin)] if late.any() else []
    return rows.take(np.argsort(start, kind="stable") if known_at is None else np.lexsort((known_at, start)), *faults)


def _any(cells: Any) -> Bools:
    """Whether any column says so, shape (rows,)."""
    return np.logical_or.reduce(cells, axis=0, dtype=bool)  # type: ignore[no-any-return]  # numpy's reduce is untyped
