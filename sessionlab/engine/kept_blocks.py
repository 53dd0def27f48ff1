"""Day blocks, each loaded once and kept while a coming session still needs it.

The source is asked for whole stretches of sessions; what lies before the oldest window is dropped, so memory does not
grow with the length of a run. Of the blocks that the run stood on, digests stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sessionlab.sources.protocol import Source
from sessionlab.tape import DayBlock, QuoteBlock, Refused, block_digest, combined_digest
from sessionlab.timing import Interval, SessionTable, TradingSession


class KeptBlocks:
    """Blocks of ``source`` by symbol, interval and date."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._blocks: dict[tuple[str, Interval], dict[dt.date, DayBlock]] = {}
        self._quotes: dict[str, dict[dt.date, QuoteBlock] | None] = {}
        self._refused: dict[tuple[str, str], dict[dt.date, Refused]] = {}
        self._stood_on: dict[tuple[str, str], dict[dt.date, bytes]] = {}
        self._passed: dict[tuple[str, Interval, dt.date], bytes] = {}

    def has(self, symbol: str, interval: Interval, session: TradingSession) -> bool:
        """Whether the block of ``session`` is here."""
        return session.date in self._blocks.get((symbol, interval), ())

    def blocks(self, symbol: str, interval: Interval, sessions: Sequence[TradingSession]) -> list[DayBlock]:
        """One block per session; what is not here yet is loaded in one request."""
        here = self._blocks.setdefault((symbol, interval), {})
        missing = [session for session in sessions if session.date not in here]
        if missing:
            loaded = self.source.load(symbol, interval, SessionTable.of(missing))
            for block in loaded:
                here[block.date] = block
                self._count(symbol, str(interval), block.date, block.refused)
        return [here[session.date] for session in sessions]

    def passing(self, symbol: str, interval: Interval, session: TradingSession) -> DayBlock:
        """The block of one session for a look at it: where it is not here yet it is loaded, and not kept.

        What was refused of it is not told: no view shows these rows, and a bar that lacks one of them is not made.
        """
        here = self._blocks.get((symbol, interval), {}).get(session.date)
        if here is not None:
            return here
        block = self.source.load(symbol, interval, SessionTable.of([session]))[0]
        self._passed[symbol, interval, session.date] = block_digest(block)
        return block

    def quotes(self, symbol: str, sessions: Sequence[TradingSession]) -> list[QuoteBlock] | None:
        """One block of recorded quotes per session, None where there are none."""
        here = self._quotes.setdefault(symbol, {})
        if here is None:
            return None
        missing = [session for session in sessions if session.date not in here]
        if missing:
            loaded = self.source.quotes(symbol, SessionTable.of(missing))
            if loaded is None:
                self._quotes[symbol] = None
                return None
            for block in loaded:
                here[block.date] = block
                self._count(symbol, "quotes", block.date, block.refused)
        return [here[session.date] for session in sessions]

    def forget(self, symbol: str) -> None:
        """Drop all of ``symbol``, which was only looked at; of one that the run stood on, what was refused stays."""
        for key in [key for key in self._blocks if key[0] == symbol]:
            del self._blocks[key]
        for passed in [passed for passed in self._passed if passed[0] == symbol]:
            del self._passed[passed]
        self._quotes.pop(symbol, None)
        if not any(of == symbol for of, _ in self._stood_on):
            for series in [series for series in self._refused if series[0] == symbol]:
                del self._refused[series]

    def drop_before(self, keep: dict[tuple[str, Interval], dt.date], today: dt.date) -> None:
        """Forget blocks before the date that ``keep`` names for their symbol and interval, else before ``today``."""
        for key, here in self._blocks.items():
            oldest = keep.get(key, today)
            for date in [date for date in here if date < oldest]:
                del here[date]
        for quotes in self._quotes.values():
            for date in [date for date in quotes or () if date < today]:
                del quotes[date]  # type: ignore[union-attr]

    def refused(self, before: dt.date) -> dict[tuple[str, str], Refused]:
        """What the source did not let in of sessions earlier than ``before``, by symbol and series."""
        sums = {}
        for key, by_date in self._refused.items():
            some = [refused for date, refused in sorted(by_date.items()) if date < before]
            if some:
                sums[key] = sum(some[1:], some[0])
        return sums

    def stand_on(self, symbol: str, interval: Interval, dates: Iterable[dt.date]) -> None:
        """Note that the run stands on the bars of ``dates``, which are here, or were looked at in passing."""
        here = self._blocks.get((symbol, interval), {})
        noted = self._stood_on.setdefault((symbol, str(interval)), {})
        for date in dates:
            if date not in noted:
                noted[date] = block_digest(here[date]) if date in here else self._passed[symbol, interval, date]

    def stand_on_quotes(self, symbol: str, date: dt.date) -> None:
        """Note that the run stands on the quotes of ``date``, which are here."""
        here = self._quotes[symbol]
        if here is not None:
            self._stood_on.setdefault((symbol, "quotes"), {}).setdefault(date, block_digest(here[date]))

    def stand_on_nothing(self) -> None:
        """The run begins again."""
        self._stood_on.clear()

    def stood_on(self) -> dict[tuple[str, str], int]:
        """Of how many days of each symbol and series the run stood on blocks so far."""
        return {key: len(noted) for key, noted in self._stood_on.items()}

    def stand_as(self, counts: Mapping[tuple[str, str], int]) -> None:
        """The run went back to where it had stood on so many days of each."""
        for key in list(self._stood_on):
            noted = self._stood_on[key]
            for date in list(noted)[counts.get(key, 0) :]:
                del noted[date]
            if not noted:
                del self._stood_on[key]

    def forked(self) -> KeptBlocks:
        """The same blocks, for a fork of the run: what each loads and lets go is its own."""
        other = KeptBlocks(self.source)
        other._blocks = {key: dict(here) for key, here in self._blocks.items()}
        other._quotes = {symbol: None if here is None else dict(here) for symbol, here in self._quotes.items()}
        other._refused = {key: dict(by_date) for key, by_date in self._refused.items()}
        other._stood_on = {key: dict(noted) for key, noted in self._stood_on.items()}
        other._passed = dict(self._passed)
        return other

    def stands_on(self) -> dict[tuple[str, str], dict[dt.date, bytes]]:
        """The digest of each block that the run stood on, by symbol and series, then by date."""
        return {key: dict(noted) for key, noted in self._stood_on.items()}

    def digests(self) -> dict[str, dict[str, str]]:
        """Of all blocks that the run stood on, as they are stored: a digest in hex by symbol and series."""
        found: dict[str, dict[str, str]] = {}
        for (symbol, series), noted in sorted(self._stood_on.items()):
            by_date = {date.isoformat(): digest for date, digest in noted.items()}
            found.setdefault(symbol, {})[series] = combined_digest(by_date).hex()
        return found

    def _count(self, symbol: str, series: str, date: dt.date, refused: Refused) -> None:
        if refused:
            self._refused.setdefault((symbol, series), {})[date] = refused
