"""A historical indicator of minutes: a number for each minute of today's session, with how many samples it has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.derive.trailing import MINUTE
from sessionlab.errors import CalendarError
from sessionlab.session.columns import zoned
from sessionlab.session.trailing_series import TrailingSeries, plain
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing.clock_time import resolve_moment


class TrailingMinutes(TrailingSeries):
    """The average of each minute of the session over the sessions before today, with how many samples each has.

    Sessions that closed early give only the minutes that they have; one that closes early today shows its own alone.
    """

    __slots__ = ()

    @property
    def values(self) -> Float64s:
        """The average of each minute of today's session, float64 of shape (minutes,), NaN without a sample; read-only."""
        values = self._trail.values
        assert values is not None
        return values

    @property
    def counts(self) -> Int64s:
        """The sessions under each average, int64 of shape (minutes,), read-only."""
        counts = self._trail.counts
        assert counts is not None
        return counts

    @property
    def now(self) -> float:
        """The average of the minute in progress; NaN at the close and in a break."""
        at = self._position(self._present.now_ns)
        return math.nan if at is None else float(self.values[at])

    def at(self, moment: Any) -> float:
        """The average of the minute that holds ``moment``: a clock time such as ``"10:15"``, or a timestamp of this session.

        Raises :class:`CalendarError` for a moment in no minute of the session: its close, a break.
        """
        session = self._present.rows.session
        at = self._position(resolve_moment(moment, session))
        if at is None:
            raise CalendarError(f"{moment!r} lies in no minute of {session}; give one of its trading hours", moment=moment)
        return float(self.values[at])

    @property
    def series(self) -> pd.Series[float]:
        """The averages by the start of today's minutes, in the exchange's zone."""
        return pd.Series(self.values, self._index(), name=self.name, copy=False)

    def frame(self) -> pd.DataFrame:
        """A row per minute of today's session: ``value count``; the index is the minute's start in the exchange's zone."""
        return pd.DataFrame({"value": self.values, "count": self.counts}, self._index())

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.values, dtype=dtype) if copy or dtype is not None else self.values

    def __float__(self) -> float:
        raise TypeError(f"{self.name} has a value per minute; write .now for the minute in progress, .at(moment) or .values")

    def _position(self, instant_ns: int) -> int | None:
        session = self._present.rows.session
        at = int(session.starts(MINUTE).searchsorted(instant_ns, "right")) - 1
        return at if at >= 0 and instant_ns < session.ends(MINUTE)[at] else None

    def _index(self) -> pd.DatetimeIndex:
        session = self._present.rows.session
        return zoned(session.starts(MINUTE), session.tz).rename("start")

    def __repr__(self) -> str:
        return f"<{self.symbol} {self.name}, {len(self)} minutes, now {plain(self.now)}: {self.made_of()}>"

    def _repr_html_(self) -> str:
        from sessionlab.markup.sparkline import sparkline
        from sessionlab.markup.tables import below, line

        head = line(f"{self.symbol} {self.name}", f"now {plain(self.now)}", self.made_of())
        curve = sparkline(self.values, f"{self.name} of each minute of the session", width=320, height=48)
        return head + below(curve) + self.frame().head().to_html(border=0, float_format=lambda x: f"{x:,.2f}", na_rep="–")
