"""How a kind of value says what it allows: in words for people, in JSON Schema for editors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sessionlab.config.problems import listed, nearest


@dataclass(frozen=True, slots=True)
class Says:
    """What a kind allows, in words: the message of every error inside it."""

    text: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(handler(source), custom_error_type="allowed", custom_error_message=self.text)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Says which words a ``Literal`` allows, and which was probably meant."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        words = get_args(source)

        def read(value: Any) -> Any:
            if not isinstance(value, str) or value not in words:
                raise not_allowed(listed([f'"{word}"' for word in words]), nearest(value, words))
            return value

        return core_schema.no_info_before_validator_function(read, handler(source))


def not_allowed(message: str, suggestion: str | None = None) -> PydanticCustomError:
    """The error of a kind: what is allowed, and what was probably meant."""
    context = {"says": message} if suggestion is None else {"says": message, "suggestion": f'"{suggestion}"'}
    return PydanticCustomError("allowed", "{says}", context)


def of_text(pattern: str) -> WithJsonSchema:
    """The JSON Schema of a text that matches ``pattern``."""
    return WithJsonSchema({"type": "string", "pattern": pattern})
