"""A recipe: the frozen description of an indicator. Equal ones are one object, so they are looked up by identity.

A recipe holds no rows. What it makes of a telling's rows hangs on that telling, so no two symbols, intervals or labs
ever share anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from sessionlab.derive.indicators.columns import Columns
from sessionlab.errors import ConfigError
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval, TradingSession

Outputs = Mapping[str, Float64s]
"""An indicator's series by name, each float64 of shape (bars,)."""

TAKEN = frozenset("all complete frame history index interval last ready recipe tail unadjusted values why".split())  # noqa: SIM905
"""What a view of an indicator is asked for beside its outputs; no output may be called so."""


class Recipe(ABC):
    """What an indicator is made of and how. ``interval`` None stands for the finest stored bars of a symbol.

    ``str`` gives its name: ``EMA(9, 5m)``.
    """

    __slots__ = ("__weakref__", "interval", "text")

    interval: Interval | None
    text: str

    names_when_called = False
    """Whether its outputs may have other names than it seems before the first bar."""

    @abstractmethod
    def on(self, interval: Interval) -> Recipe:
        """The same on bars of ``interval``."""

    @abstractmethod
    def outputs(self, columns: Columns) -> Outputs:
        """Its series over ``columns``; what stands at a bar depends on that bar and on earlier ones alone."""

    @property
    @abstractmethod
    def needs(self) -> int:
        """How many bars it takes for a first number."""

    @abstractmethod
    def lacks(self, before: Sequence[TradingSession]) -> str:
        """Why there may be no number although there are as many bars as it needs; ``before`` are the sessions of its window."""

    @abstractmethod
    def under(self, columns: Columns) -> Int64s:
        """Number of the first bar that stands under each value, int64 of shape (bars,)."""

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise ConfigError(f"{self} never changes, so {name} cannot be set; make another", field=name)

    def __copy__(self) -> Recipe:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Recipe:
        return self

    @abstractmethod
    def __reduce__(self) -> tuple[Any, ...]: ...

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.text}>"


def set_once(recipe: Recipe, **values: Any) -> None:
    """Give a new recipe its ``values``."""
    for name, value in values.items():
        object.__setattr__(recipe, name, value)


def last_bars(columns: Columns, count: int) -> Int64s:
    """The bar itself and those before it, ``count`` in all."""
    return np.maximum(np.arange(len(columns)) - (count - 1), 0)


def every_bar(columns: Columns, **params: Any) -> Int64s:
    """All bars up to the bar itself."""
    return np.zeros(len(columns), dtype=np.int64)


def bars_of_session(columns: Columns, **params: Any) -> Int64s:
    """Those of the session, up to the bar itself."""
    return columns.first


def bars_of_two_sessions(columns: Columns, **params: Any) -> Int64s:
    """Those of the session before, and of the session up to the bar itself."""
    edges = np.array([0, *columns.edges[:-1]], dtype=np.int64)
    return edges[columns.session]
