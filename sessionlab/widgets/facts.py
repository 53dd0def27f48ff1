"""The lab in a few facts, for the line of words and for what every part needs: where it stands, and what it is doing.

Instants are ms since 1970 UTC; the zone is named, so a browser writes them as exchange time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.timing import Interval
from sessionlab.widgets.standing import Standing

if TYPE_CHECKING:
    from sessionlab.lab import Lab

MS = 1_000_000


def lab_facts(lab: Lab, standing: Standing, before: Standing | None) -> dict[str, Any]:
    """What changes with every move; of the session and the run only where ``before`` is of another one, or nothing was told."""
    engine = lab._engine
    pacing = lab.pacing
    facts: dict[str, Any] = {
        "now": standing.now_ns / MS,
        "clock": f"{lab.now:%H:%M:%S}",
        "state": lab.state,
        "playing": pacing.state == "playing",
        "why": pacing.why,
        "speed": pacing.speed,
        "lag": round(pacing.lag_seconds, 2),
    }
    if standing.goes_on_from(before):
        return facts
    session = lab.session
    intervals = {Interval.parse(one) for symbol in lab.symbols for one in lab.data[symbol].intervals}
    facts["run"] = {
        "number": engine.number + 1,
        "sessions": len(engine.sessions),
        "day": f"{session.date:%a} {session.date.day} {session.date:%b %Y}",
        "zone": session.tz,
        "spans": [[a / MS, b / MS] for a, b in session.spans],
        "early": session.is_early_close,
        "symbols": list(lab.symbols),
        "intervals": [str(one) for one in sorted(intervals)],
    }
    return facts
