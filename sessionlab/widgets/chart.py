"""The chart: candles, volume, indicators, fills and orders of one to four symbols, drawn on a canvas as the lab moves on.

It is the picture of ``lab.chart(...)``: a browser is told the same bars, lines and words, once each, and saves what Python draws.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.charts import Chart as Picture
from sessionlab.charts.choice import chosen_intervals, chosen_recipes, chosen_symbols, side_by_side_at_most
from sessionlab.engine.account_tables import fills_frame
from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.timing import Interval
from sessionlab.trading.ledger import Fill
from sessionlab.widgets.chart_earlier import EarlierCell
from sessionlab.widgets.chart_today import TodayCell
from sessionlab.widgets.chart_told import CellTelling, CellTold, NoCell
from sessionlab.widgets.chart_trading import fill_reason
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Array, Told

if TYPE_CHECKING:
    from sessionlab.derive.indicators.recipe import Recipe
    from sessionlab.lab import Lab

Symbols = str | Sequence[str] | None
Intervals = str | Interval | Sequence[str | Interval] | None
_COLUMNS = {"slot": np.int32, "bars": np.float64, "flags": np.uint8, "counts": np.int32}


class ChartPart:
    """Tells of ``cells``, each what is new of it: see :class:`CellTold`. What was asked to be ``saved`` is told once."""

    def __init__(
        self, lab: Lab, symbols: Symbols = None, interval: Intervals = None, indicators: Recipe | Sequence[Recipe] = (),
        *, vwap: bool = True, prior_close: bool = True,
    ) -> None:  # fmt: skip
        self._lab = lab
        self._symbols, self._interval = symbols, interval
        self._recipes = chosen_recipes(indicators)
        self._show = {"vwap": vwap, "prior": prior_close}
        self._before: Standing | None = None
        self._cells: list[CellTelling] = []
        self._saved: tuple[str, str | bytes] | None = None
        self._across = 1

    def tell(self, standing: Standing) -> Told | None:
        """New bars, points, fills and orders; all of them where the run went back, or something else is to be shown."""
        fresh = not standing.goes_on_from(self._before)
        self._before = standing
        facts: dict[str, Any] = {}
        if fresh:
            facts |= self._begin()
        told = [cell.tell() for cell in self._cells]
        arrays = {}
        if any(one is not None for one in told):
            facts["cells"] = [None if one is None else one.facts for one in told]
            arrays = _columns([one for one in told if one is not None])
        arrays |= self._tell_saved(facts)
        return Told(facts, arrays, fresh) if facts else None

    def ask(self, what: Mapping[str, Any]) -> None:
        """Show other ``symbols`` or ``intervals``, ``save`` the picture as ``svg`` or ``png``, or tell all again."""
        if "save" in what:
            self._save(what)
            return
        symbols = list(what.get("symbols") or []) or self._symbols
        intervals = list(what.get("intervals") or []) or self._interval
        names = chosen_symbols(self._lab.data, symbols)
        for name in names:
            chosen_intervals(self._lab.data, name, intervals)
        self._symbols, self._interval = symbols, intervals
        self._before = None

    def still(self) -> str:
        """The picture as Python draws it."""
        try:
            return self._picture()._repr_html_()
        except SessionlabError as why:
            return f"<p>{html.escape(str(why))}</p>"

    def _begin(self) -> dict[str, Any]:
        """Make the cells anew, and tell how they are arranged."""
        data = self._lab.data
        try:
            names = chosen_symbols(data, self._symbols)
            pairs = [(name, width) for name in names for width in chosen_intervals(data, name, self._interval)]
        except SessionlabError as why:  # a symbol has left, or its rows are being loaded
            self._cells, self._across = [NoCell("", Interval.parse("1m"), str(why))], 1
            return {"across": 1, "symbols": [], "intervals": [], "show": self._show}
        self._cells = [_cell(self._lab, name, width, self._recipes) for name, width in pairs]
        across = side_by_side_at_most(len(pairs), len(names))
        widths = list(dict.fromkeys(str(width) for _, width in pairs))
        return {"across": across, "symbols": names, "intervals": widths, "show": self._show}

    def _picture(self, what: Mapping[str, Any] | None = None) -> Picture:
        """The picture with all that was traded; as a browser shows it, told ``what`` it shows."""
        lab = self._lab
        options: dict[str, Any] = {"vwap": self._show["vwap"], "prior_close": self._show["prior"]}
        if what is not None:
            resting = lab.orders
            resting = resting[resting["id"].isin([order.id for order in lab.open_orders])]
            options = {"vwap": bool(what.get("vwap", True)), "prior_close": bool(what.get("prior", True)), "trades": None}
            options["fills"] = self._fills() if what.get("fills", True) else None
            options["orders"] = resting if what.get("orders", True) else None
            options |= self._span(what)
        picture = lab.chart(self._symbols, self._interval, indicators=self._recipes, **options)
        assert isinstance(picture, Picture)
        return picture

    def _fills(self) -> pd.DataFrame:
        entries = self._lab._engine.desk.account.ledger
        fills = (one._replace(reason=fill_reason(one)) for one in entries if isinstance(one, Fill))
        return fills_frame(fills, self._lab.session.tz)

    def _span(self, what: Mapping[str, Any]) -> dict[str, Any]:
        """From which to which slot of its first axis a browser shows today; all so far where it does not say so."""
        slots = next((cell.slots for cell in self._cells if cell.slots is not None), None)
        if slots is None or not len(slots) or what.get("from") is None or what.get("past") is None:
            return {}
        first = min(max(int(what["from"]), 0), len(slots) - 1)
        past = min(max(int(what["past"]), first + 1), len(slots))
        edges = pd.DatetimeIndex([slots.start[first], slots.end[past - 1]], dtype="M8[ns]").tz_localize("UTC")
        until = {"until": edges[1].tz_convert(self._lab.session.tz)}
        return until if first == 0 else {"since": edges[0].tz_convert(self._lab.session.tz), **until}

    def _save(self, what: Mapping[str, Any]) -> None:
        kind = what["save"]
        if kind not in ("svg", "png"):
            raise ConfigError(f"a chart is saved as svg or png, not as {kind!r}", kind=kind)
        picture = self._picture(what)
        size: dict[str, Any] = {
            "width": max(int(what["width"]), 1),
            "height": max(int(what["height"]), 1),
            "theme": str(what["theme"]),
        }
        drawn = picture.to_svg(**size) if kind == "svg" else picture.to_png(**size, scale=2.0)
        names = [f"{cell.symbol} {cell.interval}" for cell in picture.scene.cells]
        self._saved = f"{' '.join(dict.fromkeys(names))} {self._lab.session.date}.{kind}", drawn

    def _tell_saved(self, facts: dict[str, Any]) -> dict[str, Array]:
        saved, self._saved = self._saved, None
        if saved is None:
            return {}
        name, drawn = saved
        facts["saved"] = {"name": name, "svg": drawn if isinstance(drawn, str) else None}
        return {} if isinstance(drawn, str) else {"png": np.frombuffer(drawn, dtype=np.uint8)}


def _cell(lab: Lab, symbol: str, width: Interval, recipes: Sequence[Recipe]) -> CellTelling:
    """The telling of ``symbol`` in bars of ``width``, which has told nothing yet."""
    try:
        absent = lab.data[symbol]._present.rows.absent_today(symbol, width)
    except SessionlabError as why:
        return NoCell(symbol, width, str(why))
    if absent is None and width.is_intraday:
        return TodayCell(lab, symbol, width, recipes)
    return EarlierCell(lab, symbol, width, recipes)


def _columns(told: Sequence[CellTold]) -> dict[str, Array]:
    """The columns of all cells, one after another; those without anything in them are left out."""
    arrays: dict[str, Array] = {
        name: np.concatenate([np.asarray(getattr(one, name)).ravel() for one in told]).astype(kind)
        for name, kind in _COLUMNS.items()
    }
    points = [column for one in told for column in one.points]
    if points:
        arrays["points"] = np.concatenate(points)
    return {name: column for name, column in arrays.items() if len(column)}


class Chart(Surface):
    """Candles and volume of one to four ``symbols`` of ``lab`` in one to four ``interval``, as time goes on.

    The same as ``lab.chart``: ``symbols`` None are the first four, ``interval`` None the shortest with no more than 400 bars a
    session; ``indicators`` are recipes, as in ``[sl.EMA(9, "5m")]``. What is shown can be changed in it. The wheel zooms,
    dragging pans, dragging with shift chooses a stretch; the crosshair tells a bar in numbers. On the canvas the keys , and .
    move it from bar to bar, PageUp and PageDown pan.
    Raises :class:`ConfigError` for more than four, :class:`NoDataError` for what is not in the session.
    """

    def __init__(
        self, lab: Lab, symbols: Symbols = None, interval: Intervals = None, indicators: Recipe | Sequence[Recipe] = (),
        *, vwap: bool = True, prior_close: bool = True,
    ) -> None:  # fmt: skip
        self.lab, self._viewers = lab, {}  # one that is refused here is closed when it is thrown away
        recipes = chosen_recipes(indicators)
        for name in chosen_symbols(lab.data, symbols):
            for width in chosen_intervals(lab.data, name, interval):
                lab.data[name].bars(width)  # says so where it cannot be made

        def part(lab: Lab) -> ChartPart:
            return ChartPart(lab, symbols, interval, recipes, vwap=vwap, prior_close=prior_close)

        super().__init__(lab, {"chart": part})
