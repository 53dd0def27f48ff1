"""A long curve with as many points as a screen can show: of each stretch its first, lowest and highest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def thinned(values: NDArray[np.float64], stretches: int) -> NDArray[np.intp]:
    """Positions to draw, ascending: of each of ``stretches`` equal parts the first, the lowest and the highest; and the last.

    No peak and no trough is lost. Where there are few values it is all of them. NaN is left out of a part that has numbers.

    >>> thinned(np.array([1.0, 2.0, 9.0, 3.0, 0.0, 5.0, 4.0, 4.0]), 2).tolist()
    [0, 2, 4, 5, 7]
    """
    count = len(values)
    if count <= 3 * stretches:
        return np.arange(count)
    size = -(-count // stretches)
    padded = np.full(size * stretches, np.nan)
    padded[:count] = values
    parts = padded.reshape(stretches, size)
    begin = np.arange(stretches) * size
    low = begin + np.where(np.isnan(parts), np.inf, parts).argmin(axis=1)
    high = begin + np.where(np.isnan(parts), -np.inf, parts).argmax(axis=1)
    chosen = np.unique(np.concatenate([begin, low, high, [count - 1]]))
    return chosen[chosen < count]
