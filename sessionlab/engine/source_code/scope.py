"""Where the names of a piece of code are looked up: what it closes over, then its module, then the bases of its class."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from sessionlab.engine.source_code.definitions import functions_in, own_functions

NOTHING = object()


@dataclass(frozen=True)
class Scope:
    """The names that a piece of code can see."""

    globals: Mapping[str, Any]
    cells: Mapping[str, Any] = field(default_factory=dict)
    bases: Mapping[str, type] = field(default_factory=dict)

    @classmethod
    def of(cls, code: type | FunctionType) -> Scope:
        """That of a class or a function."""
        if isinstance(code, FunctionType):
            return cls(code.__globals__, _cells([code]))
        own, home = own_functions(code), sys.modules.get(code.__module__)
        names = own[0].__globals__ if own else {} if home is None else vars(home)
        return cls(names, _cells(own), {base.__name__: base for base in code.__bases__})

    def find(self, name: str) -> Any:
        """What ``name`` stands for, or :data:`NOTHING`."""
        for names in (self.cells, self.globals, self.bases):
            if name in names:
                return names[name]
        return NOTHING

    def has_written(self, value: Any) -> bool:
        """Whether a class, or a function under its decorators, was written in the same module or notebook."""
        inner = value if isinstance(value, type) else next(functions_in(value))
        if isinstance(inner, FunctionType):
            return inner.__globals__ is self.globals
        home = sys.modules.get(inner.__module__)
        return (home is not None and vars(home) is self.globals) or inner.__module__ == self.globals.get("__name__")


def _cells(functions: Iterable[FunctionType]) -> dict[str, Any]:
    found = {}
    for function in functions:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                found[name] = cell.cell_contents
            except ValueError:
                continue  # it has no value yet
    return found
