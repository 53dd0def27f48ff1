"""One cell of a picture: the panels of a symbol in one interval, over one axis across, and what its header says.

The price's scale holds every candle, fill and trade, and the lines and levels that are near: one farther away than the candles
are high would flatten them, so it is drawn at the edge or cut there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from sessionlab.charts.candles import Bars
from sessionlab.charts.lines import Drawn, Range, colored, is_over_price, own_panel, padded
from sessionlab.charts.scene import Cell, Fills, Levels, Mark, Orders, Panel, Trades, Volumes, array
from sessionlab.charts.slots import Slots
from sessionlab.charts.trading_marks import Traded, trading_marks
from sessionlab.tape.block import Float64s


def make_cell(
    symbol: str,
    interval: str,
    slots: Slots,
    bars: Bars,
    drawn: Sequence[Drawn],
    *,
    ended: int,
    now_ns: int,
    facts: Sequence[str],
    note: str,
    over_price: Collection[str] = (),
    traded: Traded,
    prior_close: float | None,
    prior_from: int = 0,
) -> Cell:
    """The cell of ``bars`` over ``slots``, of which ``ended`` are over by ``now_ns``.

    ``prior_close`` is drawn from slot ``prior_from`` on. ``note`` is what stands there where there is no bar.
    """
    priced = bars.values.shape[1] > 0
    low, high = (float(bars.values[2].min()), float(bars.values[1].max())) if priced else (0.0, 0.0)
    last = float(bars.values[3, -1]) if priced else None
    places = [is_over_price(one, low, high, over_price) for one in drawn]
    over = colored(one for one, is_over in zip(drawn, places, strict=True) if is_over)
    under = [one for one, is_over in zip(drawn, places, strict=True) if not is_over]
    below, above = trading_marks(traded, symbol, slots, now_ns, last)

    marks: list[Mark] = [*below, *([bars.candles()] if priced else []), *(line for one in over for line in one.lines)]
    if prior_close is not None:
        left, right = float(prior_from), float(len(slots))
        marks.append(Levels("prior_close", (left,), (right,), (prior_close,), ("prior close",)))
    marks += above

    decimals = bars.decimals() if priced else 2
    lowest, highest = _scale((low, high) if priced else None, marks, over, prior_close)
    panels = [Panel("price", 6.0, lowest, highest, "price", decimals, tuple(marks))]
    volumes = bars.volumes() if priced else None
    if volumes is not None:
        panels.append(_volume_panel(volumes))
    panels += [own_panel(one, len(slots)) for some in under for one in colored([some])]

    times = slots.times(bars.there(ended), ended)
    told = [*facts, *_about(bars)]
    return Cell(symbol, interval, tuple(told), "" if priced else note, times, tuple(panels))


def coverage(bars: Bars, ended: int) -> str:
    """How much of what was expected is there, as bars measure it: one that lacks base bars does not count."""
    if not ended:
        return ""
    absent, incomplete = ended - int(bars.there(ended).sum()), int((~bars.complete).sum())
    lacking = [f"{absent:,} absent"] * bool(absent) + [f"{incomplete:,} incomplete"] * bool(incomplete)
    said = f" ({', '.join(lacking)})" if lacking else ""
    return f"coverage {100.0 * bars.whole(ended) / ended:.2f} %{said}"


def _about(bars: Bars) -> list[str]:
    told = []
    if bars.repaired:
        told.append(f"{bars.repaired:,} repaired")
    if bars.unpriced:
        told.append(f"{bars.unpriced:,} without prices left out")
    return told


def _volume_panel(volumes: Volumes) -> Panel:
    top = float(np.max(array(volumes.value), initial=0.0))
    return Panel("volume", 1.5, 0.0, top or 1.0, "volume", 0, (volumes,))


def _scale(
    candles: Range | None, marks: Sequence[Mark], over: Sequence[Drawn], prior_close: float | None
) -> Range | tuple[None, None]:
    happened = [value for mark in marks for column in _prices(mark) for value in column if value is not None]
    known = [*happened, *(candles or ())]
    if not known:
        return (None, None) if prior_close is None else padded(prior_close, prior_close, 0.0)
    low, high = min(known), max(known)
    reach = high - low or abs(high) * 0.005
    near = [value for mark in marks if isinstance(mark, Levels | Orders) for value in mark.y if value is not None]
    within = [value for value in near if low - reach <= value <= high + reach]
    lines = [array(line.y) for one in over for line in one.lines]
    within += [value for line in lines for value in _ends(line[(line >= low - reach) & (line <= high + reach)])]
    return padded(min([low, *within]), max([high, *within]), 0.06)


def _ends(values: Float64s) -> list[float]:
    return [float(values.min()), float(values.max())] if values.size else []


def _prices(mark: Mark) -> tuple[tuple[float | None, ...], ...]:
    if isinstance(mark, Fills):
        return (mark.y,)
    return (mark.y0, mark.y1) if isinstance(mark, Trades) else ()
