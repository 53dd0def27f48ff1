"""An indicator of the table, with all of its parameters: TA-Lib's or ours."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from sessionlab.config.indicator_check import params_problems
from sessionlab.config.indicator_table import INDICATORS, OURS
from sessionlab.config.problems import MISSING
from sessionlab.derive.indicators import talib_functions
from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.ours import NOT_A_NUMBER, OWN, Own
from sessionlab.derive.indicators.recipe import Outputs, Recipe, set_once
from sessionlab.derive.indicators.talib_functions import Params
from sessionlab.errors import ConfigError
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, TradingSession


class TableRecipe(Recipe):
    """``name`` with all of its ``params`` in the table's order; ``field`` is the series, None where none may be chosen.

    It is made by :func:`recipe_of`, which makes each only once.
    """

    __slots__ = ("_own", "field", "name", "params")

    name: str
    params: Params
    field: str | None
    _own: Own | None

    def __init__(self, name: str, interval: Interval | None, params: Params, field: str | None) -> None:
        text = _text(name, interval, params, field)
        set_once(self, name=name, interval=interval, params=params, field=field, text=text, _own=OWN.get(name))

    def on(self, interval: Interval) -> Recipe:
        """The same on bars of ``interval``."""
        if interval is self.interval:
            return self
        for problem in params_problems(INDICATORS[self.name], MISSING, dict(self.params), interval):
            raise ConfigError(f"{self} on {interval} bars: {problem}", indicator=str(self))
        return recipe_of(self.name, interval, self.params, self.field)

    def outputs(self, columns: Columns) -> Outputs:
        """Its series over ``columns``."""
        if self._own is None:
            return talib_functions.compute(self.name, self.params, self.field, columns)
        chosen = {} if self.field is None else {"field": self.field}
        return self._own.compute(columns, **dict(self.params), **chosen)

    @property
    def group(self) -> str:
        """What kind of indicator it is: TA-Lib's name for the group, or ours."""
        group = INDICATORS[self.name].group
        return "about sessions, ours" if group == OURS else f"{group}, TA-Lib"

    @property
    def needs(self) -> int:
        """How many bars it takes for a first number."""
        if self._own is None:
            return talib_functions.lookback(self.name, self.params) + 1
        return self._own.needs(**dict(self.params))

    def lacks(self, before: Sequence[TradingSession]) -> str:
        """Why there may be no number although there are as many bars as it needs; ``before`` are the sessions of its window."""
        if self._own is None:
            return NOT_A_NUMBER
        return self._own.lacks if isinstance(self._own.lacks, str) else self._own.lacks(before)

    def under(self, columns: Columns) -> Int64s:
        """Number of the first bar that stands under each value, int64 of shape (bars,)."""
        if self._own is None:
            return talib_functions.under(self.name, self.params, columns)
        return self._own.under(columns, **dict(self.params))

    def __reduce__(self) -> tuple[Any, ...]:
        return recipe_of, (self.name, self.interval, self.params, self.field)


_MADE: WeakValueDictionary[Any, TableRecipe] = WeakValueDictionary()
_LOCK = Lock()


def recipe_of(name: str, interval: Interval | None, params: Params, field: str | None) -> TableRecipe:
    """The one recipe of these. They are taken as checked."""
    key = name, interval, params, field
    with _LOCK:
        made = _MADE.get(key)
        if made is None:
            made = _MADE[key] = TableRecipe(*key)
        return made


def _text(name: str, interval: Interval | None, params: Params, field: str | None) -> str:
    """The period, the interval, and whatever is not as it is by itself: ``BBANDS(20, 5m, nbdevup=2.5)``."""
    lead = lead_of(name)
    facts = INDICATORS[name]
    said = [str(value) for param, value in params if param == lead]
    said += [str(interval)] if interval is not None else []
    said += [f"{param}={value}" for param, value in params if param != lead and value != facts.params[param]]
    said += [f"field={field}"] if field not in (None, "close") else []
    return f"{name}({', '.join(said)})"


def lead_of(name: str) -> str | None:
    """The parameter that comes first: the period, or the minutes of an opening range."""
    return next((param for param in INDICATORS[name].params if param in ("timeperiod", "minutes")), None)
