"""Quotes: the one that counts at a moment, and all of today's known by then.

Recorded ones count where there are any; before the first of a day, and on days without, one is made from each close as
it becomes the last known. A quote's ``timestamp`` is the moment it was known; a bar's is its start.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.derive.quotes import FLAGS, flag_codes, is_usable, mid_and_spread
from sessionlab.markup.text import counted
from sessionlab.session.columns import zoned
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import QUOTE_COLUMNS, Rows
from sessionlab.tape.block import Int64s

SOURCES = ("synthesized", "recorded")


class _Told(NamedTuple):
    timestamp: pd.Timestamp
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float
    source: str


class Quote(_Told):
    """Prices in dollars, sizes in shares. ``source`` is ``recorded``, or ``synthesized``: zero spread, sizes 0.

    A side that nobody quotes is NaN with size 0.
    """

    __slots__ = ()

    @property
    def flag(self) -> str:
        """``one_sided``, ``crossed`` (the bid above the ask), ``locked`` (both alike), or "" for an ordinary one.

        A synthesized quote is ordinary: that its sides are alike says nothing about a market.
        """
        return FLAGS[int(flag_codes(self.bid_price, self.ask_price))] if self.source == "recorded" else ""

    @property
    def mid(self) -> float:
        """Halfway between bid and ask; NaN where the quote is one-sided or crossed, for it is never a price then."""
        return float(mid_and_spread(self.bid_price, self.ask_price)[0])

    @property
    def spread_bps(self) -> float:
        """Ask less bid, in basis points of the mid; NaN where the quote is one-sided or crossed."""
        return float(mid_and_spread(self.bid_price, self.ask_price)[1])

    def __repr__(self) -> str:
        said = super().__repr__()
        return f"{said[:-1]}, flag={self.flag!r})" if self.flag else said


class QuoteView:
    """Today's quotes of one symbol, always those known at the clock's now, those from before the open included.

    Recorded ones from the first on; before it, and where none are recorded, one is made of each close of the finest base
    bars, at the moment at which it became the last known one. ``.frame()`` is the table of them.
    """

    __slots__ = ("_present", "_symbol")

    def __init__(self, present: Present, symbol: str) -> None:
        self._present = present
        self._symbol = symbol

    @property
    def last(self) -> Quote | None:
        """The newest quote, None where there is none of today yet."""
        day, n = self._now()
        return day.quote(n - 1) if n else None

    @property
    def usable(self) -> Quote | None:
        """The newest quote that is a price: neither one-sided nor crossed. None where there is none of today yet."""
        day, n = self._now()
        at = int(day.last_usable[n - 1]) if n else -1
        return None if at < 0 else day.quote(at)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each flag; "" stands for ordinary ones."""
        day, n = self._now()
        return dict(zip(FLAGS, np.bincount(day.codes[:n], minlength=len(FLAGS)).tolist(), strict=True))

    def frame(self) -> pd.DataFrame:
        """The quotes as a DataFrame over read-only memory: ``bid_price bid_size ask_price ask_size spread_bps flag source``.

        The index is ``timestamp``, when each was known, in the exchange's zone; several may have one. ``spread_bps`` is NaN
        for one-sided and crossed quotes. The frame stays as it is when the clock moves on.
        """
        day, n = self._now()
        return day.frame.iloc[:n]

    def tail(self, n: int = 5) -> pd.DataFrame:
        """The newest ``n`` quotes (fewer where there are fewer) as a frame."""
        day, size = self._now()
        return day.frame.iloc[max(size - n, 0) : size]

    def __len__(self) -> int:
        return self._now()[1]

    def __repr__(self) -> str:
        n, last = len(self), self.last
        if last is None:
            return f"<{self._title()}: no quotes yet>"
        flagged = "".join(f", {one}" for one in self._flagged())
        return f"<{self._title()}: {counted(n, 'quote')}{flagged}, last {last!r}>"

    def _repr_html_(self) -> str:
        from sessionlab.session.pages import quotes_page

        return quotes_page(self, self._title(), self._flagged())

    def _flagged(self) -> list[str]:
        """How many quotes there are of each flag, in words."""
        return [f"{count:,} {flag.replace('_', '-')}" for flag, count in self.counts.items() if flag and count]

    def _title(self) -> str:
        session = self._present.rows.session
        now = pd.Timestamp(self._present.now_ns, tz="UTC").tz_convert(session.tz)
        return f"{self._symbol} quotes {session.date} at {now:%H:%M:%S}"

    def _now(self) -> tuple[_DayOfQuotes, int]:
        """The day's columns, and how many of their rows are known now."""
        day = _day_of(self._present.rows, self._symbol)
        return day, int(day.rows.known_at.searchsorted(self._present.now_ns, "right"))


def last_quote(present: Present, symbol: str) -> Quote | None:
    """The last quote of ``symbol`` known now, None before the first and where there is no close yet to make one from.

    Before the first of today it is made from the last close of the window, where there is one.
    """
    rows = present.rows
    block = rows.quotes.get(symbol)
    if block is not None:
        i = int(block.rows.known_at.searchsorted(present.now_ns, "right")) - 1
        if i >= 0:
            return _quote(block.rows, i, rows.session.tz, "recorded")
    close = rows.last_close(symbol, present.k)
    if close is None:
        return None
    price, known_at = close
    return Quote(_stamp(known_at, rows.session.tz), price, 0.0, price, 0.0, "synthesized")


class _DayOfQuotes:
    """All quotes of one symbol and session in order, of which a view shows those known by now.

    ``rows`` are those made from closes, then, from number ``made`` on, the recorded ones. ``arrived`` is the number of base
    rows that they were made of: a live session's come one by one.
    """

    def __init__(self, rows: Rows, made: int, arrived: int, tz: str) -> None:
        self.rows = rows
        self.made = made
        self.arrived = arrived
        self.tz = tz

    @cached_property
    def codes(self) -> NDArray[np.int8]:
        codes = flag_codes(self.rows.values[0], self.rows.values[2])
        codes[: self.made] = 0
        return codes

    @cached_property
    def last_usable(self) -> Int64s:
        """Of each quote the number of the last usable one up to it, -1 where there is none."""
        usable = is_usable(self.rows.values[0], self.rows.values[2])
        return np.maximum.accumulate(np.where(usable, np.arange(self.rows.size), -1))

    @cached_property
    def frame(self) -> pd.DataFrame:
        bid, _, ask, _ = self.rows.values
        index = zoned(self.rows.known_at, self.tz).rename("timestamp")
        frame = pd.DataFrame(self.rows.values.T, index=index, columns=list(QUOTE_COLUMNS), copy=False)
        frame["spread_bps"] = mid_and_spread(bid, ask)[1]
        frame["flag"] = pd.Categorical.from_codes(self.codes, pd.Index(FLAGS))
        recorded = np.arange(self.rows.size) >= self.made
        frame["source"] = pd.Categorical.from_codes(recorded.astype(np.int8), pd.Index(SOURCES))
        return frame

    def quote(self, i: int) -> Quote:
        return _quote(self.rows, i, self.tz, SOURCES[int(i >= self.made)])


def _day_of(rows: SessionRows, symbol: str) -> _DayOfQuotes:
    """The quotes of ``symbol`` in the session of ``rows``; made once, and anew when further bars arrived."""
    arrivals = rows.base_tape(symbol, rows.finest(symbol)).arrivals()
    day = rows.told_quotes.get(symbol)
    if isinstance(day, _DayOfQuotes) and day.arrived == arrivals.size:
        return day
    made, block = _made_of(arrivals), rows.quotes.get(symbol)
    if block is not None and block.rows.size:
        made = made.take(slice(0, int(made.known_at.searchsorted(block.rows.known_at[0]))))
        both = Rows.join([made, block.rows])
    else:
        both = made
    day = rows.told_quotes[symbol] = _DayOfQuotes(both, made.size, arrivals.size, rows.session.tz)
    return day


def _made_of(arrivals: Rows) -> Rows:
    """One quote for each close that was the last known one when it came: of its bar no later one was there."""
    order = np.lexsort((arrivals.start, arrivals.known_at))
    start, known_at = arrivals.start[order], arrivals.known_at[order]
    newest = start >= np.maximum.accumulate(start) if len(start) else np.zeros(0, dtype=bool)
    newest[:-1] &= known_at[1:] != known_at[:-1]  # of those that came at once the last bar counts
    order, known_at = order[newest], known_at[newest]
    close, nothing = arrivals.values[3][order], np.zeros(len(order))
    return Rows.of(known_at, known_at, np.stack([close, nothing, close, nothing]))


def _quote(rows: Rows, i: int, tz: str, source: str) -> Quote:
    bid, bid_size, ask, ask_size = rows.values[:, i].tolist()
    return Quote(_stamp(int(rows.known_at[i]), tz), bid, bid_size, ask, ask_size, source)


def _stamp(instant_ns: int, tz: str) -> pd.Timestamp:
    return pd.Timestamp(instant_ns, tz="UTC").tz_convert(tz)
