"""Which rows a session stands on: its own, those of the windows before it, and what is prefetched.

What is loaded for a session depends on the config and on that session alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from sessionlab.config import SessionConfig
from sessionlab.engine.adjuster import Adjuster
from sessionlab.engine.kept_blocks import KeptBlocks
from sessionlab.engine.repairer import Repairer
from sessionlab.engine.skip_losses import skip_losses, with_losses
from sessionlab.engine.windows import Loaded, Windows
from sessionlab.session.plan import BASES, StreamPlan, plan_streams
from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.protocol import EndsEarly, Source, Stored
from sessionlab.tape import DayBlock, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession


class Loader:
    """Loads the ``sessions`` of ``config`` from ``source``. ``arriving``: today's rows are not loaded, they come later."""

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
        self.plan = self._plan(self.available)
        stored = {symbol: [base for base in BASES if str(base) in one.intervals] for symbol, one in self.available.items()}
        self._windows = Windows(self.plan, self.kept, self.adjuster, Repairer(self.kept, stored, self.notes), times)

    def activate(self, number: int, first: int) -> SessionRows:
        """The rows of the next session to run; what it does not need is forgotten, what is to be prefetched loaded."""
        self._windows.drop_before(self.sessions[number].date)
        ahead = self.config.backtest_config.prefetch_days if self.config.backtest_config else 1
        rows = self.load(number, first, ahead)
        self.notes += self.adjuster.notes(rows)
        self._stand_on(rows)
        return rows

    def load(self, number: int, first: int, ahead: int = 1) -> SessionRows:
        """The rows of session ``number``, whose open is moment ``first``; ``ahead`` sessions are loaded in one request."""
        session = self._coming(number, 1)[0]
        today: dict[tuple[str, Interval], DayBlock] = {}
        before = Loaded()
        quotes = {}
        kept = self.kept
        for symbol in self.plan.symbols:  # all of one symbol together: a source keeps what it made or read last
            for base in self.plan.bases(symbol):
                if self._arriving:
                    today[symbol, base] = DayBlock(symbol, base, session.date, Rows.empty(), Rows.empty())
                    continue
                coming = self._coming(number, 1 if kept.has(symbol, base, session) else ahead)
                today[symbol, base] = kept.blocks(symbol, base, coming)[0]
            self._windows.load(symbol, session, before)
            found = kept.quotes(symbol, self._coming(number, ahead)) if self.config.wants_quotes else None
            if found is not None:
                quotes[symbol] = found[0]
        incomplete = self.config.session_data_config.bars.incomplete
        adjusted = self.adjuster.adjust != "none"
        return SessionRows(
            session,
            first,
            self.plan,
            today,
            before.windows,
            quotes,
            incomplete,
            self._arriving,
            before.splits,
            adjusted,
            before.trails,
            before.repairs,
        )

    def _stand_on(self, rows: SessionRows) -> None:
        """Note the blocks of a session that is opened. What is loaded ahead, or to look back, does not count."""
        kept, session = self.kept, rows.session
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

    def _plan(self, available: Mapping[str, Stored]) -> StreamPlan:
        plan = plan_streams(self.config, available, how_to_get=self._rolled() + self.source.describe())
        partly = self._arriving or isinstance(self.source, EndsEarly)  # what is still to come cannot be counted
        if self.config.session_data_config.bars.incomplete == "skip" and not partly:
            return with_losses(plan, skip_losses(plan, self.source, self.sessions))
        return plan


def sessions_of(config: SessionConfig, times: TimeManager) -> SessionTable:
    """The sessions of a run; where none lies between its dates, the one that its start rolls to."""
    dates = config.backtest_config
    assert dates is not None
    first = times.get_first_trading_date(dates.start_date)
    last = max(first, times.get_last_trading_date(dates.end_date))
    return times.get_sessions(first, last)
