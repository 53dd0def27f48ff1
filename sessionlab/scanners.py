"""Scanners to begin with: what trades most, and what opens far from where it closed.

A config names one as ``sessionlab.scanners:MostActive``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sessionlab.derive.indicators.makers import maker
from sessionlab.engine.scanner import ScanContext, Scanner
from sessionlab.session.data import SymbolData

__all__ = ["Gaps", "MostActive"]


class MostActive(Scanner):
    """The ``n`` symbols of the universe that traded most so far today; with ``drop`` those that no longer do leave again.

    ``by`` is ``volume`` (shares), ``dollars`` (shares at the last price), or ``relative`` (shares over what the sessions of the
    window traded up to the same time on average; it needs a window). Ahead of the first bar of a day the window's last session
    counts, of ``relative`` nothing does.
    """

    n: int = 10
    by: Literal["volume", "dollars", "relative"] = "volume"
    drop: bool = False

    def scan(self, ctx: ScanContext) -> list[str]:
        """The ``n`` symbols with most, each with some, from most to least; of equals the first of the universe."""
        ranked = sorted(self._measured(ctx), key=lambda pair: -pair[0])
        found = [symbol for _, symbol in ranked[: self.n]]
        if self.drop and found:
            listed = set(ctx.universe)
            for symbol in ctx.symbols:
                if symbol in listed and symbol not in found:
                    ctx.remove(symbol)
        return found

    def _measured(self, ctx: ScanContext) -> Iterator[tuple[float, str]]:
        for one in ctx.candidates():
            amount = self._activity(one)
            if amount > 0:
                yield amount, one.symbol

    def _activity(self, one: SymbolData) -> float:
        day = one.day
        if self.by == "relative":
            return _relative_volume(one)
        volume, last = (day.volume, day.last) if day.volume else _last_session(one)
        return volume * last if self.by == "dollars" else volume


class Gaps(Scanner):
    """Symbols whose session opened at least ``least`` away from the close before: 0.02 is two percent, up or down.

    Due once the first bar is known; it needs a window.
    """

    least: float = 0.02

    def scan(self, ctx: ScanContext) -> list[str]:
        """Those that gapped, in the order of the universe."""
        return [one.symbol for one in ctx.candidates() if abs(_gap(one)) >= 100 * self.least]


def _windowed(one: SymbolData) -> str | None:
    """The shortest bars of which there is a window."""
    return next((interval for interval in one.intervals if len(one.bars(interval).history)), None)


def _last_session(one: SymbolData) -> tuple[float, float]:
    """Volume and last price of the newest session of the window; zero without one."""
    interval = _windowed(one)
    if interval is None:
        return 0.0, 0.0
    before = one.bars(interval).history.frame()
    days = before.index.strftime("%Y-%m-%d")  # type: ignore[attr-defined]  # it is of stamps
    last = before[days == days[-1]]
    return float(last["volume"].sum()), float(last["close"].iloc[-1])


def _relative_volume(one: SymbolData) -> float:
    interval = _windowed(one)
    return 0.0 if interval is None else float(one[maker("RELATIVE_VOLUME")(interval, cumulative=True)].last.ratio)


def _gap(one: SymbolData) -> float:
    """In percent, NaN where it is not known."""
    interval = _windowed(one)
    return float("nan") if interval is None else float(one[maker("GAP")(interval)].last.percent)
