"""The kinds of single values in a config, each with what it allows in words.

A kind reads one JSON value strictly: a number is no text, ``1`` is not ``true``. Its JSON Schema says the same.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    WithJsonSchema,
)

from sessionlab.config.allowed import Says, not_allowed, of_text
from sessionlab.config.document import Frozen, frozen, thawed
from sessionlab.config.problems import nearest
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval, is_clock_time
from sessionlab.timing.interval import near_interval

HISTORICAL_FIELD = {"trailing_average": "volume", "trailing_max": "high", "trailing_min": "low"}

_DAY_NS = 86_400 * 10**9
_WIDEST = 1000

INTERVAL_PATTERN = r"^[1-9][0-9]*[smhdw]$"
STREAM_PATTERN = r"^([1-9][0-9]*[smhdw]|quotes)$"
DATE_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
CLOCK_PATTERN = r"^(open(\+[0-9]{1,6}[smh])?|close(-[0-9]{1,6}[smh])?|([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)$"
PERIOD_PATTERN = r"^[1-9][0-9]*(d|w|mo|y)$"


@dataclass(frozen=True, slots=True)
class Period:
    """How far back a historical indicator looks: ``count`` sessions (``d``) or calendar weeks, months, years.

    >>> str(Period(6, "mo"))
    '6mo'
    """

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError
    return value


def _date(value: Any) -> dt.date:
    text = value if isinstance(value, str) else ""
    if re.fullmatch(DATE_PATTERN, text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise not_allowed("a day that exists, as in 2025-07-02") from None
    if text == "last" or re.fullmatch(r"[-+]?[0-9]+d", text):
        raise not_allowed("a date such as 2025-07-02; relative ones are for the command line, which stores them resolved")
    loose = re.fullmatch(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})(?:[T ].*)?", text)
    near = "{}-{:0>2}-{:0>2}".format(*loose.groups()) if loose else ""
    raise not_allowed("an ISO date such as 2025-07-02", near if re.fullmatch(DATE_PATTERN, near) else None)


def _interval(value: Any) -> Interval:
    interval = _parsed(value)
    if interval is not None:
        return _not_too_wide(interval)
    if value == "quotes":
        raise not_allowed("an interval of bars, as in 1s, 5m, 1h, 1d; quotes belong in streams")
    raise not_allowed("an interval: a whole number and s, m, h, d or w, as in 1s, 5m, 1h, 1d", near_interval(value))


def _parsed(value: Any) -> Interval | None:
    try:
        return Interval.parse(value) if isinstance(value, str) else None
    except ConfigError:
        return None


def _stream(value: Any) -> str:
    if value == "quotes":
        return "quotes"
    if value in ("tick", "ticks", "trades"):
        raise not_allowed(
            "an interval or quotes; ticks are refused: a tick has no place on a grid, so nothing could tell how "
            "complete a session is; the finest stream is 1s"
        )
    interval = _parsed(value)
    if interval is None:
        near = nearest(value, ["quotes"]) or near_interval(value)
        raise not_allowed("an interval such as 1s, 5m, 1h, 1d, or quotes", near)
    return str(_not_too_wide(interval))


def _not_too_wide(interval: Interval) -> Interval:
    if interval.ns > _DAY_NS or (not interval.is_intraday and interval.count > _WIDEST):
        raise not_allowed(f"an interval of at most 1440m, {_WIDEST}d or {_WIDEST}w; for whole sessions take 1d")
    return interval


def _period(value: Any) -> Period:
    found = re.fullmatch(PERIOD_PATTERN[1:-1], value) if isinstance(value, str) else None
    if found is None or not isinstance(value, str):
        raise not_allowed("a period: 10d sessions, or 2w, 3mo, 1y of the calendar")
    return Period(int(value.removesuffix(found[1])), found[1])


def _clock_time(value: Any) -> str:
    if not is_clock_time(value):
        raise not_allowed("a clock time: open, close, open+15m, close-10m or 10:15")
    return str(value)


def _free(value: Any) -> Frozen[Any]:
    if not isinstance(value, Mapping):
        raise not_allowed("an object of keys and values, {}")
    made: Frozen[Any] = frozen(value)
    return made


Text = Annotated[str, Strict(), AfterValidator(_text), Says("text that is not blank"), of_text(r"\S")]
Flag = Annotated[bool, Strict(), Says("true or false")]
Count = Annotated[int, Strict(), Field(ge=1), Says("a whole number of at least 1")]
Retries = Annotated[int, Strict(), Field(ge=1, le=20), Says("a whole number from 1 to 20")]
Seed = Annotated[int, Strict(), Field(ge=0), Says("a whole number of at least 0")]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), Says("a number greater than 0")]
NotNegative = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False), Says("a number of at least 0")]
AtLeastOne = Annotated[float, Strict(), Field(ge=1, allow_inf_nan=False), Says("a number of at least 1")]
Fraction = Annotated[float, Strict(), Field(gt=0, le=1, allow_inf_nan=False), Says("a fraction greater than 0, at most 1")]

Date = Annotated[
    dt.date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE_PATTERN}),
]
BarInterval = Annotated[Interval, PlainValidator(_interval), PlainSerializer(str, return_type=str), of_text(INTERVAL_PATTERN)]
Stream = Annotated[str, BeforeValidator(_stream), of_text(STREAM_PATTERN)]
LookBack = Annotated[Period, PlainValidator(_period), PlainSerializer(str, return_type=str), of_text(PERIOD_PATTERN)]
Clock = Annotated[str, BeforeValidator(_clock_time), of_text(CLOCK_PATTERN)]
Free = Annotated[Mapping[str, Any], PlainValidator(_free), PlainSerializer(thawed), WithJsonSchema({"type": "object"})]
