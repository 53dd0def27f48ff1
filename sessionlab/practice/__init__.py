"""Practice without knowing better: a session whose symbol, date, price level and volume are hidden until it is over."""

from __future__ import annotations

from sessionlab.practice.blind_lab import BlindLab
from sessionlab.practice.opening import blind
from sessionlab.practice.score import Score
from sessionlab.practice.truth import Truth

__all__ = ["BlindLab", "Score", "Truth", "blind"]
