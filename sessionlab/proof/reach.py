"""What the code of strategies can reach beside ``ctx``: attributes, what functions close over, globals that they name, and so on.

Each is a place: a name, what stands there, and how to put something else there. Code is followed from the hooks into the user's
own functions, classes and modules, as far as names lead; what is looked up by other means (``globals()["x"]``) is not found.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.engine.parameters import Parameters
from sessionlab.engine.signals import Signals
from sessionlab.engine.user_code import is_users

DEEP = 4
"""Containers within containers are followed so far."""
MANY = 10_000
"""A container of more things is looked at as a whole."""


class Place(NamedTuple):
    """``path`` is how a user would call it; ``put`` sets another value there. ``own``: it is part of the strategy object."""

    path: str
    value: Any
    put: Callable[[Any], object]
    own: bool


def reachable(roots: Sequence[Any]) -> list[Place]:
    """The places that strategies and scanners, or functions that make some, reach."""
    walk = _Walk()
    for root in roots:
        if isinstance(root, Parameters):
            walk.strategy(root)
        else:
            walk.follow("", root, lambda value: None, own=False)
    return walk.places


def names_in(code: CodeType) -> set[str]:
    """The names of globals and attributes in ``code`` and in what it defines."""
    names = set(code.co_names)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            names |= names_in(part)
    return names


class _Walk:
    def __init__(self) -> None:
        self.places: list[Place] = []
        self._seen: set[Any] = set()

    def strategy(self, strategy: Parameters) -> None:
        kind = type(strategy).__name__
        for name, value in list(vars(strategy).items()):
            if not (isinstance(strategy, Signals) and name.startswith("_")):
                self.follow(f"{kind}.{name}", value, partial(setattr, strategy, name), own=True)
        self._kind(type(strategy))

    def follow(self, path: str, value: Any, put: Callable[[Any], object], *, own: bool, deep: int = 0) -> None:
        """Note the place, and go on from what stands there."""
        if isinstance(value, ModuleType):
            self.places.append(Place(path, value, put, own))
            return
        if isinstance(value, type):
            self.places.append(Place(path, value, put, own))
            self._kind(value)
            return
        self.places.append(Place(path, value, put, own))
        if isinstance(value, (FunctionType, MethodType, functools.partial)) or hasattr(value, "__wrapped__"):
            self._function(value)
        elif isinstance(value, FunctionRecipe):
            self._function(value.fn)
        elif deep < DEEP:
            for part, inside, put_inside in _parts(value, put):
                self.follow(f"{path}{part}", inside, put_inside, own=own, deep=deep + 1)
            if _is_users_kind(type(value)) and self._first(value):
                for name, inside in list(getattr(value, "__dict__", {}).items()):
                    self.follow(f"{path}.{name}", inside, partial(setattr, value, name), own=own, deep=deep + 1)
                self._kind(type(value))

    def _kind(self, kind: type) -> None:
        for base in kind.__mro__:
            if not _is_users_kind(base) or not self._first(base):
                continue
            for name, value in list(vars(base).items()):
                if isinstance(value, (staticmethod, classmethod)):
                    self._function(value.__func__)
                elif isinstance(value, property):
                    self._function(value.fget)
                elif isinstance(value, functools.cached_property):
                    self._function(value.func)
                elif not name.startswith("__") or isinstance(value, FunctionType):
                    self.follow(f"{base.__name__}.{name}", value, partial(setattr, base, name), own=False)

    def _function(self, function: Any) -> None:
        if isinstance(function, functools.partial):
            for argument in (*function.args, *function.keywords.values()):
                self.follow("an argument of partial", argument, lambda value: None, own=False)
            function = function.func
        function = inspect.unwrap(function) if callable(function) else function
        function = getattr(function, "__func__", function)
        code = getattr(function, "__code__", None)
        if not isinstance(code, CodeType) or not is_users(code.co_filename) or not self._first(function):
            return
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            if _is_filled(cell):
                self.follow(name, cell.cell_contents, partial(setattr, cell, "cell_contents"), own=False)
        self._defaults(function)
        names = names_in(code)
        for name in sorted(names & function.__globals__.keys()):
            value = function.__globals__[name]
            self._named(name, value, partial(function.__globals__.__setitem__, name), names, (id(function.__globals__), name))

    def _named(self, path: str, value: Any, put: Callable[[Any], object], names: set[str], key: Any) -> None:
        """What a function calls ``path``; of a module of the user's, what is taken from it under one of ``names``."""
        if not (isinstance(value, ModuleType) and _is_users_module(value)):
            if key not in self._seen:
                self._seen.add(key)
                self.follow(path, value, put, own=False)
            return
        for name in sorted(names & vars(value).keys()):
            key = (id(value), name)
            if key not in self._seen:
                self._seen.add(key)
                self.follow(f"{path}.{name}", vars(value)[name], partial(setattr, value, name), own=False)

    def _defaults(self, function: Any) -> None:
        defaults = function.__defaults__ or ()
        for i, value in enumerate(defaults):
            self.follow(f"a default of {function.__name__}", value, partial(_put_default, function, i), own=False)
        for name, value in (function.__kwdefaults__ or {}).items():
            self.follow(f"{function.__name__}({name})", value, partial(function.__kwdefaults__.__setitem__, name), own=False)

    def _first(self, thing: Any) -> bool:
        if id(thing) in self._seen:
            return False
        self._seen.add(id(thing))
        return True


def _parts(value: Any, put: Callable[[Any], object]) -> Iterator[tuple[str, Any, Callable[[Any], object]]]:
    """What lies in a plain container of things that are no numbers."""
    if isinstance(value, dict) and len(value) <= MANY:
        for key, inside in list(value.items()):
            if not _is_number(inside):
                yield f"[{key!r}]", inside, partial(value.__setitem__, key)
    elif isinstance(value, list) and len(value) <= MANY:
        for i, inside in enumerate(value):
            if not _is_number(inside):
                yield f"[{i}]", inside, partial(value.__setitem__, i)
    elif isinstance(value, tuple) and len(value) <= MANY:
        for i, inside in enumerate(value):
            if not _is_number(inside):
                yield f"[{i}]", inside, partial(_put_in_tuple, value, i, put)


def _put_in_tuple(whole: tuple[Any, ...], at: int, put: Callable[[Any], object], value: Any) -> None:
    made = [*whole[:at], value, *whole[at + 1 :]]
    put(type(whole)(*made) if hasattr(whole, "_fields") else tuple(made))


def _put_default(function: Any, at: int, value: Any) -> None:
    defaults = list(function.__defaults__)
    defaults[at] = value
    function.__defaults__ = tuple(defaults)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, str, bytes)) or value is None


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _is_users_kind(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    return module is not None and _is_users_module(module) and kind.__module__ != "builtins"


def _is_users_module(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return module.__name__ == "__main__" if file is None else is_users(file)
