"""What the run costs, part by part: the engine's own timing, and what this picture costs it.

Told once a second at most while time is played, and whenever it stands still.
"""

from __future__ import annotations

import html
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.engine.metrics import COLUMNS, PARTS
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Told

if TYPE_CHECKING:
    from sessionlab.lab import Lab

EVERY_S = 1.0
ALWAYS = ("overruns", "backpressure")
"""Told also where there was none: that nobody was late is an answer."""


class TimingPart:
    """Tells of ``parts`` that happened and those of :data:`ALWAYS`, each as ``[name, what it is, *COLUMNS]`` of ``lab.timing``.

    None stands where nothing was timed.

    ``lag`` is as ``lab.lag`` has it: ``seconds`` behind, whether strategies sleep for it (``gated``), and the ``reason``.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._before: Standing | None = None
        self._again = True
        self._told: dict[str, Any] = {}
        self._told_at = 0.0
        self.owes = False

    def ask(self, what: Mapping[str, Any]) -> None:
        """Nothing of it can be chosen but to hear all again."""
        self._again = True

    def tell(self, standing: Standing) -> Told | None:
        """All parts, where any has changed."""
        fresh = self._again or not standing.goes_on_from(self._before)
        now = time.monotonic()
        pending = fresh or self.owes or standing != self._before
        self.owes = pending and not self._again and now - self._told_at < EVERY_S
        self._before = standing
        if self.owes or not pending:
            return None
        self._told_at, self._again = now, False
        facts = self.facts()
        if facts == self._told and not fresh:
            return None
        self._told = facts
        return Told(facts, fresh=fresh)

    def facts(self) -> dict[str, Any]:
        """As it stands now."""
        timing, lag = self._lab.timing, self._lab.lag
        rows = [[part, meaning, *map(_plain, timing[part].row())] for part, meaning in PARTS.items()]
        return {
            "parts": [row for row in rows if row[2] or row[0] in ALWAYS],
            "lag": {"seconds": round(lag.seconds, 3), "gated": lag.gated, "reason": lag.reason, "skipped": lag.skipped},
        }

    def still(self) -> str:
        """The parts as a table."""
        rows = [[name, *values] for name, _, *values in self.facts()["parts"]]
        head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in ("part", *COLUMNS))
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(_said(value))}</td>' for value in row)}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Timing(Surface):
    """What the engine of ``lab`` spends its time on, how far it lags, and what this picture costs."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"timing": TimingPart})


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _said(value: Any) -> str:
    return (
        "–"
        if value is None
        else f"{value:,.1f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else value
    )
