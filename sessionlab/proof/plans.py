"""At which moments to cut: spread over the run, at its opens, and where strategies decided something.

A look-ahead by one bar shows only where the cut lies between the decision and that bar. So cuts are moments at which hooks were
called; of each strategy the first decisions are among them, and some of the later ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.proof.decisions import Call, Decision

EARLY = 4
LATER = 4


def cut_moments(calls: Sequence[Call], decisions: Sequence[Decision], opens: Sequence[int], count: int) -> list[int]:
    """Instants in ns UTC, each once: first those that find most, so that an audit that is stopped has seen the whole run."""
    moments = sorted({call.time_ns for call in calls})
    chosen: list[int] = []
    by_strategy: dict[str, list[int]] = {}
    for decision in decisions:
        times = by_strategy.setdefault(decision.call.strategy, [])
        if not times or times[-1] != decision.call.time_ns:
            times.append(decision.call.time_ns)
    for times in by_strategy.values():
        chosen += times[:EARLY] + _spread(times[EARLY:], LATER)
    chosen += opens[:1]
    chosen += _spread(moments, count)
    return _from_afar(sorted(set(chosen)))


def _spread(among: Sequence[int], count: int) -> list[int]:
    """``count`` of them, evenly, each from the middle of its part."""
    if len(among) <= count:
        return list(among)
    return [among[(2 * i + 1) * len(among) // (2 * count)] for i in range(count)]


def _from_afar(ordered: Sequence[int]) -> list[int]:
    """The same in an order in which each next one lies far from those before."""
    if len(ordered) < 3:
        return list(ordered)
    middle = len(ordered) // 2
    left, right = _from_afar(ordered[:middle]), _from_afar(ordered[middle + 1 :])
    pairs = [one for pair in zip(left, right, strict=False) for one in pair]
    return [ordered[middle], *pairs, *left[len(right) :], *right[len(left) :]]
