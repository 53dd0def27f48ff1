"""The blotter: orders, fills, positions and rejections, with the reasons; and a look back at the moment of any of them.

It tells rows that are new or have changed, a few times a second at most: what it holds back for a moment it still owes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.charts import session_chart
from sessionlab.errors import ConfigError
from sessionlab.widgets.blotter_rows import TABS, Row
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.still import still_table
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Told
from sessionlab.widgets.unhurried import Unhurried

if TYPE_CHECKING:
    from sessionlab.engine.desk import Desk
    from sessionlab.lab import Lab

MOST = 200
"""Rows that are shown at most; the browser says of how many."""
_LOOK_WIDTH, _LOOK_HEIGHT = 640, 300
_STILL = 20


class BlotterPart(Unhurried):
    """Tells of one tab, with the rows that the filter lets through.

    ``rows`` are new or changed ones, ``keys`` all that are shown, in order; ``of`` how many there are, ``counts`` of each tab.
    """

    every_s = 0.25

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._tab, self._words = "orders", ""
        self._before: Standing | None = None
        self._sent: dict[str, Row] = {}
        self._keys: list[str] = []
        self._told_counts: dict[str, int] = {}
        self._look: dict[str, Any] | None = None

    def ask(self, what: Mapping[str, Any]) -> None:
        """Another ``tab``, another filter (``words``), or a look back at ``look``: ``{"at": ms, "symbol": …}``."""
        if "look" in what:
            self._look = None if what["look"] is None else self._looked(**what["look"])
            return
        tab = what.get("tab", self._tab)
        if tab not in TABS:
            raise ConfigError(f"the blotter has no tab {tab!r}; there are {', '.join(TABS)}", tab=tab)
        self._tab, self._words = tab, str(what.get("words", self._words))
        self._before = None

    def tell(self, standing: Standing) -> Told | None:
        """What of the tab is new."""
        look, self._look = self._look, None
        fresh = not standing.goes_on_from(self._before)
        if not self._is_due(changed=standing != self._before, at_once=fresh):
            return None if look is None else Told({"look": look})
        if fresh:
            self._sent, self._keys, self._told_counts = {}, [], {}
        self._before = standing
        facts = self._news() | ({} if look is None else {"look": look})
        return Told(facts, fresh=fresh) if facts or fresh else None

    def still(self) -> str:
        """What is held, and the last orders."""
        desk = self._lab._engine.desk
        parts = [
            _first_rows("positions", desk, ("strategy", "symbol", "quantity", "average", "price", "unrealized")),
            _first_rows("orders", desk, ("id", "symbol", "side", "type", "quantity", "status", "reason", "strategy")),
        ]
        return "".join(parts) if any(parts) else "<p>No orders yet.</p>"

    def _news(self) -> dict[str, Any]:
        desk = self._lab._engine.desk
        words = self._words.lower().split()
        matching = [row for row in TABS[self._tab](desk) if _matches(row, words)] if words else None
        rows = list(islice(TABS[self._tab](desk), MOST)) if matching is None else matching[:MOST]
        counts = self._counts()
        changed = [row for row in rows if self._sent.get(row["key"]) != row]
        keys = [row["key"] for row in rows]
        if not changed and keys == self._keys and counts == self._told_counts:
            return {}
        self._told_counts = counts
        self._sent, self._keys = {row["key"]: row for row in rows}, keys
        of = counts[self._tab] if matching is None else len(matching)
        return {"tab": self._tab, "words": self._words, "rows": changed, "keys": keys, "of": of, "counts": counts}

    def _counts(self) -> dict[str, int]:
        desk = self._lab._engine.desk
        held = sum(1 for _ in TABS["positions"](desk))
        refused = sum(1 for one in desk.orders if one.is_rejected)
        return {"orders": len(desk.orders), "fills": len(desk.fills), "positions": held, "rejections": refused}

    def _looked(self, at: float, symbol: str) -> dict[str, Any]:
        """What was known at ``at`` (ms) of ``symbol``: the clock of the lab stays where it is."""
        moment = pd.Timestamp(int(at), unit="ms", tz="UTC").tz_convert(self._lab.session.tz)
        data = self._lab.data.as_of(moment)
        picture = session_chart(data, symbol, fills=self._lab.fills, orders=self._lab.orders)
        day, coverage = data[symbol].day, data[symbol].coverage
        svgs = {
            theme: base64.b64encode(picture.to_svg(width=_LOOK_WIDTH, height=_LOOK_HEIGHT, theme=theme).encode()).decode()
            for theme in ("light", "dark")
        }
        covered = "" if coverage is None else f", coverage {coverage:.2f} %"
        last = (
            "no bar of that day was known" if day.last != day.last else f"last {day.last:,.2f}, volume {day.volume:,.0f}{covered}"
        )
        return {"at": at, "when": f"{data.now:%Y-%m-%d %H:%M:%S}", "symbol": symbol, "words": last, "svg": svgs}


class Blotter(Surface):
    """Orders, fills, positions and rejections of ``lab``, with a filter; a click looks back, a button goes back."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"blotter": BlotterPart})


def _matches(row: Row, words: list[str]) -> bool:
    said = " ".join(str(value) for value in row.values()).lower()
    return all(word in said for word in words)


def _first_rows(tab: str, desk: Desk, columns: tuple[str, ...]) -> str:
    shown = islice(TABS[tab](desk), _STILL)
    return still_table(columns, ([_said(row[name]) for name in columns] for row in shown), caption=tab)


def _said(value: Any) -> str:
    return "" if value is None else f"{value:,.10g}" if isinstance(value, float) else str(value)
