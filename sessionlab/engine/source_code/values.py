"""Simple values as Python texts that make them again, to the last bit; of anything else it is said that there is none.

Simple are numbers, texts, dates and times, bars' intervals, indicators of the table, short arrays, and tuples, lists, sets and
dicts of these. JSON values stand for themselves in a document.
"""

from __future__ import annotations

import datetime as dt
import math
import pathlib
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sessionlab.derive.indicators.table_recipe import TableRecipe
from sessionlab.timing import Interval

ALIASES = {
    "_datetime": "datetime",
    "_makers": "sessionlab.derive.indicators.makers",
    "_numpy": "numpy",
    "_pandas": "pandas",
    "_pathlib": "pathlib",
    "_re": "re",
    "_timing": "sessionlab.timing",
    "_typing": "typing",
}
"""The modules that texts of values refer to, by the name that they have in them."""
PYTHON = "python"
_DEEPEST, _LONGEST, _LONGEST_ARRAY = 20, 10_000, 4096


def expression_of(value: Any) -> str | None:
    """A text that makes ``value`` again, or None where there is none.

    >>> import datetime as dt
    >>> expression_of({"at": dt.time(9, 45), "levels": (1, 2.5)})
    "{'at': _datetime.time(9, 45), 'levels': (1, 2.5)}"
    """
    return _expression(value, 0)


def value_of(expression: str) -> Any:
    """What :func:`expression_of` made the text of."""
    return eval(expression, {name: import_module(module) for name, module in ALIASES.items()})


def document_of(value: Any) -> Any:
    """``value`` as JSON: itself where that keeps it as it is, else ``{"python": text}``; None stands for None alone.

    Raises :class:`ValueError` for what is not simple.

    >>> document_of([1, "a"]), document_of((1, "a"))
    ([1, 'a'], {'python': "(1, 'a')"})
    """
    if _is_json(value, 0):
        return value
    expression = expression_of(value)
    if expression is None:
        raise ValueError(what_it_is(value))
    return {PYTHON: expression}


def from_document(document: Any) -> Any:
    """The value that :func:`document_of` gave as JSON."""
    if isinstance(document, dict) and set(document) == {PYTHON}:
        return value_of(document[PYTHON])
    return document


def what_it_is(value: Any) -> str:
    """A few words about a value that is not simple."""
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index | np.ndarray):
        return f"a {type(value).__name__} of {len(value):,} rows, which is data and no text; build it in on_start"
    if isinstance(value, tuple | list | set | frozenset | dict):
        what = "too many to be written down" if len(value) > _LONGEST else "not all of which are simple values"
        return f"a {type(value).__name__} of {len(value):,} entries, {what}; fill it in on_start"
    return f"a {type(value).__name__}, which is no simple value; make it where it is used, or give it as parameters"


def _expression(value: Any, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    kind = type(value)
    if value is None or value is Ellipsis or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if kind is complex:
        return f"complex({_expression(value.real, depth)}, {_expression(value.imag, depth)})"
    if kind in (tuple, list, set, frozenset, dict):
        return _container(value, depth + 1)
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return f"_numpy.{kind.__name__}({_expression(value.item(), depth)})"
    maker = _MAKERS.get(kind) or next((made for base, made in _MAKERS.items() if issubclass(kind, base) and base in _OPEN), None)
    return None if maker is None else maker(value)


def _container(value: Any, depth: int) -> str | None:
    if len(value) > _LONGEST:
        return None
    if isinstance(value, dict):
        pairs = [(_expression(key, depth), _expression(item, depth)) for key, item in value.items()]
        if any(text is None for pair in pairs for text in pair):
            return None
        return "{" + ", ".join(f"{key}: {item}" for key, item in pairs) + "}"
    texts = [_expression(item, depth) for item in value]
    if any(text is None for text in texts):
        return None
    known = [text for text in texts if text is not None]
    if isinstance(value, list):
        return f"[{', '.join(known)}]"
    if isinstance(value, tuple):
        return f"({known[0]},)" if len(known) == 1 else f"({', '.join(known)})"
    inside = "{" + ", ".join(sorted(known)) + "}"  # sets have no order: the same one has the same text
    if isinstance(value, set):
        return inside if known else "set()"
    return f"frozenset({inside if known else ''})"


def _time(value: dt.date | dt.time | dt.timedelta) -> str | None:
    if getattr(value, "tzinfo", None) not in (None, dt.UTC) or getattr(value, "fold", None):
        return None
    return repr(value).replace("datetime.", "_datetime.")


def _timestamp(value: pd.Timestamp) -> str | None:
    if value.tzinfo is not None and not _is_named(value.tzinfo):
        return None
    zone = "" if value.tzinfo is None else f", tz={str(value.tzinfo)!r}"
    return f'_pandas.Timestamp({value.as_unit("ns").value}, unit="ns"{zone}).as_unit({value.unit!r})'


def _is_named(zone: Any) -> bool:
    try:
        return bool(pd.Timestamp(0, tz=str(zone)).tzinfo == zone)
    except (ValueError, KeyError, OSError):
        return False


def _array(value: np.ndarray[Any, Any]) -> str | None:
    if value.dtype.kind not in "biuf" or value.size > _LONGEST_ARRAY or value.ndim == 0 or value.size == 0:
        return None
    return f"_numpy.array({_expression(value.tolist(), 0)}, dtype={value.dtype.str!r})"


def _recipe(value: TableRecipe) -> str | None:
    said: dict[str, Any] = {} if value.interval is None else {"interval": str(value.interval)}
    said |= dict(value.params) | ({} if value.field is None else {"field": value.field})
    texts = {name: _expression(item, 0) for name, item in said.items()}
    return f"_makers.maker({value.name!r})({', '.join(f'{name}={text}' for name, text in texts.items())})"


def _type_variable(value: TypeVar) -> str | None:
    plain = value.__bound__ is None and not value.__constraints__ and not value.__covariant__ and not value.__contravariant__
    return f"_typing.TypeVar({value.__name__!r})" if plain else None


_OPEN = (pathlib.PurePath,)
_MAKERS: dict[type, Callable[[Any], str | None]] = {
    dt.date: _time,
    dt.time: _time,
    dt.datetime: _time,
    dt.timedelta: _time,
    pd.Timestamp: _timestamp,
    type(pd.NaT): lambda value: "_pandas.NaT",
    pd.Timedelta: lambda value: f'_pandas.Timedelta({value.as_unit("ns").value}, unit="ns").as_unit({value.unit!r})',
    np.ndarray: _array,
    re.Pattern: lambda value: f"_re.compile({value.pattern!r}, {int(value.flags)})",
    Interval: lambda value: f"_timing.Interval.parse({str(value)!r})",
    TableRecipe: _recipe,
    TypeVar: _type_variable,
    pathlib.PurePath: lambda value: f"_pathlib.Path({str(value)!r})",
}


def _is_json(value: Any, depth: int) -> bool:
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return True
    if kind is float:
        return math.isfinite(value)
    if depth > _DEEPEST:
        return False
    if kind is list:
        return all(_is_json(item, depth + 1) for item in value)
    if kind is not dict or set(value) == {PYTHON}:
        return False
    return all(type(key) is str and _is_json(item, depth + 1) for key, item in value.items())
