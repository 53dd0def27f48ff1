"""The names that a text takes from around it, and when: as it is defined, or as it runs."""

from __future__ import annotations

import ast
import symtable
from functools import lru_cache
from typing import NamedTuple

_COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")


class Needs(NamedTuple):
    """Names, by when they are needed.

    ``now`` are those of bases, decorators, defaults and the body of a class, ``hints`` those that annotations alone have.
    """

    now: frozenset[str]
    later: frozenset[str]
    hints: frozenset[str]


@lru_cache(maxsize=1024)
def needs_of(text: str) -> Needs:
    """What the definition ``text`` needs.

    >>> needs = needs_of("class A(Base): x: Fine = LEVEL; f = lambda self: g(self.x, len(LATE))")
    >>> sorted(needs.now), sorted(needs.later), sorted(needs.hints)
    (['Base', 'LEVEL'], ['LATE', 'g', 'len'], ['Fine'])
    """
    hints = _Hints()
    tree = ast.fix_missing_locations(hints.visit(ast.parse(text)))
    now: set[str] = set()
    later: set[str] = set()
    _look(symtable.symtable(ast.unparse(tree), "<text>", "exec"), now, later, runs_now=True)
    return Needs(frozenset(now), frozenset(later - now), frozenset(hints.names - now - later))


def _look(table: symtable.SymbolTable, now: set[str], later: set[str], *, runs_now: bool) -> None:
    outermost = table.get_type() == "module"
    for symbol in table.get_symbols():
        # In a function called "top" symtable takes every name for a global one as well: what is local is none.
        taken = not symbol.is_assigned() and not symbol.is_imported() if outermost else not symbol.is_local()
        if taken and (symbol.is_referenced() if outermost else symbol.is_global()):
            (now if runs_now else later).add(symbol.get_name())
    for child in table.get_children():
        waits = child.get_type() == "function" and child.get_name() not in _COMPREHENSIONS
        _look(child, now, later, runs_now=runs_now and not waits)


class _Hints(ast.NodeTransformer):
    """Takes annotations out of a tree, and keeps the ``names`` in them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self._note(node.annotation)
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self._note(node.annotation)
        value = ast.Constant(None) if node.value is None else self.visit(node.value)
        return ast.copy_location(ast.Assign([node.target], value), node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self._note(node.returns)
        node.returns = None
        return self.generic_visit(node)

    def _note(self, annotation: ast.expr | None) -> None:
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Name):
                self.names.add(node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    self._note(ast.parse(node.value, mode="eval").body)
                except SyntaxError:
                    continue  # a text that is no annotation, as in Literal["a b"]
