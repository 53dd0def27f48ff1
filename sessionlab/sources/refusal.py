"""Why a row was refused: the kinds, and the words for the first of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.tape.block import BAR_COLUMNS, NOTHING_REFUSED, Float64s, Int64s, Refused

_SHOWN = {
    "negative_volume": ("volume", "bid_size", "ask_size"),
    "duplicate": ("close", "bid_price", "ask_price"),
    "out_of_order": (),
    "off_grid": (),
    "outside": (),
    "known_early": (),
}
_PRICES = ("open", "high", "low", "close", "bid_price", "ask_price")


class Fault(NamedTuple):
    """Rows refused for one reason, in the file's order: ``start`` of shape (rows,), ``values`` of (columns, rows).

    ``kind`` is a key of :class:`~sessionlab.tape.block.Refused`; rows ``out_of_order`` were let in and are only counted.
    ``origin`` says where the rows were read, or is empty.
    """

    kind: str
    start: Int64s
    values: Float64s
    origin: str


def refused_of(
    faults: Iterable[Fault],
    symbol: str,
    tz: str,
    between: tuple[int, int] | None = None,
    columns: Sequence[str] = BAR_COLUMNS,
) -> Refused:
    """The faults of rows that start in ``between`` (ns UTC, half-open; all without it), with the first of each kind."""
    total = NOTHING_REFUSED
    for fault in faults:
        at = np.arange(len(fault.start))
        if between is not None:
            at = np.flatnonzero((fault.start >= between[0]) & (fault.start < between[1]))
        if len(at):
            total += Refused({fault.kind: len(at)}, {fault.kind: _words(fault, int(at[0]), symbol, tz, columns)})
    return total


def _words(fault: Fault, at: int, symbol: str, tz: str, columns: Sequence[str]) -> str:
    stamp = pd.Timestamp(int(fault.start[at]), tz="UTC").tz_convert(tz)
    shown = _SHOWN.get(fault.kind, _PRICES)
    if fault.kind == "not_a_number":
        shown = tuple(name for name, column in zip(columns, fault.values, strict=True) if not np.isfinite(column[at]))
    values = [f"{name} {column[at]:g}" for name, column in zip(columns, fault.values, strict=True) if name in shown]
    where = f" in {fault.origin}" if fault.origin else ""
    return " ".join([symbol, f"{stamp:%Y-%m-%d %H:%M:%S}", *values]) + where
