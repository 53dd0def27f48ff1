"""Two labs held to each other: the first moment at which they differ, what differs there, and both side by side from there on.

They are compared up to the earlier of both nows; orders by strategy and by sequence within it, not by id.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.markup.sparkline import legend, sparklines
from sessionlab.markup.tables import below
from sessionlab.markup.text import counted
from sessionlab.results.comparison import Comparison
from sessionlab.results.first_difference import Compared, Row, Side
from sessionlab.results.page import frame_page
from sessionlab.results.side_by_side import fill_table, order_table, position_table, trade_table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_SHOWN_STATS = ("total_return", "pnl", "max_drawdown_intraday", "trades", "win_rate", "fills", "orders", "rejected", "fees")
_TOLD_ROWS = 4
_TOLD_SETTINGS = 3
_LONGEST = 60


class Difference:
    """How two labs differ, by their ``names``, up to ``until``; true where they do.

    ``first`` is the first moment at which anything differs, None where nothing does; ``at_first`` what differs there, a row
    each: ``kind strategy symbol what`` and a column per lab, ``words`` the same in words. ``data`` are the rows that differ,
    ``symbol series date``: none where both are of one family (``same_family``), which shares all rows. ``settings`` is in what
    configs and strategies differ. Nothing of it changes when the labs go on.
    """

    def __init__(self, a: Side, b: Side, opens: Mapping[dt.date, int]) -> None:
        self.names = a.name, b.name
        self.same_family = a.digests is None
        self.until: pd.Timestamp = min(a.run.stopped_at, b.run.stopped_at)
        self._sides = a, b
        self._together = Comparison({a.name: a.run, b.name: b.run})
        self._compared = Compared(a, b, opens, lambda: self._together.equity)

    @cached_property
    def first(self) -> pd.Timestamp | None:
        """The first moment at which anything differs, in the exchange's zone; None where nothing does."""
        first_ns = self._compared.first_ns
        return None if first_ns is None else pd.Timestamp(first_ns, tz="UTC").tz_convert(self.until.tz)

    def __bool__(self) -> bool:
        return self._compared.first_ns is not None

    @property
    def data(self) -> pd.DataFrame:
        """Which rows of data differ: ``symbol series date``. Of one session's series it is told whether, not where."""
        return self._compared.data

    @cached_property
    def at_first(self) -> pd.DataFrame:
        """What differs at the first moment: ``kind strategy symbol what``, and a column per lab, None where it is not there.

        ``kind`` is order, fill, position, cash, value (of positions), move (a dividend, borrow fee or split), symbol or data.
        """
        frame = pd.DataFrame(self._rows, columns=list(Row._fields), dtype=object)
        return frame.set_axis([*Row._fields[:4], *self.names], axis=1)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What differs at the first moment, in words."""
        return tuple(_in_words(row, self.names) for row in self._rows)

    @cached_property
    def _rows(self) -> Sequence[Row]:
        return self._compared.rows()

    @cached_property
    def equity(self) -> pd.DataFrame:
        """Equity in dollars from the first moment on: a column per lab, and ``difference``, second less first. By time."""
        both = self._equity
        return both.iloc[0:0] if self.first is None else both.loc[self.first :]

    @cached_property
    def _equity(self) -> pd.DataFrame:
        both = self._together.equity
        more = both.iloc[:, 1] - both.iloc[:, 0]
        return pd.concat([both, more.rename("difference")], axis=1)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Orders sent or changed from the first moment on, side by side: columns are pairs of a field and a lab's name.

        The index is the strategy and the number within it. ``where`` is ``both``, or the lab that alone has it; ``differs``
        names what differs, "" where nothing does; fields are those of ``lab.orders``.
        """
        return order_table(self._sides, self._compared)

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Fills known from the first moment on, the same way; the index is strategy, number of the order, and of its fill."""
        return fill_table(self._sides, self._compared)

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Trades that ended from then on, and open ones, the same way; by strategy, number of the entry, and of its lot."""
        return trade_table(self._sides, self._compared)

    @cached_property
    def positions(self) -> pd.DataFrame:
        """What both hold at ``until``, side by side, by strategy and symbol."""
        return position_table(self._sides)

    @cached_property
    def stats(self) -> pd.DataFrame:
        """The statistics of both up to ``until``, a column each, as in ``result.stats``."""
        return self._together.stats

    @cached_property
    def settings(self) -> pd.DataFrame:
        """In what configs, strategies and sources differ, a row per setting and a column per lab."""
        return self._together.differences.drop(index="run.data_digest", errors="ignore")

    def plot(self) -> Figure:
        """Equity of both, and the difference; a line marks the first moment. Needs plotly."""
        from sessionlab.results.difference_figure import difference_figure

        return difference_figure(self, self._equity, self._sides)

    def __repr__(self) -> str:
        return "\n  ".join(["<" + self._head(), *self._lines()]) + ">"

    def _repr_html_(self) -> str:
        head = f"<p><b>{html.escape(self._head(), quote=False)}</b></p>"
        lines = "".join(f"<li>{html.escape(line, quote=False)}</li>" for line in self._lines())
        return head + (f"<ul>{lines}</ul>" if lines else "") + self._curves() + frame_page(self.stats.loc[list(_SHOWN_STATS)])

    def _curves(self) -> str:
        if self._equity.empty:
            return ""
        a, b = (self._equity.iloc[:, at] for at in (0, 1))
        told = [f"{name} {one.iloc[-1]:,.2f}" for name, one in zip(self.names, (a, b), strict=True)]
        curves = sparklines([a, b], f"equity of {' and of '.join(told)}", a.iloc[0])
        return below(curves, "equity", legend(told))

    def _head(self) -> str:
        a, b = self.names
        if self.first is None:
            return f"Difference of {a!r} and {b!r}: none up to {_clock(self.until)}"
        return f"Difference of {a!r} and {b!r}: from {_clock(self.first)} on, up to {_clock(self.until)}"

    def _lines(self) -> list[str]:
        lines = [] if self.same_family else [_strangers(self.data)]
        if self.first is not None:
            words = [_in_words(row, self.names) for row in self._rows if row.kind != "data"]
            told, more = words[:_TOLD_ROWS], len(words) - _TOLD_ROWS
            lines += [*told, *([f"and {more} more in .at_first"] if more > 0 else [])]
            last = self._equity.iloc[-1]
            lines.append(f"equity {last.iloc[0]:,.2f} | {last.iloc[1]:,.2f}, difference {last.iloc[2]:+,.2f}")
            lines += [line for line in (_counts("order", self.orders), _counts("fill", self.fills)) if line]
        rows = list(zip(self.settings.index, self.settings.to_numpy(), strict=True))
        lines += [f"{path}: {_cut(a)} | {_cut(b)}" for path, (a, b) in rows[:_TOLD_SETTINGS]]
        more = len(rows) - _TOLD_SETTINGS
        return [*lines, *([f"and {counted(more, 'setting')} more in .settings"] if more > 0 else [])]


def _in_words(row: Row, names: tuple[str, str]) -> str:
    about = " ".join(dict.fromkeys(part for part in (row.strategy, row.symbol, row.kind, row.what) if part))
    return f"{about}: {_told(row.a)} in {names[0]}, {_told(row.b)} in {names[1]}"


def _told(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, pd.Timestamp):
        return f"{value:%H:%M:%S}"
    return f"{value:,.10g}" if isinstance(value, float | np.floating) else str(value)


def _counts(thing: str, table: pd.DataFrame) -> str:
    where = table["where"].value_counts()
    different = int((table["differs"] != "").sum())
    alone = [f"{count:,} only in {name}" for name, count in where.items() if name != "both"]
    parts = [*alone, *([f"{different:,} different"] if different else [])]
    return f"{thing}s: {', '.join(parts)}" if parts else ""


def _strangers(data: pd.DataFrame) -> str:
    if data.empty:
        return "not of one family, but they stand on the same rows"
    series = dict.fromkeys(f"{symbol} {series}" for symbol, series in zip(data["symbol"], data["series"], strict=True))
    names = ", ".join(list(series)[:3]) + (", …" if len(series) > 3 else "")
    return f"not of one family: they stand on other rows of {names}, from {data['date'].min():%Y-%m-%d} on"


def _clock(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _cut(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
