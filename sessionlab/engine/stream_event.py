"""What a subscriber is told: the bars of one series that became visible, and whether their session has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from sessionlab.session.columns import Bar
from sessionlab.timing import TradingSession


class StreamEvent(NamedTuple):
    """What became visible of one series since the consumer's last event, up to ``moment``, where the clock stood."""

    symbol: str
    interval: str
    bars: tuple[Bar, ...]
    """The bars, oldest first: one, more where some came at once or the consumer was busy, none where only a session ends."""
    session: TradingSession
    moment_ns: int
    """The moment in ns UTC."""
    closes: bool = False
    """Whether the session has ended: there is nothing more of it."""
    overruns: int = 0
    """At how many moments on the way the consumer was not ready in time."""
    epoch: int = 0
    """How often the clock had been set back before."""

    @property
    def moment(self) -> pd.Timestamp:
        """Where the clock stood, in the exchange's zone."""
        return pd.Timestamp(self.moment_ns, tz="UTC").tz_convert(self.session.tz)

    @property
    def bar(self) -> Bar | None:
        """The newest of the bars; None where there is none."""
        return self.bars[-1] if self.bars else None

    @classmethod
    def joined(cls, events: Sequence[StreamEvent]) -> StreamEvent:
        """Consecutive events of one session as one: at the last one's moment."""
        bars = tuple(bar for event in events for bar in event.bars)
        return events[-1]._replace(bars=bars, overruns=sum(event.overruns for event in events))

    def __repr__(self) -> str:
        end = ", the session ends" if self.closes else ""
        return f"<{self.symbol} {self.interval} at {self.moment:%Y-%m-%d %H:%M:%S}: {len(self.bars)} bars{end}>"
