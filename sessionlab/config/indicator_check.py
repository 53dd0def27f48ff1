"""What is wrong with what is said of an indicator, in the same words for a config and for code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sessionlab.config.indicator_table import FIELDS, INDICATORS, REFUSED, IndicatorFacts
from sessionlab.config.problems import MISSING, Missing, Problem, listed, nearest
from sessionlab.timing import Interval

MINUTE_NS = 60 * 10**9
_PERIODS = ("period", "length", "window", "n", "span")
"""What others call a timeperiod."""


def name_problem(value: Any, path: str = "name") -> Problem | None:
    """Why ``value`` names no indicator; None where it names one."""
    if isinstance(value, str) and value in INDICATORS:
        return None
    if isinstance(value, str) and value.upper() in REFUSED:
        return Problem(path, value, f"an indicator of one symbol's bars; {value.upper()} {REFUSED[value.upper()]}")
    near = nearest(value, [*INDICATORS])
    message = "the name of an indicator of TA-Lib or of ours, in capitals, as in EMA, VWAP, OPENING_RANGE"
    return Problem(path, value, message, None if near is None else f'"{near}"')


def params_problems(
    facts: IndicatorFacts, period: Any | Missing, params: Mapping[str, Any], interval: Interval | None
) -> Iterator[Problem]:
    """What ``facts`` do not allow of ``period`` (MISSING where nothing is said) and ``params``, by path: ``params.matype``.

    ``field`` among the params names the series, where one may be chosen. ``interval`` is that of the bars, None where it is
    not known yet.
    """
    known = [*facts.params, *(["field"] if facts.takes_field else [])]
    takes = f"{facts.name} takes {', '.join(known)}" if known else f"{facts.name} takes no parameters"
    if period is not MISSING and not facts.takes_period:
        remedy = "set them in params" if known else "leave it out"
        yield Problem("period", period, f"no period: {takes}; {remedy}")
    elif period is not MISSING and not facts.accepts("timeperiod", period):
        yield Problem("period", period, facts.allowed("timeperiod"))
    for param, value in params.items():
        path = f"params.{param}"
        if param not in known:
            near = "timeperiod" if param in _PERIODS and facts.takes_period else nearest(param, known)
            yield Problem(path, value, f"no parameter: {takes}", None if near is None else f'"{near}"')
        elif param == "field":
            if value not in FIELDS:
                near = nearest(value, FIELDS)
                yield Problem(path, value, listed([f'"{one}"' for one in FIELDS]), None if near is None else f'"{near}"')
        elif not facts.accepts(param, value):
            yield Problem(path, value, facts.allowed(param))
        elif param == "timeperiod" and period is not MISSING:
            yield Problem(path, value, "either period or params.timeperiod, which mean the same")
    minutes = params.get("minutes", facts.params.get("minutes"))
    if interval is not None and isinstance(minutes, int) and (interval.ns == 0 or minutes * MINUTE_NS % interval.ns):
        yield Problem("params.minutes", minutes, f"whole bars of {interval}; a range cannot end inside of a bar")
