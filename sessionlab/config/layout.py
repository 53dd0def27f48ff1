"""Where everything stands in a config: which keys an object may have, and where a misplaced one belongs.

It is read off the models, so that errors, ``replace`` and the models cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from sessionlab.config.allowed import Says
from sessionlab.config.document import Keys, is_comment, path_of
from sessionlab.config.problems import Problem, is_secret, masked, nearest
from sessionlab.config.section import Section
from sessionlab.config.sections import Document
from sessionlab.errors import ConfigError

_PATH = re.compile(r"[^.\[\]]+(\.[^.\[\]]+|\[[0-9]+\])*")


def keys_of(path: str) -> Keys:
    """The keys behind a dotted path; list positions as ``symbols[0]`` or ``symbols.0``.

    >>> keys_of("session_data_config.symbols[0]")
    ('session_data_config', 'symbols', 0)
    """
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ConfigError(f"{path!r} is not a path; write keys with dots between, as in backtest_config.end_date", path=path)
    words = path.replace("[", ".").replace("]", "").split(".")
    return tuple(int(word) if word.isascii() and word.isdigit() else word for word in words)


def section_at(keys: Keys) -> type[Section] | None:
    """The model of the object at ``keys``, None where a free object or a value stands."""
    place: Any = Document
    for key in keys:
        place = _inside(place, key)
    return _bare(place) if _is_section(_bare(place)) else None


def unknown_key(keys: Keys, value: Any) -> Problem:
    """The problem of a key that its object does not have, with the key that was probably meant."""
    *before, key = keys
    section = section_at(tuple(before))
    known = list(section.model_fields) if section is not None else []
    path = path_of(keys)
    if is_secret(str(key)):
        return Problem(path, "***", "no such key: secrets never stand in a config, they come from the environment or a keyring")
    near = nearest(key, known)
    elsewhere = [place if "." in place else "the top" for place in _fields() if place.rpartition(".")[2] == key]
    if near is None and elsewhere:
        return Problem(path, value, f"no such key here; {key} belongs at {' or '.join(elsewhere)}")
    return Problem(path, value, f"no such key; the keys here are {', '.join(known)}", None if near is None else f'"{near}"')


def required(keys: Keys) -> str:
    """What stands at ``keys``, in words, for an object that lacks it."""
    *before, key = keys
    section = section_at(tuple(before))
    if section is None or key not in section.model_fields:
        return "required"
    field = section.model_fields[str(key)]
    says = [item.text for item in field.metadata if isinstance(item, Says)]
    return f"required: {says[0] if says else (field.description or '').rstrip('.')}"


def put(document: dict[str, Any], path: str, value: Any) -> Problem | None:
    """Put ``value`` at ``path``, making the objects on the way. Returns the problem of a path that there cannot be."""
    keys, shown = keys_of(path), "***" if is_secret(path) else masked(value)
    holder: Any = document
    place: Any = Document
    for depth, key in enumerate(keys):
        here, last = path_of(keys[:depth]), depth == len(keys) - 1
        inside = _inside(place, key)
        if isinstance(holder, list):
            if not isinstance(key, int) or key >= len(holder):
                return Problem(path, shown, f"no such entry; {here} has {len(holder)}, counted from 0")
        elif not isinstance(holder, dict) or inside is None:
            return _no_such_path(path, keys[: depth + 1], shown)
        name = key if isinstance(holder, list) else str(key)
        if last:
            holder[name] = value
            return None
        if isinstance(holder, dict) and holder.get(name) is None and not _is_list(inside):
            holder[name] = {}
        if isinstance(holder, dict) and name not in holder:
            return Problem(path, shown, f"no such entry; {path_of(keys[: depth + 1])} has none")
        holder, place = holder[name], inside
    return None


def _no_such_path(path: str, keys: Keys, shown: Any) -> Problem:
    section = section_at(keys[:-1])
    if section is None:
        return Problem(path, shown, f"no such path; {path_of(keys[:-1])} is a single value")
    last = path.rpartition(".")[2]
    same = [place for place in _fields() if place.rpartition(".")[2] == last]
    near = same[0] if len(same) == 1 else nearest(path, _fields())
    if near is None:
        sibling = nearest(keys[-1], list(section.model_fields))
        near = None if sibling is None else path_of((*keys[:-1], sibling))
    return Problem(
        path,
        shown,
        f"no such path; the keys of {path_of(keys[:-1])} are {', '.join(section.model_fields)}",
        None if near is None else f'"{near}"',
    )


@lru_cache(maxsize=1)
def _fields() -> tuple[str, ...]:
    return tuple(_walk(Document, ()))


def _walk(section: type[Section], at: Keys) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield path_of((*at, name))
        inside = _bare(field.annotation)
        if _is_section(inside):
            yield from _walk(inside, (*at, name))


def _inside(place: Any, key: str | int) -> Any:
    """The type of what stands under ``key`` of something of type ``place``; None where nothing may."""
    bare = _bare(place)
    if bare is Any or is_comment(key):
        return Any
    if _is_section(bare):
        field = bare.model_fields.get(str(key))
        return None if field is None else field.annotation
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is tuple:
        return arguments[0] if isinstance(key, int) else None
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1]
    return None


def _bare(place: Any) -> Any:
    """``place`` without annotations, and without what else a union may be (None, a word)."""
    while get_origin(place) in (Annotated, Union, UnionType):
        parts = get_args(place)[:1] if get_origin(place) is Annotated else get_args(place)
        place = next(part for part in parts if part is not NoneType and get_origin(part) is not Literal)
    return place


def _is_section(place: Any) -> bool:
    return isinstance(place, type) and issubclass(place, Section)


def _is_list(place: Any) -> bool:
    return get_origin(_bare(place)) is tuple
