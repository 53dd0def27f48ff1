"""Digests of rows: equal rows have equal digests, wherever they came from and however they lie in memory.

What counts of a block is whose rows they are and every bit of them, those off the hours too; not strides, not how many blocks
were loaded at once, and not what was refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from sessionlab.tape.block import DayBlock, QuoteBlock, Rows

DIGEST_BYTES = 16


def block_digest(block: DayBlock | QuoteBlock) -> bytes:
    """BLAKE2b of a block: symbol, interval or ``quotes``, date, and the columns of its rows and of its extended rows.

    >>> import datetime as dt
    >>> from sessionlab.timing import Interval
    >>> block = DayBlock("SPY", Interval.parse("1m"), dt.date(2025, 7, 2), Rows.empty(), Rows.empty())
    >>> len(block_digest(block).hex())
    32
    """
    if isinstance(block, DayBlock):
        series, parts = str(block.interval), [block.rows, block.extended]
    else:
        series, parts = "quotes", [block.rows]
    sizes = " ".join(str(rows.size) for rows in parts)
    found = hashlib.blake2b(f"{block.symbol}\0{series}\0{block.date}\0{sizes}\0".encode(), digest_size=DIGEST_BYTES)
    for rows in parts:
        if rows.size:
            _add(found, rows)
    return found.digest()


def combined_digest(parts: Mapping[str, bytes]) -> bytes:
    """One digest of named ones, the same in whatever order they came."""
    found = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in sorted(parts):
        found.update(name.encode() + b"\0" + parts[name])
    return found.digest()


def _add(found: hashlib.blake2b, rows: Rows) -> None:
    for column in (rows.start, rows.known_at, *rows.values):
        plain = column.astype(column.dtype.newbyteorder("<"), copy=False)
        found.update(np.ascontiguousarray(plain).data)
