"""The kinds of names in a config: symbols, exchanges, sources, indicators, classes.

A name becomes part of a file's path or of an import, so each kind says which characters it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from sessionlab.config.allowed import not_allowed, of_text
from sessionlab.config.document import thawed
from sessionlab.config.indicator_check import name_problem
from sessionlab.config.indicator_table import INDICATORS
from sessionlab.config.problems import listed, nearest
from sessionlab.timing import EXCHANGE_GROUPS

SOURCES = ("alpaca", "local", "files", "lean", "synthetic")
PLUG_IN_GROUP = "sessionlab.sources"
MODULE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
SERIES_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_ -]*$"
# Words of the letters that exchanges use, parted by single dots, slashes or spaces: a path cannot climb out.
_WORD = r"[A-Za-z0-9_^=$#+&!@*:-]+"
SYMBOL_PATTERN = rf"^\.?{_WORD}([./ ]{_WORD})*$"
_LONGEST_SYMBOL = 64


def source_names() -> list[str]:
    """What ``data_api`` may be: ours, and the plug-ins installed under the entry point group."""
    from importlib.metadata import entry_points

    return list(dict.fromkeys([*SOURCES, *sorted(entry_points(group=PLUG_IN_GROUP).names)]))


def exchange_names() -> list[str]:
    """What ``exchange_group`` may be: the four groups, and every code of exchange_calendars."""
    import exchange_calendars

    return [*EXCHANGE_GROUPS, *sorted(exchange_calendars.get_calendar_names(include_aliases=True))]


def symbol_problem(value: Any) -> str | None:
    """What is allowed where ``value`` is no symbol; None where it is one.

    >>> symbol_problem("BRK.B"), symbol_problem(" ")
    (None, 'a symbol that is not blank, as in AAPL, BRK.B, BTC/USD')
    """
    if not isinstance(value, str) or not value.strip():
        return "a symbol that is not blank, as in AAPL, BRK.B, BTC/USD"
    if re.fullmatch(SYMBOL_PATTERN, value) and len(value) <= _LONGEST_SYMBOL:
        return None
    return (
        "one symbol, as in AAPL, BRK.B, BTC/USD: letters, digits, any of _^=$#+&!@*:- and single . / or spaces "
        f"between them, at most {_LONGEST_SYMBOL} characters; no .. and no path"
    )


def _symbol(value: Any) -> str:
    problem = symbol_problem(value)
    if problem is not None:
        near = value.strip() if isinstance(value, str) else ""
        raise not_allowed(problem, near if near != value and re.fullmatch(SYMBOL_PATTERN, near) else None)
    return str(value)


def _apply_to(value: Any) -> str | tuple[str, ...]:
    if value == "all":
        return "all"
    if not isinstance(value, list) or not value or not all(isinstance(symbol, str) for symbol in value):
        raise not_allowed('"all", or a list of some of the symbols', nearest(value, ["all"]))
    return tuple(value)


def _exchange(value: Any) -> str:
    if isinstance(value, str) and value in EXCHANGE_GROUPS:
        return value
    names = exchange_names() if isinstance(value, str) else []
    if value not in names:
        raise not_allowed(f"{', '.join(EXCHANGE_GROUPS)}, or a code of exchange_calendars such as XLON", nearest(value, names))
    return str(value)


def _source(value: Any) -> str:
    if value in SOURCES:
        return str(value)
    names = source_names()
    if value not in names:
        raise not_allowed(f"{listed(names)}; a plug-in's name is known once it is installed", nearest(value, names))
    return str(value)


def _indicator(value: Any) -> str:
    problem = name_problem(value)
    if problem is None:
        return str(value)
    raise not_allowed(problem.message, None if problem.suggestion is None else problem.suggestion.strip('"'))


def _matching(pattern: str, message: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise not_allowed(message)
        return value

    return read


Symbol = Annotated[
    str,
    BeforeValidator(_symbol),
    WithJsonSchema({"type": "string", "pattern": SYMBOL_PATTERN, "maxLength": _LONGEST_SYMBOL}),
]
ApplyTo = Annotated[
    Literal["all"] | tuple[str, ...],
    PlainValidator(_apply_to),
    PlainSerializer(thawed),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "all"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
            ]
        }
    ),
]
Exchange = Annotated[str, BeforeValidator(_exchange)]
SourceName = Annotated[str, BeforeValidator(_source)]
IndicatorName = Annotated[str, BeforeValidator(_indicator), WithJsonSchema({"type": "string", "enum": list(INDICATORS)})]
SeriesName = Annotated[
    str,
    BeforeValidator(_matching(SERIES_NAME_PATTERN, "a name of letters, digits, spaces, _ and -")),
    of_text(SERIES_NAME_PATTERN),
]
ClassPath = Annotated[str, BeforeValidator(_matching(MODULE_PATTERN, "a class as package.module:Class")), of_text(MODULE_PATTERN)]
