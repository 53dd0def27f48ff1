"""A result as a notebook shows it: the first line, a small curve of equity, the figures that matter, and the data under it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sessionlab.results.sparkline import sparkline
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.results.run_result import RunResult

SHOWN = (
    ("pnl", "annual_return", "annual_volatility", "sortino", "max_drawdown", "longest_drawdown_sessions"),
    ("win_rate", "profit_factor", "expectancy", "average_win", "average_loss", "average_holding"),
    ("exposure", "turnover", "fees", "slippage", "benchmark_return", "beta"),
)


def result_page(result: RunResult, summary: str) -> str:
    """The page of a result; ``summary`` is the table of its data, as HTML."""
    head = f"<p><b>{html.escape(repr(result)[1:-1], quote=False)}</b></p>"
    if not result.did_trade:
        return head + summary
    equity, cash = result.equity, result.traded.starting_cash
    curve = sparkline(equity, f"equity from {cash:,.2f} to {equity.iloc[-1]:,.2f}", cash) if len(equity) else ""
    stats = result.stats
    columns = [[(label, figure_text(label, stats[label])) for label in column] for column in SHOWN]
    worth = f"<p>{curve} {figure_text('starting_cash', cash)} → {figure_text('final_equity', stats['final_equity'])}</p>"
    return head + worth + grid(columns) + summary


def grid(columns: Sequence[Sequence[tuple[str, str]]]) -> str:
    """Labels and values beside each other, as many pairs in a row as there are columns."""
    rows = []
    for pairs in zip(*columns, strict=True):
        cells = (f'<th style="text-align:left">{_shown(label)}</th><td>{html.escape(value)}</td>' for label, value in pairs)
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def table(head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A table of text: a name and some cells in each row. Markup in them is shown, not obeyed."""
    names = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *head))
    body = ""
    for name, cells in rows:
        told = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        body += f'<tr><th style="text-align:left">{html.escape(name)}</th>{told}</tr>'
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def text_table(head: Sequence[str], rows: Mapping[str, Sequence[str]]) -> list[str]:
    """The same as lines of plain text, columns lined up."""
    first = max((len(name) for name in rows), default=0)
    widths = [max(len(name), *(len(cells[at]) for cells in rows.values())) for at, name in enumerate(head)]
    lines = [("", head), *rows.items()]
    return [
        f"  {name:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for name, cells in lines
    ]


def frame_page(frame: pd.DataFrame) -> str:
    """A frame of statistics, a column per run, as HTML."""
    rows = [
        (_shown(str(label)), [figure_text(str(label), value) for value in values])
        for label, values in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    return table([str(name) for name in frame.columns], rows)


def _shown(label: str) -> str:
    return label.replace("_", " ")
