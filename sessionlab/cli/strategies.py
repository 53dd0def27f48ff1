"""Strategies named as ``package.module:Class``, from the folder that the command runs in or from what is installed."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.cli.endings import named, own_frames
from sessionlab.config.names import MODULE_PATTERN
from sessionlab.config.problems import nearest
from sessionlab.engine.strategy import Strategy
from sessionlab.errors import ConfigError, SessionlabError

if TYPE_CHECKING:
    from sessionlab.lab import Lab


def use_strategies(lab: Lab, asked: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Set the strategies ``asked`` for by path, in that order; each of ``parameters`` goes to all that have it.

    Raises :class:`ConfigError` for what cannot be imported or made, is no strategy, or has no such parameter.
    """
    kinds = [load_strategy(path) for path in asked]
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
            raise ConfigError(f"--strategy {path}: making it raised {named(why)}{_place(why)}", strategy=path) from why


def load_strategy(path: str) -> type[Strategy]:
    """The strategy class at ``package.module:Class``. Raises :class:`ConfigError` where there is none."""
    if not re.fullmatch(MODULE_PATTERN, path):
        raise ConfigError(f"--strategy {path}: that names no class; write package.module:Class", strategy=path)
    module_name, _, class_name = path.partition(":")
    module = _import(module_name, path)
    found: Any = module
    for name in class_name.split("."):
        found = getattr(found, name, None)
    if isinstance(found, type) and issubclass(found, Strategy) and found is not Strategy:
        return found
    there = [
        name for name, it in vars(module).items() if isinstance(it, type) and issubclass(it, Strategy) and it is not Strategy
    ]
    near = nearest(class_name, there)
    hint = (
        f"did you mean {module_name}:{near}?"
        if near
        else f"its strategies are {', '.join(there)}"
        if there
        else "it has no strategies"
    )
    what = f"there is no {class_name}" if found is None else f"{class_name} is not a subclass of sessionlab.Strategy"
    raise ConfigError(f"--strategy {path}: {what} in {getattr(module, '__file__', module_name)}; {hint}", strategy=path)


def _import(name: str, path: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except Exception as why:  # whatever a module may do when it is imported
        if isinstance(why, ModuleNotFoundError) and why.name is not None and f"{name}.".startswith(f"{why.name}."):
            raise ConfigError(
                f"--strategy {path}: there is no module {why.name} in {here}, nor is it installed; "
                "run in the folder that holds it, or set PYTHONPATH",
                strategy=path,
            ) from None
        raise ConfigError(f"--strategy {path}: importing {name} raised {named(why)}{_place(why)}", strategy=path) from why


def _place(why: BaseException) -> str:
    if isinstance(why, SyntaxError):
        return ""
    return "".join(f" ({frame.filename}:{frame.lineno})" for frame in own_frames(why)[-1:])


def _nobody_takes_it(kinds: Sequence[type[Strategy]]) -> str:
    if not kinds:
        return "there is no strategy to give it to; name one with --strategy package.module:Class"
    return "no strategy has it: " + "; ".join(
        f"{kind.__name__} takes {', '.join(kind._fields) or 'no parameters'}" for kind in kinds
    )
