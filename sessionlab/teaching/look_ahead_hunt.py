"""The look-ahead hunt: when each column's value could have been known.

What is right follows from how each column is written, see :mod:`sessionlab.teaching.column_pool`; nothing is measured.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from sessionlab.teaching.column_pool import AHEAD, HONEST, Column
from sessionlab.teaching.lesson_kind import Lesson, refuse_other_keys, whole_session
from sessionlab.teaching.made_session import BARS, DATES, OPEN, SYMBOLS, TZ, config_of
from sessionlab.teaching.mark import Part
from sessionlab.teaching.plain_answer import clock_seconds, clock_text
from sessionlab.teaching.students import dice_of, pick, whole

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.lab import Lab

COLUMNS = 10
FEWEST_AHEAD, MOST_AHEAD = 4, 6


class Given(NamedTuple):
    """A student's columns by name, each with its parameter, and the number of the row that is asked about."""

    columns: dict[str, tuple[Column, int]]
    row: int


class LookAheadHunt(Lesson):
    """Say of ten columns of a notebook when the value in one row could have been known."""

    name = "look-ahead-hunt"
    title = "Look-ahead hunt"
    teaches = "when a number could have been known"
    task = (
        "Somebody has worked ten columns out of a session's minutes and means to trade on them. Some look ahead.",
        "Take the row that starts at `lesson.row`. Say of every column at which moment its value in that row could first "
        "have been known. The bar of that row is known one minute after its start: a column whose value needs a later bar "
        "looks ahead; one that needs earlier bars only is known sooner. `lesson.columns(bars)` works them out of any "
        "frame, also of one that is cut.",
        "Each column is worth one point: half for whether it looks ahead, half for the moment.",
    )
    has: ClassVar[dict[str, str]] = {
        "frame": "the minutes of the session, stamped by their start",
        "code": "the columns as they were written",
        "columns(bars)": "the columns of a frame of minutes",
        "row": "the start of the row that is asked about",
        "lab": "the same session, at its open, for sl.audit",
    }
    form = "A dict with the moment for each column, as the exchange's clock shows it."
    example = '{"c1": "10:41", "c2": "16:00", "c3": "10:40"}'
    hints = (
        "Cut the frame after the row, lesson.columns(lesson.frame.loc[:lesson.row]), and compare its last row with that of "
        "the whole frame: what differs, or is not there, needed a later bar.",
        "Cut it at later rows, one after another: the value stands as soon as the last bar that it needs is there. It is "
        "known at that bar's end, a minute after its start.",
        "sl.audit(lesson.lab, make), with make a function of {symbol: frame} that gives sl.Signals of one column, finds "
        "decisions that a changed future changes.",
    )

    @cached_property
    def lab(self) -> Lab:
        """The session, at its open."""
        from sessionlab.lab import Lab

        symbol, date = _place(self.student)
        return Lab(config_of(self.title, date, [symbol], int(self._dice.of("seed").words(1)[0] >> 33)))

    @property
    def frame(self) -> pd.DataFrame:
        """The minutes of the whole session: open, high, low, close, volume, by start."""
        return whole_session(self.lab)

    @property
    def code(self) -> str:
        """The function that works the columns out, as text."""
        return _code(self.student)

    @property
    def row(self) -> pd.Timestamp:
        """The start of the row that is asked about."""
        import pandas as pd

        _, date = _place(self.student)
        return pd.Timestamp(date, tz=TZ) + pd.Timedelta(seconds=OPEN + 60 * _given(self.student).row)

    def columns(self, bars: pd.DataFrame) -> pd.DataFrame:
        """The columns of a frame of minutes with open, high, low, close and volume, by start."""
        made: dict[str, Any] = {}
        exec(compile(_code(self.student), "<columns>", "exec"), made)
        columns: pd.DataFrame = made["columns"](bars)
        return columns

    def _marked(self, answer: Any) -> list[Part]:
        given = _given(self.student)
        refuse_other_keys(answer, list(given.columns), "column")
        _, date = _place(self.student)
        said = {name: clock_seconds(value, date, f"the moment of {name}") for name, value in answer.items() if value is not None}
        return [_part(name, said.get(name), *given.columns[name], given.row) for name in given.columns]


def _part(name: str, said: int | None, column: Column, n: int, row: int) -> Part:
    if said is None:
        return Part(name, 0, 1, "no moment is given")
    end = _end_of(row)
    truly = _end_of(column.last(row, n, BARS))
    if said == truly:
        return Part(name, 1, 1, f"right: {column.why}")
    if (said > end) != (truly > end):
        verdict = "it does look ahead" if truly > end else "it does not look ahead"
        return Part(name, 0, 1, f"{verdict}: {column.why}")
    verdict = "it looks ahead, indeed" if truly > end else "it does not look ahead, indeed"
    sooner = "later" if said < truly else "sooner"
    return Part(name, 0.5, 1, f"{verdict}, but its value is known {sooner} than {clock_text(said)}: {column.why}")


def _end_of(bar: int) -> int:
    """When the bar of that number is known, in seconds of the day."""
    return OPEN + 60 * (bar + 1)


@lru_cache(maxsize=256)
def _given(student: str) -> Given:
    dice = dice_of(LookAheadHunt.name, student, LookAheadHunt.edition)
    ahead = whole(dice.of("ahead"), FEWEST_AHEAD, MOST_AHEAD)
    chosen = [*pick(dice.of("which ahead"), AHEAD, ahead), *pick(dice.of("which honest"), HONEST, COLUMNS - ahead)]
    mixed = pick(dice.of("order"), chosen, COLUMNS)
    columns = {}
    for number, column in enumerate(mixed, 1):
        (n,) = pick(dice.of("parameter", number), column.choices)
        columns[f"c{number}"] = column, n
    row = 30 * whole(dice.of("block"), 2, 8) + whole(dice.of("within"), 6, 8)  # no edge of any bucket in the pool
    return Given(columns, row)


def _place(student: str) -> tuple[str, str]:
    """The student's symbol and date."""
    dice = dice_of(LookAheadHunt.name, student, LookAheadHunt.edition)
    (symbol,), (date,) = pick(dice.of("symbol"), SYMBOLS), pick(dice.of("date"), DATES)
    return symbol, date


def _code(student: str) -> str:
    lines = [
        "import numpy as np",
        "import pandas as pd",
        "",
        "def columns(bars):",
        '    high, low = bars["high"], bars["low"]',
        '    close, volume = bars["close"], bars["volume"]',
        "    out = pd.DataFrame(index=bars.index)",
    ]
    for name, (column, n) in _given(student).columns.items():
        lines.append(f'    out["{name}"] = {column.code.format(n=n)}')
    return "\n".join([*lines, "    return out", ""])
