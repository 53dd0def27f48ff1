"""What a config names as ``package.module:Class``: made with the parameters that it gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

from sessionlab.config.document import thawed
from sessionlab.engine.strategy import Strategy, check_hooks, renamed
from sessionlab.engine.user_code import load_class, named, place
from sessionlab.errors import ConfigError, SessionlabError

if TYPE_CHECKING:
    from sessionlab.config.session_data import ScannerEntry, StrategyEntry

_Kind = TypeVar("_Kind")


def made(
    entry: ScannerEntry | StrategyEntry, base: type[_Kind], where: str, plural: str, check: Callable[[_Kind], object]
) -> _Kind:
    """The instance of a subclass of ``base`` that ``entry``, which stands at ``where``, names; ``check`` looks at it.

    Raises :class:`ConfigError` for one that cannot be imported or made.
    """
    asked = f"{where}.module {entry.module}"
    kind: Callable[..., _Kind] = load_class(entry.module, base, asked=asked, plural=plural)
    try:
        one = kind(**thawed(entry.config))
        check(one)
    except SessionlabError as why:
        raise ConfigError(f"{where}: {why}", module=entry.module) from None
    except Exception as why:  # whatever a class may do when it is made
        raise ConfigError(f"{asked}: making it raised {named(why)}{place(why)}", module=entry.module) from why
    return one


def configured_strategies(entries: Sequence[StrategyEntry]) -> list[Strategy]:
    """The strategies of a config that are enabled, in its order; a second one of a class gets a number to its name."""
    strategies: list[Strategy] = []
    for i, entry in enumerate(entries):
        if entry.enabled:
            strategy = made(entry, Strategy, f"session_data_config.strategies[{i}]", "strategies", check_hooks)
            strategies.append(renamed(strategy, free_name(strategy.name, {other.name for other in strategies})))
    return strategies


def free_name(name: str, taken: Collection[str]) -> str:
    """``name``, or where it is taken ``name 2``, ``name 3`` and so on."""
    return next(free for free in (name, *(f"{name} {n}" for n in range(2, len(taken) + 3))) if free not in taken)
