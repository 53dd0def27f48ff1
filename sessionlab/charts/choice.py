"""What a chart of a session shows: which symbols, in which intervals, with which indicators, and how they are arranged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.errors import ConfigError
from sessionlab.session.data import SessionData
from sessionlab.timing import Interval

MOST_SYMBOLS, MOST_INTERVALS = 4, 4
_BARS_OF_A_DAY = 400


def chosen_symbols(data: SessionData, symbols: str | Sequence[str] | None) -> list[str]:
    """One to four of the session; None: the first four. Raises :class:`ConfigError` for more or none.

    Raises :class:`NoDataError` for one that is not here.
    """
    names = [symbols] if isinstance(symbols, str) else list(data.symbols[:MOST_SYMBOLS] if symbols is None else symbols)
    if not 1 <= len(names) <= MOST_SYMBOLS:
        raise ConfigError(f"a chart shows one to {MOST_SYMBOLS} symbols, not {len(names)}; name those that you want to see")
    for name in names:
        data[name]  # says so where it is not here
    return names


def chosen_intervals(data: SessionData, symbol: str, interval: Any) -> list[Interval]:
    """One to four, as asked; None: the shortest planned one with no more than 400 bars a session."""
    if interval is None:
        planned = [Interval.parse(text) for text in data[symbol].intervals]
        short = (width for width in planned if data.session.expected(width) <= _BARS_OF_A_DAY)
        return [next(short, planned[-1])] if planned else [Interval.parse("1d")]
    given = [interval] if isinstance(interval, str | Interval) else list(interval)
    if not 1 <= len(given) <= MOST_INTERVALS:
        raise ConfigError(f"a chart shows one to {MOST_INTERVALS} intervals side by side, not {len(given)}")
    return [Interval.parse(one) for one in given]


def chosen_recipes(indicators: Recipe | Sequence[Recipe]) -> tuple[Recipe, ...]:
    """Indicators as recipes. Raises :class:`ConfigError` for what is none."""
    recipes = (indicators,) if isinstance(indicators, Recipe) else tuple(indicators)
    for recipe in recipes:
        if not isinstance(recipe, Recipe):
            raise ConfigError(f'{recipe!r} is no indicator; give recipes, as in indicators=[sl.EMA(9, "5m")]')
    return recipes


def side_by_side_at_most(cells: int, symbols: int) -> int:
    """How many cells stand in a row where there is room: the intervals of a symbol, else two symbols.

    >>> side_by_side_at_most(1, 1), side_by_side_at_most(3, 1), side_by_side_at_most(4, 4), side_by_side_at_most(4, 2)
    (1, 3, 2, 2)
    """
    return cells // symbols if cells > symbols else (1 if cells == 1 else 2)
