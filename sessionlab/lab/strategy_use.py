"""Strategies of a lab: a class with parameters, or a function of a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sessionlab.errors import ConfigError
from sessionlab.lab.seat import Seat

if TYPE_CHECKING:
    from sessionlab.engine.strategy import Strategy
    from sessionlab.lab.lab import Lab

_F = TypeVar("_F", bound=Callable[..., Any])


class StrategyUse(Seat):
    """``use``, ``every``."""

    def use(self, strategy: Strategy | type[Strategy], *, name: str | None = None) -> Lab:
        """Set a copy of ``strategy``, or replace the one of its name, from now on. ``lab.restart()`` begins again.

        ``name`` is what it is called, by default its class's name: two of one name replace each other. The book of a name stays
        with it: positions and the exits that protect them are the new one's; what the old one had sent to open more is canceled,
        so a cell that runs twice does not trade twice.
        """
        from sessionlab.engine.strategy import Strategy, renamed

        if isinstance(strategy, type) and issubclass(strategy, Strategy):
            strategy = strategy()
        if not isinstance(strategy, Strategy):
            raise ConfigError(f"lab.use takes a Strategy, not a {type(strategy).__name__}; write lab.use(Cross(fast=5))")
        self._engine.use(renamed(strategy, name))
        return cast("Lab", self)  # not Self: completion in notebooks would offer a part of the lab's names alone

    def every(self, interval: str) -> Callable[[_F], _F]:
        """A function as strategy: ``f(ctx, symbol)`` per bar, or ``f(ctx)`` per boundary. Running the cell again replaces it.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> @lab.every("5m")
        ... def watch(ctx, symbol):
        ...     ctx.state.last = ctx[symbol].bars("5m").last.close
        >>> lab.strategies
        (watch(every='5m'),)
        """

        def take(function: _F) -> _F:
            from sessionlab.engine.strategy import FunctionStrategy

            self.use(FunctionStrategy(function, interval))
            return function

        return take
