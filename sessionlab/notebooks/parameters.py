"""What a notebook takes: the names that its cell with the tag ``parameters`` sets, their types and their values otherwise.

The cell is read, not run. A type is the one that is annotated, else the type of the value that is there.
"""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from typing import Any, Literal, NamedTuple, Optional, Union

from sessionlab.config.problems import Problem, nearest
from sessionlab.errors import ConfigError

TAG = "parameters"
_TYPES = {one.__name__: one for one in (bool, dict, float, int, list, str, tuple)}
_HINTS: dict[str, Any] = {**_TYPES, "Any": Any, "Literal": Literal, "Optional": Optional, "Union": Union, "Path": Path}
_WORDS: dict[Any, str] = {
    bool: "true or false",
    dict: 'an object, {"name": value}',
    float: "a number",
    int: "a whole number",
    list: "a list, [1, 2]",
    str: "a text",
    tuple: "a list, [1, 2]",
    Path: "a path",
}


class Declared(NamedTuple):
    """A parameter: its ``hint`` (Any where nothing is said), and its ``default``, ``inspect.Parameter.empty`` if no literal."""

    name: str
    hint: Any
    default: Any

    @property
    def words(self) -> str:
        """What is expected of it, in words."""
        return _WORDS.get(self.hint, str(self.hint).replace("typing.", "").replace("pathlib.", ""))

    def wrong(self, value: Any) -> str | None:
        """What is expected in the place of ``value``; None where it may be that."""
        if self.hint is Any:
            return None
        from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

        try:
            # True is no number here, and "5" is none either.
            kind = TypeAdapter(self.hint, config=ConfigDict(strict=True))
        except PydanticUserError:  # a hint that is no type, as Literal alone: nothing to check against
            return None
        try:
            kind.validate_json(json.dumps(value))
        except ValidationError as why:
            return f"{self.words} is expected; {why.errors()[0]['msg'][:1].lower()}{why.errors()[0]['msg'][1:]}"
        except TypeError:
            return f"{self.words} is expected"
        return None


def read_notebook(path: Path) -> Any:
    """The notebook at ``path``, as nbformat has it. Raises :class:`ConfigError` for what is none, or of another language."""
    import nbformat

    if not path.is_file():
        names = sorted(other.name for other in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
        near = nearest(path.name, names)
        raise ConfigError(
            f"{path}: there is no such file{f' (did you mean {path.parent / near}?)' if near else ''}", file=str(path)
        )
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as why:  # whatever nbformat makes of what is no notebook
        raise ConfigError(
            f"{path}: it cannot be read as a notebook ({type(why).__name__}: {_first_line(why)})", file=str(path)
        ) from why
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise ConfigError(f"{path}: it is a notebook in {language}; reports are made of notebooks in Python", file=str(path))
    return notebook


def declared(notebook: Any, path: Path) -> dict[str, Declared]:
    """The parameters of ``notebook`` by name, none where no cell has the tag.

    Raises :class:`ConfigError` for a cell that is no plain Python.
    """
    cell = next((cell for cell in notebook.cells if TAG in cell.metadata.get("tags", ()) and cell.cell_type == "code"), None)
    if cell is None:
        return {}
    try:
        tree = _parsed(cell.source)
    except SyntaxError as why:
        told = f"the cell with the tag {TAG} is no plain Python (line {why.lineno}: {why.msg})"
        raise ConfigError(f"{path}: {told}; assignments alone may stand there", file=str(path)) from None
    found = [one for statement in tree.body if (one := _declared(statement)) is not None]
    return {one.name: one for one in found}


def unknown(name: str, value: Any, known: dict[str, Declared]) -> Problem:
    """The problem of a value for a parameter that there is not."""
    near = nearest(name, list(known))
    takes = f"the notebook takes {', '.join(known)}" if known else f"the notebook has no cell with the tag {TAG}"
    return Problem(f"-p {name}", value, f"no such parameter; {takes}", near)


def _parsed(source: str) -> ast.Module:
    """With the types in comments; one that stands where none may is a comment as any other."""
    try:
        return ast.parse(source, type_comments=True)
    except SyntaxError:
        return ast.parse(source)


def _declared(statement: ast.stmt) -> Declared | None:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        default = inspect.Parameter.empty if statement.value is None else _literal(statement.value)
        return Declared(statement.target.id, _hint(statement.annotation), default)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        default = _literal(statement.value)
        said = statement.type_comment
        hint = _TYPES.get(type(default).__name__, Any) if said is None else _hint(said)
        return Declared(statement.targets[0].id, hint, default)
    return None


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return inspect.Parameter.empty  # it is made when the cell runs


def _hint(annotation: ast.expr | str) -> Any:
    try:
        tree = ast.parse(annotation, mode="eval") if isinstance(annotation, str) else ast.Expression(annotation)
        found = eval(compile(tree, TAG, "eval"), {"__builtins__": {}, **_HINTS})
    except Exception:  # a name that only the notebook knows, or no type at all: nothing to check against
        return Any
    return _TYPES.get(found, Any) if isinstance(found, str) else found


def _first_line(why: BaseException) -> str:
    return (str(why).splitlines() or [""])[0][:120]
