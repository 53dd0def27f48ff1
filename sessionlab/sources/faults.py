"""Faults put into sound data on purpose: what real feeds do, in known amounts. Rows that a fault does not hit stay as they are.

A halt is a fact of the market, for every interval the same: whole minutes in which nobody trades. The others are
faults of delivery, drawn for each stored interval by itself; a day's ``1d`` row is spared them.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sessionlab.errors import ConfigError
from sessionlab.sources.dice import Dice
from sessionlab.sources.refusal import Fault, refused_of
from sessionlab.tape.block import NOTHING_REFUSED, Refused, Rows
from sessionlab.timing import Interval, TradingSession

Bools = NDArray[np.bool_]

MOST_HALTS = 10
HALT_MINUTES = (5, 15)
LONGEST_DELAY_SECONDS = 86_400
MINUTE = Interval.parse("1m")
_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Faults:
    """How much of what goes wrong.

    ``missing``, ``duplicates``, ``late`` and ``corrections`` are fractions of the rows of a stored intraday interval:
    absent; delivered twice; known up to ``late_seconds`` after their end; first told wrong, and told again with
    the truth up to ``late_seconds`` later. ``halts`` is how many of 5 to 15 minutes a session has.
    """

    missing: float = 0.0
    halts: int = 0
    duplicates: float = 0.0
    late: float = 0.0
    late_seconds: float = 90.0
    corrections: float = 0.0

    @classmethod
    def parse(cls, options: Any) -> Faults:
        """Faults as a config names them. Raises :class:`ConfigError` with every unknown key and every bad value.

        >>> Faults.parse({"missing": 0.01, "halts": 1}).missing
        0.01
        """
        if not isinstance(options, Mapping):
            raise ConfigError(f"data_options.faults is {options!r}; write an object such as {{'missing': 0.01}}", value=options)
        allowed = [field.name for field in fields(cls)]
        wrong = unknown_keys(options, allowed, "data_options.faults")
        wrong += [_complaint(key, value) for key, value in options.items() if key in allowed]
        if any(wrong):
            raise ConfigError("; ".join(filter(None, wrong)), value=dict(options), allowed=allowed)
        return cls(**{key: value for key, value in options.items() if key in allowed})

    def halted(self, dice: Dice, session: TradingSession) -> list[tuple[int, int]]:
        """Halts as ``(start, end)`` in ns UTC: whole minutes of the session's grid, apart from each other."""
        starts, ends = session.starts(MINUTE), session.ends(MINUTE)
        slot = len(starts) // self.halts if self.halts else 0
        if slot == 0:
            return []
        shortest, longest = HALT_MINUTES
        luck = dice.of(session.date, "halts").uniform(2 * self.halts).reshape(-1, 2).tolist()
        halts = []
        for i, (size, place) in enumerate(luck):
            minutes = min(shortest + int(size * (longest - shortest + 1)), slot)
            first = i * slot + int(place * (slot - minutes + 1))
            halts.append((int(starts[first]), int(ends[first + minutes - 1])))
        return halts

    def deliver(
        self, rows: Rows, symbol: str, interval: Interval, session: TradingSession, dice: Dice
    ) -> tuple[Rows, bool, Refused]:
        """The rows as a feed with these faults brings them, whether all are on time, and what was refused."""
        if not interval.is_intraday or not (self.missing or self.duplicates or self.late or self.corrections):
            return rows, True, NOTHING_REFUSED
        # Luck belongs to places on the grid, so that no fault changes what another hits.
        grid = session.starts(interval)
        place = grid.searchsorted(rows.start)
        dice = dice.of(session.date, interval)

        def hit(kind: str, fraction: float) -> Bools:
            return dice.of(kind).uniform(len(grid))[place] < fraction if fraction else np.zeros(len(place), dtype=bool)

        def delay_ns(kind: str) -> NDArray[np.int64]:
            steps = max(1, int(self.late_seconds * 1000))
            return (1 + np.floor(dice.of(kind, "delay").uniform(len(grid))[place] * steps).astype(np.int64)) * _MS

        known_at = rows.known_at + np.where(hit("late", self.late), delay_ns("late"), 0)
        corrected, twice = hit("corrections", self.corrections), hit("duplicates", self.duplicates)
        there = ~hit("missing", self.missing)
        copies = there & twice
        on_time = bool((known_at == rows.known_at)[there].all()) and not corrected[there].any()

        order = np.repeat(np.arange(len(place)), there * (1 + corrected))
        told = np.take(rows.values, order, axis=1)
        known_at = known_at[order]
        second = np.zeros(len(order), dtype=bool)
        second[1:] = order[1:] == order[:-1]
        first = np.flatnonzero(second) - 1
        known_at[second] += delay_ns("corrections")[order[second]]
        told[:, first] = _bad_print(told[:, first], dice.of("bad prints").uniform(len(grid))[place[order[first]]])

        refused = NOTHING_REFUSED
        if copies.any():
            fault = Fault("duplicate", rows.start[copies], np.compress(copies, rows.values, axis=1), "")
            refused = refused_of([fault], symbol, session.tz)
        return Rows.of(rows.start[order], known_at, told), on_time, refused


def unknown_keys(options: Mapping[Any, Any], allowed: list[str], path: str) -> list[str]:
    """A sentence for each key that is not allowed; keys that start with ``_`` are comments."""
    return [_unknown(key, allowed, path) for key in options if key not in allowed and not str(key).startswith("_")]


def _unknown(key: Any, allowed: list[str], path: str) -> str:
    close = difflib.get_close_matches(str(key), allowed, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    return f"{path} has no {key!r}, it takes {', '.join(allowed)}{meant}"


def _complaint(key: str, value: Any) -> str:
    """What is wrong with the value of a known key, or nothing."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    number = whole or (isinstance(value, float) and math.isfinite(value))
    if key == "halts":
        good, rule = whole and 0 <= value <= MOST_HALTS, f"a whole number from 0 to {MOST_HALTS}"
    elif key == "late_seconds":
        good, rule = number and 0.001 <= value <= LONGEST_DELAY_SECONDS, f"seconds from 0.001 to {LONGEST_DELAY_SECONDS}"
    else:
        good, rule = number and 0.0 <= value <= 1.0, "a fraction from 0 to 1"
    return "" if good else f"data_options.faults.{key} is {value!r}; it must be {rule}"


def _bad_print(values: NDArray[np.float64], luck: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bars whose last trade was reported half a percent to one and a half off, and with it the volume."""
    first, high, low, last, volume = values
    wrong = np.where(luck < 0.5, 0.985 + 0.02 * luck, 0.995 + 0.02 * luck)
    wrong = np.round(last * wrong * 100.0) / 100.0
    return np.stack([first, np.maximum(high, wrong), np.minimum(low, wrong), wrong, volume + 100.0])
