"""The parts that a report is put together of: sections, tables, figures, words. Text of a run goes in as text alone.

What is already HTML is :class:`Markup`; everything else is escaped on its way in, so that no name, reason or tag is obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from sessionlab.markup.numbers import NONE, amount_text, price_text
from sessionlab.markup.text import Markup, escaped
from sessionlab.results.statistics import UNITS
from sessionlab.results.words import figure_text

_SIGNED = ("total_return", "pnl", "annual_return", "benchmark_return", "alpha")
_TALL, _SHORT, _LONG = 25, 12, 24
"""Rows of a table that scrolls; letters of a text that stands in one line, and of one that is given room."""


class Section(NamedTuple):
    """A part of the report under a heading; ``name`` is what its address ends in. What ``varies`` differs run by run."""

    name: str
    title: str
    body: Markup
    varies: bool = False


class Column(NamedTuple):
    """A column of a table: its heading, and the statistic that its values are written like, or ``text`` or ``stamp``."""

    title: str
    like: str = "text"


def text(value: Any) -> Markup:
    """``value`` as text of a page, unless it is HTML.

    >>> text("<b>AT&T</b>"), text(Markup("<b>"))
    ('&lt;b&gt;AT&amp;T&lt;/b&gt;', '<b>')
    """
    return escaped(value if isinstance(value, str) else str(value))


def joined(parts: Iterable[str]) -> Markup:
    """Parts of a page one after the other."""
    return Markup("".join(text(part) for part in parts))


def tag(name: str, *content: Any, **attributes: str) -> Markup:
    """An element. ``class_`` is ``class``, other underscores are dashes.

    >>> tag("p", "1 < 2", class_="fact")
    '<p class="fact">1 &lt; 2</p>'
    """
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{told}>{joined(content)}</{name}>")


def paragraph(*content: Any, quiet: bool = False) -> Markup:
    """A paragraph; a ``quiet`` one is a remark."""
    return tag("p", *content, class_="quiet") if quiet else tag("p", *content)


def details(summary: str, *content: Any, is_open: bool = False) -> Markup:
    """What can be folded away, and is, unless ``is_open``. What is folded is not printed."""
    return tag("details", tag("summary", summary), *content, **({"open": ""} if is_open else {}))


def block(code: str, label: str) -> Markup:
    """Lines of code or JSON as they are."""
    return tag("pre", tag("code", code), tabindex="0", role="region", aria_label=label)


def cell_text(value: Any, like: str) -> str:
    """A value of a table in words, a dash for none.

    >>> cell_text(0.0123, "total_return"), cell_text(float("nan"), "pnl"), cell_text(pd.Timestamp("2025-07-02 09:31"), "stamp")
    ('+1.23 %', '–', '2025-07-02 09:31:00')
    """
    if not isinstance(value, list | tuple) and pd.isna(value):
        return NONE
    if like == "stamp":
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if like == "price":
        return price_text(value)
    if like == "quantity":
        return amount_text(value)
    if like == "text" or UNITS[like] in ("words", "date"):
        return str(value) or NONE
    if UNITS[like] == "count":
        value = int(value)
    return figure_text(like, value)


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, most: int | None = None) -> Markup:
    """A table under its ``caption``; the first cell of each row is its heading. A long one scrolls.

    Of more than ``most`` rows the first are shown, and the caption says so.
    """
    rows = list(rows)
    if most is not None and len(rows) > most:
        caption, rows = f"{caption}; the first {most:,} of {len(rows):,}", rows[:most]
    numbers = [column.like not in ("text", "stamp") and UNITS.get(column.like) not in ("words", "date") for column in columns]
    head = joined(
        tag("th", column.title, scope="col", **({"class_": "n"} if is_number else {}))
        for column, is_number in zip(columns, numbers, strict=True)
    )
    body = joined(tag("tr", *_cells(row, columns, numbers)) for row in rows)
    made = tag("table", tag("caption", caption), tag("thead", tag("tr", head)), tag("tbody", body))
    return tag(
        "div", made, class_="table tall" if len(rows) > _TALL else "table", tabindex="0", role="region", aria_label=caption
    )


def frame_table(caption: str, frame: pd.DataFrame, columns: dict[str, Column], **how: Any) -> Markup:
    """The ``columns`` of ``frame``, by name, as a table; those that it lacks are left out."""
    names = [name for name in columns if name in frame]
    return table(caption, [columns[name] for name in names], zip(*(frame[name].tolist() for name in names), strict=True), **how)


def _cells(row: Sequence[Any], columns: Sequence[Column], numbers: Sequence[bool]) -> Iterable[Markup]:
    for at, (value, column, is_number) in enumerate(zip(row, columns, numbers, strict=True)):
        shown = value if isinstance(value, Markup) else cell_text(value, column.like)
        if column.like == "stamp":  # a line may end between date and time, and nowhere else
            shown = Markup(" ".join(tag("span", part, class_="whole") for part in shown.split()))
        looks = ["n"] if is_number else []
        if column.like in _SIGNED and not pd.isna(value) and value:
            looks.append("up" if value > 0 else "down")
        if column.like == "text" and len(shown) > _SHORT:
            looks.append("w" if len(shown) > _LONG else "m")
        attributes = {"class_": " ".join(looks)} if looks else {}
        yield tag("td", shown, **attributes) if at else tag("th", shown, scope="row", **attributes)


def tiles(figures: Iterable[tuple[str, str, str]]) -> Markup:
    """The figures that matter, each with its name and what else there is to say of it."""
    told = (
        tag("div", tag("dt", name), tag("dd", value, *([tag("small", more)] if more else []))) for name, value, more in figures
    )
    return tag("dl", *told, class_="tiles")


def pairs(figures: Iterable[tuple[str, str]], *, long: bool = False) -> Markup:
    """Names and values, in as many columns as there is room for; ``long`` ones in one."""
    return tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", value)) for name, value in figures),
        class_="pairs long" if long else "pairs",
    )


def figure(title: str, *content: Any, caption: str | Markup = "", data: str = "", kind: str = "") -> Markup:
    """Pictures with their title and caption; ``data`` is the JSON of what they show, for the script of the page."""
    kept = Markup(f'<script type="application/json">{data}</script>') if data else ""
    told = tag("figcaption", tag("strong", title), *([" ", caption] if caption else []))
    return tag("figure", told, *content, kept, **({"data_plot": kind} if kind else {}))
