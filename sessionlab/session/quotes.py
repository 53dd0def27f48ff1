"""The quote that counts at a moment: the last one known, recorded, or made from the last known close.

A quote's ``timestamp`` is the moment it was known; a bar's is its start.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from sessionlab.session.present import Present


class Quote(NamedTuple):
    """Prices in dollars, sizes in shares. ``source`` is ``recorded``, or ``synthesized``: zero spread, sizes 0.

    A side that nobody quotes is NaN with size 0.
    """

    timestamp: pd.Timestamp
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float
    source: str

    @property
    def mid(self) -> float:
        """Halfway between bid and ask; NaN where a side is missing."""
        return (self.bid_price + self.ask_price) / 2

    @property
    def spread_bps(self) -> float:
        """Ask less bid, in basis points of the mid; NaN where a side is missing."""
        return 1e4 * (self.ask_price - self.bid_price) / self.mid


def last_quote(present: Present, symbol: str) -> Quote | None:
    """The last quote of ``symbol`` known now, None before the first and where there is no close yet to make one from."""
    rows = present.rows
    block = rows.quotes.get(symbol)
    if block is not None:
        i = int(block.rows.known_at.searchsorted(present.now_ns, "right")) - 1
        if i >= 0:
            bid, bid_size, ask, ask_size = block.rows.values[:, i].tolist()
            at = _stamp(int(block.rows.known_at[i]), rows.session.tz)
            return Quote(at, bid, bid_size, ask, ask_size, "recorded")
    close = rows.last_close(symbol, present.k)
    if close is None:
        return None
    price, known_at = close
    return Quote(_stamp(known_at, rows.session.tz), price, 0.0, price, 0.0, "synthesized")


def _stamp(instant_ns: int, tz: str) -> pd.Timestamp:
    return pd.Timestamp(instant_ns, tz="UTC").tz_convert(tz)
