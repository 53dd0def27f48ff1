"""Which symbols a source has rows of, where it can tell."""

from __future__ import annotations

from typing import Any

from sessionlab.errors import BadDataError
from sessionlab.sources.protocol import Source, TellsHoldings, TellsQuoteKinds
from sessionlab.timing import TimeManager


def listed_symbols(source: Source) -> list[str] | None:
    """The symbols of ``source``, sorted; None where it has no list of them, which is a method ``symbols``."""
    ask: Any = getattr(source, "symbols", None)
    return sorted(ask()) if callable(ask) else None


def symbols_with_bars(source: Source, times: TimeManager) -> list[str] | None:
    """The same without those of which nothing but quotes is recorded."""
    listed = listed_symbols(source)
    if listed is None or not isinstance(source, TellsHoldings) or not isinstance(source, TellsQuoteKinds):
        return listed
    return [symbol for symbol in listed if not _has_quotes_alone(source, symbol, times)]


def _has_quotes_alone(source: TellsHoldings, symbol: str, times: TimeManager) -> bool:
    try:
        return {held.kind for held in source.holdings(symbol, times)} == {"quotes"}
    except BadDataError:  # who loads it is told why
        return False
