"""Copies of what strategies remember: taken at a moment, restored as often as one likes, also into a fork of the lab.

A copy is bytes, so nothing that happens later reaches it. What belongs to the engine (orders, positions, views, the data) is no
part of it: it is named, and looked up in the lab that the copy is restored into, so that views go on and follow that lab's clock.
Classes, functions and modules stay themselves: a class that a cell defines anew later is another one.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np

from sessionlab.engine.context import Looking
from sessionlab.engine.trader import Trader
from sessionlab.errors import RewindError
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Cut
from sessionlab.session.data import SessionData, SymbolData
from sessionlab.session.indicators import IndicatorView
from sessionlab.session.present import Present
from sessionlab.session.quotes import QuoteView
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import Rows, Telling
from sessionlab.trading.account import Position
from sessionlab.trading.order import Order

Key = tuple[Any, ...]

_THEMSELVES = (type, FunctionType, BuiltinFunctionType, ModuleType, Cut, Rows, Telling, SessionRows)


class Owner(Protocol):
    """The lab's side of a copy: what belongs to the engine, by name."""

    def key_of(self, thing: Any) -> Key | None:
        """The name of ``thing``, None where it is none of the engine's."""
        ...

    def thing_of(self, key: Key) -> Any:
        """What has that name now."""
        ...


class Copied(NamedTuple):
    """A copy: its bytes, and what stands for itself in them."""

    data: bytes
    kept: tuple[Any, ...]

    def is_same(self, other: Copied) -> bool:
        """Whether restoring it gives the same: equal bytes, and the very things that stand for themselves."""
        return self.data == other.data and all(mine is theirs for mine, theirs in zip(self.kept, other.kept, strict=True))


def take(thing: Any, owner: Owner) -> Copied:
    """A copy of ``thing``, which belongs to ``owner``. Raises whatever a part of it raises that cannot be copied."""
    file = io.BytesIO()
    pickler = _Pickler(file, owner)
    pickler.dump(thing)
    return Copied(file.getvalue(), tuple(pickler.kept))


def restore(copied: Copied, owner: Owner) -> Any:
    """What was copied, in the hands of ``owner``."""
    return _Unpickler(io.BytesIO(copied.data), copied.kept, owner).load()


def refusal(at_work: Iterable[tuple[str, Any, Any]], owner: Owner, why: BaseException) -> RewindError:
    """Which attribute cannot be copied, of somebody ``at_work`` (name, strategy or scanner) or of the state of its context.

    It is the error of who wants to go back.
    """
    for name, one, state in at_work:
        named = {f"{name}.{attribute}": (attribute, value) for attribute, value in vars(one).items()}
        named |= {f"ctx.state.{attribute} of {name}": (attribute, value) for attribute, value in vars(state).items()}
        for words, (attribute, value) in named.items():
            try:
                take(value, owner)
            except Exception as reason:  # whatever an attribute may do when it is copied
                return RewindError(
                    f"{words} is a {type(value).__name__}, which cannot be copied ({reason}); so the lab cannot go back: keep "
                    "such things outside of the strategy, or make them where they are used",
                    strategy=name,
                    attribute=attribute,
                )
    return RewindError(f"what the strategies remember cannot be copied ({why}); so the lab cannot go back")


def _look_up(key: Key) -> Any:
    raise RewindError("a copy is restored by sessionlab.engine.copies.restore alone")


def _kept(number: int) -> Any:
    raise RewindError("a copy is restored by sessionlab.engine.copies.restore alone")


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, owner: Owner) -> None:
        super().__init__(file, protocol=5)
        self.kept: list[Any] = []
        self._owner = owner
        self._numbers: dict[int, int] = {}

    def reducer_override(self, thing: Any) -> Any:
        if thing is _look_up or thing is _kept:
            return NotImplemented
        kind = type(thing)
        if isinstance(thing, _THEMSELVES):
            return _kept, (self._keep(thing),)
        if kind is BarView or kind is IndicatorView or kind is QuoteView:
            return _view(thing)
        if kind is MappingProxyType:  # ctx.positions
            return _proxy, (dict(thing),)
        key = self._owner.key_of(thing)
        if key is not None:
            return _look_up, (key,)
        if kind in (Order, Position, Present, SessionData, SymbolData) or isinstance(thing, Looking | Trader):
            return _kept, (self._keep(thing),)  # of another lab, or of a look back: it does not follow this clock
        if hasattr(kind, "__deepcopy__") and kind is not np.ndarray:
            return copy.deepcopy, (_Once(self._keep(copy.deepcopy(thing))),)
        return NotImplemented

    def _keep(self, thing: Any) -> int:
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self.kept)
            self.kept.append(thing)
        return number


class _Once:
    """Stands for something kept, of which each restoring makes a copy of its own."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> Any:
        return _kept, (self.number,)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: tuple[Any, ...], owner: Owner) -> None:
        super().__init__(file)
        self._found: dict[str, Callable[[Any], Any]] = {"_kept": kept.__getitem__, "_look_up": owner.thing_of}

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in self._found:
            return self._found[name]
        return super().find_class(module, name)


def _proxy(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


def _view(view: Any) -> tuple[Any, ...]:
    """How a view is made again, on the present that it follows."""
    if isinstance(view, BarView):
        return BarView, (view._present, view._symbol, view.interval, view._measured, view._part)
    if isinstance(view, IndicatorView):
        return IndicatorView, (view._present, view._symbol, view.recipe, view._part)
    return QuoteView, (view._present, view._symbol)
