"""The wrong ways in which people backtest, next to the honest one: how much of a result they make up."""

from __future__ import annotations

from sessionlab.wrong_ways.comparing import Pitfalls, pitfalls

__all__ = ["Pitfalls", "pitfalls"]
