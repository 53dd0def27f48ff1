"""The indicators of one symbol that somebody asked for, by name; and under which name each is kept.

A cell that is run again defines its function anew: the new one takes the old one's place. Two functions that are called the
same are two: the second has a number after its name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from itertools import count
from typing import Any

from sessionlab.config.problems import nearest
from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.session.indicators import IndicatorView

Declared = MutableMapping[str, Recipe]


def declare(declared: Declared, recipe: Recipe) -> None:
    """Keep ``recipe`` among the ``declared``, under its name, or its name and a number."""
    if any(kept is recipe for kept in declared.values()):
        return
    for number in count(1):
        name = str(recipe) if number == 1 else f"{recipe} {number}"
        if name not in declared or _again(declared[name], recipe):
            declared[name] = recipe
            return


def _again(kept: Recipe, recipe: Recipe) -> bool:
    """Whether ``recipe`` is ``kept`` defined anew."""
    if not isinstance(kept, FunctionRecipe) or not isinstance(recipe, FunctionRecipe):
        return str(kept) == str(recipe)
    return (kept.named and recipe.named) or _made_as(kept.fn) == _made_as(recipe.fn)


def _made_as(fn: Any) -> tuple[Any, ...]:
    """What two functions share of which the second is the first defined anew.

    Those with a name share where it stands. Nameless ones share code and what they hold on to, so lambdas of one cell, or of
    one loop, are told apart.
    """
    if isinstance(fn, functools.partial):
        return "partial", _made_as(fn.func), tuple(map(_held, fn.args)), tuple((k, _held(v)) for k, v in fn.keywords.items())
    code, name = getattr(fn, "__code__", None), getattr(fn, "__qualname__", None)
    if code is None or name is None:
        return "object", id(fn)
    bound = id(fn.__self__) if hasattr(fn, "__self__") else None
    if fn.__name__ != "<lambda>":
        return "def", fn.__module__, name, bound
    cells = tuple(_held(cell.cell_contents) for cell in fn.__closure__ or ())
    defaults = (*(fn.__defaults__ or ()), *(fn.__kwdefaults__ or {}).values())
    return "lambda", code.co_code, code.co_consts, code.co_names, tuple(map(_held, defaults)), cells


def _held(value: Any) -> Any:
    """A plain value as it is, anything else as itself."""
    return (type(value), value) if isinstance(value, int | float | str | bytes | None) else id(value)


class IndicatorViews(Mapping[str, IndicatorView]):
    """Indicators of one symbol by name: those of the config, and those asked for so far."""

    __slots__ = ("_declared", "_view")

    def __init__(self, declared: Mapping[str, Recipe], view: Callable[[Recipe], IndicatorView]) -> None:
        self._declared = declared
        self._view = view

    def __getitem__(self, name: str) -> IndicatorView:
        recipe = self._declared.get(name)
        if recipe is None:
            near = nearest(name, [*self._declared])
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self._declared) or 'none'} so far"
            raise KeyError(f"no indicator {name!r}; {hint}")
        return self._view(recipe)

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._declared)

    def __repr__(self) -> str:
        return f"<indicators {', '.join(self._declared) or 'none so far'}>"
