"""A strategy: typed parameters, and hooks that the engine calls when something became visible.

Parameters are the annotated fields of the class. A strategy takes time only from ``ctx.now`` and keeps its state on
itself or in ``ctx.state``.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, get_origin, get_type_hints

from sessionlab.errors import ConfigError
from sessionlab.timing import Interval
from sessionlab.timing.clock_time import ClockTime, is_clock_time

if TYPE_CHECKING:
    from sessionlab.engine.context import Context

_CLASS_WIDE = re.compile(r"(\w+\.)*ClassVar\b")


class Strategy:
    """The base of all strategies. Subclass it, annotate parameters, override the hooks that you need.

    ``every`` says when ``on_bar`` and ``on_step`` are called: an interval (``"5m"``: when a bar of it becomes visible),
    ``"step"`` (each moment), or a clock time of the session (``"close-5m"``).

    >>> class Cross(Strategy):
    ...     fast: int = 10
    ...     slow: int = 30
    >>> Cross(fast=5)
    Cross(fast=5, slow=30)
    """

    every: ClassVar[str] = "1m"
    _fields: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hints = inspect.get_annotations(cls)
        own = [name for name in hints if not (name.startswith("_") or name == "every" or _is_class_wide(hints[name]))]
        cls._fields = {**cls._fields, **{name: cls.__dict__.get(name, inspect.Parameter.empty) for name in own}}

    def __init__(self, **parameters: Any) -> None:
        unknown = [name for name in parameters if name not in self._fields]
        if unknown:
            raise ConfigError(
                f"{type(self).__name__} has no parameter {', '.join(unknown)}; it has {', '.join(self._fields) or 'none'}",
                strategy=type(self).__name__,
            )
        hints = _hints(type(self))
        for name, default in self._fields.items():
            if name not in parameters and default is inspect.Parameter.empty:
                raise ConfigError(f"{type(self).__name__} needs a value for {name}", strategy=type(self).__name__)
            value = _checked(self, name, parameters[name], hints) if name in parameters else copy.deepcopy(default)
            setattr(self, name, value)

    @property
    def name(self) -> str:
        """What the strategy is called in a lab: two of one name replace each other."""
        return type(self).__name__

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of its fields."""
        return {name: getattr(self, name) for name in self._fields}

    def on_start(self, ctx: Context) -> None:
        """Once, before the first session of the run."""

    def on_session_start(self, ctx: Context) -> None:
        """At each open, before any bar of the day."""

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Once per bar of ``every``, in the step in which it first became visible; never again for a correction."""

    def on_step(self, ctx: Context, symbols: tuple[str, ...]) -> None:
        """Once per boundary of ``every``, for all symbols whose bars became visible in it."""

    def on_quality(self, ctx: Context, symbol: str, interval: str, reason: str) -> None:
        """When a gap begins in the data, and for each longer bar that is skipped or incomplete."""

    def on_session_end(self, ctx: Context) -> None:
        """At each close, after the last bar."""

    def on_end(self, ctx: Context) -> None:
        """Once, after the last close of the run."""

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.name}({values})"


class FunctionStrategy(Strategy):
    """A function ``f(ctx, symbol)``, called per bar, or ``f(ctx)``, called once per boundary, as a strategy."""

    def __init__(self, function: Callable[..., Any], every: str) -> None:
        super().__init__()
        self.function = function
        self.every = every  # type: ignore[misc]
        takes = len(inspect.signature(function).parameters)
        if takes not in (1, 2):
            raise ConfigError(f"{function.__name__} takes {takes} arguments; write it as f(ctx, symbol) or f(ctx)")
        self.per_symbol = takes == 2

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Call ``f(ctx, symbol)``."""
        self.function(ctx, symbol)

    def on_step(self, ctx: Context, symbols: Sequence[str]) -> None:
        """Call ``f(ctx)``."""
        self.function(ctx)

    def __repr__(self) -> str:
        return f"{self.name}(every={self.every!r})"


def overrides(strategy: Strategy, hook: str) -> bool:
    """Whether ``strategy`` does anything in ``hook``; what does nothing is not called."""
    if isinstance(strategy, FunctionStrategy) and hook in ("on_bar", "on_step"):
        return strategy.per_symbol == (hook == "on_bar")
    return getattr(type(strategy), hook) is not getattr(Strategy, hook)


def parse_every(every: str) -> Interval | ClockTime | None:
    """When a strategy is due: an interval, a clock time, or None for each step.

    >>> parse_every("5m"), parse_every("close-5m"), parse_every("step")
    (Interval('5m'), ClockTime('close-5m'), None)
    """
    if every == "step":
        return None
    if is_clock_time(every):
        return ClockTime.parse(every)
    try:
        return Interval.parse(every)
    except ConfigError:
        raise ConfigError(
            f'every={every!r} is not a time to act; write an interval ("5m"), "step", or a clock time ("10:15", "close-5m")',
            value=every,
        ) from None


def _is_class_wide(hint: Any) -> bool:
    """Whether an annotation, perhaps still a string, says ClassVar."""
    return bool(_CLASS_WIDE.match(hint)) if isinstance(hint, str) else get_origin(hint) is ClassVar or hint is ClassVar


def _hints(kind: type[Strategy]) -> dict[str, Any]:
    try:
        return get_type_hints(kind)
    except NameError:
        return {}  # a name that only a type checker sees: nothing to check against


def _checked(strategy: Strategy, name: str, value: Any, hints: dict[str, Any]) -> Any:
    if name not in hints:
        return value
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    hint = hints[name]
    try:
        return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)
    except ValidationError as error:
        kind = getattr(hint, "__name__", str(hint))
        raise ConfigError(
            f"{type(strategy).__name__}({name}={value!r}): {name} is {kind}; {error.errors()[0]['msg']}", value=value
        ) from None
