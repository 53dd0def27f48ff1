"""Charts of a session are asked of its data and made above it: the engine says by whom.

A chart shows what its data shows, so it is always as of now.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sessionlab.session.data import SessionData


class Picture(Protocol):
    """A chart: it shows itself in notebooks. See :class:`sessionlab.charts.Chart`."""

    @property
    def svg(self) -> str:
        """The drawing as SVG text."""
        ...

    def save(
        self,
        path: str | PathLike[str],
        *,
        width: int | None = None,
        height: int | None = None,
        theme: str | None = None,
        scale: float = 1.0,
    ) -> Path:
        """Write the drawing to ``path``, which ends in ``.svg`` or ``.png``."""
        ...


class Drawer(Protocol):
    """Who makes charts of ``data``."""

    def __call__(self, data: SessionData, symbols: Any = None, interval: Any = None, **options: Any) -> Picture:
        """The chart. See :func:`sessionlab.charts.session_chart`."""
        ...
