"""The functions that give recipes: ``sl.EMA`` and all others of the table, and ``sl.talib`` for TA-Lib's by name.

Asking for the same again gives the same object, so a strategy may ask at every bar.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.config.indicator_check import name_problem, params_problems
from sessionlab.config.indicator_table import INDICATORS, OURS, REFUSED
from sessionlab.config.problems import MISSING, Problem
from sessionlab.derive.indicators.ours import OWN
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.derive.indicators.table_recipe import TableRecipe, lead_of, recipe_of
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

if TYPE_CHECKING:
    from sessionlab.config.session_data import SessionIndicator

_ABBREVIATIONS = ("VWAP", "TWAP")


def names_in_code() -> dict[str, str]:
    """What ``sl.`` calls the indicators: TA-Lib's in capitals, ours as words; each with its name in the table.

    >>> names = names_in_code()
    >>> names["EMA"], names["OpeningRange"], names["VWAP"]
    ('EMA', 'OPENING_RANGE', 'VWAP')
    """
    in_capitals = [name for name, facts in INDICATORS.items() if facts.group != OURS]
    return {name: name for name in (*in_capitals, *REFUSED)} | {_in_code(name): name for name in OWN}


def _in_code(name: str) -> str:
    if name in _ABBREVIATIONS or name not in OWN:
        return name
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def maker(name: str) -> Callable[..., Recipe]:
    """The function behind ``sl.NAME``.

    >>> maker("EMA")(9, "5m") is maker("EMA")(timeperiod=9, interval="5m")
    True
    >>> maker("BBANDS")(20, "5m", nbdevup=2.5), maker("VWAP")(), maker("OPENING_RANGE")(15)
    (<BBANDS(20, 5m, nbdevup=2.5)>, <VWAP()>, <OPENING_RANGE(15)>)
    """

    def make(*given: Any, **named: Any) -> Recipe:
        return _recipe(name, given, named)

    make.__name__ = make.__qualname__ = _in_code(name)
    make.__doc__ = _about(name)
    kept = lru_cache(maxsize=4096, typed=True)(make)
    if name in INDICATORS:
        kept.__signature__ = _signature(name)  # type: ignore[attr-defined]  # what help() and completion show
    return kept


def talib(name: str, timeperiod: int | None = None, interval: str | Interval | None = None, **params: Any) -> Recipe:
    """TA-Lib's function ``name`` on bars of ``interval``; ``params`` are its own, and ``field`` where it takes one series.

    >>> talib("KAMA", timeperiod=10, interval="1m") is maker("KAMA")(10, "1m")
    True
    """
    if isinstance(name, str) and name in OWN:
        raise ConfigError(f"sl.talib({name!r}): sessionlab has one of its own under that name, sl.{_in_code(name)}", name=name)
    said = {} if timeperiod is None else {"timeperiod": timeperiod}
    return _recipe(name, (), {**said, "interval": interval, **params})


def from_config(entry: SessionIndicator) -> TableRecipe:
    """The recipe of an entry of ``session_data_config.indicators``, which is checked."""
    said = dict(entry.params) if entry.period is None else {**entry.params, "timeperiod": entry.period}
    return _recipe(entry.name, (), {**said, "interval": entry.interval})


def _recipe(name: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> TableRecipe:
    problem = name_problem(name)
    if problem is not None:
        raise ConfigError(str(problem), name=name, problems=(problem,))
    call = f"sl.{_in_code(name)}"
    facts, lead = INDICATORS[name], lead_of(name)
    params = _named(call, name, lead, given, named)
    interval = params.pop("interval", None)
    width = None if interval is None else Interval.parse(interval)
    params = {param: value.item() if isinstance(value, np.generic) else value for param, value in params.items()}
    problems = [_of_code(problem) for problem in params_problems(facts, MISSING, params, width)]
    if problems:
        raise ConfigError(f"{call}: {'; '.join(map(str, problems))}", indicator=name, problems=tuple(problems))
    if interval is None and not (name in OWN and OWN[name].stands_on_session):
        example = f"{facts.params[lead]}, " if lead is not None else "interval="
        raise ConfigError(f'{call} needs the interval of its bars, as in {call}({example}"5m")', indicator=name)
    field = params.get("field", "close") if facts.takes_field else None
    whole = ((param, type(default)(params.get(param, default))) for param, default in facts.params.items())
    return recipe_of(name, width, tuple(whole), field)


def _named(call: str, name: str, lead: str | None, given: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments by name: by position come the period, where there is one, and the interval."""
    order = ["interval"] if lead is None else [lead, "interval"]
    if len(given) > len(order):
        raise ConfigError(f"{call} takes {' and '.join(order)} by position, the rest by name: {_signature(name)}", indicator=name)
    twice = [one for one, _ in zip(order, given, strict=False) if one in named]
    if twice:
        raise ConfigError(f"{call} was given {twice[0]} twice, by position and by name", indicator=name)
    if lead is not None and given and isinstance(given[0], str):
        default = INDICATORS[name].params[lead]
        raise ConfigError(f'{call} takes {lead} first, then the interval: {call}({default}, "{given[0]}")', indicator=name)
    if lead is None and given and isinstance(given[0], int):
        takes = ", ".join(INDICATORS[name].params)
        raise ConfigError(f"{call} has no period; {f'it takes {takes} by name' if takes else 'it takes an interval alone'}")
    return {**dict(zip(order, given, strict=False)), **named}


def _of_code(problem: Problem) -> Problem:
    """The problem as told of an argument."""
    return Problem(problem.path.removeprefix("params."), problem.value, problem.message, problem.suggestion)


def _signature(name: str) -> inspect.Signature:
    facts, lead, kind = INDICATORS[name], lead_of(name), inspect.Parameter
    first = [] if lead is None else [kind(lead, kind.POSITIONAL_OR_KEYWORD, default=facts.params[lead])]
    free = name in OWN and OWN[name].stands_on_session
    default = None if free or lead is not None else kind.empty
    first.append(kind("interval", kind.POSITIONAL_OR_KEYWORD, default=default))
    rest = [kind(param, kind.KEYWORD_ONLY, default=value) for param, value in facts.params.items() if param != lead]
    rest += [kind("field", kind.KEYWORD_ONLY, default="close")] if facts.takes_field else []
    return inspect.Signature([*first, *rest])


def _about(name: str) -> str:
    if name in REFUSED:
        return f"{name} {REFUSED[name]}."
    if name in OWN:
        return inspect.getdoc(OWN[name].compute) or name
    return f"TA-Lib's {name} ({INDICATORS[name].group}) on bars of ``interval``, from the first bar of the window on."
