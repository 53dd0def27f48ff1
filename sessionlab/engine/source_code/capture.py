"""One text of a class or a function, and of the functions, classes, values and imports around it that it needs.

The same code gives the same text, in whatever order its cells were run.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any, NamedTuple

from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.engine.source_code.definitions import (
    LAMBDA,
    cells,
    class_definition,
    file_text,
    function_definition,
    functions_in,
)
from sessionlab.engine.source_code.missing import Missing
from sessionlab.engine.source_code.modules import import_as_written, import_of, own_modules, public_name
from sessionlab.engine.source_code.needs import needs_of
from sessionlab.engine.source_code.pieces import DEFINITION, IMPORT, VALUE, Piece, together
from sessionlab.engine.source_code.scope import NOTHING, Scope
from sessionlab.engine.source_code.values import ALIASES, expression_of, what_it_is

_OF_ANY_MODULE = ("__name__", "__doc__", "__builtins__", "__package__", "__class__")
_OF_PYTHON = ("builtins", "io", "_sitebuiltins", None)
_INDICATOR = "_indicator"


class Captured(NamedTuple):
    """The ``text``, what it lacks, and the texts of own modules that it imports, by name."""

    text: str
    missing: tuple[Missing, ...]
    modules: Mapping[str, str]


def capture(root: type | FunctionType) -> Captured:
    """The text of ``root`` with all that it needs.

    A function is taken without what is written above its ``def``, unless that made something else of it.
    """
    scope = Scope.of(root) if isinstance(root, type) else Scope.of(next(functions_in(root)))
    taking = _Taking(root, scope)
    text = together(taking.pieces, root.__name__, future=taking.future)
    home = sys.modules.get(root.__module__)
    package = "" if home is None or root.__module__ == "__main__" else public_name(home).partition(".")[0]
    modules = own_modules(text, scope.globals, package)
    unread = {Missing(f"the module {name}", "its text cannot be read") for name, found in modules.items() if found is None}
    read = {name: found for name, found in modules.items() if found is not None}
    return Captured(text, tuple(sorted(taking.missing | unread)), read)


class _Taking:
    """Takes ``root`` and all that it needs into ``pieces``; what cannot be had is ``missing``."""

    def __init__(self, root: type | FunctionType, scope: Scope) -> None:
        self.pieces: dict[str, Piece] = {}
        self.missing: set[Missing] = set()
        self.future = False
        self._taken: dict[str, Any] = {root.__name__: root}
        self._left: list[tuple[str, Scope, bool]] = []
        why = LAMBDA if root.__name__ == "<lambda>" else self._define(root.__name__, root)
        if why is not None:
            self.missing.add(Missing(root.__name__, why))
        while self._left:
            self._take_name(*self._left.pop(0))

    def _take_name(self, name: str, scope: Scope, needed: bool) -> None:
        """Take what ``name`` stands for in ``scope``. One that only annotations have is not ``needed``."""
        value = scope.find(name)
        if value is NOTHING:
            value = getattr(builtins, name, NOTHING)
            if getattr(value, "__module__", "builtins") in _OF_PYTHON:
                if value is NOTHING and needed:
                    self.missing.add(Missing(name, "it is not defined where it is used"))
                return
        if name in _OF_ANY_MODULE:
            return
        why = self._take(name, value, scope)
        if why is not None and needed:
            self.missing.add(Missing(name, why))

    def _take(self, name: str, value: Any, scope: Scope) -> str | None:
        """The piece that gives ``name`` its ``value``; why it cannot be had, where it cannot."""
        if name in self._taken:
            return None if _alike(self._taken[name], value) else "two different things bear this name; rename one of them"
        is_code = isinstance(value, type) or next(functions_in(value), None) is not None
        if is_code and scope.has_written(value):
            return self._take_code(name, value, scope)
        expression = expression_of(value)
        statement = import_of(name, value, scope.globals) if expression is None else None
        if expression is not None:
            aliases = frozenset(alias for alias in ALIASES if f"{alias}." in expression)
            self.pieces |= {alias: Piece(f"import {ALIASES[alias]} as {alias}", IMPORT) for alias in aliases}
            return self._add(name, value, Piece(f"{name} = {expression}", VALUE, aliases))
        written = (import_as_written(name, value, text, scope.globals) for text in _texts_around(scope.globals))
        statement = statement or next((found for found in written if found is not None), None)
        return what_it_is(value) if statement is None else self._add(name, value, Piece(statement, IMPORT))

    def _take_code(self, name: str, value: Any, scope: Scope) -> str | None:
        """A definition under its own name; under another one also what gives it that name."""
        inner = value if isinstance(value, type) else next(functions_in(value))
        if inner.__name__ == name:
            self._taken[name] = value
            return self._define(name, value)
        called = inner.__name__
        under = value.fn if isinstance(value, FunctionRecipe) else value
        why = LAMBDA if called == "<lambda>" else self._take(called, under, scope)
        if why is not None:
            return f"it stands for {called}, which cannot be had ({why})" if called != "<lambda>" else why
        if not isinstance(value, FunctionRecipe):
            return self._add(name, value, Piece(f"{name} = {called}", DEFINITION, frozenset([called])))
        self.pieces[_INDICATOR] = Piece(f"from sessionlab import indicator as {_INDICATOR}", IMPORT)
        interval = "" if value.interval is None else f", {str(value.interval)!r}"
        outputs = f", outputs={value.names!r}" if value.names else ""
        text = f"{name} = {_INDICATOR}({called}{interval}, name={value.name!r}{outputs})"
        return self._add(name, value, Piece(text, DEFINITION, frozenset([called, _INDICATOR])))

    def _define(self, name: str, value: Any) -> str | None:
        """The text of a class or a function, and the names that it needs next."""
        inner = value if isinstance(value, type) else next(functions_in(value))
        decorated = value is not inner
        found = class_definition(inner) if isinstance(inner, type) else function_definition(inner, decorated=decorated)
        if isinstance(found, str):
            return found
        needs, scope = needs_of(found.text), Scope.of(inner)
        self.future |= found.future
        self._left += [(one, scope, True) for one in sorted(needs.now | needs.later)]
        self._left += [(one, scope, False) for one in sorted(needs.hints)]
        return self._add(name, value, Piece(found.text, DEFINITION, needs.now, needs.later))

    def _add(self, name: str, value: Any, piece: Piece) -> str | None:
        """Nothing is wrong with it."""
        self._taken[name] = value
        self.pieces[name] = piece
        return None


def _texts_around(names: Mapping[str, Any]) -> Iterator[str]:
    """The text of the module with these globals, or of the cells that were run."""
    file = names.get("__file__")
    if isinstance(file, str):
        yield file_text(file)
    else:
        yield from map(file_text, cells())


def _alike(one: Any, other: Any) -> bool:
    if one is other:
        return True
    text = expression_of(one)
    return text is not None and text == expression_of(other)
