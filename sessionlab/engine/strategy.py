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
from sessionlab.timing import Interval, TradingSession
from sessionlab.timing.clock_time import ClockTime, is_clock_time
from sessionlab.timing.interval import near_interval

if TYPE_CHECKING:
    from sessionlab.engine.context import Context

_CLASS_WIDE = re.compile(r"(\w+\.)*ClassVar\b")


class Strategy:
    """The base of all strategies. Subclass it, annotate parameters, override the hooks that you need.

    ``every`` says when ``on_bar`` and ``on_step`` are called: an interval (``"5m"``: when a bar of it becomes visible),
    ``"step"`` (each moment), or a clock time of the session (``"close-5m"``). In a session that does not have it, ``"15:00"``
    on a day that closes at 13:00, nothing is called; one that no session of the run has, ``"17:00"``, is refused.

    A hook is a plain method with the arguments below. A misspelt, async or otherwise shaped one is refused when the strategy
    is used.

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
        taken = [name for name in own if isinstance(getattr(cls, name, None), property)]
        if taken:
            names = ", ".join(taken)
            raise ConfigError(f"{cls.__name__} cannot have a parameter {names}: the lab asks a strategy for that; rename it")
        cls._fields = {**cls._fields, **{name: cls.__dict__.get(name, inspect.Parameter.empty) for name in own}}

    def __init__(self, *values: Any, **parameters: Any) -> None:
        if values:
            kind = type(self).__name__
            named = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, values, strict=False))
            example = f"{kind}({named})" if len(values) <= len(self._fields) else f"it has {', '.join(self._fields) or 'none'}"
            raise ConfigError(f"{kind} takes its parameters by name, not by position: {example}", strategy=kind)
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
        """Once, before the first session of the run; when set later, in the next step."""

    def on_session_start(self, ctx: Context) -> None:
        """At each open, before any bar of the day; when set in the middle of a session, from now on: in its next step."""

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
        if not callable(function):
            raise ConfigError(f"{function!r} is not a function; write f(ctx, symbol) or f(ctx)", value=function)
        self.function = function
        self.every = every  # type: ignore[misc]
        _refuse_async(function, self.name)
        if _takes(function, 2):
            self.per_symbol = True
        elif _takes(function, 1):
            self.per_symbol = False
        else:
            raise ConfigError(
                f"{self.name}{_signature(function)} cannot be called; write it as {self.name}(ctx, symbol) or {self.name}(ctx)",
                value=function,
            )

    @property
    def name(self) -> str:
        """The function's name."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Call ``f(ctx, symbol)``."""
        self.function(ctx, symbol)

    def on_step(self, ctx: Context, symbols: Sequence[str]) -> None:
        """Call ``f(ctx)``."""
        self.function(ctx)

    def __repr__(self) -> str:
        return f"{self.name}(every={self.every!r})"


HOOKS = {
    "on_start": ("ctx",),
    "on_session_start": ("ctx",),
    "on_bar": ("ctx", "symbol"),
    "on_step": ("ctx", "symbols"),
    "on_quality": ("ctx", "symbol", "interval", "reason"),
    "on_session_end": ("ctx",),
    "on_end": ("ctx",),
}
"""The hooks, and what each is called with."""


def check_hooks(strategy: Strategy) -> None:
    """Raise :class:`ConfigError` for a hook that would never run, or that would fail at its first call.

    That is a method ``on_...`` that is no hook, an async one, and one that does not take what the hook is called with.
    """
    from sessionlab.config.problems import nearest

    kind = type(strategy)
    for name in dir(kind):
        if not name.startswith("on_") or name in kind._fields or not callable(getattr(kind, name)):
            continue
        hook = getattr(strategy, name)
        if name not in HOOKS:
            near = nearest(name, list(HOOKS))
            hint = f"did you mean {near}?" if near else f"hooks are {', '.join(HOOKS)}"
            raise ConfigError(
                f"{kind.__name__}.{name} is not a hook and would never be called; {hint} "
                "(a method of your own needs a name that does not begin with on_)",
                strategy=kind.__name__,
                hook=name,
            )
        _refuse_async(hook, f"{kind.__name__}.{name}")
        if not _takes(hook, len(HOOKS[name])):
            raise ConfigError(
                f"{kind.__name__}.{name}{_signature(hook)} cannot be called; write it as "
                f"def {name}(self, {', '.join(HOOKS[name])})",
                strategy=kind.__name__,
                hook=name,
            )


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
        near = near_interval(every)
        hint = "" if near is None else f" (did you mean {near}?)"
        raise ConfigError(
            f'every={every!r} is not a time to act; write an interval ("5m"), "step", or a clock time '
            f'("10:15", "close-5m"){hint}',
            value=every,
        ) from None


def check_every(every: str, sessions: Sequence[TradingSession]) -> None:
    """Raise :class:`ConfigError` for a clock time that none of ``sessions`` has, and for what is no time to act."""
    due = parse_every(every)
    if not isinstance(due, ClockTime) or any(session.open_ns <= due.at(session) <= session.close_ns for session in sessions):
        return
    longest = max(sessions, key=lambda session: session.close_ns - session.open_ns)
    raise ConfigError(
        f"every={every!r} is a time that no session of this run has, so nothing would ever be called; "
        f"the longest one is {longest} ({longest.tz})",
        value=every,
    )


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether ``function`` can be called with ``count`` arguments by position."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True  # written in C and without a signature: nothing to check against
    return True


def _signature(function: Callable[..., Any]) -> str:
    return f"({', '.join(inspect.signature(function).parameters)})"


def _refuse_async(function: Callable[..., Any], name: str) -> None:
    tests = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
    if any(is_lazy(function) for is_lazy in tests):
        raise ConfigError(
            f"{name} is async or has a yield, so calling it would run nothing; hooks are plain functions: "
            "write def without async, and no yield",
            hook=name,
        )


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
