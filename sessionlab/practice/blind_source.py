"""A source that tells the rows of another one under other names, on other dates, in another scale.

It knows its own names alone: whoever asks for a true one learns what anybody learns who asks for what is not there. What the
other source has to say in words (errors, examples of refused rows) may name the truth, so it is not passed on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError, SessionlabError, SourceError
from sessionlab.practice.other_dates import OtherDates
from sessionlab.practice.scale import Scale
from sessionlab.session.plan import Stored
from sessionlab.sources.protocol import Source, TellsActions
from sessionlab.tape import DayBlock, QuoteBlock, Refused, Rows
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import Interval, SessionTable, TimeManager

_KINDS = (BadDataError, NoDataError, CalendarError, ConfigError)
_HIDDEN = "told once the practice is over"
_T = TypeVar("_T")


class BlindSource:
    """The rows of ``source``: ``names`` has the true symbol of each that is told, ``scales`` its scale."""

    name = "blind"

    def __init__(
        self, source: Source, names: Mapping[str, str], dates: OtherDates, scales: Mapping[str, Scale], times: TimeManager
    ) -> None:
        self._source = source
        self._names = dict(names)
        self._dates = dates
        self._scales = dict(scales)
        self._times = times

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol."""
        known = {told: self._names[told] for told in symbols if told in self._names}
        true = self._true(sessions)
        found = asked("what is there", lambda: self._source.availability(list(known.values()), true)) if known else {}
        return {told: found.get(known.get(told, ""), Stored()) for told in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order."""
        true = self._symbol(symbol)
        blocks = asked(f"{interval} bars of {symbol}", lambda: self._source.load(true, interval, self._true(sessions)))
        by_date = {block.date: block for block in blocks}
        return [self._bars(symbol, interval, date, by_date) for date in sessions.date.tolist()]

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, or None where no quotes are recorded."""
        true = self._symbol(symbol)
        blocks = asked(f"quotes of {symbol}", lambda: self._source.quotes(true, self._true(sessions)))
        if blocks is None:
            return None
        by_date = {block.date: block for block in blocks}
        return [self._quotes(symbol, date, by_date) for date in sessions.date.tolist()]

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """The splits and dividends in the sessions that are told, on their told dates; None where they are not recorded."""
        source = self._source
        if not isinstance(source, TellsActions):
            return None
        true = self._symbol(symbol)
        found = asked(f"corporate actions of {symbol}", lambda: source.actions(true, self._times))
        return None if found is None else self._actions(symbol, found)

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return f"a blind lab has {', '.join(self._names)} and nothing else"

    def __repr__(self) -> str:
        return f"<BlindSource of {', '.join(self._names)}>"

    def _symbol(self, told: str) -> str:
        if told not in self._names:
            raise NoDataError(f"there is no {told} here; {self.describe()}", symbol=told)
        return self._names[told]

    def _true(self, sessions: SessionTable) -> SessionTable:
        """The true ones of the sessions that are told. Of others, which a longer window may reach, nothing is there."""
        found = [self._dates.position(date) for date in sessions.date.tolist()]
        return SessionTable.of([self._dates.true[i] for i in found if i is not None], sessions.tz)

    def _bars(self, symbol: str, interval: Interval, date: dt.date, blocks: Mapping[dt.date, DayBlock]) -> DayBlock:
        i = self._dates.position(date)
        if i is None:
            return DayBlock(symbol, interval, date, Rows.empty(), Rows.empty())
        block, tell = blocks[self._dates.true_date(date)], self._scales[symbol].bars
        rows, extended = (self._dates.shift(tell(part), i) for part in (block.rows, block.extended))
        return DayBlock(symbol, interval, date, rows, extended, block.on_time, _without_examples(block.refused))

    def _quotes(self, symbol: str, date: dt.date, blocks: Mapping[dt.date, QuoteBlock]) -> QuoteBlock:
        i = self._dates.position(date)
        if i is None:
            return QuoteBlock(symbol, date, Rows.empty(4))
        block = blocks[self._dates.true_date(date)]
        rows = self._dates.shift(self._scales[symbol].quotes(block.rows), i)
        return QuoteBlock(symbol, date, rows._replace(start=rows.known_at), _without_examples(block.refused))

    def _actions(self, symbol: str, found: Actions) -> Actions:
        by = self._scales[symbol].price
        told = self._dates.told_date
        splits = [Split(date, one.ratio) for one in found.splits if (date := told(one.ex_date)) is not None]
        return Actions.of(
            splits,
            [
                Dividend(date, one.amount * by, one.close * by)
                for one in found.dividends
                if (date := told(one.ex_date)) is not None
            ],
        )


def asked(what: str, question: Callable[[], _T]) -> _T:
    """The answer of a source that knows the truth; an error that says nothing of it where there is none."""
    try:
        return question()
    except Exception as why:  # whatever a source may raise, its words may name the truth
        kind: type[SessionlabError] = next((one for one in _KINDS if isinstance(why, one)), SourceError)
    # Outside of the handler: else the true error would hang on this one.
    raise kind(
        f"{what} cannot be had; why is hidden, since it may name the truth: draw another seed, or open a lab that is not blind"
    )


def _without_examples(refused: Refused) -> Refused:
    return Refused(dict(refused.counts), dict.fromkeys(refused.examples, _HIDDEN))
