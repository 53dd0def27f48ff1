"""What users give to be called: whether it can be called as it will be, and does anything then."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from sessionlab.errors import ConfigError


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether ``function`` can be called with ``count`` arguments by position."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True  # written in C and without a signature: nothing to check against
    return True


def signature(function: Callable[..., Any]) -> str:
    """Its arguments, as written."""
    return f"({', '.join(inspect.signature(function).parameters)})"


def refuse_async(function: Callable[..., Any], name: str) -> None:
    """Raise :class:`ConfigError` where calling ``function``, the hook ``name``, would run nothing."""
    tests = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
    if any(is_lazy(function) for is_lazy in tests):
        raise ConfigError(
            f"{name} is async or has a yield, so calling it would run nothing; hooks are plain functions: "
            "write def without async, and no yield",
            hook=name,
        )
