"""Whether a function of columns looks ahead: what it says of a bar must not change when later bars are cut off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Outputs, Recipe
from sessionlab.errors import LookAheadError
from sessionlab.tape.block import Bools, Float64s

CUTS = 8
_NOISE = 1e-9  # numpy sums one bar's window in another order when there are fewer bars


def check_causal(recipe: Recipe, columns: Columns, whole: Outputs) -> None:
    """Compare ``whole``, its outputs over ``columns``, with those over eight prefixes, chosen by the number of bars alone.

    Raises :class:`LookAheadError` with the cut and the first bar that differs.
    """
    size = len(columns)
    if size < 2:
        return
    cuts = np.random.default_rng(size).choice(np.arange(1, size), min(CUTS, size - 1), replace=False)
    for cut in sorted(cuts.tolist()):
        for name, part in recipe.outputs(columns.head(cut)).items():
            differs = _differs(whole[name][:cut], part)
            if differs.any():
                _raise(recipe, columns, cut, int(differs.argmax()), name, whole[name], part)


def _differs(whole: Float64s, part: Float64s) -> Bools:
    finite = whole[np.isfinite(whole)]
    scale = float(np.abs(finite).max()) if len(finite) else 0.0
    return ~np.isclose(whole, part, rtol=_NOISE, atol=_NOISE * 1e-3 * scale, equal_nan=True)


def _raise(recipe: Recipe, columns: Columns, cut: int, row: int, name: str, whole: Float64s, part: Float64s) -> None:
    start = pd.Timestamp(int(columns.start[row]), tz="UTC").tz_convert(columns.sessions[-1].tz)
    raise LookAheadError(
        f"{recipe} looks ahead: {name} of bar {row} ({start:%Y-%m-%d %H:%M:%S}) is {whole[row]:g} over all {len(columns)} bars, "
        f"but {part[row]:g} when they are cut off after the first {cut}. A value may depend on its bar and earlier ones alone, "
        "and on nothing but the bars",
        indicator=str(recipe),
        cut=cut,
        row=row,
    )
