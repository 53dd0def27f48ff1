"""What the run costs, part by part: the engine's own timing, and what this picture costs it.

Told once a second at most while time is played, and whenever it stands still.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.engine.metrics import COLUMNS, PARTS
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.still import still_table
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Told
from sessionlab.widgets.unhurried import Unhurried

if TYPE_CHECKING:
    from sessionlab.lab import Lab

ALWAYS = ("overruns", "backpressure")
"""Told also where there was none: that nobody was late is an answer."""


class TimingPart(Unhurried):
    """Tells of ``parts`` that happened and those of :data:`ALWAYS`, each as ``[name, what it is, *COLUMNS]`` of ``lab.timing``.

    None stands where nothing was timed.

    ``lag`` is as ``lab.lag`` has it: ``seconds`` behind, whether strategies sleep for it (``gated``), and the ``reason``.
    """

    every_s = 1.0

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._before: Standing | None = None
        self._again = True
        self._told: dict[str, Any] = {}

    def ask(self, what: Mapping[str, Any]) -> None:
        """Nothing of it can be chosen but to hear all again."""
        self._again = True

    def tell(self, standing: Standing) -> Told | None:
        """All parts, where any has changed."""
        fresh = self._again or not standing.goes_on_from(self._before)
        is_due = self._is_due(changed=fresh or standing != self._before, at_once=self._again)
        self._before = standing
        if not is_due:
            return None
        self._again = False
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
        rows = ([name, *map(_said, values)] for name, _, *values in self.facts()["parts"])
        return still_table([name.replace("_", " ") for name in ("part", *COLUMNS)], rows)


class Timing(Surface):
    """What the engine of ``lab`` spends its time on, how far it lags, and what this picture costs."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"timing": TimingPart})


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _said(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
