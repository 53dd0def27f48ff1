"""An attribute that completion may look behind: ``lab.data["<tab>`` offers symbols.

IPython's completion reads no property, since one may do anything; it reads every other descriptor. So this one is for what costs
nothing to read, changes nothing, and gives a thing with keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, Self, TypeVar, overload

_T = TypeVar("_T")


class browsable(Generic[_T]):  # it is written as ``property`` is
    """As ``property``, for reading alone."""

    def __init__(self, read: Callable[[Any], _T]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.__name__ = name

    @overload
    def __get__(self, holder: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, holder: Any, owner: type | None = None) -> _T: ...
    def __get__(self, holder: Any, owner: type | None = None) -> Self | _T:
        return self if holder is None else self._read(holder)

    def __set__(self, holder: Any, value: Any) -> NoReturn:
        raise AttributeError(f"{self.__name__} of a {type(holder).__name__} cannot be set")
