"""Going back: the run stands again as it did at an earlier moment, by the nearest copy before it and a silent replay from there.

The engine is deterministic, so that is exact; there is no undo. Copies are taken at opens, after somebody acted from outside, and
within a session where a replay got dear. They may take a twentieth of the run's time: where they would take more, the next one
comes later, and a replay begins earlier.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.engine import copies
from sessionlab.engine.checkpoint import Checkpoint, Owned, restore, take
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.errors import LookAheadError, RewindError
from sessionlab.timing.clock_time import resolve_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessionlab.engine.coordinator import SessionCoordinator

DEAR_NS = 100_000_000
"""Work of hooks since the last copy from which another one is due within a session."""
SHARE = 20
"""Copies take at most one part in so many of the time of the run."""
MOST = 256
"""Copies kept at most, beside those that no replay could replace."""


class GoingBack:
    """The checkpoints of the run of ``engine``, oldest first.

    ``by_hand`` says that somebody acted from outside since the last one. ``worked_ns`` is what hooks took since.
    """

    def __init__(self, engine: SessionCoordinator) -> None:
        self.points: list[Checkpoint] = []
        self.by_hand = False
        self.worked_ns = 0
        self.refusal: BaseException | None = None
        self._engine = engine
        self._spent_ns = 0
        self._begun_ns = engine.clock.ns()

    def let_go(self) -> None:
        """A session is over: the rows of its copies are loaded again where they are needed."""
        of_session = []
        while self.points and self.points[-1].number == self._engine.number:
            of_session.append(self.points.pop())
        for point in reversed(of_session):
            has_guests = point.rows is not None and bool(point.rows.joined or point.rows.left)
            if not has_guests:
                self.points.append(point.without_rows())
            elif point.by_hand:  # no replay from the open would let them join again
                self.points.append(point)

    def opened(self) -> None:
        """A session has been opened: its copy is taken."""
        if not self.points or self.is_affordable:
            self.keep(by_hand=False)

    @property
    def is_affordable(self) -> bool:
        """Whether copies took little enough of the run's time so far."""
        return self._spent_ns * SHARE <= self._engine.clock.ns() - self._begun_ns

    def acted(self) -> None:
        """Somebody acts from outside: a copy is due before the clock moves on."""
        self.by_hand = True

    def before_move(self) -> None:
        """The clock is about to move: what was done by hand is kept, for no replay would do it again."""
        if self.by_hand:
            self.keep(by_hand=True)

    def worked(self, ns: int) -> None:
        """Hooks took so long, up to a whole moment."""
        self.worked_ns += ns
        if self.worked_ns > DEAR_NS and self.is_affordable:
            self.keep(by_hand=self.by_hand)

    def keep(self, *, by_hand: bool) -> None:
        """Take a copy of the run as it stands, unless something is left undone of its moment."""
        engine = self._engine
        is_to_end = engine.present.now_ns >= engine.session.close_ns and not engine.ended
        if engine.hooks.is_undone or is_to_end:
            return
        begun = engine.clock.ns()
        self.worked_ns = 0
        self.by_hand = False
        try:
            point = take(engine, by_hand=by_hand)
        except Exception as why:  # whatever a part of a strategy may do when it is copied
            self.refusal = why
            return
        self.refusal = None
        self.points = [one for one in self.points if one.instant_ns <= point.instant_ns]
        self.points.append(self._in_place_of_last(point))
        self._spent_ns += engine.clock.ns() - begun
        if len(self.points) > MOST:
            self._thin()

    def _in_place_of_last(self, point: Checkpoint) -> Checkpoint:
        """``point``, with the bytes of the last copy where it is of the same moment and alike: that one goes.

        A lab of which many forks are made in one place keeps one copy for all of them.
        """
        last = self.points[-1] if self.points else None
        if last is None or (last.number, last.instant_ns) != (point.number, point.instant_ns):
            return point
        self.points.pop()
        same = last.remembered.is_same(point.remembered)
        return replace(point, by_hand=point.by_hand or last.by_hand, remembered=last.remembered if same else point.remembered)

    def rewind(self, instant_ns: int) -> None:
        """Stand at ``instant_ns``, from the first open to now, as the run did then."""
        engine = self._engine
        if self.by_hand and instant_ns == engine.present.now_ns:
            return
        point = self.before(instant_ns)
        self.points = [one for one in self.points if one.instant_ns <= point.instant_ns]
        self.by_hand = False
        self.worked_ns = 0
        with silently(engine):
            engine.stand_in(point)
            restore(point, engine)
            replay(engine, instant_ns)
        engine.hooks.stand_again()

    def before(self, instant_ns: int) -> Checkpoint:
        """The last copy at or before ``instant_ns``. Raises :class:`RewindError` where there is none, with the reason."""
        if self.refusal is not None:
            named = {book.strategy.name: book.strategy for book in self._engine.books}
            raise copies.refusal(named, Owned(self._engine), self.refusal)
        found = [point for point in self.points if point.instant_ns <= instant_ns]
        if not found:
            raise RewindError("no copy of the run was taken before that moment")
        return found[-1]

    def instant_of(self, to: Any) -> int:
        """The instant that ``to`` names: a clock time of this session, or a timestamp; in a night or a break, the close before.

        Raises :class:`RewindError` before the first open, and :class:`LookAheadError` after now.
        """
        engine = self._engine
        session, sessions = engine.session, engine.sessions
        instant = resolve_moment(to, session)
        now = engine.data.now
        if instant > engine.present.now_ns:
            raise LookAheadError(f"{to!r} lies ahead of {now:%Y-%m-%d %H:%M:%S}; go there with lab.advance(...)", to=to)
        first = sessions[0]
        if instant < first.open_ns:
            raise RewindError(f"{to!r} lies before the run, which begins at {first.open:%Y-%m-%d %H:%M}", to=to)
        session = sessions[int(sessions.open.searchsorted(instant, "right")) - 1]
        ends = [end for start, end in session.spans if end <= instant]
        return instant if instant in session or not ends else ends[-1]

    def stepped_back(self, n: int) -> int:
        """The instant ``n`` steps ago: moments of this session, then the closes and moments of those before."""
        engine = self._engine
        present = engine.present
        number, rows, k, asked = engine.number, present.rows, present.k, n
        k += present.instant_ns is not None and present.instant_ns > rows.moments[k]  # between two: to the one before
        while n > k - rows.first - (number > 0):
            n -= k - rows.first - (number > 0)
            if number == 0:
                first = engine.sessions[0].open
                raise RewindError(f"the run began at {first:%Y-%m-%d %H:%M}: there are no {asked} steps since then")
            number -= 1
            rows = engine.back.load(number)
            k = rows.moments.until
        return rows.moments[k - n]

    def _thin(self) -> None:
        """Let every second copy go, but the first, those after acts from outside, and the newest."""
        newest = len(self.points) - 8
        self.points = [one for i, one in enumerate(self.points) if i % 2 == 0 or one.by_hand or i >= newest]


def replay(engine: SessionCoordinator, instant_ns: int) -> None:
    """Let the run of ``engine`` go on to ``instant_ns`` as it went before."""
    while engine.ended and engine.present.now_ns < instant_ns and engine.open_next():
        if instant_ns > engine.session.close_ns:
            engine.move()
    while engine.present.now_ns < instant_ns:
        if instant_ns >= engine.session.close_ns:
            engine.move()
            if engine.present.now_ns < instant_ns and not engine.open_next():
                return
            continue
        moments = engine.rows.moments
        k = moments.at(instant_ns)
        engine.move(k, None if moments[k] == instant_ns else instant_ns)


@contextmanager
def silently(engine: SessionCoordinator) -> Iterator[None]:
    """While entered nobody outside hears of steps, and what they take is not counted."""
    metrics, hooks, watch = engine.metrics, engine.hooks, engine.desk.watch
    progress: Callable[[], object] = hooks.on_progress
    hooks.replaying = engine.subscribers.muted = engine.desk.is_replaying = True
    hooks.on_progress = lambda: None
    engine.desk.watch = None
    engine.count_in(PerformanceMetrics(engine.clock))
    try:
        yield
    finally:
        hooks.replaying = engine.subscribers.muted = engine.desk.is_replaying = False
        hooks.on_progress = progress
        engine.desk.watch = watch
        engine.count_in(metrics)


def words(instant_ns: int, tz: str) -> str:
    """An instant in the exchange's zone, to the second."""
    return f"{pd.Timestamp(instant_ns, tz='UTC').tz_convert(tz):%Y-%m-%d %H:%M:%S}"
