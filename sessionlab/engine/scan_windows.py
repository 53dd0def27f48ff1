"""When a scanner is due within a session: windows of clock times, at the boundaries of bars.

Those are the open and every ``interval`` after it, cut at breaks and at the close; right on half days too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sessionlab.errors import ConfigError
from sessionlab.timing import Interval, TradingSession
from sessionlab.timing.clock_time import ClockTime


class Window(NamedTuple):
    """From ``start`` to ``end`` of a session, both included, at the boundaries of ``interval``."""

    start: ClockTime
    end: ClockTime
    interval: Interval

    def instants(self, session: TradingSession) -> list[int]:
        """The boundaries in ``session``, ns UTC."""
        grid = np.concatenate([[session.open_ns], session.ends(self.interval)])
        inside: list[int] = grid[(grid >= self.start.at(session)) & (grid <= self.end.at(session))].tolist()
        return inside


def window_of(start: Any = "open", end: Any = "close", interval: Any = None) -> Window:
    """When to scan within a session, from clock times and an interval. Raises :class:`ConfigError` for anything else."""
    if interval is None:
        raise ConfigError('how often? give an interval, as in {"start": "open", "end": "10:30", "interval": "5m"}')
    times = [ClockTime.parse(str(time)) for time in (start, end)]
    return Window(times[0], times[1], Interval.parse(interval))


def windows_of(given: str | Interval | Sequence[Mapping[str, Any]]) -> list[Window]:
    """Windows as a config has them, or an interval for the whole session. Raises :class:`ConfigError` for anything else."""
    if isinstance(given, str | Interval):
        return [window_of(interval=given)]
    found = []
    for one in given:
        unknown = [key for key in one if key not in Window._fields] if isinstance(one, Mapping) else [one]
        if unknown:
            raise ConfigError(
                f'regular_session: {unknown[0]!r} is not understood; write windows, as in [{{"start": "open", "end": "11:00", '
                '"interval": "5m"}]',
                value=one,
            )
        found.append(window_of(**one))
    return found
