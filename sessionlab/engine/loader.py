"""Which rows a session stands on: its own, those of the windows before it, and what is prefetched.

What is loaded for a session depends on the config, on the symbols that take part and on that session alone.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sessionlab.config import SessionConfig
from sessionlab.engine.adjuster import Adjuster
from sessionlab.engine.kept_blocks import KeptBlocks
from sessionlab.engine.repairer import Repairer
from sessionlab.engine.skip_losses import skip_losses, with_losses
from sessionlab.engine.windows import Loaded, Windows
from sessionlab.session.plan import BASES, StreamPlan, plan_streams
from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.protocol import EndsEarly, Source, Stored
from sessionlab.tape import DayBlock, QuoteBlock, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession


class Newcomer(NamedTuple):
    """A symbol that takes no part yet: what is stored of it, its plan, its rows of the session at hand, and what to tell."""

    symbol: str
    stored: Stored
    plan: StreamPlan
    rows: SessionRows
    notes: list[str]


class Loader:
    """Loads the ``sessions`` of ``config`` from ``source``. ``arriving``: today's rows are not loaded, they come later.

    ``plan`` is about the symbols that take part now, ``configured`` about those of the config, ``everyone`` about all that have
    taken part.
    """

    def __init__(self, config: SessionConfig, source: Source, times: TimeManager, *, arriving: bool = False) -> None:
        self.config = config
        self.source = source
        self.times = times
        self.sessions = sessions_of(config, times)
        self.kept = KeptBlocks(source)
        self.adjuster = Adjuster(source, times, config.session_data_config.adjust)
        self.notes: list[str] = []
        self._arriving = arriving
        self.available = source.availability(config.session_data_config.symbols, self.sessions)
        self.configured = self._told(plan_streams(config, self.available, how_to_get=self._rolled() + source.describe()))
        self.plan = self.everyone = self.configured
        stored: dict[str, Sequence[Interval]] = {symbol: _bases(one) for symbol, one in self.available.items()}
        self._repairer = Repairer(self.kept, stored, self.notes)
        self._windows = Windows(self.plan, self.kept, self.adjuster, self._repairer, times)

    @property
    def is_arriving(self) -> bool:
        """Whether today's rows come one by one, as in a live run."""
        return self._arriving

    def activate(self, number: int, first: int) -> SessionRows:
        """The rows of the next session to run; what it does not need is forgotten, what is to be prefetched loaded."""
        self._windows.drop_before(self.sessions[number].date)
        ahead = self.config.backtest_config.prefetch_days if self.config.backtest_config else 1
        rows = self.load(number, first, ahead)
        self._stand_on(rows)
        return rows

    def load(self, number: int, first: int, ahead: int = 1) -> SessionRows:
        """The rows of session ``number``, whose open is moment ``first``; ``ahead`` sessions are loaded in one request."""
        return self._rows(self.plan, self._windows, number, first, ahead, arriving=self._arriving)

    def newcomer(self, symbol: str, number: int) -> Newcomer:
        """``symbol``, which takes no part yet, and its rows of session ``number``. Raises :class:`NoDataError` without a base."""
        available = self.source.availability([symbol], self.sessions)
        plan = plan_streams(self.config, available, symbols=[symbol], how_to_get=self._rolled() + self.source.describe())
        stored, notes = available.get(symbol, Stored()), list[str]()
        repairer = Repairer(self.kept, {symbol: _bases(stored)}, notes)
        windows = Windows(plan, self.kept, self.adjuster, repairer, self.times)
        return Newcomer(symbol, stored, plan, self._rows(plan, windows, number, 0, 1, arriving=False), notes)

    def admit(self, newcomers: Sequence[Newcomer]) -> None:
        """Let ``newcomers`` take part from now on, in later sessions too."""
        for one, plan in zip(newcomers, [self._told(one.plan) for one in newcomers], strict=True):
            self._plan_is(self.plan.joined_by(plan))
            self.everyone = self.everyone.joined_by(plan) if one.symbol not in self.everyone.symbols else self.everyone
            self.available[one.symbol] = one.stored
            self._repairer.knows(one.symbol, _bases(one.stored))
            self.notes += one.notes
            self._stand_on(one.rows)

    def release(self, symbol: str) -> None:
        """Let ``symbol`` take no part from now on."""
        self._plan_is(self.plan.without(symbol))

    def forget(self, symbol: str) -> None:
        """Keep nothing of ``symbol``, unless it takes part."""
        if symbol not in self.plan.symbols:
            self.kept.forget(symbol)

    def stand_as(self, plan: StreamPlan, everyone: StreamPlan, stood_on: Mapping[tuple[str, str], int]) -> None:
        """The run went back: those of ``plan`` take part, ``everyone`` had so far, and it ``stood_on`` so many days of each."""
        self.everyone = everyone
        self._plan_is(plan)
        self.kept.stand_as(stood_on)

    def forked(self, config: SessionConfig) -> Loader:
        """One for a fork of the run: it shares the blocks that are here, and has a plan of its own."""
        other = copy.copy(self)
        other.config = config
        other.sessions = sessions_of(config, self.times)
        other.kept = self.kept.forked()
        other.notes = list(self.notes)
        other.available = dict(self.available)
        stored: dict[str, Sequence[Interval]] = {symbol: _bases(one) for symbol, one in other.available.items()}
        other._repairer = Repairer(other.kept, stored, other.notes)
        other._windows = Windows(other.plan, other.kept, other.adjuster, other._repairer, other.times)
        return other

    def begin_again(self) -> None:
        """Those take part that the config names."""
        self.kept.stand_on_nothing()
        self.everyone = self.configured
        self._plan_is(self.configured)

    def _plan_is(self, plan: StreamPlan) -> None:
        self.plan = self._windows.plan = plan

    def _rows(self, plan: StreamPlan, windows: Windows, number: int, first: int, ahead: int, *, arriving: bool) -> SessionRows:
        session = self._coming(number, 1)[0]
        today: dict[tuple[str, Interval], DayBlock] = {}
        before = Loaded()
        quotes: dict[str, QuoteBlock] = {}
        kept = self.kept
        for symbol in plan.symbols:  # all of one symbol together: a source keeps what it made or read last
            for base in plan.bases(symbol):
                if arriving:
                    today[symbol, base] = DayBlock(symbol, base, session.date, Rows.empty(), Rows.empty())
                    continue
                coming = self._coming(number, 1 if kept.has(symbol, base, session) else ahead)
                today[symbol, base] = kept.blocks(symbol, base, coming)[0]
            windows.load(symbol, session, before)
            found = kept.quotes(symbol, self._coming(number, ahead)) if self.config.wants_quotes else None
            if found is not None:
                quotes[symbol] = found[0]
        incomplete = self.config.session_data_config.bars.incomplete
        adjusted = self.adjuster.adjust != "none"
        return SessionRows(
            session,
            first,
            plan,
            today,
            before.windows,
            quotes,
            incomplete,
            arriving,
            before.splits,
            adjusted,
            before.trails,
            before.repairs,
        )

    def _stand_on(self, rows: SessionRows) -> None:
        """Note the blocks of what takes part in a session. What is loaded ahead, or to look at, does not count."""
        kept, session = self.kept, rows.session
        self.notes += self.adjuster.notes(rows)
        for symbol, base in () if self._arriving else rows.today:
            kept.stand_on(symbol, base, [session.date])
        for (symbol, _, _), window in rows.trails.windows.items():
            kept.stand_on(symbol, window.base, (before.date for before in window.sessions))
        for repair in rows.repairs:
            kept.stand_on(repair.symbol, repair.from_interval, [repair.date])
        for symbol in rows.quotes:
            kept.stand_on_quotes(symbol, session.date)

    def _coming(self, number: int, count: int) -> list[TradingSession]:
        """Session ``number`` and those after it, ``count`` in all or as many as there are."""
        dates = self.sessions.date[number : number + count].tolist()
        return [self.times.get_trading_session(date) for date in dates]

    def _rolled(self) -> str:
        """A word about dates without a session, which mean the next one."""
        dates, first = self.config.backtest_config, self.sessions[0].date
        if dates is None or first <= dates.end_date:
            return ""
        return f"no session lies from {dates.start_date} to {dates.end_date}: the next one, {first}, is meant\n"

    def _told(self, plan: StreamPlan) -> StreamPlan:
        """``plan`` with what the rule ``skip`` loses, where it holds."""
        partly = self._arriving or isinstance(self.source, EndsEarly)  # what is still to come cannot be counted
        if self.config.session_data_config.bars.incomplete == "skip" and not partly:
            return with_losses(plan, skip_losses(plan, self.source, self.sessions))
        return plan


def _bases(stored: Stored) -> list[Interval]:
    return [base for base in BASES if str(base) in stored.intervals]


def sessions_of(config: SessionConfig, times: TimeManager) -> SessionTable:
    """The sessions of a run; where none lies between its dates, the one that its start rolls to."""
    dates = config.backtest_config
    assert dates is not None
    first = times.get_first_trading_date(dates.start_date)
    last = max(first, times.get_last_trading_date(dates.end_date))
    return times.get_sessions(first, last)
