"""Code of the user's as a text that can be kept and run again: a class or a function, with all that it needs.

A text is only taken where it is the very one that runs, and what cannot be had is said, never guessed.
"""

from __future__ import annotations

from sessionlab.engine.source_code.missing import Missing
from sessionlab.engine.source_code.strategy_source import StrategySource, source_of, strategy_from

__all__ = ["Missing", "StrategySource", "source_of", "strategy_from"]
