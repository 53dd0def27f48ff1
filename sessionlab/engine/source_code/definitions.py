"""The text of a class or a function, out of its file or its cell, with the proof that it is what runs.

The proof: what the text compiles to is the code that runs, bit by bit. A file that was changed since it was imported, and a
method that was put into a class later, are told apart from what they once were.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import sys
import textwrap
from collections.abc import Iterator
from enum import Enum
from functools import cached_property, lru_cache
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.engine.source_code.libraries import is_installed

FUTURE = __future__.annotations.compiler_flag
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names if name != "nested_scopes")
_DEEPEST = 20
"""How many decorators are looked through."""
_FORMS = (None, "NamedTuple", "TypedDict", "Protocol", "Generic")
"""Bases that are written, and not found among those of the class."""
_LITERALS = (bool, int, float, complex, str, bytes, tuple, list, dict, set, type(None))
_AS_IN_CELLS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
Node = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
CHANGED = "its text is not what runs: it was changed since it was imported, or by a tool; import it again, or restart the kernel"
LAMBDA = "a lambda has no text of its own; write it with def"
NOWHERE = "its text is nowhere to be read: it came from a prompt, from exec, or from a file that is gone"


class Definition(NamedTuple):
    """The ``text`` of a class or a function; ``future`` says that its annotations are texts, not evaluated."""

    text: str
    future: bool


class Parsed(NamedTuple):
    """A file or a cell: its lines, its definitions by qualified name, and the codes of each by that name and its first line.

    There is one of the whole, as a file is compiled, and one of each statement, as a cell is: a name that the same unit imports
    is called in another way.
    """

    lines: list[str]
    nodes: dict[str, list[Node]]
    codes: dict[tuple[str, int], list[CodeType]]


def function_definition(function: FunctionType, *, decorated: bool = False) -> Definition | str:
    """The text of ``function``, or why it cannot be had. ``decorated``: with what is written above its ``def``, which is needed.

    Of decorators ``lab.every(...)`` is left out: it hands the function to a lab, and gives it back as it is.
    """
    code = function.__code__
    if code.co_name == "<lambda>":
        return LAMBDA
    parsed = _parsed_file(code.co_filename, code.co_flags & _FUTURES)
    if parsed is None:
        return NOWHERE
    if not _is_in(code, parsed):
        return CHANGED
    node = next(node for node in parsed.nodes[code.co_qualname] if _first_line(node) == code.co_firstlineno)
    if decorated and all(_gives_to_a_lab(one) for one in node.decorator_list):
        return "it was made of a function by a call; write what makes it above the def, with an @"
    return Definition(_text_of(node, parsed.lines, decorated=decorated), bool(code.co_flags & FUTURE))


def class_definition(kind: type) -> Definition | str:
    """The text of the class ``kind`` with its decorators, or why it cannot be had."""
    own = own_functions(kind)
    if not own:
        return _class_of_values(kind)
    files = {one.__code__.co_filename for one in own}
    if len(files) > 1:
        return "its methods come from several texts; write them in one class"
    code = own[0].__code__
    parsed = _parsed_file(code.co_filename, code.co_flags & _FUTURES)
    if parsed is None:
        return NOWHERE
    around = [node for node in parsed.nodes.get(kind.__qualname__, ()) if _is_within(code, node)]
    if not around or not all(_is_in(one.__code__, parsed) for one in own):
        return CHANGED
    return _lacks(kind, around[0]) or Definition(_text_of(around[0], parsed.lines), bool(code.co_flags & FUTURE))


def own_functions(kind: type) -> list[FunctionType]:
    """The functions that were written in the body of the class."""
    every = [one for value in vars(kind).values() for one in functions_in(value)]
    return [one for one in every if one.__code__.co_qualname.startswith(f"{kind.__qualname__}.")]


def functions_in(value: Any) -> Iterator[FunctionType]:
    """The functions that an entry of a class, or a decorated one, is made of; of anything else none."""
    for _ in range(_DEEPEST):
        if isinstance(value, FunctionType) and not hasattr(value, "__wrapped__"):
            yield value
            return
        if isinstance(value, property):
            for part in (value.fget, value.fset, value.fdel):
                yield from functions_in(part)
            return
        value = _wrapped_in(value)
        if value is None:
            return


def _wrapped_in(value: Any) -> Any:
    """What a decorator was given; None where it does not say."""
    if isinstance(value, FunctionRecipe):
        return value.fn
    if isinstance(value, cached_property):
        return value.func
    names = ("__wrapped__", "py_func")  # what functools says, and what numba says
    return next((getattr(value, name) for name in names if inspect.getattr_static(value, name, None) is not None), None)


def file_text(filename: str) -> str:
    """What stands in the file, or in the cell, of that name; "" where it cannot be read."""
    linecache.checkcache(filename)
    return "".join(linecache.getlines(filename))


def cells() -> list[str]:
    """The names of texts that lie in no file, newest first: cells of a notebook, and kept texts."""
    return [name for name, entry in reversed(linecache.cache.items()) if len(entry) == 4 and entry[1] is None]


def _class_of_values(kind: type) -> Definition | str:
    """A class without a method has no code to go by: the newest text of its name that says the same values."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    for name in [file] if file else cells():
        parsed = _parsed_file(name, 0)
        if parsed is None:
            continue
        for node in reversed(parsed.nodes.get(kind.__qualname__, [])):
            if isinstance(node, ast.ClassDef) and _says_the_same(kind, node):
                future = any(isinstance(hint, str) for hint in inspect.get_annotations(kind).values())
                return _lacks(kind, node) or Definition(_text_of(node, parsed.lines), future)
    return CHANGED if file else NOWHERE


def _says_the_same(kind: type, node: ast.ClassDef) -> bool:
    bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", None) for base in node.bases]
    written = {one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)}
    alike = all(name in _FORMS or name == base.__name__ for name, base in zip(bases, kind.__bases__, strict=False))
    return alike and written == set(inspect.get_annotations(kind)) and _changed_value(kind, node) is None


def _lacks(kind: type, node: Node) -> str | None:
    """Why the text of ``node`` is not all of ``kind``; None where it is."""
    assert isinstance(node, ast.ClassDef)
    bound = {name for one in node.body for name in _bound_by(one)}
    written = {name for name, value in vars(kind).items() for one in functions_in(value) if _is_by_hand(one)}
    later = sorted(written - bound)
    if later:
        return f"{later[0]} was put into the class after it was made; write it in the class"
    changed = _changed_value(kind, node)
    return None if changed is None else f"its {changed} was changed after it was made; write the value in the class"


def _changed_value(kind: type, node: ast.ClassDef) -> str | None:
    """A name of the class whose written value is a literal, and is not the one that it has."""
    for one in node.body:
        if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None:
            try:
                value = ast.literal_eval(one.value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue
            for name in _bound_by(one) & set(vars(kind)):
                has = vars(kind)[name]
                has = has.value if isinstance(has, Enum) else has
                if not name.startswith("__") and type(has) in _LITERALS and repr(has) != repr(value):
                    return name
    return None


def _bound_by(statement: ast.stmt) -> set[str]:
    if isinstance(statement, Node):
        return {statement.name}
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    inner = {node.name for node in ast.walk(statement) if isinstance(node, Node)}
    imported = {node.asname or node.name for node in ast.walk(statement) if isinstance(node, ast.alias)}
    return names | inner | imported


def _is_by_hand(function: FunctionType) -> bool:
    """Whether a user wrote it: what a dataclass or a NamedTuple makes by itself comes with their text."""
    file = function.__code__.co_filename
    return not file.startswith(("<string>", "<attrs")) and not is_installed(file)


def _parsed_file(filename: str, flags: int) -> Parsed | None:
    text = file_text(filename)
    return _parsed(text, filename, flags) if text else None


@lru_cache(maxsize=64)
def _parsed(text: str, filename: str, flags: int) -> Parsed | None:
    try:
        tree = ast.parse(text)
        units: list[Any] = [text, *(ast.Module([statement], []) for statement in tree.body)]
        compiled = [compile(unit, filename, "exec", flags | _AS_IN_CELLS, dont_inherit=True) for unit in units]
    except (SyntaxError, ValueError):
        return None
    codes: dict[tuple[str, int], list[CodeType]] = {}
    for one in (code for unit in compiled for code in _codes(unit)):
        codes.setdefault((one.co_qualname, one.co_firstlineno), []).append(one)
    nodes: dict[str, list[Node]] = {}
    for name, node in _definitions(tree, ""):
        nodes.setdefault(name, []).append(node)
    return Parsed(text.splitlines(keepends=True), nodes, codes)


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Node]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Node):
            yield prefix + child.name, child
            inside = "." if isinstance(child, ast.ClassDef) else ".<locals>."
            yield from _definitions(child, prefix + child.name + inside)
        else:
            yield from _definitions(child, prefix)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _is_in(code: CodeType, parsed: Parsed) -> bool:
    """Whether the text compiles to that very code."""
    return code in parsed.codes.get((code.co_qualname, code.co_firstlineno), ())


def _is_within(code: CodeType, node: Node) -> bool:
    return _first_line(node) <= code.co_firstlineno <= (node.end_lineno or 0)


def _first_line(node: Node) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _text_of(node: Node, lines: list[str], *, decorated: bool = True) -> str:
    """The lines of ``node`` set out to the left, or, where that would change a text within them, under an ``if True:``."""
    kept = [one for one in node.decorator_list if decorated and not _gives_to_a_lab(one)]
    assert node.end_lineno is not None
    parts = ["@" + _segment(one, lines).lstrip() for one in kept]
    body = lines[node.lineno - 1 : node.end_lineno]
    body[-1] = body[-1].encode()[: node.end_col_offset].decode()
    indent = body[0][: len(body[0]) - len(body[0].lstrip())]
    text = "".join([*(f"{indent}{part}\n" for part in parts), *body])
    if not indent:
        return text
    flat = textwrap.dedent(text)
    try:
        if ast.dump(ast.parse(flat)) == ast.dump(ast.Module(ast.parse(f"if True:\n{text}").body[0].body, [])):  # type: ignore[attr-defined]
            return flat
    except SyntaxError:
        pass  # a line of a longer text lies further to the left
    return f"if True:\n{text}"


def _segment(node: ast.expr, lines: list[str]) -> str:
    assert node.end_lineno is not None
    part = lines[node.lineno - 1 : node.end_lineno]
    part[-1] = part[-1].encode()[: node.end_col_offset].decode()
    part[0] = part[0].encode()[node.col_offset :].decode()
    return "".join(part)


def _gives_to_a_lab(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr == "every"
