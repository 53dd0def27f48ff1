"""Where market time should be at an instant on the wall: a line through one anchor, in trading time.

Each instant is reckoned from the anchor and not from the last one, so small delays do not add up. Breaks take no time, and a
session's close ends the line.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from sessionlab.timing import TradingSession, session_elapsed
from sessionlab.timing.interval import SECOND_NS

TICK_NS = SECOND_NS // 30
"""Wall time between two moves of a clock that nobody waits for: a frame."""
_WHOLE_NS = 1_000_000


class Pace(NamedTuple):
    """Market time of ``session`` runs ``speed`` times as fast as the wall from ``market_ns`` on, which was at ``wall_ns``."""

    session: TradingSession
    market_ns: int
    wall_ns: int
    speed: float

    def market_at(self, wall_ns: int) -> int:
        """Market time at ``wall_ns``, ns UTC, in whole milliseconds but for the close."""
        passed = round((wall_ns - self.wall_ns) * self.speed)
        instant = session_elapsed(self.session, self.market_ns, max(passed, 0))
        return instant if instant == self.session.close_ns else max(instant - instant % _WHOLE_NS, self.market_ns)

    def wall_at(self, market_ns: int) -> int:
        """The first instant on the wall at which market time should be ``market_ns``."""
        return self.wall_ns + ceil(trading_time(self.session, self.market_ns, market_ns) / self.speed)

    def next_tick(self, wall_ns: int) -> int:
        """The instant of the first tick after ``wall_ns``, counted from the anchor."""
        return self.wall_ns + ((wall_ns - self.wall_ns) // TICK_NS + 1) * TICK_NS


def trading_time(session: TradingSession, from_ns: int, until_ns: int) -> int:
    """Trading time between two instants of a session, ns: breaks do not count."""
    return sum(max(min(until_ns, b) - max(from_ns, a), 0) for a, b in session.spans)
