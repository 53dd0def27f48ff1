"""Code of the user's: classes named as ``package.module:Class``, and the user's own lines on the way to an error.

A class is looked for in the folder that the process runs in, then in what is installed.
"""

from __future__ import annotations

import importlib
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import Any, TypeVar

from sessionlab.config.names import MODULE_PATTERN
from sessionlab.config.problems import nearest
from sessionlab.errors import ConfigError

_OURS = str(Path(__file__).parents[1])
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_Kind = TypeVar("_Kind")

MARKET_TIME = " market time"
"""How the engine's note of where an error was raised ends."""


def load_class(path: str, base: type[_Kind], *, asked: str, plural: str) -> type[_Kind]:
    """The subclass of ``base`` at ``package.module:Class``. ``asked`` says where it is named, ``plural`` what such classes are.

    Raises :class:`ConfigError` where there is none.
    """
    if not re.fullmatch(MODULE_PATTERN, path):
        raise ConfigError(f"{asked}: that names no class; write package.module:Class", path=path)
    module_name, _, class_name = path.partition(":")
    module = _import(module_name, asked, path)
    found: Any = module
    for name in class_name.split("."):
        found = getattr(found, name, None)
    if isinstance(found, type) and issubclass(found, base) and found is not base:
        return found
    there = [name for name, it in vars(module).items() if isinstance(it, type) and issubclass(it, base) and it is not base]
    near = nearest(class_name, there)
    others = f"its {plural} are {', '.join(there)}" if there else f"it has no {plural}"
    hint = f"did you mean {module_name}:{near}?" if near else others
    what = f"there is no {class_name}" if found is None else f"{class_name} is not a subclass of sessionlab.{base.__name__}"
    raise ConfigError(f"{asked}: {what} in {getattr(module, '__file__', module_name)}; {hint}", path=path)


def place(error: BaseException) -> str:
    """Where in the user's code ``error`` was raised, in brackets; "" for what a message tells by itself."""
    if isinstance(error, SyntaxError):
        return ""
    return "".join(f" ({frame.filename}:{frame.lineno})" for frame in own_frames(error)[-1:])


def named(error: BaseException) -> str:
    """``KeyError: 'AAPL'``: the error's kind and message."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The user's frames on the way to ``error``: the first outside of sessionlab, and all others outside of libraries."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if not frame.filename.startswith((_OURS, "<frozen "))]
    return [frame for i, frame in enumerate(outside) if i == 0 or not frame.filename.startswith(_LIBRARIES)]


def hook_of(error: BaseException) -> str | None:
    """The hook, or the scan, that raised ``error``, and when, as the engine noted it; None for all other errors."""
    notes: list[str] = getattr(error, "__notes__", [])
    return next((note for note in notes if note.endswith(MARKET_TIME)), None)


def is_users(filename: str) -> bool:
    """Whether a file of code is the user's own: none of sessionlab, of the standard library, or of what is installed."""
    return not filename.startswith((_OURS, "<frozen ", *_LIBRARIES))


def _import(name: str, asked: str, path: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except Exception as why:  # whatever a module may do when it is imported
        if isinstance(why, ModuleNotFoundError) and why.name is not None and f"{name}.".startswith(f"{why.name}."):
            raise ConfigError(
                f"{asked}: there is no module {why.name} in {here}, nor is it installed; "
                "run in the folder that holds it, or set PYTHONPATH",
                path=path,
            ) from None
        raise ConfigError(f"{asked}: importing {name} raised {named(why)}{place(why)}", path=path) from why
