"""Where two accounts were on different sides: stretches of moments, and what the price made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from sessionlab.tape.block import Float64s, Int64s

COLUMNS = ("symbol", "start", "end", "you", "other", "move", "gained")
_SIDES = {-1: "short", 0: "flat", 1: "long"}
_DUST = 1e-9


def sides_of(fills: pd.DataFrame, symbol: str, instants: Int64s) -> Int64s:
    """1 where ``symbol`` was held long at each of ``instants``, -1 short, 0 flat. Shape (instants,)."""
    mine = fills[fills["symbol"] == symbol]
    known_at = pd.DatetimeIndex(mine["known_at"]).as_unit("ns").asi8
    held = np.concatenate([[0.0], (mine["quantity"] * np.where(mine["side"] == "buy", 1.0, -1.0)).cumsum()])
    shares = held[np.searchsorted(known_at, instants, "right")]
    return np.where(np.abs(shares) < _DUST, 0, np.sign(shares)).astype(np.int64)


def differences(
    sides: Mapping[str, tuple[Int64s, Int64s]],
    worths: Mapping[str, Float64s],
    instants: Int64s,
    told: Callable[[Int64s], pd.DatetimeIndex],
) -> pd.DataFrame:
    """A row per stretch in which ``sides`` of a symbol, yours and the other's, differ, under :data:`COLUMNS`.

    ``move`` is what the price went by as a fraction, at known closes; ``gained`` what your side made of it more than the other.
    Fills lie within the bar before a stretch begins, so that it is not all of what was gained.
    """
    rows = []
    for symbol, (mine, others) in sides.items():
        changed = np.flatnonzero((np.diff(mine) != 0) | (np.diff(others) != 0)) + 1
        edges = [0, *changed.tolist(), len(instants) - 1]
        for first, last in pairwise(edges):
            you, other = int(mine[first]), int(others[first])
            if you != other and last > first:
                move = float(worths[symbol][last] / worths[symbol][first] - 1.0)
                rows.append((symbol, first, last, _SIDES[you], _SIDES[other], move, (you - other) * move))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"move": float, "gained": float})
    for name in ("start", "end"):
        frame[name] = told(instants[frame[name].to_numpy(dtype=np.intp)])
    return frame.sort_values(["start", "symbol"], ignore_index=True)
