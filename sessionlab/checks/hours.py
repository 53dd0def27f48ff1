"""A look at the hours of stamps when a lab is opened: some sessions tell enough, and nobody waits for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.checks.checking import check
from sessionlab.errors import CalendarError
from sessionlab.sources.frames import Frames
from sessionlab.timing import SessionTable

_LOOKED_AT = 20


def doubtful_hours(source: Frames, sessions: SessionTable) -> Iterator[str]:
    """Symbols whose stamps look hours off in most of the last of ``sessions``, each with what to do."""
    last = sessions[max(len(sessions) - _LOOKED_AT, 0) :]
    try:
        found = check(source, last[0].date, last[len(last) - 1].date, quotes=False, progress=False)
    except CalendarError:
        return  # none of them has ended
    for symbol, days in found.table.groupby("symbol", sort=False):
        off = days.loc[days["hours_late"] != 0, "hours_late"]
        if 2 * len(off) > len(days):
            way = "late" if off.median() > 0 else "early"
            yield (
                f"{symbol}: stamps look {abs(off.median()):g} hours {way} on {len(off)} of {len(days)} sessions looked at; "
                'say which zone they are of, as in tz="UTC"'
            )
