"""What should be seen of a plain list of arrivals, worked out with loops: the model that the laws compare with.

Visible is what came by now; of several rows of one bar the latest to come. Longer bars are made of what is visible,
bucket by bucket, once the bucket's end has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sessionlab.timing import TradingSession

MINUTE_NS = 60 * 10**9


@dataclass(frozen=True)
class Arrival:
    """A row that came at ``known_at``: the bar number ``i`` of its session's grid."""

    i: int
    known_at: int
    values: tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Shown:
    """A bar as it should be seen."""

    start: int
    known_at: int
    values: tuple[float, float, float, float, float]
    count: int
    complete: bool


@dataclass(frozen=True)
class Bucket:
    """A bar of the calendar's grid: its start, its end, and the numbers of the base bars in it."""

    start: int
    end: int
    members: tuple[int, ...]


@lru_cache(maxsize=64)
def buckets(session: TradingSession, minutes: int | None) -> list[Bucket]:
    """The grid of bars ``minutes`` long, cut where trading stops; one for the whole session where it is None."""
    base = [s for a, b in session.spans for s in range(a, b, MINUTE_NS)]
    if minutes is None:
        return [Bucket(session.open_ns, session.close_ns, tuple(range(len(base))))]
    found = []
    for a, b in session.spans:
        for start in range(a, b, minutes * MINUTE_NS):
            end = min(start + minutes * MINUTE_NS, b)
            found.append(Bucket(start, end, tuple(i for i, s in enumerate(base) if start <= s < end)))
    return found


def latest(arrivals: list[Arrival], now: int) -> dict[int, Arrival]:
    """By bar number, the last row to come by ``now``. ``arrivals`` are in order; of one instant the later counts."""
    told: dict[int, Arrival] = {}
    for arrival in arrivals:
        if arrival.known_at > now:
            break
        told[arrival.i] = arrival
    return dict(sorted(told.items()))


def bars(
    session: TradingSession,
    arrivals: list[Arrival],
    now: int,
    minutes: int | None,
    rule: str = "build",
    moments: list[int] | None = None,
) -> list[Shown]:
    """The bars of one session that should be seen ``now``, each ``minutes`` long (None: the whole session).

    A bucket closes at the first of ``moments`` at or after its end; where none are given, at its end.
    """
    told = latest(arrivals, now)
    grid = buckets(session, 1)
    if minutes == 1:
        return [Shown(grid[i].start, a.known_at, a.values, 1, True) for i, a in told.items()]
    shown = []
    for bucket in buckets(session, minutes):
        rows = [told[i] for i in bucket.members if i in told]
        complete = len(rows) == len(bucket.members)
        closed = bucket.end if moments is None else min((m for m in moments if m >= bucket.end), default=now + 1)
        if closed > now or not rows or (rule == "skip" and not complete):
            continue
        values = (
            rows[0].values[0],
            max(row.values[1] for row in rows),
            min(row.values[2] for row in rows),
            rows[-1].values[3],
            sum(row.values[4] for row in rows),
        )
        shown.append(Shown(bucket.start, max([closed, *(row.known_at for row in rows)]), values, len(rows), complete))
    return shown


def there(session: TradingSession, arrivals: list[Arrival], now: int, minutes: int | None) -> list[bool]:
    """Of each bar that has ended by ``now``: whether it is there and none of its base bars is absent."""
    told = latest(arrivals, now)
    return [all(i in told for i in b.members) for b in buckets(session, minutes) if b.end <= now]


def runs(session: TradingSession, present: list[bool], minutes: int | None) -> list[tuple[int, int, int]]:
    """Gaps as (start, end, count): consecutive bars that are absent."""
    grid, found, begin = buckets(session, minutes), [], None
    for i, is_there in enumerate([*present, True]):
        if not is_there and begin is None:
            begin = i
        elif is_there and begin is not None:
            found.append((grid[begin].start, grid[i - 1].end, i - begin))
            begin = None
    return found
