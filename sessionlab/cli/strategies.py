"""Strategies named as ``package.module:Class``, from the folder that the command runs in or from what is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.engine.strategy import Strategy
from sessionlab.engine.user_code import load_class, named, place
from sessionlab.errors import ConfigError, SessionlabError

if TYPE_CHECKING:
    from sessionlab.lab import Lab


def use_strategies(lab: Lab, asked: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Set the strategies ``asked`` for by path, in that order; each of ``parameters`` goes to all that have it.

    Raises :class:`ConfigError` for what cannot be imported or made, is no strategy, or has no such parameter.
    """
    kinds = [load_class(path, Strategy, asked=f"--strategy {path}", plural="strategies") for path in asked]
    for name, value in parameters.items():
        if not any(name in kind._fields for kind in kinds):
            raise ConfigError(f"-p {name}={value}: {_nobody_takes_it(kinds)}", parameter=name)
    for path, kind in zip(asked, kinds, strict=True):
        own = {name: value for name, value in parameters.items() if name in kind._fields}
        try:
            lab.use(kind(**own))
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
