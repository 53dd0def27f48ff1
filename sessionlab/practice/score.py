"""How a person did, against a strategy and against holding on, and what was hidden."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.results.page import table, text_table
from sessionlab.results.sparkline import sparkline

if TYPE_CHECKING:
    from sessionlab.results import RunResult

_HEAD = ("return", "max drawdown", "exposure", "trades", "fees")


@dataclass(frozen=True, repr=False)
class Score:
    """What was hidden (``truth``: a row per symbol), and how each did in it (``frame``; fractions of the starting cash).

    ``results`` are the runs by who made them; ``equity`` has a column each, 1 at the start, holding on included. ``decisions``
    are the fills of all, side by side in time. ``went_back`` counts how often the person did.
    """

    truth: pd.DataFrame
    results: dict[str, RunResult]
    held: pd.Series[float]
    went_back: int

    @property
    def equity(self) -> pd.DataFrame:
        """Equity by moment as a multiple of what each began with."""
        columns = {name: result.equity / result.traded.starting_cash for name, result in self.results.items()}
        index = next(iter(columns.values())).index
        held = self.held.reindex(index).ffill().fillna(1.0)
        return pd.DataFrame({**columns, "buy and hold": held})

    @property
    def frame(self) -> pd.DataFrame:
        """A row each: ``total_return max_drawdown exposure trades fees`` (fees as a fraction of the starting cash)."""
        rows = {}
        for name, result in self.results.items():
            stats, cash = result.stats, result.traded.starting_cash
            rows[name] = (
                stats["total_return"],
                _deepest(result.equity),
                stats["exposure"],
                stats["trades"],
                stats["fees"] / cash,
            )
        held = self.equity["buy and hold"]
        rows["buy and hold"] = (held.iloc[-1] - 1.0, _deepest(held), 1.0, 1, 0.0)
        names = ["total_return", "max_drawdown", "exposure", "trades", "fees"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=names)

    @property
    def decisions(self) -> pd.DataFrame:
        """The fills of all in time: ``time who symbol side quantity price``."""
        parts = [result.fills.assign(who=name) for name, result in self.results.items()]
        return pd.concat(parts).sort_values("time", kind="stable")[["time", "who", "symbol", "side", "quantity", "price"]]

    def __repr__(self) -> str:
        hidden = "; ".join(f"{row.shown} was {row.symbol} on {row.date}" for row in self.truth.itertuples())
        back = "" if not self.went_back else f"; you went back {self.went_back} time{'s' * (self.went_back != 1)}"
        return "\n".join([f"<Score: {hidden}{back}>", *text_table(_HEAD, dict(self._told()))])

    def _repr_html_(self) -> str:
        head, *_ = repr(self).splitlines()
        curves = "".join(
            f"<p>{sparkline(curve, f'equity of {name}', 1.0)} {html.escape(str(name))}</p>" for name, curve in self.equity.items()
        )
        return f"<p><b>{html.escape(head[1:-1])}</b></p>{table(_HEAD, self._told())}{curves}"

    def _told(self) -> list[tuple[str, list[str]]]:
        told = []
        for name, row in zip(self.frame.index, self.frame.to_dict("records"), strict=True):
            words = [_percent(row["total_return"], "+"), _percent(row["max_drawdown"]), _percent(row["exposure"])]
            told.append((str(name), [*words, f"{int(row['trades']):,}", _percent(row["fees"])]))
        return told


def _deepest(equity: pd.Series[float]) -> float:
    values = np.asarray(equity, dtype=float)
    return float((values / np.maximum.accumulate(values) - 1.0).min()) if len(values) else 0.0


def _percent(value: Any, sign: str = "") -> str:
    return "–" if value != value else f"{100 * float(value):{sign}.2f} %"
