"""What a check found: a table with a row per symbol, interval and day, and what follows from it.

It is made of columns and stays as it is; sentences and pictures are made when somebody looks.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.checks.findings import tell, tell_quotes
from sessionlab.checks.measure import COLUMNS, Example, Measured
from sessionlab.checks.quotes import QuoteDays, quote_table
from sessionlab.markup.text import counted
from sessionlab.session.quality import gap_frame
from sessionlab.timing import TimeManager

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COUNTED = ("duplicates", "not_a_number", "bad_price", "high_below_low", "negative_volume", "off_grid", "known_early", "outside")
_TOLD = 12


class DataCheck:
    """How complete and how sound stored data is.

    ``table`` (also ``frame``) has a row per symbol, interval and day: ``expected``, ``present``, ``coverage`` in percent,
    ``gap_count``, ``longest_gap`` in bars, ``off_session`` rows; counts of rows that were refused, by kind, and of those
    ``out_of_order``, which are sorted in; ``flat_runs`` of identical bars and the ``longest_flat`` in bars;
    ``split_like_jumps``; the start of the ``heavy_bar`` with the day's greatest volume, ``heavy_at`` ``open``, ``close``,
    ``session`` or ``off_session``, and ``volume_fit``, the correlation of volume with what the calendar lets one expect;
    ``end_labelled``, and ``hours_late``, by which the stamps seem to be late (0 for none).

    ``quotes`` has a row per symbol, kind and day of recorded quotes: ``quotes`` of the date, those ``in_session``; how many are
    ``one_sided``, ``crossed``, ``locked``, of the date and ``_in_session``; refused ones by kind; the median ``spread_bps`` of
    usable ones in the session, and the ``longest_silence`` in it, in seconds. The closing instant is of the session here.

    ``examples`` tells the first of each kind on each day; ``missing`` why nothing was checked of a symbol or a series;
    ``built`` from which stored interval a series is built that is not stored itself; ``calendar`` the calendar's name.
    """

    def __init__(
        self,
        name: str,
        times: TimeManager,
        pieces: Sequence[Measured],
        quotes: Sequence[QuoteDays],
        missing: Mapping[str, str],
        built: Mapping[str, str],
        known_splits: Mapping[tuple[str, np.datetime64], float],
    ) -> None:
        self.name = name
        self.calendar = times.calendar_name
        self.missing = dict(missing)
        self.built = dict(built)
        self.table = _table(pieces, times.tz)
        self.quotes = quote_table(quotes)
        self._tz = times.tz
        self._kept = [piece.kept for piece in pieces]
        self._examples = [example for piece in pieces for example in piece.examples]
        self._quote_examples = [example for some in quotes for example in some.examples]
        self._coverage_then = np.concatenate([piece.coverage_then for piece in pieces])
        self._known_splits = dict(known_splits)
        self._told = [np.concatenate([piece.told[at] for piece in pieces]) for at in (0, 1)]

    @property
    def frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    @cached_property
    def examples(self) -> pd.DataFrame:
        """What is wrong, by day: ``symbol interval date kind count first``; ``first`` tells the first of them in words."""
        rows = [(*one[:5], one.told(self._tz)) for one in (*self._examples, *self._quote_examples)]
        frame = pd.DataFrame(rows, columns=["symbol", "interval", "date", "kind", "count", "first"])
        frame["date"] = pd.to_datetime(frame["date"]).dt.as_unit("ns")
        return frame.astype({"count": "int64"} | dict.fromkeys(("symbol", "interval", "kind", "first"), "str"))

    @cached_property
    def findings(self) -> tuple[str, ...]:
        """What is wrong in plain sentences, the worst first; one for each kind, symbol and interval. Empty where nothing is."""
        by_series: dict[tuple[str, str], list[Example]] = {}
        for example in self._examples:
            by_series.setdefault((example.symbol, example.interval), []).append(example)
        told = tell(self.table, self._coverage_then, by_series, self.missing, self.built, self._known_splits, self._tz)
        told += tell_quotes(self.quotes, self._quote_examples, self._tz)
        return tuple(one.sentence for one in sorted(told, key=lambda one: (one.rank, -one.share)))

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """All runs of bars that are absent (if built: incomplete): ``symbol interval start end count status``, as a lab's."""
        return gap_frame((series for kept in self._kept for series in kept.series()), self._tz)

    @property
    def told(self) -> pd.DataFrame:
        """``hours label``: of each row of the table, whether the day tells the hours of its stamps, and their label, at all.

        A day that tells neither (few rows, or none in trading hours) is never suspected: it is not known to be right either.
        """
        return pd.DataFrame({"hours": self._told[0], "label": self._told[1]}, index=self.table.index)

    @property
    def coverage(self) -> float | None:
        """100 x present / expected over everything in the table; None where nothing was expected."""
        expected = int(self.table["expected"].sum())
        return 100.0 * int(self.table["present"].sum()) / expected if expected else None

    def below(self, percent: float) -> pd.DataFrame:
        """The rows of the table whose coverage is below ``percent``, the lowest first."""
        rows = self.table[self.table["coverage"] < percent]
        return rows.sort_values("coverage", kind="stable")

    def worst(self, n: int = 20) -> pd.DataFrame:
        """The ``n`` worst rows of the table in which anything is wrong.

        Days whose stamps are suspected come first, then by what is wrong of what was expected: bars that are absent, rows
        refused, flat runs and jumps.
        """
        table = self.table
        suspected = table["end_labelled"] | (table["hours_late"] != 0)
        counted = [name for name in table.columns if name in _COUNTED or name not in COLUMNS]
        wrong = table["expected"] - table["present"] + table[counted].sum(axis=1) + table["out_of_order"]
        wrong += table["flat_runs"] + table["split_like_jumps"] + table["unreadable"]
        share = wrong / table["expected"].clip(lower=1)
        order = np.lexsort((-wrong.to_numpy(), -share.to_numpy(), ~suspected.to_numpy()))
        bad = (suspected | (wrong > 0)).to_numpy()[order]
        return table.iloc[order[bad][:n]]

    def plot(self) -> Figure:
        """A heat map of coverage: a row per symbol and interval, a column per day. Needs plotly."""
        from sessionlab.checks.heat_map import heat_map

        return heat_map(self)

    def __repr__(self) -> str:
        table = self.table
        covered = "nothing expected" if self.coverage is None else f"coverage {self.coverage:.2f} %"
        days = table["date"].nunique()
        symbols = table["symbol"].nunique()
        quotes = f", {int(self.quotes['quotes'].sum()):,} quotes" if len(self.quotes) else ""
        head = (
            f"<DataCheck of {self.name}: {counted(symbols, 'symbol')}, {counted(days, 'day')}, "
            f"{covered} of {int(table['expected'].sum()):,} bars{quotes}, {_findings(len(self.findings))}>"
        )
        return "\n".join([head, *(f"  {sentence}" for sentence in self._some())])

    def _repr_html_(self) -> str:
        head, *_ = repr(self).splitlines()
        told = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self._some())
        worst = self.worst(5)
        wrong = [name for name in worst.columns if name not in ("heavy_bar", "volume_fit") and not _is_blank(worst[name])]
        rows = worst[wrong].to_html(border=0, index=False, float_format=lambda x: f"{x:,.2f}") if len(worst) else ""
        return f"<p><b>{html.escape(head[1:-1])}</b></p><ul>{told}</ul>{rows}"

    def _some(self) -> list[str]:
        """The findings that a repr has room for."""
        told = list(self.findings[:_TOLD])
        further = len(self.findings) - len(told)
        return [*told, f"and {further:,} more in .findings"] if further else told


def _table(pieces: Sequence[Measured], tz: str) -> pd.DataFrame:
    """One frame of all pieces. Columns get their types one by one: casting a frame costs more than the whole check of a day."""
    further = list(dict.fromkeys(kind for piece in pieces for kind in piece.others))
    at = COLUMNS.index("flat_runs")
    columns: dict[str, Any] = {}
    for name in (*COLUMNS[:at], *further, *COLUMNS[at:]):
        if name in further:
            parts = [piece.others.get(name, np.zeros(len(piece.coverage_then), dtype=np.int64)) for piece in pieces]
        else:
            parts = [np.asarray(piece.columns[name]) for piece in pieces]
        column = np.concatenate(parts)
        if name == "date":
            columns[name] = pd.DatetimeIndex(column.astype("M8[ns]"))
        elif name == "heavy_bar":  # its NEVER is what NaT is in int64
            columns[name] = pd.DatetimeIndex(column.view("M8[ns]"), tz="UTC").tz_convert(tz)
        else:
            columns[name] = pd.array(column, dtype="str") if column.dtype.kind in "OU" else column
    return pd.DataFrame(columns)


def _findings(count: int) -> str:
    return "nothing found" if count == 0 else counted(count, "finding")


def _is_blank(column: pd.Series[Any]) -> bool:
    return column.dtype.kind in "bif" and not column.fillna(0).any()
