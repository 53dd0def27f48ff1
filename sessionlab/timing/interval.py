"""A bar's width: ``1s 5s 1m 5m 60m 1d 1w``.

Hours become minutes (``1h`` is ``60m``), so that one width has one name. Equal intervals, as parsed, are one object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sessionlab.errors import ConfigError

SECOND_NS = 1_000_000_000
_PATTERN = re.compile(r"([1-9][0-9]*)([smhdw])")
_NS = {"s": SECOND_NS, "m": 60 * SECOND_NS}
_WORDS = {"s": ("sec", "second"), "m": ("t", "min", "minute"), "h": ("hr", "hour"), "d": ("day",), "w": ("week",)}


@dataclass(frozen=True, slots=True, init=False)
class Interval:
    """``count`` times ``unit``: ``s`` seconds, ``m`` minutes, ``d`` sessions, ``w`` calendar weeks.

    ``Interval("5m")`` and ``Interval(5, "m")`` are equal; :meth:`parse` gives one object for each.

    >>> Interval.parse("1h"), Interval.parse("5m").ns, Interval.parse("1d").is_intraday
    (Interval('60m'), 300000000000, False)
    >>> Interval.parse("5m") is Interval.parse("5m")
    True
    >>> Interval("1h") == Interval(60, "m") == Interval.parse("60m")
    True
    """

    count: int
    unit: str

    def __init__(self, count: int | str, unit: str | None = None) -> None:
        if unit is None:
            if not isinstance(count, str):
                raise _not_an_interval(count)
            named = _parse(count)
            count, unit = named.count, named.unit
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "unit", unit)

    @staticmethod
    def parse(text: str | Interval) -> Interval:
        """The interval that ``text`` names. Raises :class:`ConfigError` for anything else."""
        if isinstance(text, Interval):
            return text
        if not isinstance(text, str):
            raise _not_an_interval(text)
        return _parse(text)

    @property
    def is_intraday(self) -> bool:
        """Whether it is counted in seconds or minutes."""
        return self.unit in _NS

    @property
    def ns(self) -> int:
        """Width in nanoseconds; 0 for days and weeks, whose width the calendar decides."""
        return self.count * _NS.get(self.unit, 0)

    def divides(self, longer: Interval) -> bool:
        """Whether whole bars of this width make up one of ``longer``. Both intraday, and different."""
        return self.is_intraday and longer.is_intraday and self.ns < longer.ns and longer.ns % self.ns == 0

    @property
    def rank(self) -> tuple[int, int]:
        """A key that sorts intervals from short to long."""
        return ("smdw".index(self.unit) if not self.is_intraday else 0, self.ns or self.count)

    def __lt__(self, other: Interval) -> bool:
        return self.rank < other.rank

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def __repr__(self) -> str:
        return f"Interval('{self}')"

    def __reduce__(self) -> tuple[object, ...]:
        return _parse, (str(self),)


@cache
def _parse(text: str) -> Interval:
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise _not_an_interval(text)
    count, unit = int(match[1]), match[2]
    if unit == "h":
        return _parse(f"{count * 60}m")
    return Interval(count, unit)


def near_interval(value: object) -> str | None:
    """The interval that ``value`` was probably meant to be, None where nothing is near.

    >>> [near_interval(value) for value in ("5min", "1 hour", "1D", "m5", "5T", "often")]
    ['5m', '1h', '1d', '5m', '5m', None]
    """
    if not isinstance(value, str):
        return None
    found = re.fullmatch(r"([1-9][0-9]*)[ _-]?([a-z]+)|([a-z]+)([1-9][0-9]*)", value.strip().lower())
    count, word = (found[1] or found[4], found[2] or found[3]) if found else ("", "")
    unit = next((unit for unit, its in _WORDS.items() if word.removesuffix("s") in its or word == unit), None)
    return f"{count}{unit}" if unit else None


def _not_an_interval(value: object) -> ConfigError:
    near = near_interval(value)
    hint = "" if near is None else f" (did you mean {near}?)"
    return ConfigError(
        f"{value!r} is not an interval; write a whole number and s, m, h, d or w, as in 1s, 5m, 1h, 1d{hint}",
        value=value,
    )
