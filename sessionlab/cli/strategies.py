"""Strategies named as ``package.module:Class``, from the folder that the command runs in or from what is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sessionlab.config.problems import nearest
from sessionlab.engine.strategy import Strategy
from sessionlab.engine.user_code import load_class, named, place
from sessionlab.errors import ConfigError, SessionlabError

if TYPE_CHECKING:
    from sessionlab.lab import Lab


def use_strategies(lab: Lab, asked: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Set the strategies ``asked`` for by path, in that order; each of ``parameters`` goes to all that have it.

    Raises :class:`ConfigError` for what cannot be imported or made, is no strategy, or has no such parameter.
    """
    for path, strategy in zip(asked, made_strategies(asked, parameters), strict=True):
        with _said_of(path):
            lab.use(strategy)


def made_strategies(asked: Sequence[str], parameters: Mapping[str, Any]) -> list[Strategy]:
    """The same without a lab: the strategies. Raises likewise."""
    kinds = [load_class(path, Strategy, asked=f"--strategy {path}", plural="strategies") for path in asked]
    for name, value in parameters.items():
        if not any(name in kind._fields for kind in kinds):
            near = nearest(name, [field for kind in kinds for field in kind._fields])
            hint = "" if near is None else f" (did you mean {near}?)"
            raise ConfigError(f"-p {name}={value}: {_nobody_takes_it(kinds)}{hint}", parameter=name)
    made = []
    for path, kind in zip(asked, kinds, strict=True):
        with _said_of(path):
            made.append(kind(**{name: value for name, value in parameters.items() if name in kind._fields}))
    return made


@contextmanager
def _said_of(path: str) -> Iterator[None]:
    try:
        yield
    except SessionlabError:
        raise
    except Exception as why:  # whatever a class may do when it is made or copied
        raise ConfigError(f"--strategy {path}: making it raised {named(why)}{place(why)}", strategy=path) from why


def _nobody_takes_it(kinds: Sequence[type[Strategy]]) -> str:
    if not kinds:
        return "there is no strategy to give it to; name one with --strategy package.module:Class"
    return "no strategy has it: " + "; ".join(
        f"{kind.__name__} takes {', '.join(kind._fields) or 'no parameters'}" for kind in kinds
    )
