"""``sl.pitfalls``: the same strategy run honestly, and in the wrong ways that people use. What these add is made up."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.engine.progress import Progress, shown
from sessionlab.engine.strategy import Strategy
from sessionlab.errors import ConfigError
from sessionlab.lab import Lab
from sessionlab.markup.tables import table, text_table
from sessionlab.results import RunResult
from sessionlab.results.words import figure_text
from sessionlab.trading.costs import Slipping
from sessionlab.wrong_ways.ahead import early
from sessionlab.wrong_ways.forward_filled import ForwardFilled

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_HEAD = ("honest", "trades", "P&L", "return", "Sharpe", "made up")
COLUMNS = ("honest", "trades", "pnl", "total_return", "sharpe", "made_up")


class _Way(NamedTuple):
    name: str
    honest: bool
    sees: str = ""
    fills_gaps: bool = False
    is_free: bool = False
    at_close: bool = False


WAYS = (
    _Way("honest", True),
    _Way("filled at the signal's close", False, at_close=True),
    _Way("without costs", False, is_free=True),
    _Way("gaps forward-filled", False, fills_gaps=True),
    _Way("unfinished longer bars", False, sees="unfinished"),
    _Way("the day's range known ahead", False, sees="day"),
)
"""The honest way first. The wrong ones carry ``honest: false`` in their manifests."""


def pitfalls(
    lab: Lab | Mapping[str, Any] | str, strategy: Strategy | type[Strategy] | None = None, *, progress: bool | None = None
) -> Pitfalls:
    """Run ``strategy`` over the config and data of ``lab`` from its first open on, honestly and in five wrong ways.

    Filled at the close of the bar that gave the signal, when one could only trade after it; without costs; with gaps filled with
    the last close, where nobody traded; with longer bars seen while they are unfinished, as where a row stands at its start; with
    the high and low of the whole day known from the morning on. ``lab`` may be a config too. Without ``strategy`` those of the
    lab are taken, as they were given. The lab itself is not touched.

    >>> import sessionlab as sl
    >>> found = sl.pitfalls(sl.demo(), sl.strategies.SmaCross(fast=5, slow=20))
    >>> found.frame.index.tolist()[:2], bool(found.frame.loc["honest", "honest"])
    (['honest', "filled at the signal's close"], True)
    """
    lab = lab if isinstance(lab, Lab) else Lab(lab)
    strategies = _strategies(lab, strategy)
    results: dict[str, RunResult] = {}
    done = 0
    with shown(lambda: Progress(1, 1, done / len(WAYS), lab.now), progress) as update:
        for way in WAYS:
            results[way.name] = _run(lab, way, strategies)
            done += 1
            update()
    return Pitfalls(results)


class Pitfalls:
    """What each way gave: ``results`` by name, the honest one first, and ``frame``, the table.

    ``frame`` has ``honest trades pnl total_return sharpe made_up``; ``made_up`` is the P&L that a wrong way adds, in dollars.
    """

    def __init__(self, results: Mapping[str, RunResult]) -> None:
        self.results = dict(results)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row per way."""
        rows = []
        for result in self.results.values():
            stats = result.stats
            honest = bool(result.manifest["honest"])
            rows.append((honest, int(stats["trades"]), float(stats["pnl"]), stats["total_return"], stats["sharpe"]))
        frame = pd.DataFrame(rows, columns=list(COLUMNS[:5]), index=pd.Index(list(self.results), name="way"))
        return frame.assign(made_up=frame["pnl"] - frame["pnl"].iloc[0])

    def plot(self) -> Figure:
        """Return, Sharpe ratio and trades of each way, the honest one in another color."""
        from plotly.graph_objects import Bar
        from plotly.subplots import make_subplots

        from sessionlab.figure_look import GAIN, LOSS, legible

        frame = self.frame[::-1]
        names = [str(name) for name in frame.index]
        colors = [GAIN if honest else LOSS for honest in frame["honest"]]
        figure = make_subplots(
            1, 3, shared_yaxes=True, subplot_titles=("return", "Sharpe ratio", "trades"), horizontal_spacing=0.04
        )
        shown_values = (("total_return", "{:+.2%}"), ("sharpe", "{:.2f}"), ("trades", "{:.0f}"))
        for column, (name, form) in enumerate(shown_values, 1):
            values = frame[name].astype(float)
            text = ["–" if np.isnan(value) else form.format(value) for value in values]
            bar = Bar(
                x=values, y=names, orientation="h", marker_color=colors, text=text, showlegend=False, textposition="outside"
            )
            figure.add_trace(bar, 1, column)
            low, high = min(0.0, values.min(skipna=True)), max(0.0, values.max(skipna=True))
            room = 0.8 * ((high - low) or 1.0)  # for the numbers beside the bars
            figure.update_xaxes(range=[low - room * (low < 0), high + room], row=1, col=column)
        figure.update_xaxes(showticklabels=False, zeroline=True)
        return legible(
            figure, "What is made up", "blue: honest; orange: the same strategy, backtested wrongly", height=380, margin_t=120
        )

    def __repr__(self) -> str:
        return "\n".join([f"<Pitfalls of {self._name!r}>", *text_table(_HEAD, dict(self._told()))])

    def _repr_html_(self) -> str:
        return f"<p><b>Pitfalls of {html.escape(self._name)}</b></p>{table(_HEAD, self._told())}"

    @property
    def _name(self) -> str:
        return next(iter(self.results.values())).config.session_name

    def _told(self) -> list[tuple[str, list[str]]]:
        frame = self.frame
        told = []
        for name, row in zip(frame.index, frame.to_dict("records"), strict=True):
            cells = [figure_text(label, row[label]) for label in ("trades", "pnl", "total_return", "sharpe")]
            made_up = "" if row["honest"] else f"{row['made_up']:+,.2f}"
            told.append((str(name), ["yes" if row["honest"] else "no", *cells, made_up]))
        return told


def _strategies(lab: Lab, strategy: Any) -> list[Strategy]:
    if strategy is None:
        found = [book.given for book in lab._engine.books]
        if not found:
            raise ConfigError("there is no strategy: write sl.pitfalls(lab, Cross(fast=5)), or lab.use(...) first")
        return found
    one = strategy() if isinstance(strategy, type) and issubclass(strategy, Strategy) else strategy
    if not isinstance(one, Strategy):
        raise ConfigError(f"pitfalls takes a Strategy, not a {type(one).__name__}; write sl.pitfalls(lab, Cross(fast=5))")
    return [one]


def _run(lab: Lab, way: _Way, strategies: list[Strategy]) -> RunResult:
    engine = lab._engine
    config = lab.config
    if way.is_free:
        config = config.replace({"trading_config.costs": {}})
    source: Any = ForwardFilled(engine.source) if way.fills_gaps else engine.source
    models = None if way.is_free else engine._costs
    slippage = [_AtSignal()] if way.at_close else None if models is None else list(models.slippages) or None
    commissions = None if models is None else list(models.commissions) or None
    run = Lab(config, source=source, times=lab.times, costs=commissions, slippage=slippage, limits=engine._limits)
    for strategy in strategies:
        run.use(early(strategy, way.sees) if way.sees else strategy)
    result = run.run(progress=False)
    result.manifest["honest"] = way.honest
    if not way.honest:
        result.manifest["way"] = way.name
    return result


class _AtSignal:
    """Makes a market order fill at the last close that was known when it was sent, be it better or worse."""

    may_improve = True

    def __call__(self, slipping: Slipping) -> float:
        order = slipping.order
        return order.sign * (order.price - slipping.price) if order.type == "market" and order.price else 0.0
