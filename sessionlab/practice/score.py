"""How a blind practice went: what it was, and the person beside a strategy and beside buying and holding, in percent."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.markup.sparkline import legend, sparklines
from sessionlab.markup.tables import table, text_table
from sessionlab.markup.text import counted
from sessionlab.results.account import drawdown_of, equity_of
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    from sessionlab.practice.truth import Truth
    from sessionlab.trading.traded import Traded

YOU, HOLD = "you", "buy and hold"
COLUMNS = ("total_return", "max_drawdown", "trades", "exposure", "fees")
_HEAD = ("return", "max drawdown", "trades", "exposure", "fees")


class Score:
    """The outcome of a practice, up to ``until``, in true terms.

    ``frame`` has a row for you, for the strategies to compare with, and for buy and hold: ``total_return``, ``max_drawdown`` (at
    any moment) and ``exposure`` (share of moments with a position) as fractions, ``trades`` (lots, open ones included), and
    ``fees`` as a fraction of the starting cash. Returns are those of the account; buy and hold goes from the first bar's open to
    the last known close, in equal parts where there are several symbols, without costs.

    ``curves`` are the same accounts as fractions gained, by time. ``differences`` tells where you and the other (the strategy;
    buy and hold where there is none) were on different sides, as :func:`~sessionlab.practice.decisions.differences` does.
    ``went_back`` and ``forked`` are how often the clock was turned back, and how many forks were made. ``failure`` says why
    there is no row of the strategy, None where there is one or none was given.
    """

    def __init__(
        self,
        truth: Truth,
        frame: pd.DataFrame,
        curves: pd.DataFrame,
        differences: pd.DataFrame,
        went_back: int,
        forked: int,
        failure: str | None,
    ) -> None:
        self.truth = truth
        self.frame = frame
        self.curves = curves
        self.differences = differences
        self.went_back = went_back
        self.forked = forked
        self.failure = failure

    @property
    def until(self) -> pd.Timestamp:
        """The true moment that all is counted up to."""
        return self.curves.index[-1]  # type: ignore[no-any-return]

    def picture(self) -> str:
        """The curves as a small SVG, for a page."""
        label = ", ".join(f"{name} {figure_text('total_return', value)}" for name, value in self.frame["total_return"].items())
        return sparklines([self.curves[name] for name in self.curves], label, 0.0)

    def words(self) -> list[str]:
        """What should be known beside the table, in sentences."""
        said = [f"you went back {_times(self.went_back)}"] if self.went_back else []
        said += [f"you made {counted(self.forked, 'fork')}"] if self.forked else []
        said += [] if self.failure is None else [f"the strategy failed, so it has no row: {self.failure}"]
        if len(self.differences):
            other = self.frame.index[1]
            gained = self.differences["gained"]
            said.append(
                f"you and {other} were on different sides {_times(len(gained))}: you were right {_times(int((gained > 0).sum()))}"
            )
        return said

    def __repr__(self) -> str:
        returns = (f"{name} {figure_text('total_return', value)}" for name, value in self.frame["total_return"].items())
        lines = [f"<Score: {', '.join(returns)}>", *text_table(_HEAD, dict(self._rows()))]
        return "\n".join([*lines, *(f"  {one}" for one in (*self.truth.words(), *self.words()))])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(one, quote=False)}</p>" for one in self.words())
        names = legend([str(name) for name in self.curves])
        return f"<p>{self.picture()} {names}</p>{table(_HEAD, self._rows())}{said}{self.truth._repr_html_()}"

    def _rows(self) -> list[tuple[str, list[str]]]:
        labels = ("total_return", "max_drawdown", "trades", "exposure", "exposure")
        return [
            (str(name), [figure_text(label, row[column]) for label, column in zip(labels, COLUMNS, strict=True)])
            for name, row in zip(self.frame.index, self.frame.to_dict("records"), strict=True)
        ]


def account_row(traded: Traded) -> tuple[float, float, int, float, float]:
    """The figures of an account under :data:`COLUMNS`."""
    cash, equity = traded.starting_cash, equity_of(traded)
    return (
        float(equity.iloc[-1] / cash - 1.0),
        float(drawdown_of(equity, cash).min()),
        len(traded.trades),
        float((traded.account["gross"] > 0).mean()),
        float(traded.fills["fee"].sum() / cash),
    )


def held_row(worth: pd.Series[float], symbols: int) -> tuple[float, float, int, float, float]:
    """The same of buy and hold, by what a dollar became."""
    return float(worth.iloc[-1] - 1.0), float(drawdown_of(worth, 1.0).min()), symbols, 1.0, 0.0


def curves_of(accounts: Mapping[str, Traded], worth: pd.Series[float], index: pd.DatetimeIndex) -> pd.DataFrame:
    """What each account and buy and hold had gained at each moment, as a fraction; a column each."""
    columns = {name: np.asarray(equity_of(one) / one.starting_cash - 1.0) for name, one in accounts.items()}
    return pd.DataFrame({**columns, HOLD: worth.to_numpy() - 1.0}, index=index)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
