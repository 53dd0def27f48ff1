"""A strategy: typed parameters, and hooks that the engine calls when something became visible.

Parameters are the annotated fields of the class. A strategy takes time only from ``ctx.now`` and keeps its state on
itself or in ``ctx.state``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sessionlab.engine.callables import refuse_async, signature, takes
from sessionlab.engine.parameters import Parameters, copied
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval, TradingSession
from sessionlab.timing.clock_time import ClockTime, is_clock_time
from sessionlab.timing.interval import near_interval

if TYPE_CHECKING:
    from sessionlab.engine.context import Context
    from sessionlab.trading.ledger import Fill


class Strategy(Parameters):
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
    _settings: ClassVar[frozenset[str]] = frozenset({"every"})
    _called: str | None = None

    @property
    def name(self) -> str:
        """What it is called in a lab, and what its book is kept under: two of one name replace each other."""
        return self._called or type(self).__name__

    def on_start(self, ctx: Context) -> None:
        """Once, before the first session of the run; when set later, in the next step."""

    def on_session_start(self, ctx: Context) -> None:
        """At each open, before any bar of the day; when set in the middle of a session, from now on: in its next step."""

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Once per bar of ``every``, in the step in which it first became visible; never again for a correction."""

    def on_step(self, ctx: Context, symbols: tuple[str, ...]) -> None:
        """Once per boundary of ``every``, for all symbols whose bars became visible in it."""

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """For each fill of its orders, at the moment at which it becomes known, before any other hook of that moment."""

    def on_quality(self, ctx: Context, symbol: str, interval: str, reason: str) -> None:
        """When a gap begins in the data, and for each longer bar that is skipped or incomplete."""

    def on_session_end(self, ctx: Context) -> None:
        """At each close, after the last bar."""

    def on_end(self, ctx: Context) -> None:
        """Once, after the last close of the run."""


class FunctionStrategy(Strategy):
    """A function ``f(ctx, symbol)``, called per bar, or ``f(ctx)``, called once per boundary, as a strategy."""

    def __init__(self, function: Callable[..., Any], every: str) -> None:
        super().__init__()
        if not callable(function):
            raise ConfigError(f"{function!r} is not a function; write f(ctx, symbol) or f(ctx)", value=function)
        self.function = function
        self.every = every  # type: ignore[misc]
        refuse_async(function, self.name)
        if takes(function, 2):
            self.per_symbol = True
        elif takes(function, 1):
            self.per_symbol = False
        else:
            raise ConfigError(
                f"{self.name}{signature(function)} cannot be called; write it as {self.name}(ctx, symbol) or {self.name}(ctx)",
                value=function,
            )

    @property
    def name(self) -> str:
        """The function's name."""
        return self._called or str(getattr(self.function, "__name__", type(self.function).__name__))

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Call ``f(ctx, symbol)``."""
        self.function(ctx, symbol)

    def on_step(self, ctx: Context, symbols: Sequence[str]) -> None:
        """Call ``f(ctx)``."""
        self.function(ctx)

    def __repr__(self) -> str:
        return f"{self.name}(every={self.every!r})"


def renamed(strategy: Strategy, name: str | None) -> Strategy:
    """A copy of ``strategy`` under another ``name``; with None, or its own, it stays itself."""
    if name is None or name == strategy.name:
        return strategy
    other = copied(strategy)
    other._called = name
    return other


HOOKS = {
    "on_start": ("ctx",),
    "on_session_start": ("ctx",),
    "on_bar": ("ctx", "symbol"),
    "on_step": ("ctx", "symbols"),
    "on_fill": ("ctx", "fill"),
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
        refuse_async(hook, f"{kind.__name__}.{name}")
        if not takes(hook, len(HOOKS[name])):
            raise ConfigError(
                f"{kind.__name__}.{name}{signature(hook)} cannot be called; write it as "
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
