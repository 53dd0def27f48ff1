"""Charts of the data of a session: what makes them is loaded when the first one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.charts import Chart
    from sessionlab.session.data import SessionData


def draw(data: SessionData, symbols: Any = None, interval: Any = None, **options: Any) -> Chart:
    """The chart of ``data``. See :func:`sessionlab.charts.session_chart`."""
    from sessionlab.charts import session_chart

    return session_chart(data, symbols, interval, **options)
