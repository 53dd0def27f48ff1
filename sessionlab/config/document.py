"""A config's document: JSON values and nothing else, with comments under keys that begin with ``_``.

What comes from code (dates, tuples, paths, intervals, columns) becomes the JSON value it stands for, once, on the
way in.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import numpy as np
import pandas as pd

from sessionlab.config.problems import Problem
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

_DEEPEST = 64
_LARGEST = 2**63
_V = TypeVar("_V")
Keys = tuple[str | int, ...]


class Frozen(dict[str, _V]):
    """A dict that nobody changes: what free sections of a config are read into."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise ConfigError("a config never changes; make another with config.replace({path: value})")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return Frozen, (dict(self),)


def plain(value: Any, problems: list[Problem], at: Keys = ()) -> Any:
    """``value`` as JSON values, a copy. What JSON cannot say becomes None and goes to ``problems``."""
    if value is None or isinstance(value, bool):
        return value
    if len(at) > _DEEPEST:
        return _bad("...", f"nothing nested deeper than {_DEEPEST} levels", problems, at)
    if isinstance(value, str):
        return _text(str(value), problems, at)
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST else _bad("...", "a whole number of at most 63 bits", problems, at)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _bad(value, "a finite number", problems, at)
    if hasattr(value, "model_dump"):  # a section, or a config
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return _object(value, problems, at)
    if isinstance(value, list | tuple):
        return [plain(item, problems, (*at, i)) for i, item in enumerate(value)]
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, dt.datetime) and value is not pd.NaT:
        return (value.date() if value.time() == dt.time.min else value).isoformat()
    if isinstance(value, dt.date | dt.time) and value is not pd.NaT:
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return _text(os.fsdecode(value), problems, at)
    if isinstance(value, Interval):
        return str(value)
    if hasattr(value, "tolist"):  # a numpy scalar or array, a pandas index or series
        return plain(value.tolist(), problems, at)
    return _bad(value, f"a JSON value; {type(value).__name__} is none", problems, at)


def without_comments(value: Any) -> Any:
    """A copy of a plain ``value`` without the keys that begin with ``_``, at any depth."""
    if isinstance(value, dict):
        return {key: without_comments(item) for key, item in value.items() if not is_comment(key)}
    return [without_comments(item) for item in value] if isinstance(value, list) else value


def is_comment(key: object) -> bool:
    """Whether what stands under ``key`` is for people only."""
    return isinstance(key, str) and key.startswith("_")


def frozen(value: Any) -> Any:
    """A plain ``value`` with lists as tuples and objects as :class:`Frozen`, at any depth."""
    if isinstance(value, Mapping):
        return Frozen({key: frozen(item) for key, item in value.items()})
    return tuple(frozen(item) for item in value) if isinstance(value, list | tuple) else value


def thawed(value: Any) -> Any:
    """The plain value that :func:`frozen` was made of."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, list | tuple) else value


def canonical(document: Any) -> str:
    """The one JSON text of a plain ``document``: keys sorted, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def path_of(keys: Keys) -> str:
    """``keys`` as a dotted path.

    >>> path_of(("session_data_config", "symbols", 0))
    'session_data_config.symbols[0]'
    """
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")
    return text or "config"


def _object(value: Mapping[Any, Any], problems: list[Problem], at: Keys) -> dict[str, Any]:
    made = {}
    for key, item in value.items():
        if isinstance(key, str):
            made[_text(key, problems, at)] = plain(item, problems, (*at, key))
        else:
            problems.append(Problem(path_of(at), key, "keys that are text"))
    return made


def _text(text: str, problems: list[Problem], at: Keys) -> Any:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _bad(ascii(text), "text that UTF-8 can hold, without half surrogates", problems, at)
    return text


def _bad(value: Any, message: str, problems: list[Problem], at: Keys) -> None:
    problems.append(Problem(path_of(at), value, message))
