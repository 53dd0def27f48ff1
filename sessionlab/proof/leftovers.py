"""What a run leaves behind outside of its strategy: globals that it filled, caches. Each run of an audit begins without it.

Else a look-ahead that the first run kept in a global would be handed to all others, and none of them would differ.
"""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sessionlab.proof.reach import MANY, Place

_PLAIN = (int, float, str, bytes, type(None))


class Leftovers:
    """How plain things at ``places`` stood, to be put back; and which caches are to be emptied.

    The generators that ``random`` and ``numpy.random`` share with everybody stand as they did, too.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        dice, numpy_dice = random.getstate(), np.random.get_state()  # noqa: NPY002  # those are what users share
        self._undo: list[Callable[[], object]] = [
            lambda: random.setstate(dice),
            lambda: np.random.set_state(numpy_dice),  # noqa: NPY002
        ]
        for place in places:
            value = place.value
            if callable(getattr(value, "cache_clear", None)):
                self._undo.append(value.cache_clear)
            elif not place.own and isinstance(value, _PLAIN):
                self._undo.append(_put_back(place))
            elif not place.own and type(value) in (dict, list, set, deque) and len(value) <= MANY:
                undo = _refill(value)
                if undo is not None:
                    self._undo.append(undo)

    def clear(self) -> None:
        """Let all be as it was."""
        for undo in self._undo:
            undo()


def _put_back(place: Place) -> Callable[[], object]:
    return lambda: place.put(place.value)


def _refill(value: Any) -> Callable[[], object] | None:
    # Shallow: what lies in it and is plain too has a place of its own.
    try:
        before = copy.copy(value)
    except Exception:  # whatever a class of the user's may do when it is copied
        return None

    def refill() -> None:
        value.clear()
        if isinstance(value, (dict, set)):
            value.update(before)
        else:
            value.extend(before)

    return refill
