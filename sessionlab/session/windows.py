"""The sessions before today: blocks as loaded, the bars that views show of them, and the historical indicators over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sessionlab.derive.buckets import Grid
from sessionlab.derive.longer import WindowOf, made_window
from sessionlab.derive.spans import span_window
from sessionlab.derive.trailing import Past, Trail, Trailing, trail
from sessionlab.tape import DayBlock
from sessionlab.tape.actions import Split
from sessionlab.tape.tape import window_rows
from sessionlab.timing import Interval, TradingSession


@dataclass(frozen=True, slots=True)
class WindowBlocks:
    """Blocks of one ``base`` interval in the consecutive ``sessions`` before today; one block per session.

    ``spans`` are the bars of a window of which each holds several sessions.
    """

    base: Interval
    sessions: Sequence[TradingSession] = ()
    blocks: Sequence[DayBlock] = ()
    spans: Grid | None = None

    def bars(self, interval: Interval, incomplete: str) -> WindowOf:
        """The bars of ``interval``, as told at an instant."""
        blocks = self.blocks
        if self.spans is not None:
            return span_window(blocks, self.sessions, self.base, incomplete, self.spans)
        if self.base == interval:
            return lambda at_ns: window_rows(blocks, at_ns)
        return made_window(blocks, self.sessions, interval, self.base, incomplete)

    def splits(self, known: Sequence[Split]) -> tuple[Split, ...]:
        """Those of the ``known`` splits that came after its first session."""
        return tuple(split for split in known if self.sessions and split.ex_date > self.sessions[0].date)


NO_WINDOW = WindowBlocks(Interval.parse("1m"))


@dataclass(slots=True)
class Trails:
    """Historical indicators of one session, each made when it is first asked for.

    ``windows`` are what they stand on, by symbol, interval and period; recipes over one window share its rows.
    """

    windows: Mapping[tuple[str, Interval, str], WindowBlocks] = field(default_factory=dict)
    _pasts: dict[tuple[str, Interval, str, bool], Past] = field(init=False, default_factory=dict)
    _trails: dict[tuple[str, Trailing], Trail] = field(init=False, default_factory=dict)

    def over(self, windows: Mapping[tuple[str, Interval, str], WindowBlocks]) -> Trails:
        """Those over other ``windows``; what was made of the same ones is kept."""
        other = Trails(windows)
        other._pasts, other._trails = self._pasts, self._trails
        return other

    def of(self, symbol: str, recipe: Trailing, today: TradingSession, incomplete: str) -> Trail:
        """``recipe`` of ``symbol`` before the session ``today``."""
        found = self._trails.get((symbol, recipe))
        if found is None:
            found = self._trails[symbol, recipe] = trail(recipe, self._past(symbol, recipe, today, incomplete))
        return found

    def window(self, symbol: str, recipe: Trailing) -> WindowBlocks:
        """What ``recipe`` of ``symbol`` stands on."""
        return self.windows[symbol, recipe.interval, recipe.period]

    def _past(self, symbol: str, recipe: Trailing, today: TradingSession, incomplete: str) -> Past:
        key = (symbol, recipe.interval, recipe.period, recipe.skip_early_close)
        found = self._pasts.get(key)
        if found is None:
            window = self.window(symbol, recipe)
            found = Past(window.sessions, window.blocks, window.base, today, incomplete, recipe.skip_early_close)
            self._pasts[key] = found
        return found
