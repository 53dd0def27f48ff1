"""Practice without knowing the end: sessions whose symbol, date, price level and volume are hidden until they are revealed."""

from __future__ import annotations

from sessionlab.practice.blind_lab import BlindLab, blind
from sessionlab.practice.score import Score

__all__ = ["BlindLab", "Score", "blind"]
