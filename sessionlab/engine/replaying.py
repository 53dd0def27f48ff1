"""A run goes on to a place; and a silent replay, in which it goes again through what it went through.

A replay takes the same steps, so it also stumbles where something raised then and the run went on. Nobody outside hears of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.place import Place

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator


def go_on(engine: SessionCoordinator, instant_ns: int) -> None:
    """Let the run of ``engine`` go straight on to ``instant_ns``; in a night, to the open after it."""
    sessions = engine.sessions
    number = min(int(sessions.close.searchsorted(instant_ns)), len(sessions) - 1)
    place = Place(number, min(instant_ns, sessions[number].close_ns))
    while engine.here < place:
        _go_towards(engine, place)


def replay(engine: SessionCoordinator, place: Place, stumbles: int) -> None:
    """Let the run of ``engine`` go on to ``place`` as it went before; so many ``stumbles`` where it stands are behind it.

    Raises what raises now and did not then.
    """
    back = engine.going_back
    begun, before = engine.here, back.stumbles
    back.stumbles = Counter({one: count for one, count in before.items() if one < begun} | {begun: stumbles})
    while engine.here < place:
        so_far = back.stumbles.total()
        try:
            _go_towards(engine, place)
        except Exception:
            if back.stumbles.total() == so_far or back.stumbles[engine.here] > before[engine.here]:
                raise


def _go_towards(engine: SessionCoordinator, place: Place) -> None:
    """One move on the way to ``place``."""
    if engine.number == place.number:
        moments = engine.rows.moments
        k = moments.at(place.instant_ns)
        engine.move(k, None if moments[k] == place.instant_ns else place.instant_ns)
    elif engine.ended:
        engine.open_next()
    else:
        engine.move()


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
