"""Any causal function of columns as an indicator: ``sl.indicator(fn, interval="5m")``.

The function is part of its identity, so a cell that is run again, and defines it anew, makes another indicator.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.ours import NOT_A_NUMBER
from sessionlab.derive.indicators.recipe import TAKEN, Outputs, Recipe, every_bar, set_once
from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval, TradingSession

Fn = Callable[[Columns], Any]


class FunctionRecipe(Recipe):
    """``fn`` on bars of ``interval``. It is made by :func:`indicator`, which makes each only once."""

    __slots__ = ("fn", "name", "names")

    fn: Fn
    name: str
    names: tuple[str, ...]

    def __init__(self, fn: Fn, interval: Interval | None, name: str, names: tuple[str, ...]) -> None:
        text = f"{name}({'' if interval is None else interval})"
        set_once(self, fn=fn, interval=interval, name=name, names=names, text=text)

    def on(self, interval: Interval) -> Recipe:
        """The same on bars of ``interval``."""
        return indicator(self.fn, interval, name=self.name, outputs=self.names)

    def outputs(self, columns: Columns) -> Outputs:
        """What the function gives for ``columns``, checked for its shape. Without any bar it is not asked.

        It is given copies, so that not even a slip in strides reaches a bar that is not among them. Raises
        :class:`ConfigError` for anything that is not a series of numbers per bar, and for what the function raises.
        """
        if len(columns) == 0:
            return dict.fromkeys(self.names or (self.name,), np.empty(0))
        try:
            given = self.fn(columns.apart())
        except SessionlabError:
            raise
        except Exception as why:
            writes = isinstance(why, ValueError) and "read-only" in str(why)
            remedy = "the bars are read-only, so copy a column before you write into it" if writes else "see the error above"
            over = f"over the first {len(columns)} bars"
            raise ConfigError(f"{self} raised {type(why).__name__} {over}: {why}; {remedy}", indicator=str(self)) from why
        named = self._by_name(given)
        return {name: self._series(name, value, len(columns)) for name, value in named.items()}

    @property
    def named(self) -> bool:
        """Whether it bears another name than its function."""
        return self.name != _called(self.fn)

    @property
    def names_when_called(self) -> bool:  # type: ignore[override]  # read-only here
        """Whether a dict of the function's may name its outputs."""
        return not self.names

    @property
    def needs(self) -> int:
        """How many bars it takes for a first number: the function alone knows."""
        return 1

    def lacks(self, before: Sequence[TradingSession]) -> str:
        """Why there may be no number."""
        return NOT_A_NUMBER

    def under(self, columns: Columns) -> Int64s:
        """Number of the first bar that may stand under each value."""
        return every_bar(columns)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.fn, self.interval, self.name, self.names)

    def _by_name(self, given: Any) -> Mapping[str, Any]:
        if isinstance(given, Mapping):
            names = tuple(given)
            if self.names and set(self.names) != set(names):
                raise ConfigError(f"{self} gives {', '.join(map(str, names))}; its outputs are {', '.join(self.names)}")
            _check_names(names, str(self))
            return {name: given[name] for name in self.names or names}
        if isinstance(given, tuple):
            if len(given) != len(self.names):
                said = f"outputs names {len(self.names)}" if self.names else "outputs=(...) must name each"
                raise ConfigError(f"{self} gives a tuple of {len(given)}, and {said}", indicator=str(self))
            return dict(zip(self.names, given, strict=True))
        if len(self.names) > 1:
            raise ConfigError(f"{self} gives one series, and outputs names {', '.join(self.names)}", indicator=str(self))
        return {self.names[0] if self.names else self.name: given}

    def _series(self, name: str, value: Any, size: int) -> Float64s:
        of = f"{self} gives as {name}" if len(self.names) > 1 else f"{self} gives"
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ConfigError(
                f"{of} {type(value).__name__} of {array.dtype}; give numbers, one for each bar", indicator=str(self)
            )
        if array.shape != (size,):
            raise ConfigError(
                f"{of} shape {array.shape} for {size} bars; give one number for each bar, NaN where there is none",
                indicator=str(self),
            )
        return array.astype(np.float64)  # always a copy: what the function keeps stays its own


_MADE: WeakValueDictionary[Any, FunctionRecipe] = WeakValueDictionary()
_LOCK = Lock()


def indicator(
    fn: Fn, interval: str | Interval | None = None, *, name: str | None = None, outputs: Sequence[str] = ()
) -> FunctionRecipe:
    """A function of your own as an indicator on bars of ``interval``, the finest ones where nothing is said.

    ``fn`` is called with the bars of window and today that are known now: ``bars.open``, ``high``, ``low``, ``close``,
    ``volume`` (float64), ``start`` (ns UTC), ``session`` (the number of each bar's session), ``first`` (of that session's
    first bar), ``position`` (of the bar in its session), each a read-only array of shape (bars,). It returns an array of that
    shape, or several as a tuple, named by ``outputs``, or a dict; what a dict names is known at the first bar, unless
    ``outputs`` names it as well. What stands at a bar may depend on that bar and earlier ones alone: a function that looks
    ahead raises :class:`LookAheadError`, at the first look where cuts of the bars show it, else as soon as it tells something
    else of a bar that was known before.

    It is called once at each moment that somebody asks about and that has new bars, with all of them: read at each of n bars
    it goes over n x n / 2. Columns by numpy do that for the seconds of a day. Make it once, beside the function, not at each bar.

    >>> def body(bars):
    ...     return bars.close - bars.open
    >>> indicator(body, "5m") is indicator(body, interval="5m")
    True
    >>> indicator(body, "5m")
    <body(5m)>
    """
    if isinstance(fn, Recipe) or not callable(fn):
        raise ConfigError(f"sl.indicator takes a function of bars, not {fn!r}", value=fn)
    called = _called(fn) if name is None else name
    names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    _check_names(names, f"sl.indicator {called}")
    width = None if interval is None else Interval.parse(interval)
    key = _identity(fn), width, called, names
    with _LOCK:
        made = _MADE.get(key)
        if made is None:
            made = _MADE[key] = FunctionRecipe(fn, width, called, names)
        return made


def _again(fn: Fn, interval: Interval | None, name: str, names: tuple[str, ...]) -> FunctionRecipe:
    return indicator(fn, interval, name=name, outputs=names)


def _called(fn: Fn) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__)).strip("<>")


def _identity(fn: Fn) -> object:
    try:
        hash(fn)
    except TypeError:
        return id(fn)  # it lives as long as the recipe that holds it
    return fn


def _check_names(names: tuple[Any, ...], whose: str) -> None:
    for name in names:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            raise ConfigError(f"{whose}: {name!r} cannot name an output; take a word of letters, digits and _, as in upper")
        if name in TAKEN:
            taken = ", ".join(sorted(TAKEN))
            raise ConfigError(f"{whose}: {name!r} cannot name an output; views have {taken} for something else")
    if len(set(names)) < len(names):
        raise ConfigError(f"{whose}: outputs {', '.join(names)} name one twice")
