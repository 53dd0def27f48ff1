"""Another time of day on the wall, while a run is made again: what decides by it decides otherwise.

``time.time`` and the like, ``pd.Timestamp.now`` and ``today`` are moved for everybody; ``datetime`` where the user's code names
it. Clocks that only measure (``perf_counter``, ``monotonic``) go on as they are.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pandas as pd

from sessionlab.proof.reach import Place

AHEAD = dt.timedelta(days=4, hours=7, minutes=13, seconds=11, microseconds=271_828)
_SECONDS = AHEAD.total_seconds()


class _AsReal(type):
    """Instances of the real class are instances of the moved one too."""

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, cls.__mro__[1])


class _Date(dt.date, metaclass=_AsReal):
    @classmethod
    def today(cls) -> Any:
        return (dt.datetime.now() + AHEAD).date()


class _DateTime(dt.datetime, metaclass=_AsReal):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return dt.datetime.now(tz) + AHEAD

    @classmethod
    def today(cls) -> Any:
        return dt.datetime.now() + AHEAD

    @classmethod
    def utcnow(cls) -> Any:
        return dt.datetime.now(dt.UTC).replace(tzinfo=None) + AHEAD


_MODULE = ModuleType("datetime")
_MODULE.__dict__.update({name: value for name, value in vars(dt).items() if not name.startswith("__")})
_MODULE.__dict__.update(datetime=_DateTime, date=_Date)

_real = {name: getattr(time, name) for name in ("time", "time_ns", "localtime", "gmtime", "ctime")}
_moved: dict[str, Callable[..., Any]] = {
    "time": lambda: _real["time"]() + _SECONDS,
    "time_ns": lambda: _real["time_ns"]() + int(_SECONDS * 1e9),
    "localtime": lambda seconds=None: _real["localtime"](_real["time"]() + _SECONDS if seconds is None else seconds),
    "gmtime": lambda seconds=None: _real["gmtime"](_real["time"]() + _SECONDS if seconds is None else seconds),
    "ctime": lambda seconds=None: _real["ctime"](_real["time"]() + _SECONDS if seconds is None else seconds),
}


@contextmanager
def another_time(places: Sequence[Place]) -> Iterator[None]:
    """While entered it is :data:`AHEAD` later, as far as code at ``places`` can see."""
    stamps = {name: pd.Timestamp.__dict__.get(name) for name in ("now", "today", "utcnow")}
    put = [(place, moved) for place in places if (moved := _moved_of(place.value)) is not None]
    try:
        for name, function in _moved.items():
            setattr(time, name, function)
        real_now = pd.Timestamp.now
        for name in ("now", "today"):
            _set(name, staticmethod(lambda tz=None: real_now(tz) + AHEAD))
        for place, moved in put:
            place.put(moved)
        yield
    finally:
        for place, _ in put:
            place.put(place.value)
        for name in ("now", "today"):
            if stamps[name] is not None:
                _set(name, stamps[name])
        for name, function in _real.items():
            setattr(time, name, function)


def _set(name: str, value: Any) -> None:
    setattr(pd.Timestamp, name, value)


def _moved_of(value: Any) -> Any:
    if value is dt:
        return _MODULE
    if value is dt.datetime:
        return _DateTime
    if value is dt.date:
        return _Date
    for name, function in _real.items():
        if value is function:
            return _moved[name]
    return None
