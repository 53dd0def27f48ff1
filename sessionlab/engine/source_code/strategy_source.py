"""A strategy as text, parameters and digest; and the strategy made again of these alone, in another process and on another day.

It is taken down as it was given: before it, or anything that it calls, has run.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from sessionlab.config.problems import is_secret
from sessionlab.engine.parameters import Parameters
from sessionlab.engine.source_code.capture import capture
from sessionlab.engine.source_code.definitions import functions_in
from sessionlab.engine.source_code.missing import Missing
from sessionlab.engine.source_code.modules import KEPT, KeptModules, kept_module, run_text
from sessionlab.engine.source_code.values import document_of, from_document, what_it_is
from sessionlab.engine.strategy import FunctionStrategy, Strategy, renamed
from sessionlab.engine.user_code import named, place
from sessionlab.errors import ConfigError

_PATH = "__kept_path__"


@dataclass(frozen=True)
class StrategySource:
    """The code of a strategy, or of anything else of the user's that a run calls.

    ``name`` is what it is called in a lab, ``defines`` the class or the function that ``text`` defines, ``path`` its
    ``package.module:Class`` where it can be imported. ``parameters`` and ``state`` are its values as JSON, others than JSON's as
    ``{"python": text}``; ``every`` is a function's. ``modules`` are the texts of own modules that it imports, ``missing`` what
    could not be had. ``digest`` is SHA-256 of ``text`` in hex.
    """

    name: str
    said: str
    defines: str
    text: str
    digest: str
    path: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    every: str | None = None
    modules: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "name": self.name,
            "repr": self.said,
            "defines": self.defines,
            "path": self.path,
            "parameters": dict(self.parameters),
            "state": dict(self.state),
            "every": self.every,
            "digest": self.digest,
            "source": self.text,
            "modules": dict(self.modules),
            "missing": [one._asdict() for one in self.missing],
        }

    @classmethod
    def of_document(cls, said: Mapping[str, Any]) -> StrategySource:
        """What :meth:`document` gave."""
        return cls(
            said["name"],
            said["repr"],
            said["defines"],
            said["source"],
            said["digest"],
            said["path"],
            said["parameters"],
            said["state"],
            said["every"],
            said["modules"],
            tuple(Missing(**one) for one in said["missing"]),
        )


def source_of(thing: Any) -> StrategySource:
    """The source of a strategy, a scanner, or a cost model: an instance of a class, or a function.

    Never raises: what cannot be had is in ``missing``.

    >>> from sessionlab.strategies import SmaCross
    >>> source = source_of(SmaCross(fast=5))
    >>> source.path, source.parameters["fast"], source.missing
    ('sessionlab.strategies.sma_cross:SmaCross', 5, ())
    >>> strategy_from(source)
    SmaCross(fast=5, slow=50, shares=100, margin=5e-07)
    """
    root, is_function = _root_of(thing)
    name = str(getattr(thing, "name", None) or getattr(thing, "__name__", type(thing).__name__))
    if next(functions_in(root), None) is None and not isinstance(root, type):
        return StrategySource(name, name, name, "", _digest(""), missing=(Missing(name, what_it_is(root)),))
    try:
        hides = any(is_secret(one) for one in getattr(thing, "__dict__", ()))
        said = f"{name}(...)" if hides or isinstance(thing, FunctionType) else repr(thing)
        found = capture(root)
        parameters, state, missing = _values_of(thing)
    except Exception as why:  # whatever a class of the user's may do when it is looked at
        return StrategySource(name, name, name, "", _digest(""), missing=(Missing(name, f"looking at it raised {named(why)}"),))
    return StrategySource(
        name,
        said,
        root.__name__,
        found.text,
        _digest(found.text),
        _path_of(root),
        parameters,
        state,
        thing.every if is_function else None,
        found.modules,
        (*found.missing, *missing),
    )


def strategy_from(source: StrategySource) -> Any:
    """What ``source`` was taken of, made again of its text alone; nothing else of where it came from is needed.

    Raises :class:`ConfigError` where the text lacks something, or does not run here.
    """
    if source.missing:
        lacking = "\n".join(f"  {one}" for one in source.missing)
        raise ConfigError(f"{source.name} cannot be made again, not all of it could be kept:\n{lacking}", strategy=source.name)
    if _digest(source.text) != source.digest:
        raise ConfigError(f"the text of {source.name} is not the one of its digest {source.digest[:12]}", strategy=source.name)
    module_name = KEPT + source.digest[:16]
    modules = KeptModules(source.modules, module_name)
    module = kept_module(module_name, source.text, modules)
    vars(module)[_PATH] = source.path
    try:
        run_text(module, source.text)
        made = vars(module)[source.defines]
        values = {name: from_document(value) for name, value in {**source.parameters, **source.state}.items()}
    except Exception as why:  # whatever a text may do when it is run
        raise ConfigError(
            f"{source.name} cannot be made again: its text raised {named(why)}{place(why)}", strategy=source.name
        ) from why
    if source.every is not None:
        return renamed(FunctionStrategy(made, source.every), source.name)
    if not isinstance(made, type):
        return made
    instance: Any = object.__new__(made)
    vars(instance).update(values)
    return renamed(instance, source.name) if isinstance(instance, Strategy) else instance


def _root_of(thing: Any) -> tuple[type | FunctionType, bool]:
    if isinstance(thing, FunctionStrategy):
        return thing.function, True  # type: ignore[return-value]
    return (thing if next(functions_in(thing), None) is not None and not isinstance(thing, Parameters) else type(thing)), False


def _values_of(thing: Any) -> tuple[dict[str, Any], dict[str, Any], list[Missing]]:
    """Parameters, all other attributes, and those that are no simple values."""
    parameters: dict[str, Any] = {}
    state: dict[str, Any] = {}
    missing: list[Missing] = []
    if isinstance(thing, FunctionStrategy | FunctionType):
        return parameters, state, missing
    fields = getattr(thing, "_fields", {}) if isinstance(thing, Parameters) else {}
    for name, value in vars(thing).items() if hasattr(thing, "__dict__") else ():
        if name == "_called":
            continue
        if is_secret(name) and isinstance(value, str) and value:
            missing.append(Missing(f"self.{name}", "a secret, which is not written down; take it from the environment"))
            continue
        try:
            (parameters if name in fields else state)[name] = document_of(value)
        except ValueError as why:
            missing.append(Missing(f"self.{name}", str(why)))
    return parameters, state, missing


def _path_of(root: type | FunctionType) -> str | None:
    module, name = root.__module__, root.__qualname__
    if module.startswith(KEPT):
        kept: str | None = vars(importlib.import_module(module)).get(_PATH)
        return kept
    return None if module == "__main__" or "<" in name else f"{module}:{name}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
