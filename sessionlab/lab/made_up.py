"""``sl.demo()``: a lab at once, on made-up data."""

from __future__ import annotations

from sessionlab.lab.lab import Lab


def demo(*, seed: int | None = None) -> Lab:
    """Two made-up symbols over three days, with three days of 1m bars before each: no file, no key, no network.

    Another ``seed`` makes another market, the same one each time.

    >>> demo(seed=7).config.seed
    7
    """
    from sessionlab.config.demo import DEMO

    return Lab(DEMO, seed=seed)
