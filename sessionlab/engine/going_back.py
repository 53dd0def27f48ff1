"""Going back: the run stands again as it did at an earlier moment, by the nearest copy before it and a silent replay from there.

The engine is deterministic, so that is exact; there is no undo. Copies are taken at opens, after somebody acted from outside, and
within a session where a replay got dear. They may take a twentieth of the run's time: where they would take more, the next one
comes later, and a replay begins earlier.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.engine.checkpoint import Checkpoint, refusal, restore, take
from sessionlab.engine.place import Place
from sessionlab.engine.replaying import replay, silently
from sessionlab.engine.standing import Standing
from sessionlab.errors import LookAheadError, RewindError
from sessionlab.timing.clock_time import resolve_moment

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator

DEAR_NS = 100_000_000
"""Work of hooks since the last copy from which another one is due within a session."""
SHARE = 20
"""Copies take at most one part in so many of the time of the run."""
MOST = 256
"""Copies kept at most, beside those that no replay could replace."""


class GoingBack:
    """The checkpoints of the run of ``engine``, oldest first.

    ``by_hand`` says that somebody acted from outside since the last one. ``worked_ns`` is what hooks took since. ``refused``
    says that the last one could not be taken, because a strategy could not be copied. ``lost`` are places at which somebody had
    acted when that happened: no copy before them leads to anything after. ``stumbles`` counts how often something raised at a
    place and the run went on: a replay stumbles there as well.
    """

    def __init__(self, engine: SessionCoordinator) -> None:
        self.points: list[Checkpoint] = []
        self.by_hand = False
        self.worked_ns = 0
        self.refused = False
        self.lost: list[Place] = []
        self.stumbles: Counter[Place] = Counter()
        self._engine = engine
        self._spent_ns = 0
        self._begun_ns = engine.clock.ns()

    def let_go(self) -> None:
        """A session is over: the rows of its copies are loaded again where they are needed."""
        of_session = []
        while self.points and self.points[-1].number == self._engine.number:
            of_session.append(self.points.pop())
        open_ns = self._engine.session.open_ns
        for point in reversed(of_session):
            if all(instant == open_ns for instant in (*point.joined.values(), *point.left.values())):
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

    def stumbled(self) -> None:
        """Something raised at the moment at hand."""
        self.stumbles[self._engine.here] += 1

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
        except Exception:  # whatever a part of a strategy may do when it is copied
            self.refused = True
            self.lost += [self._engine.here] if by_hand else []
            return
        self.refused = False
        self.lost = [one for one in self.lost if one != point.place]
        self.points = [one for one in self.points if one.place <= point.place]
        self.points.append(self._in_place_of_last(point))
        self._spent_ns += engine.clock.ns() - begun
        if len(self.points) > MOST:
            self._thin()

    def _in_place_of_last(self, point: Checkpoint) -> Checkpoint:
        """``point``, with the bytes of the last copy where it is of the same moment and alike: that one goes.

        A lab of which many forks are made in one place keeps one copy for all of them.
        """
        last = self.points[-1] if self.points else None
        if last is None or last.place != point.place:
            return point
        self.points.pop()
        same = last.remembered.is_same(point.remembered)
        return replace(point, by_hand=point.by_hand or last.by_hand, remembered=last.remembered if same else point.remembered)

    def rewind(self, place: Place) -> None:
        """Stand at ``place``, from the first open to now, as the run did then; where that fails on the way, where it stood."""
        engine = self._engine
        if self.by_hand and place == engine.here:
            return
        point = self.before(place)
        standing = Standing(engine, (engine.desk.orders[number - 1] for number in point.desk.states))
        self.points = [one for one in self.points if one.place <= point.place]
        self.by_hand = False
        self.worked_ns = 0
        try:
            with silently(engine):
                engine.stand_in(point)
                restore(point, engine)
                replay(engine, place, point.stumbles)
        except BaseException:
            standing.again()
            raise
        self.lost = [one for one in self.lost if one <= place]
        engine.hooks.stand_again()

    def before(self, place: Place) -> Checkpoint:
        """The last copy at or before ``place``. Raises :class:`RewindError` where none leads there, and says why."""
        engine, tz = self._engine, self._engine.session.tz
        why = refusal(engine) if self.refused else None
        if why is not None:
            raise why
        if self.by_hand and place >= engine.here:
            raise RewindError(
                f"something was done by hand at {words(engine.here.instant_ns, tz)}, where a hook had raised: that moment is not "
                "whole yet, so it cannot be copied; let the lab go on first, as in lab.step()"
            )
        found = [point for point in self.points if point.place <= place]
        if not found:
            raise RewindError("no copy of the run was taken before that moment")
        lost = [one for one in self.lost if found[-1].place <= one <= place]
        if lost:
            raise RewindError(
                f"what was done by hand at {words(lost[0].instant_ns, tz)} could not be copied then, because a strategy could "
                "not be; so nothing leads back to a moment after it: go back before it, or to a later session"
            )
        return found[-1]

    def share(self, other: GoingBack, point: Checkpoint, place: Place) -> None:
        """Begin as a fork of ``other`` that was made of ``point`` and stands at ``place``."""
        self.points = [one for one in other.points if one.place <= point.place]
        self.lost = [one for one in other.lost if one <= place]
        self.stumbles = Counter(other.stumbles)

    def place_of(self, to: Any) -> Place:
        """Where ``to`` is: a clock time of this session, or a timestamp; in a night or a break it is the close before.

        An instant that is a close and the next open is that open, once it has come. Raises :class:`RewindError` before the first
        open, and :class:`LookAheadError` after now.
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
        number = min(int(sessions.open.searchsorted(instant, "right")) - 1, engine.number)
        session = sessions[number]
        ends = [end for start, end in session.spans if end <= instant]
        return Place(number, instant if instant in session or not ends else ends[-1])

    def stepped_back(self, n: int) -> Place:
        """Where the run stood ``n`` steps ago: at moments of this session, then at the closes and moments of those before."""
        engine = self._engine
        present = engine.present
        moments, number, left = present.rows.moments, engine.number, n
        at = present.k - moments.first
        at += present.now_ns > moments[present.k]  # between two: to the one before
        instants = moments.instants
        while left > (here := max(at - (number > 0), 0)):  # an open is no moment to step to, but the first one
            if number == 0:
                first = engine.sessions[0].open
                raise RewindError(f"the run began at {first:%Y-%m-%d %H:%M}: there are no {n} steps since then")
            left, number = left - here, number - 1
            instants = engine.accounting.pieces[number].instants  # as they were then, whoever took part
            at = len(instants)
        return Place(number, int(instants[at - left]))

    def _thin(self) -> None:
        """Let every second copy go, but the first, those after acts from outside, and the newest."""
        newest = len(self.points) - 8
        self.points = [one for i, one in enumerate(self.points) if i % 2 == 0 or one.by_hand or i >= newest]


def words(instant_ns: int, tz: str) -> str:
    """An instant in the exchange's zone, to the second."""
    return f"{pd.Timestamp(instant_ns, tz='UTC').tz_convert(tz):%Y-%m-%d %H:%M:%S}"
