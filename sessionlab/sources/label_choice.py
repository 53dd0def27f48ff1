"""Which label the bars of a series have: the one that a user says, or the one that the calendar tells from its stamps.

What a user says holds; where stamps speak against it, that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from sessionlab.errors import BadDataError, ConfigError
from sessionlab.sources.label import Verdict, judge_label
from sessionlab.sources.label_votes import Part
from sessionlab.sources.notes import Notes
from sessionlab.timing import EXCHANGE_GROUPS, Interval, SessionTable, TimeManager

LABELS = ("start", "end", "auto")
Label = Literal["start", "end"]


class LabelChoice:
    """The choice ``asked`` for: a label, ``auto``, or None for ``auto`` where it can be told, else ``start``.

    The calendar is that of ``exchange_group``, else the one that the sessions asked for are of.
    """

    def __init__(self, asked: Literal["start", "end", "auto"] | None, exchange_group: str | None, notes: Notes) -> None:
        if asked is not None and asked not in LABELS:
            raise ConfigError(f"label is {asked!r}; it must be one of {', '.join(LABELS)}", value=asked)
        self._asked = asked
        self._group = exchange_group
        self._notes = notes
        self._chosen: dict[tuple[str, Interval], Label] = {}
        self._times: TimeManager | None = None

    def of(self, symbol: str, interval: Interval, parts: Sequence[Callable[[], list[Part]]], sessions: SessionTable) -> Label:
        """The label of the bars of ``symbol``. ``parts`` give stamps to judge by, the best first.

        Raises :class:`BadDataError` where ``auto`` cannot tell.
        """
        if self._asked == "start" or self._asked == "end":
            return self._asked
        if not interval.is_intraday or not len(sessions):
            return "start"
        if (symbol, interval) not in self._chosen:
            self._chosen[symbol, interval] = self._told(f"{symbol} {interval}", interval, parts, sessions)
        return self._chosen[symbol, interval]

    def doubt(self, symbol: str, interval: Interval, parts: list[Part], sessions: SessionTable) -> None:
        """Say it where the stamps speak against the label that a user gave."""
        if self._asked not in ("start", "end") or not interval.is_intraday or not len(sessions):
            return
        verdict = self._judge(parts, interval, sessions)
        if verdict.label not in (None, self._asked):
            self._notes.add(
                f'stamps of {symbol} {interval} look like {verdict.label}s of bars, and label="{self._asked}" was given: '
                f'{verdict}; label="auto" goes by the stamps',
                warn=True,
            )

    def forget(self) -> None:
        """Judge again from now on."""
        self._chosen.clear()

    def _told(self, what: str, interval: Interval, parts: Sequence[Callable[[], list[Part]]], sessions: SessionTable) -> Label:
        verdict = Verdict(None, 0, 0, 0)
        for some in parts:
            verdict = self._judge(some(), interval, sessions)
            if verdict.label is not None:
                moved = f", moved back by {interval}" if verdict.label == "end" else ""
                self._notes.add(f"stamps of {what} are the {verdict.label}s of bars{moved}: {verdict}")
                return verdict.label
        if self._asked is None:
            self._notes.add(f'stamps of {what} are taken as starts of bars, which they do not tell; give label="end" if not')
            return "start"
        raise BadDataError(
            f'whether stamps of {what} are starts or ends of bars cannot be told: {verdict}; say label="start" or label="end"',
            series=what,
        )

    def _judge(self, parts: list[Part], interval: Interval, sessions: SessionTable) -> Verdict:
        return judge_label(parts, interval, self._calendar(parts, sessions))

    def _calendar(self, parts: list[Part], sessions: SessionTable) -> SessionTable:
        """All sessions that the parts may lie in; those asked for, where their calendar is none that is known by name."""
        if self._times is None:
            self._times = TimeManager(self._group) if self._group is not None else calendar_of(sessions)
        stamps = [stamp for part in parts if len(part.stamps) for stamp in (part.stamps[0], part.stamps[-1])]
        return sessions if self._times is None or not stamps else sessions_around(self._times, min(stamps), max(stamps))


def calendar_of(sessions: SessionTable) -> TimeManager | None:
    """The calendar of an exchange group whose sessions these are, None where there is no such group."""
    dates = sessions.date
    for group in EXCHANGE_GROUPS:
        times = TimeManager(group)
        if times.tz != sessions.tz or not (times.first_date <= dates[0].item() and dates[-1].item() <= times.last_date):
            continue
        same = times.get_sessions(dates[0].item(), dates[-1].item())
        at = np.minimum(same.date.searchsorted(dates), len(same) - 1) if len(same) else None
        if at is not None and (same.open[at] == sessions.open).all() and (same.close[at] == sessions.close).all():
            return times
    return None


def sessions_around(times: TimeManager, first_ns: int, last_ns: int) -> SessionTable:
    """The sessions from the day before ``first_ns`` to the day after ``last_ns``, as far as the calendar goes."""
    day = pd.Timedelta(days=1)
    first, last = (pd.Timestamp(int(at), tz="UTC").tz_convert(times.tz) for at in (first_ns, last_ns))
    lo, hi = max((first - day).date(), times.first_date), min((last + day).date(), times.last_date)
    if lo > hi:
        return times.get_sessions(times.first_date, times.first_date)[:0]
    return times.get_sessions(lo, hi)
