"""Recorded quotes, day by day: how many there are, how many of them are no prices, and how long nothing was quoted.

Every kind that is recorded of a symbol is looked at by itself. Days are loaded a few at a time: ticks are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.checks.measure import Example
from sessionlab.derive.quotes import CROSSED, FLAGS, ONE_SIDED, flag_codes, mid_and_spread
from sessionlab.sources.protocol import Source, TellsHoldings, TellsQuoteKinds
from sessionlab.sources.readable import readable_quotes
from sessionlab.tape.block import QuoteBlock
from sessionlab.timing import SessionTable, TimeManager, TradingSession

REFUSED = {
    "outside": "outside",
    "not_a_number": "not_a_number",
    "bad_price": "bad_price",
    "negative_volume": "negative_size",
    "out_of_order": "out_of_order",
    "unreadable": "unreadable",
}
"""Kinds of quotes that a source refuses, and their columns. Those out of order are sorted in."""
FLAGGED = tuple(flag for flag in FLAGS if flag)
COLUMNS = (
    "symbol", "kind", "date", "quotes", "in_session", *FLAGGED, *(f"{flag}_in_session" for flag in FLAGGED),
    *REFUSED.values(), "spread_bps", "longest_silence",
)  # fmt: skip
AT_A_TIME = 4
"""Sessions of one kind that are loaded together."""


class QuoteDays(NamedTuple):
    """What was measured of some days: a row of :data:`COLUMNS` for each, refused kinds beside these, and examples."""

    rows: list[dict[str, Any]]
    examples: list[Example]

    @property
    def any_row(self) -> bool:
        """Whether there was any quote at all, refused or not."""
        return any(row["quotes"] or any(row.get(name) for name in REFUSED.values()) for row in self.rows)


def quote_kinds(source: Source, symbol: str, sessions: SessionTable, times: TimeManager) -> list[str]:
    """The kinds of quotes that may be recorded of ``symbol``."""
    if isinstance(source, TellsHoldings) and isinstance(source, TellsQuoteKinds):
        return [held.width for held in source.holdings(symbol, times) if held.kind == "quotes"]
    kind = source.availability([symbol], sessions)[symbol].quotes
    return [] if kind is None else [kind]


def measure_quotes(source: Source, symbol: str, kind: str, sessions: SessionTable) -> QuoteDays:
    """What there is of one ``kind`` of quotes in ``sessions``, and what is wrong."""
    found = QuoteDays([], [])
    for session, block in zip(sessions, readable_quotes(source, symbol, kind, sessions), strict=True):
        row = _measure_day(session, block)
        found.rows.append({"symbol": symbol, "kind": kind, "date": np.datetime64(session.date), **row})
        found.examples.extend(_examples(kind, session, block, row))
    return found


def quote_table(days: Sequence[QuoteDays]) -> pd.DataFrame:
    """The rows of all ``days`` as one frame. Refused kinds that only some source has stand behind those that all have."""
    rows = [row for some in days for row in some.rows]
    further = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
    at = COLUMNS.index("spread_bps")
    frame = pd.DataFrame(rows, columns=[*COLUMNS[:at], *further, *COLUMNS[at:]])
    frame["date"] = pd.DatetimeIndex(frame["date"].to_numpy("M8[ns]"))
    counts = [*COLUMNS[3:at], *further]
    frame[counts] = frame[counts].fillna(0)
    return frame.astype(
        {"symbol": "str", "kind": "str", "spread_bps": "float64", "longest_silence": "float64"} | dict.fromkeys(counts, "int64")
    )


def _measure_day(session: TradingSession, block: QuoteBlock) -> dict[str, Any]:
    known_at, (bid, _, ask, _) = block.rows.known_at, block.rows.values
    inside = np.zeros(len(known_at), dtype=bool)
    silence = 0
    for a, b in session.spans:
        first, past = int(known_at.searchsorted(a)), int(known_at.searchsorted(b, "right"))
        inside[first:past] = True
        silence = max(silence, int(np.diff(known_at[first:past], prepend=a, append=b).max()))
    codes = flag_codes(bid, ask)
    flags, flags_inside = (np.bincount(some, minlength=len(FLAGS)).tolist() for some in (codes, codes[inside]))
    spread_bps = mid_and_spread(bid[inside], ask[inside])[1]
    spread_bps = spread_bps[~np.isnan(spread_bps)]
    refused = {REFUSED.get(kind, kind): count for kind, count in block.refused.counts.items()}
    return {
        "quotes": len(known_at),
        "in_session": int(inside.sum()),
        **dict(zip(FLAGGED, flags[1:], strict=True)),
        **{f"{flag}_in_session": count for flag, count in zip(FLAGGED, flags_inside[1:], strict=True)},
        **refused,
        "spread_bps": float(np.median(spread_bps)) if len(spread_bps) else float("nan"),
        "longest_silence": silence / 1e9,
    }


def _examples(kind: str, session: TradingSession, block: QuoteBlock, row: dict[str, Any]) -> Iterator[Example]:
    """The first of each thing that is wrong: a locked quote is not."""
    key = block.symbol, f"{kind} quotes", np.datetime64(session.date)
    codes = flag_codes(block.rows.values[0], block.rows.values[2])
    for code in (CROSSED, ONE_SIDED):
        if row[FLAGS[code]]:
            at = int((codes == code).argmax())
            bid, _, ask, _ = block.rows.values[:, at].tolist()
            words = ", ".join(
                "no " + side if price != price else f"{side} {price:g}" for side, price in (("bid", bid), ("ask", ask))
            )
            yield Example(*key, FLAGS[code], row[FLAGS[code]], int(block.rows.known_at[at]), words)
    for name, count in block.refused.counts.items():
        yield Example(*key, name, count, None, block.refused.examples.get(name, ""))
