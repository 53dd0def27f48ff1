"""Whether a function of columns looks ahead: what it says of a bar must not change when later bars come, or are cut off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Outputs, Recipe
from sessionlab.errors import LookAheadError
from sessionlab.tape.block import Float64s, Int64s

CUTS = 8
_NOISE = 1e-9  # numpy sums one bar's window in another order when there are fewer bars
_RULE = "A value may depend on its bar and earlier ones alone, and on nothing but the bars"


def check_cuts(recipe: Recipe, columns: Columns, whole: Outputs, seed: Sequence[int], at_ns: int) -> None:
    """Compare ``whole``, its outputs over ``columns``, with those over eight prefixes that ``seed`` and their number choose.

    ``at_ns`` is the moment at which these bars are known. Raises :class:`LookAheadError` with the cut and the first bar that
    differs.
    """
    size = len(columns)
    if size < 2:
        return
    cuts = np.random.default_rng([size, *seed]).choice(np.arange(1, size), min(CUTS, size - 1), replace=False)
    for cut in sorted(cuts.tolist()):
        for name, part in recipe.outputs(columns.head(cut)).items():
            rows = differing(whole[name], part)
            if len(rows):
                row = int(rows[0])
                raise LookAheadError(
                    f"{recipe} looks ahead: {name} of bar {row} ({_clock(columns, int(columns.start[row]))}) is "
                    f"{whole[name][row]:g} over the {size} bars known at {_clock(columns, at_ns)}, but {part[row]:g} when they "
                    f"are cut off after the first {cut}. {_RULE}",
                    indicator=str(recipe),
                    cut=cut,
                    row=row,
                )


def check_kept(recipe: Recipe, columns: Columns, was: Outputs, now: Outputs, size: int, seen_ns: int, at_ns: int) -> None:
    """Compare what it said at ``seen_ns`` with what it says ``now``, at ``at_ns`` over ``columns``, of the first ``size`` bars.

    Raises :class:`LookAheadError` with the first bar that differs, both values and both moments.
    """
    for name, said in was.items():
        rows = differing(now[name], said[:size])
        if len(rows):
            row = int(rows[0])
            seen, at = _clock(columns, seen_ns), _clock(columns, at_ns)
            raise LookAheadError(
                f"{recipe} looks ahead, for it repaints: {name} of bar {row} ({_clock(columns, int(columns.start[row]))}) was "
                f"{said[row]:g} at {seen}, and is {now[name][row]:g} at {at}, when later bars have come. {_RULE}",
                indicator=str(recipe),
                row=row,
                was=float(said[row]),
                became=float(now[name][row]),
                seen=seen,
                at=at,
            )


def differing(whole: Float64s, part: Float64s) -> Int64s:
    """Numbers of the bars of ``part`` at which ``whole``, which has at least as many, says something else, but for rounding.

    Nearly always no bit differs. That costs less than any function that makes so many values, so all of them are compared.
    """
    rows: Int64s = np.flatnonzero(whole[: len(part)].view(np.int64) != part.view(np.int64))
    if len(rows) == 0:
        return rows
    finite = whole[np.isfinite(whole)]
    scale = float(np.abs(finite).max()) if len(finite) else 0.0
    same = np.isclose(whole[rows], part[rows], rtol=_NOISE, atol=_NOISE * 1e-3 * scale, equal_nan=True)
    other: Int64s = rows[~same]
    return other


def _clock(columns: Columns, instant_ns: int) -> str:
    return f"{pd.Timestamp(instant_ns, tz='UTC').tz_convert(columns.sessions[-1].tz):%Y-%m-%d %H:%M:%S}"
