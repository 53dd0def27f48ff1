"""An axis on which sessions are evenly spaced: nights, breaks and days without a session take no room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sessionlab.tape.block import Float64s

_MOST_LABELS = 8


class SessionAxis:
    """The axis of moments, of which ``dates`` are the sessions, in order; shape (moments,).

    ``x`` are their places: session n, counted from 0, reaches from n to n + 1.
    """

    def __init__(self, dates: pd.DatetimeIndex) -> None:
        codes, sessions = pd.factorize(dates)
        self.sessions = pd.DatetimeIndex(sessions)
        count = np.bincount(codes, minlength=len(self.sessions))
        first = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else np.zeros(0, dtype=np.int64)
        self.x: Float64s = codes + (np.arange(len(codes)) - first[codes]) / np.maximum(count[codes] - 1, 1)

    @property
    def middles(self) -> Float64s:
        """Where the middle of each session is, shape (sessions,)."""
        return np.arange(len(self.sessions), dtype=np.float64) + 0.5

    def layout(self) -> dict[str, Any]:
        """What plotly's axis needs to show some of the dates."""
        every = -(-len(self.sessions) // _MOST_LABELS) if len(self.sessions) else 1
        labels = self.sessions.strftime("%Y-%m-%d").tolist()[::every]
        return {
            "tickmode": "array",
            "tickvals": self.middles[::every].tolist(),
            "ticktext": labels,
            "range": [0, max(len(self.sessions), 1)],
            "zeroline": False,
        }
