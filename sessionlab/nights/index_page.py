"""The page of a night: how each report ended, its figures, and a link to it. It opens offline, and nothing in it runs."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from sessionlab.figure_look import GAIN, LOSS
from sessionlab.nights.job import BAD, GOOD
from sessionlab.nights.summary import Row, Summary
from sessionlab.results.statistics import UNITS
from sessionlab.results.words import figure_text

NAME = "index.html"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MARKS = {
    "ok": "✓",
    "unchanged": "=",
    "failed": "✗",
    "timeout": "✗",
    "died": "✗",
    "interrupted": "–",
    "running": "…",
    "waiting": "…",
}
_FIGURES = (
    ("total_return", "return"),
    ("sharpe", "Sharpe"),
    ("max_drawdown", "drawdown"),
    ("trades", "trades"),
    ("rejected", "rejected"),
    ("ambiguous_fills", "ambiguous"),
    ("sessions", "sessions"),
    ("coverage", "coverage"),
    ("gaps", "gaps"),
)
_MINOR = ("ambiguous_fills", "sessions", "gaps")
"""Of these a narrow window has no room."""
_STYLE = f"""
:root{{color-scheme:light dark;--ink:#1d2630;--soft:#5b6876;--line:#d9dee4;--page:#fff;--bad:{LOSS};--good:{GAIN}}}
@media(prefers-color-scheme:dark){{:root{{--ink:#e4e9ee;--soft:#9aa7b4;--line:#34404c;--page:#12181e}}}}
body{{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1200px}}
body{{margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.5rem;margin:0 0 .2rem}}p{{margin:.2rem 0 1rem;color:var(--soft)}}
.wide{{overflow-x:auto}}table{{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}}
th,td{{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}}
th{{font-weight:600;color:var(--soft);font-size:.85em}}
th:nth-child(-n+2),td:nth-child(-n+2){{text-align:left}}td.why{{text-align:left;white-space:normal;color:var(--bad);padding-top:0}}
tr.told td{{border-bottom:0}}a{{color:inherit}}
.bad{{color:var(--bad);font-weight:600}}.good{{color:var(--good)}}.soft{{color:var(--soft)}}
pre{{white-space:pre-wrap;margin:.3rem 0;color:var(--soft);font-size:.85em}}
@media(max-width:900px){{.minor{{display:none}}body{{font-size:14px}}th,td{{padding:.3rem .4rem}}}}
@media print{{body{{margin:0;max-width:none}}.wide{{overflow:visible}}tr{{break-inside:avoid}}}}
"""


def index_page(summary: Summary) -> str:
    """The page of ``summary``; what failed comes first, else the order is that of the jobs."""
    title = "Reports" if summary.date is None else f"Reports of {summary.date}"
    figures = [(name, label) for name, label in _FIGURES if any(row.figures.get(name) is not None for row in summary.rows)]
    heads = [_cell("th", ""), _cell("th", "report"), *(_cell("th", label, _kind(name)) for name, label in figures)]
    heads += [_cell("th", "seconds"), _cell("th", "made (UTC)", "minor")]
    rows = sorted(summary.rows, key=lambda row: row.status not in BAD)
    body = "".join(line for row in rows for line in _lines(row, [name for name, _ in figures], len(heads)))
    told = {"running": "still at work", "interrupted": "interrupted"}.get(summary.ending, "")
    words = f"{summary.words()}{f'; {told}' if told else ''}; {summary.seconds:,.1f} s; {summary.started:%Y-%m-%d %H:%M} UTC"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(words)}. "
        f'<a href="summary.json">summary.json</a></p>\n<div class="wide"><table><thead><tr>'
        f"{''.join(heads)}</tr></thead>\n<tbody>{body}</tbody></table></div></body></html>\n"
    )


def _lines(row: Row, shown: Sequence[str], columns: int) -> Iterator[str]:
    kind = "bad" if row.status in BAD else "good" if row.status in GOOD else "soft"
    name = html.escape(row.name)
    link = name if row.file is None else f'<a href="{quote(row.file)}">{name}</a>'
    cells = [_cell("td", f"{_MARKS[row.status]} {row.status}", kind), _cell("td", link)]
    cells += [_cell("td", _figure(name, row.figures.get(name)), _kind(name)) for name in shown]
    made = "" if row.made is None else row.made[:16].replace("T", " ")
    cells += [_cell("td", "" if row.seconds is None else f"{row.seconds:,.1f}"), _cell("td", html.escape(made), "minor")]
    told = ' class="told"' if row.error is not None else ""
    yield f"<tr{told}>{''.join(cells)}</tr>\n"
    if row.error is not None:
        at = "" if row.row is None else f" (row {row.row})"
        printed = f"<pre>{html.escape(row.printed.strip()[-600:])}</pre>" if row.printed and row.printed.strip() else ""
        yield f'<tr><td></td><td class="why" colspan="{columns - 1}">{html.escape(row.error)}{at}{printed}</td></tr>\n'


def _cell(name: str, content: str, kind: str = "") -> str:
    return f'<{name} class="{kind}">{content}</{name}>' if kind else f"<{name}>{content}</{name}>"


def _kind(figure: str) -> str:
    return "minor" if figure in _MINOR else ""


def _figure(name: str, value: float | int | None) -> str:
    if value is None:
        return ""
    return figure_text(name, value) if name in UNITS else f"{value:,}"  # gaps are no statistic of an account
