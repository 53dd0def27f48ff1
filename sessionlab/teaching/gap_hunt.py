"""The gap hunt: find what a half day's data lacks, and what came too late.

What is right is the difference between what the made-up market was and what its faulty feed delivered; no lab is asked.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from sessionlab.errors import AnswerError
from sessionlab.teaching.lesson_kind import Lesson
from sessionlab.teaching.made_session import HALF_DAYS, MINUTE, SYMBOLS, config_of, minutes_of, seconds_of_day, sessions_on
from sessionlab.teaching.mark import Part
from sessionlab.teaching.plain_answer import clock_seconds, clock_text, number_of, rows_of, shown
from sessionlab.teaching.students import dice_of, first_fit, pick

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.lab import Lab
    from sessionlab.sources.dice import Dice

FAULTS = {"missing": 0.006, "halts": 1, "late": 0.004, "late_seconds": 900.0}
GAPS, LATE = 6, 2
WRONG = 0.5
"""Points that a claim costs which is not so."""
_GAP = (("symbol",), ("start",), ("minutes", "count"))
_LATE = (("symbol",), ("start",), ("known", "known_at"))


class Planted(NamedTuple):
    """What is wrong with the data: gaps as symbol and start with their minutes, late rows with the second they were known.

    Starts and moments are seconds of the day in New York.
    """

    gaps: dict[tuple[str, int], int]
    late: dict[tuple[str, int], int]
    open: int
    close: int


class GapHunt(Lesson):
    """Find six gaps and two late rows in the minutes of three symbols on a half day."""

    name = "gap-hunt"
    title = "Gap hunt"
    teaches = "what is not there, and what came late"
    task = (
        "Three symbols, one session, minutes. The feed has lost some of them: there are six gaps, each a run of minutes "
        "that the calendar expects and that are not there at the close. A gap may be a single minute, or a halt of many.",
        "Two more rows were not there when they were due and came later. They are no gaps at the close; say when each was "
        "first known.",
        "A gap is worth one point, half of it for its start and half for its length; a late row two, one for the row and "
        f"one for the moment, to the minute. Whatever you claim that is not so costs {WRONG:g}.",
    )
    has: ClassVar[dict[str, str]] = {"lab": "the session, at its open", "config": "what the lab is made of"}
    form = (
        "A dict of two lists: `gaps` with symbol, start and minutes of each, `late` with symbol, start and the moment it "
        "was known; times as the exchange's clock shows them. Frames with these columns are taken as well."
    )
    example = '{"gaps": [("ABC", "10:31", 7)], "late": [("ABC", "11:02", "11:09")]}'
    hints = (
        "The calendar says how many minutes are expected, and it is not always 390: look at lab.session.close before you count.",
        "lab.run_session() goes to the close; lab.data.gaps() then lists runs of absent minutes, and its status tells "
        "those that were absent when they were due and came in the end.",
        "lab.data.as_of(moment) looks back: step through the moments after a late row's end until its start is in the index.",
    )

    @cached_property
    def config(self) -> SessionConfig:
        """The config of the session; its source makes the data up, faults included."""
        symbols, date, seed = _made(self.student)
        return config_of(self.title, date, symbols, seed, streams="1m 5m", faults=FAULTS)

    @cached_property
    def lab(self) -> Lab:
        """The session, at its open."""
        from sessionlab.lab import Lab

        return Lab(self.config)

    def _marked(self, answer: Any) -> list[Part]:
        symbols, date, seed = _made(self.student)
        if not isinstance(answer, dict) or not {"gaps", "late"} <= set(answer):
            raise AnswerError(f"the answer is {shown(answer)}, and should be a dict of gaps and late")
        gaps = [
            (_symbol(symbol, symbols), clock_seconds(start, date, "the start of a gap"), _minutes(count))
            for symbol, start, count in rows_of(answer["gaps"], _GAP, "gaps")
        ]
        late = [
            (_symbol(symbol, symbols), clock_seconds(start, date, "the start of a late row"), _known(known, date))
            for symbol, start, known in rows_of(answer["late"], _LATE, "late")
        ]
        planted = _planted(symbols, date, seed)
        return [*_gap_parts(gaps, planted), *_late_parts(late, planted)]


def _symbol(value: Any, symbols: list[str]) -> str:
    if value not in symbols:
        raise AnswerError(f"{shown(value)} is no symbol of this lesson; it has {', '.join(symbols)}")
    return str(value)


def _minutes(value: Any) -> int:
    return int(number_of(value, "the length of a gap in minutes", 1, 1000))


def _known(value: Any, date: str) -> int:
    return clock_seconds(value, date, "the moment at which a late row was known")


def _gap_parts(claims: list[tuple[str, int, int]], planted: Planted) -> list[Part]:
    parts = []
    found: set[tuple[str, int]] = set()
    for symbol, start, minutes in claims:
        name, key = f"gap {symbol} {clock_text(start)}", (symbol, start)
        if key in found:
            parts.append(Part(name, 0, 0, "said twice; it counts once"))
        elif key in planted.gaps:
            found.add(key)
            right = minutes == planted.gaps[key]
            why = "right, start and length" if right else _why_not_so_long(minutes, planted.gaps[key])
            parts.append(Part(name, 1 if right else 0.5, 1, why))
        else:
            parts.append(Part(name, -WRONG, 0, _why_no_gap(symbol, start, planted)))
    lost = [symbol for symbol, start in planted.gaps if (symbol, start) not in found]
    return parts + [
        Part(f"gap of {symbol}", 0, 1, "not among your answers: go over the minutes of this symbol once more") for symbol in lost
    ]


def _why_not_so_long(minutes: int, truly: int) -> str:
    word = "long" if minutes > truly else "short"
    return f"it begins there, but {minutes} is too {word}: count the absent minutes up to the next bar that is there"


def _why_no_gap(symbol: str, start: int, planted: Planted) -> str:
    if (symbol, start) in planted.late:
        return "this row came, later than it was due: no gap at the close, but a late row"
    if start >= planted.close:
        return f"the session had closed at {clock_text(planted.close)}: no minute is expected from there on"
    if start < planted.open:
        return f"the session opened at {clock_text(planted.open)}: no minute is expected before"
    if any(one == symbol and begin < start < begin + 60 * count for (one, begin), count in planted.gaps.items()):
        return "absent, but not where its gap begins: a gap is the whole run, from the first absent minute on"
    return "this minute is there, and was when it was due"


def _late_parts(claims: list[tuple[str, int, int]], planted: Planted) -> list[Part]:
    parts = []
    found: set[tuple[str, int]] = set()
    for symbol, start, known in claims:
        name, key = f"late {symbol} {clock_text(start)}", (symbol, start)
        if key in found:
            parts.append(Part(name, 0, 0, "said twice; it counts once"))
        elif key in planted.late:
            found.add(key)
            off = known - planted.late[key]
            right = -60 < off < 61
            why = "right, and known when you say" if right else _why_not_then(known, start, off)
            parts.append(Part(name, 2 if right else 1, 2, why))
        else:
            parts.append(Part(name, -WRONG, 0, _why_not_late(symbol, start, planted)))
    lost = [symbol for symbol, start in planted.late if (symbol, start) not in found]
    return parts + [
        Part(
            f"late row of {symbol}",
            0,
            2,
            "not among your answers: one of its rows was absent at its end, and is there at the close",
        )
        for symbol in lost
    ]


def _why_not_then(known: int, start: int, off: int) -> str:
    if known <= start + 60:
        return (
            "that row was late, but a minute's end is when it was due, not when it was known: look back at the moments after it"
        )
    return f"that row was late, but it was known {'earlier' if off > 0 else 'later'} than {clock_text(known)}"


def _why_not_late(symbol: str, start: int, planted: Planted) -> str:
    for (one, begin), count in planted.gaps.items():
        if one == symbol and begin <= start < begin + 60 * count:
            return "this row never came: it is part of a gap"
    return "this row was known at its end, as it should be"


@lru_cache(maxsize=256)
def _made(student: str) -> tuple[list[str], str, int]:
    """The student's symbols, date and seed."""
    dice = dice_of(GapHunt.name, student, GapHunt.edition)
    symbols = pick(dice.of("symbols"), SYMBOLS, 3)
    (date,) = pick(dice.of("date"), HALF_DAYS)

    def of_seed(_: Dice, seed: int) -> int | None:
        planted = _planted(symbols, date, seed)
        soon = all(start + 120 <= known <= planted.close - 60 for (_, start), known in planted.late.items())
        return seed if (len(planted.gaps), len(planted.late)) == (GAPS, LATE) and soon else None

    return symbols, date, first_fit(dice, of_seed)


def _planted(symbols: list[str], date: str, seed: int) -> Planted:
    """What the faulty feed of ``seed`` lacks of the market that was made up, and what it brings late."""
    session = sessions_on(date)[0]
    gaps: dict[tuple[str, int], int] = {}
    late: dict[tuple[str, int], int] = {}
    for symbol in symbols:
        came = minutes_of(symbol, date, seed, FAULTS)
        gone = np.setdiff1d(session.starts(MINUTE), came.start)  # nothing is absent of the sound market
        for run in np.split(gone, np.flatnonzero(np.diff(gone) != MINUTE.ns) + 1) if len(gone) else []:
            gaps[symbol, seconds_of_day(date, int(run[0]))] = len(run)
        for i in np.flatnonzero(came.known_at > came.start + MINUTE.ns).tolist():
            late[symbol, seconds_of_day(date, int(came.start[i]))] = seconds_of_day(date, int(came.known_at[i]))
    return Planted(gaps, late, seconds_of_day(date, session.open_ns), seconds_of_day(date, session.close_ns))
