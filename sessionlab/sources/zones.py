"""Clock times without a zone become instants in the zone that a user names, never in a guessed one.

An hour that the clock shows twice is told apart by the order of the rows, or refused; one that it skips is refused.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from sessionlab.errors import BadDataError, ConfigError
from sessionlab.tape.block import Int64s


def check_zone(tz: str | None) -> str | None:
    """``tz`` if it names a zone, or None. Raises :class:`ConfigError` for anything else.

    >>> check_zone("New York")
    Traceback (most recent call last):
    sessionlab.errors.ConfigError: tz is 'New York', which is not a time zone; write a name such as America/New_York or UTC
    """
    if tz is None:
        return None
    try:
        ZoneInfo(tz)
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as why:
        raise ConfigError(
            f"tz is {tz!r}, which is not a time zone; write a name such as America/New_York or UTC", value=tz
        ) from why
    return tz


def localize(local_ns: Int64s, tz: str, where: str) -> Int64s:
    """Instants in ns UTC of the clock times ``local_ns`` (ns since 1970 by the clock of ``tz``). Shape (rows,)."""
    if tz in ("UTC", "Etc/UTC", "GMT"):
        return local_ns
    shift = _one_shift(local_ns, tz)
    if shift is not None:
        return local_ns - shift
    clock = pd.DatetimeIndex(local_ns.view("M8[ns]"))
    first = clock.tz_localize(tz, ambiguous=np.ones(len(clock), dtype=bool), nonexistent="NaT")
    skipped = np.asarray(first.isna())
    if skipped.any():
        raise BadDataError(
            f"{where}: {np.count_nonzero(skipped):,} stamps fall into an hour that {tz} skips (first: {clock[skipped][0]}); "
            "they are of another zone: give it as tz",
            path=where,
            tz=tz,
        )
    instants: Int64s = first.as_unit("ns").asi8
    second = clock.tz_localize(tz, ambiguous=np.zeros(len(clock), dtype=bool), nonexistent="NaT").as_unit("ns").asi8
    twice = instants != second
    if twice.any():
        instants = _told_apart(instants, second, twice, clock, tz, where)
    return instants


def _one_shift(local_ns: Int64s, tz: str) -> int | None:
    """The offset from UTC in ns where it is one and the same from the first to the last clock time; else None."""
    if not len(local_ns):
        return 0
    day = 86_400_000_000_000
    lo, hi = int(local_ns.min()) - day, int(local_ns.max()) + day
    if hi - lo > 20 * day:  # long enough for two changes that undo each other
        return None
    offsets = {pd.Timestamp(at, tz="UTC").tz_convert(tz).utcoffset() for at in (lo, (lo + hi) // 2, hi)}
    if len(offsets) > 1:
        return None
    offset = offsets.pop()
    return None if offset is None else int(offset.total_seconds()) * 1_000_000_000


def _told_apart(first: Int64s, second: Int64s, twice: np.ndarray, clock: pd.DatetimeIndex, tz: str, where: str) -> Int64s:
    """Of an hour shown twice, the rows before the clock falls back are of the first, those after it of the second."""
    told = first.copy()
    days = first // 86_400_000_000_000
    for day in np.unique(days[twice]).tolist():
        at = np.flatnonzero(twice & (days == day))
        back = np.flatnonzero(np.diff(first[at]) <= 0)
        if len(back) != 1 or at[-1] - at[0] + 1 != len(at):
            raise BadDataError(
                f"{where}: {len(at):,} stamps fall into an hour that {tz} has twice (first: {clock[at][0]}), and their "
                "order does not tell which is meant; give stamps with their offset, or in UTC",
                path=where,
                tz=tz,
            )
        later = at[back[0] + 1 :]
        told[later] = second[later]
    return told
