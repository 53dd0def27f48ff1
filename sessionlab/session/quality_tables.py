"""The tables of coverage and of gaps: plain frames, but that a notebook shows a line below the number that matters.

They are of pandas' own class, since whoever compares two frames compares their classes too. So the page hangs on the one frame;
what is made of it, also some of its rows, is shown as pandas does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from sessionlab.markup.presence import over_share, over_size
from sessionlab.markup.tables import unbroken
from sessionlab.markup.text import escaped

QUALITY_COLUMNS = (
    "symbol", "interval", "date", "expected", "present", "coverage", "gap_count", "longest_gap", "off_session",
)  # fmt: skip
GAP_COLUMNS = ("symbol", "interval", "start", "end", "count", "status")


def quality_table(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame``, of :data:`QUALITY_COLUMNS`, on whose page coverage has a line below it, orange for what is absent."""
    return _with_page(frame, lambda own: _page(own, QUALITY_COLUMNS, {"coverage": _covered, "date": _date}))


def gap_table(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame``, of :data:`GAP_COLUMNS`, on whose page a number of bars has a line, as long as it is of the longest gap."""

    def long(own: pd.DataFrame) -> Callable[[Any], str]:
        return lambda count: over_size(f"{count:,}", count / own["count"].max())

    return _with_page(frame, lambda own: _page(own, GAP_COLUMNS, {"count": long(own)}))


def _with_page(frame: pd.DataFrame, page: Callable[[pd.DataFrame], str | None]) -> pd.DataFrame:
    """``frame`` with a page of its own, and pandas' where ``page`` gives none."""

    def shown() -> str | None:
        return page(frame) or pd.DataFrame._repr_html_(frame)  # type: ignore[attr-defined]  # not in its stubs

    object.__setattr__(frame, "_repr_html_", shown)
    return frame


def _page(frame: pd.DataFrame, known: tuple[str, ...], pictures: dict[str, Callable[[Any], str]]) -> str | None:
    """The frame as HTML with ``pictures`` in its cells; None for one that somebody made another table of."""
    is_ours = set(pictures) <= set(frame.columns) <= {*known, "part"} and frame.index.inferred_type == "integer"
    unnamed = frame.index.name is None and frame.columns.name is None
    if not (is_ours and unnamed and frame.columns.is_unique and pd.get_option("display.notebook_repr_html")):
        return None
    if any(frame[name].dtype.kind not in ("M" if name == "date" else "if") for name in pictures):
        return None
    words = [name for name in frame if frame[name].dtype.kind not in "ifbM"]
    texts: dict[Any, Callable[[Any], str]] = {name: lambda text: escaped(str(text)) for name in words}
    is_long = len(frame) > (pd.get_option("display.max_rows") or len(frame))
    told = frame.to_html(
        border=0, escape=False, formatters=texts | pictures, max_rows=pd.get_option("display.min_rows") if is_long else None
    )
    return f"{told}<p>{len(frame):,} rows × {frame.shape[1]} columns</p>" if is_long else told


def _date(date: Any) -> str:
    return "–" if date is pd.NaT else unbroken(f"{date:%Y-%m-%d}")


def _covered(percent: float) -> str:
    return over_share("–" if percent != percent else f"{percent:.2f} %", percent)
