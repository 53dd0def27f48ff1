"""Random numbers that a text decides: the same on every machine, in every process, with every version of numpy.

From numpy come only the raw words of a bit generator, which are frozen, while its distributions are not. Whoever needs
the same bits everywhere goes on with whole numbers, ``+ - * /``, ``sqrt``, rounding and ``cumsum``; ``exp``, ``log``,
``power`` and ``sum`` may differ in the last bit from one processor to the next.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float64s = NDArray[np.float64]
Uint16s = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Dice:
    """Numbers that follow from ``key`` alone. Asked twice, the same dice give the same numbers: name them with ``of``.

    >>> bool(Dice("a").of("b").uniform(1) == Dice("a").of("b").uniform(1))
    True
    """

    key: str

    def of(self, *names: object) -> Dice:
        """Other dice, independent of these."""
        return Dice("\n".join([self.key, *map(str, names)]))

    def words(self, count: int) -> NDArray[np.uint64]:
        """Uniform 64-bit words, shape (count,)."""
        seed = int.from_bytes(hashlib.blake2b(self.key.encode(), digest_size=16).digest(), "little")
        return np.random.PCG64(seed).random_raw(count)

    def quarters(self, count: int) -> Uint16s:
        """Four rows of uniform 16-bit numbers, shape (4, count)."""
        return self.words(count).astype("<u8", copy=False).view("<u2").reshape(count, 4).T

    def uniform(self, count: int) -> Float64s:
        """Fractions in [0, 1), shape (count,)."""
        return (self.words(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, count: int) -> Float64s:
        """Standard normals, shape (count,), from 4,096 values up to 3.67 on either side."""
        return normal_table()[(self.words(count) >> np.uint64(52)).astype(np.intp)]


@lru_cache(maxsize=1)
def normal_table() -> Float64s:
    """The standard normal's quantiles in the middle of 4,096 equal slices, shape (4096,), read-only."""
    from statistics import NormalDist

    # Rounded, because the quantile takes a logarithm.
    upper = np.array([round(NormalDist().inv_cdf(0.5 + (i + 0.5) / 4096), 6) for i in range(2048)])
    table = np.concatenate([-upper[::-1], upper])
    table.flags.writeable = False
    return table
