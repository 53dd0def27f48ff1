"""Classes with typed parameters: the annotated fields of the class, given by name and checked when one is made.

Strategies and scanners are such classes.
"""

from __future__ import annotations

import copy
import inspect
import re
from typing import Any, ClassVar, TypeVar, get_origin, get_type_hints

from sessionlab.errors import ConfigError

_CLASS_WIDE = re.compile(r"(\w+\.)*ClassVar\b")

_Kind = TypeVar("_Kind", bound="Parameters")


class Parameters:
    """Subclass it and annotate the parameters; a field without a value is one that has to be given.

    >>> class Cross(Parameters):
    ...     fast: int = 10
    ...     slow: int = 30
    >>> Cross(fast=5)
    Cross(fast=5, slow=30)
    """

    _fields: ClassVar[dict[str, Any]] = {}
    _settings: ClassVar[frozenset[str]] = frozenset()
    """Annotated names that are settings of a class, and no parameters."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hints = inspect.get_annotations(cls)
        own = [name for name in hints if not (name.startswith("_") or name in cls._settings or _is_class_wide(hints[name]))]
        taken = [name for name in own if isinstance(getattr(cls, name, None), property)]
        if taken:
            names = ", ".join(taken)
            raise ConfigError(f"{cls.__name__} cannot have a parameter {names}: the lab asks for that; rename it")
        cls._fields = {**cls._fields, **{name: cls.__dict__.get(name, inspect.Parameter.empty) for name in own}}

    def __init__(self, *values: Any, **parameters: Any) -> None:
        kind = type(self).__name__
        if values:
            named = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, values, strict=False))
            example = f"{kind}({named})" if len(values) <= len(self._fields) else f"it has {', '.join(self._fields) or 'none'}"
            raise ConfigError(f"{kind} takes its parameters by name, not by position: {example}", of=kind)
        unknown = [name for name in parameters if name not in self._fields]
        if unknown:
            raise ConfigError(
                f"{kind} has no parameter {', '.join(unknown)}; it has {', '.join(self._fields) or 'none'}", of=kind
            )
        hints = _hints(type(self))
        for name, default in self._fields.items():
            if name not in parameters and default is inspect.Parameter.empty:
                raise ConfigError(f"{kind} needs a value for {name}", of=kind)
            value = _checked(kind, name, parameters[name], hints) if name in parameters else copy.deepcopy(default)
            setattr(self, name, value)

    @property
    def name(self) -> str:
        """What it is called in a lab: two of one name replace each other."""
        return type(self).__name__

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of its fields."""
        return {name: getattr(self, name) for name in self._fields}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.name}({values})"


def copied(one: _Kind) -> _Kind:
    """A copy of ``one``, apart from it. Raises :class:`ConfigError` where an attribute cannot be copied, and names it."""
    try:
        return copy.deepcopy(one)
    except Exception as why:  # whatever an attribute may do when it is copied
        for attribute, value in vars(one).items():
            try:
                copy.deepcopy(value)
            except Exception as reason:
                raise ConfigError(
                    f"{one.name}.{attribute} is a {type(value).__name__}, which cannot be copied ({reason}); a lab works on "
                    "copies of what it is given: make such things in a hook, such as on_start, or keep them outside",
                    of=one.name,
                    attribute=attribute,
                ) from None
        raise ConfigError(f"{one.name} cannot be copied: {why}", of=one.name) from why


def _is_class_wide(hint: Any) -> bool:
    """Whether an annotation, perhaps still a string, says ClassVar."""
    return bool(_CLASS_WIDE.match(hint)) if isinstance(hint, str) else get_origin(hint) is ClassVar or hint is ClassVar


def _hints(kind: type[Parameters]) -> dict[str, Any]:
    try:
        return get_type_hints(kind)
    except NameError:
        return {}  # a name that only a type checker sees: nothing to check against


def _checked(kind: str, name: str, value: Any, hints: dict[str, Any]) -> Any:
    if name not in hints:
        return value
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    hint = hints[name]
    try:
        return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)
    except ValidationError as error:
        wanted = getattr(hint, "__name__", str(hint))
        raise ConfigError(f"{kind}({name}={value!r}): {name} is {wanted}; {error.errors()[0]['msg']}", value=value) from None
