"""Lines and tables of a page, and the same as plain text. What people wrote is shown in them, and never obeyed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sessionlab.figure_look import GAIN, LOSS
from sessionlab.markup.text import Markup, escaped

LEFT = ' style="text-align:left"'
MOST_ROWS = 20
"""So many rows of a long table are shown."""


def line(bold: str, *more: str) -> Markup:
    """A line that begins in bold; its parts have a dot between them, and empty ones are left out.

    >>> line("R&D", "5m", "", "3 bars")
    '<p style="overflow-wrap:anywhere"><b>R&amp;D</b> · 5m · 3 bars</p>'
    """
    parts = [Markup(f"<b>{escaped(bold)}</b>"), *(escaped(part) for part in more if part)]
    return Markup(f'<p style="overflow-wrap:anywhere">{" · ".join(parts)}</p>')


def below(*parts: str) -> Markup:
    """Parts in a line of their own, beside each other as far as there is room; none where all are empty."""
    told = "&ensp;".join(escaped(part) for part in parts if part)
    return Markup(f"<p>{told}</p>" if told else "")


def stacked(*parts: str) -> Markup:
    """Pictures of one width, each below the other; none where all are empty."""
    told = "<br>".join(escaped(part) for part in parts if part)
    return Markup(f"<p>{told}</p>" if told else "")


def table(head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], *, left: Iterable[int] = ()) -> Markup:
    """A table of text: a name and some cells in each row; the columns ``left``, counted from 0 after the name, are of words."""
    words = frozenset(left)
    names = "".join(f"<th{LEFT if at - 1 in words else ''}>{escaped(name)}</th>" for at, name in enumerate(("", *head)))
    body = ""
    for name, cells in rows:
        told = "".join(f"<td{LEFT if at in words else ''}>{escaped(cell)}</td>" for at, cell in enumerate(cells))
        body += f"<tr><th{LEFT}>{escaped(name)}</th>{told}</tr>"
    return Markup(f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>")


def rest_of(count: int, things: str, where: str) -> Markup:
    """What is said below a table of the first :data:`MOST_ROWS` of ``count`` things, all of which are at ``where``."""
    return Markup() if count <= MOST_ROWS else below(f"the first {MOST_ROWS} of {count:,} {things}; all: {where}")


def grid(columns: Sequence[Sequence[tuple[str, str]]]) -> Markup:
    """Labels and values beside each other, as many pairs in a row as there are columns."""
    rows = []
    for pairs in zip(*columns, strict=True):
        cells = (f"<th{LEFT}>{escaped(label)}</th><td>{unbroken(value)}</td>" for label, value in pairs)
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return Markup(f"<table>{''.join(rows)}</table>")


def text_table(head: Sequence[str], rows: Mapping[str, Sequence[str]]) -> list[str]:
    """The same as :func:`table` as lines of plain text, columns lined up."""
    first = max((len(name) for name in rows), default=0)
    widths = [max(len(name), *(len(cells[at]) for cells in rows.values())) for at, name in enumerate(head)]
    lines = [("", head), *rows.items()]
    return [
        f"  {name:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for name, cells in lines
    ]


def signed(text: str, value: float) -> Markup:
    """``text`` in blue where ``value`` is above 0, in orange where it is below: the sign in the text says the same."""
    if not value:
        return escaped(text)
    return Markup(f'<span style="color:{GAIN if value > 0 else LOSS}">{escaped(text)}</span>')


def unbroken(text: str) -> Markup:
    """The same text, in one line wherever it stands."""
    return Markup(f'<span style="white-space:nowrap">{escaped(text)}</span>')
