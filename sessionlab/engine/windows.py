"""The windows before a session: which sessions each reaches, and their blocks, repaired and adjusted.

All windows end with the session before today, so those of one symbol and base are the last part of the longest of them: it is
loaded, repaired and adjusted once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sessionlab.derive.buckets import Grid
from sessionlab.derive.spans import sessions_of_spans, span_grid
from sessionlab.engine.adjuster import Adjuster
from sessionlab.engine.kept_blocks import KeptBlocks
from sessionlab.engine.repairer import Repairer
from sessionlab.session.plan import DAY, StreamPlan, Window
from sessionlab.session.repairs import Repair
from sessionlab.session.windows import Trails, WindowBlocks
from sessionlab.tape.actions import Split
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession


@dataclass(slots=True)
class Loaded:
    """Windows by symbol and interval, what historical indicators stand on, known splits by symbol, and repaired bars."""

    windows: dict[tuple[str, Interval], WindowBlocks] = field(default_factory=dict)
    trailing: dict[tuple[str, Interval, str], WindowBlocks] = field(default_factory=dict)
    splits: dict[str, tuple[Split, ...]] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)

    @property
    def trails(self) -> Trails:
        """The historical indicators that stand on them."""
        return Trails(self.trailing)


class Windows:
    """Loads the windows of ``plan``, which changes where symbols join or leave."""

    def __init__(self, plan: StreamPlan, kept: KeptBlocks, adjuster: Adjuster, repairer: Repairer, times: TimeManager) -> None:
        self.plan = plan
        self._kept = kept
        self._adjuster = adjuster
        self._repairer = repairer
        self._times = times

    def drop_before(self, today: dt.date) -> None:
        """Forget blocks that no window before ``today`` or a later session reaches."""
        oldest: dict[tuple[str, Interval], dt.date] = {}
        for window in self.plan.windows:
            reach = self._reach(window, today)
            key = window.symbol, window.base
            if len(reach):
                oldest[key] = min(reach.date[0].item(), oldest.get(key, today))
        self._kept.drop_before(oldest, today)
        self._repairer.drop_before(oldest, today)

    def load(self, symbol: str, session: TradingSession, into: Loaded) -> None:
        """Put the windows of ``symbol`` before ``session`` into ``into``."""
        today = session.date
        reaches = [(window, self._reach(window, today)) for window in self.plan.windows_of(symbol)]
        for base in dict.fromkeys(window.base for window, _ in reaches):
            longest = max((reach for window, reach in reaches if window.base == base), key=len)
            sessions = self._sessions(longest)
            blocks, repairs = self._repairer.mend(sessions, self._kept.blocks(symbol, base, sessions), session.open_ns)
            blocks = self._adjuster.tell(symbol, blocks, today)
            into.repairs += repairs
            for window, reach in reaches:
                if window.base != base:
                    continue
                first = len(sessions) - len(reach)
                one = WindowBlocks(base, sessions[first:], blocks[first:], _spans(window, reach, today))
                into.windows.setdefault((symbol, window.interval), one)
                into.trailing[symbol, window.interval, window.period] = one
        oldest = [reach.date[0].item() for _, reach in reaches if len(reach)]
        if oldest:
            into.splits[symbol] = self._adjuster.splits(symbol, min(oldest), today)

    def _reach(self, window: Window, today: dt.date) -> SessionTable:
        return reach_of(window, today, self._times)

    def _sessions(self, table: SessionTable) -> Sequence[TradingSession]:
        return [self._times.get_trading_session(date) for date in table.date.tolist()]


def reach_of(window: Window, today: dt.date, times: TimeManager) -> SessionTable:
    """The sessions of ``window`` before ``today``, by the calendar ``times``."""
    if _holds_several(window.interval):
        return sessions_of_spans(times, today, window.days, window.interval)
    if window.for_indicators:
        return times.get_sessions_lately(today, window.days, window.unit)
    return times.get_trailing_sessions(today, window.days)


def _spans(window: Window, reach: SessionTable, today: dt.date) -> Grid | None:
    return span_grid(reach, today, window.interval) if _holds_several(window.interval) else None


def _holds_several(interval: Interval) -> bool:
    return not interval.is_intraday and interval != DAY
