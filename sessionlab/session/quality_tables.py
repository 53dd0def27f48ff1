"""The tables of coverage and of gaps: frames like any other, but that a page shows a line below the number that matters.

What is made of them, also some of their rows, is a plain frame.
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


class QualityTable(pd.DataFrame):
    """A DataFrame of :data:`QUALITY_COLUMNS`; on a page coverage has a line below it, orange for what is absent."""

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def _repr_html_(self) -> str | None:
        page = _page(self, QUALITY_COLUMNS, {"coverage": _covered, "date": _date})
        return _plain_page(self) if page is None else page


class GapTable(pd.DataFrame):
    """A DataFrame of :data:`GAP_COLUMNS`; on a page the number of bars has a line, as long as it is of the longest gap."""

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def _repr_html_(self) -> str | None:
        most = max(self["count"], default=0) if "count" in self else 0
        page = _page(self, GAP_COLUMNS, {"count": lambda count: over_size(f"{count:,}", count / most)})
        return _plain_page(self) if page is None else page


def _page(frame: pd.DataFrame, known: tuple[str, ...], pictures: dict[str, Callable[[Any], str]]) -> str | None:
    """The frame as HTML with ``pictures`` in its cells; None for one that somebody made another table of."""
    is_ours = set(pictures) <= set(frame.columns) <= {*known, "part"} and frame.index.inferred_type == "integer"
    unnamed = frame.index.name is None and frame.columns.name is None
    if not (is_ours and unnamed and frame.columns.is_unique and pd.get_option("display.notebook_repr_html")):
        return None
    words = [name for name in frame if frame[name].dtype.kind not in "ifbM"]
    if set(words) & set(pictures):
        return None
    texts: dict[Any, Callable[[Any], str]] = {name: lambda text: escaped(str(text)) for name in words}
    is_long = len(frame) > (pd.get_option("display.max_rows") or len(frame))
    told = frame.to_html(
        border=0, escape=False, formatters=texts | pictures, max_rows=pd.get_option("display.min_rows") if is_long else None
    )
    return f"{told}<p>{len(frame):,} rows × {frame.shape[1]} columns</p>" if is_long else told


def _plain_page(frame: pd.DataFrame) -> str | None:
    """What pandas shows of a frame."""
    return pd.DataFrame._repr_html_(frame)  # type: ignore[attr-defined, no-any-return]  # not in its stubs


def _date(date: Any) -> str:
    return unbroken(f"{date:%Y-%m-%d}")


def _covered(percent: float) -> str:
    return over_share("–" if percent != percent else f"{percent:.2f} %", percent)
