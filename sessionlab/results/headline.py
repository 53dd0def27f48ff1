"""The few figures of a run that a list of many runs shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.results.data_tables import of_base

if TYPE_CHECKING:
    from sessionlab.results.run_result import RunResult

_TRADED = ("total_return", "sharpe", "max_drawdown", "trades", "ambiguous_fills", "rejected")
HEADLINE = ("sessions", "coverage", "gaps", *_TRADED)


def headline(result: RunResult) -> dict[str, float | int | None]:
    """``HEADLINE`` of ``result`` as JSON: fractions, but coverage in percent; None where there is none, as without trades.

    Gaps and coverage are those of the bars as stored, as in the first line of a result.

    >>> import sessionlab as sl
    >>> headline(sl.demo().run())["coverage"]
    100.0
    """
    quality = result.quality
    figures: dict[str, Any] = {
        "sessions": int(quality["date"].nunique()),
        "coverage": result.coverage,
        "gaps": int(((result.gaps["status"] == "absent") & of_base(result.gaps, result._series)).sum()),
    }
    stats: Any = result.stats if result.did_trade else {}
    return figures | {name: _plain(stats.get(name)) for name in _TRADED}


def _plain(value: Any) -> float | int | None:
    if value is None or pd.isna(value):
        return None
    return int(value) if isinstance(value, int) or value.__class__.__name__.startswith("int") else float(value)
