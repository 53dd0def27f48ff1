"""A gate that closes when market time lags behind the wall, and opens when data has caught up.

It is looked at every so many bars, and stays as it is in between. All durations are ns on the wall.
"""

from __future__ import annotations

from sessionlab.timing.interval import SECOND_NS


class LagGate:
    """Closes when the lag is over ``threshold_ns``, looked at every ``interval`` bars; opens when data has caught up."""

    def __init__(self, threshold_ns: int, interval: int) -> None:
        self.threshold_ns = threshold_ns
        self.interval = interval
        self.reset()

    def reset(self) -> None:
        """Nothing lags: a session opens, or the clock is moved in another way from now on."""
        self.lag_ns = 0
        self.closed = False
        self.reason = ""
        self.since_ns: int | None = None
        self.bars_left = 0

    def look(self, lag_ns: int, caught_up_ns: int, now_ns: int) -> str | None:
        """Look at the lag at market time ``now_ns``, all ns; says what has changed, None where nothing has.

        ``caught_up_ns`` is the lag at which data counts as caught up, at most the threshold.
        """
        self.lag_ns = lag_ns
        self.bars_left = self.interval
        behind = f"{lag_ns / SECOND_NS:.1f} s behind the wall"
        if not self.closed and lag_ns > self.threshold_ns:
            self.closed, self.since_ns = True, now_ns
            self.reason = f"{behind}, more than {self.threshold_ns / SECOND_NS:g} s: strategies sleep while data catches up"
            return self.reason
        if self.closed and lag_ns <= min(caught_up_ns, self.threshold_ns):
            self.closed, self.since_ns, self.reason = False, None, ""
            return f"{behind}: data has caught up, strategies wake with the next bar"
        return None

    def passed(self, bars: int) -> bool:
        """Count ``bars`` that have passed; whether it is time to look again."""
        self.bars_left -= bars
        return self.bars_left <= 0
