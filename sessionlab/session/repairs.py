"""Which bars of the windows stand in for absent ones: made of finer stored bars, none of which was absent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.session.columns import zoned
from sessionlab.timing import Interval


class Repair(NamedTuple):
    """The bar of ``symbol`` and ``interval`` that starts at ``start_ns`` on ``date``: made of ``bars`` of ``from_interval``."""

    symbol: str
    interval: Interval
    start_ns: int
    from_interval: Interval
    bars: int
    date: dt.date


def repairs_frame(repairs: Sequence[Repair], tz: str) -> pd.DataFrame:
    """A row per repaired bar: ``symbol interval start from_interval count``; ``start`` in zone ``tz``."""
    starts = np.array([one.start_ns for one in repairs], dtype=np.int64)
    text = {
        "symbol": [one.symbol for one in repairs],
        "interval": [str(one.interval) for one in repairs],
        "start": zoned(starts, tz),
        "from_interval": [str(one.from_interval) for one in repairs],
        "count": np.array([one.bars for one in repairs], dtype=np.int64),
    }
    return pd.DataFrame(text).astype(dict.fromkeys(("symbol", "interval", "from_interval"), "str"))
