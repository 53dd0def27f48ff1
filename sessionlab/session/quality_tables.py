"""The tables of coverage and of gaps: frames like any other, but that a page shows a bar beside the number that matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from sessionlab.markup.presence import share_bar, size_bar
from sessionlab.markup.text import escaped

QUALITY_COLUMNS = (
    "symbol", "interval", "date", "expected", "present", "coverage", "gap_count", "longest_gap", "off_session",
)  # fmt: skip
GAP_COLUMNS = ("symbol", "interval", "start", "end", "count", "status")
_WORDS = ("symbol", "interval", "status", "part")


class QualityTable(pd.DataFrame):
    """A DataFrame of :data:`QUALITY_COLUMNS`; on a page coverage has a bar, orange where bars are absent."""

    @property
    def _constructor(self) -> Callable[..., QualityTable]:
        return QualityTable

    def _repr_html_(self) -> str | None:
        page = _page(self, QUALITY_COLUMNS, {"coverage": _covered})
        return _plain_page(self) if page is None else page


class GapTable(pd.DataFrame):
    """A DataFrame of :data:`GAP_COLUMNS`; on a page the number of bars has a bar, as long as it is of the longest gap."""

    @property
    def _constructor(self) -> Callable[..., GapTable]:
        return GapTable

    def _repr_html_(self) -> str | None:
        most = max(self["count"], default=0) if "count" in self else 0
        page = _page(self, GAP_COLUMNS, {"count": lambda count: f"{size_bar(count / most)}&nbsp;{count:,}"})
        return _plain_page(self) if page is None else page


def _page(frame: pd.DataFrame, known: tuple[str, ...], pictures: dict[str, Callable[[Any], str]]) -> str | None:
    """The frame as HTML with ``pictures`` in its cells; None for one that somebody made another table of."""
    is_ours = set(pictures) <= set(frame.columns) <= {*known, "part"} and frame.index.inferred_type == "integer"
    if not is_ours or not frame.columns.is_unique or not pd.get_option("display.notebook_repr_html"):
        return None
    words: dict[Any, Callable[[Any], str]] = {name: lambda text: escaped(str(text)) for name in _WORDS if name in frame}
    is_long = len(frame) > (pd.get_option("display.max_rows") or len(frame))
    told = frame.to_html(
        border=0, escape=False, formatters=words | pictures, max_rows=pd.get_option("display.min_rows") if is_long else None
    )
    return f"{told}<p>{len(frame):,} rows × {frame.shape[1]} columns</p>" if is_long else told


def _plain_page(frame: pd.DataFrame) -> str | None:
    """What pandas shows of a frame."""
    return pd.DataFrame._repr_html_(frame)  # type: ignore[attr-defined, no-any-return]  # not in its stubs


def _covered(percent: float) -> str:
    return "–" if percent != percent else f"{share_bar(percent)}&nbsp;{percent:.2f}&nbsp;%"
