"""Where a Parquet store keeps the rows of a symbol: names of folders and files, and which of them may hold a date.

    bars/<1s|1m|1d|...>/<SYMBOL>/<YYYY-MM-DD | YYYY-MM | YYYY>.parquet    or    bars/<interval>/<SYMBOL>.parquet
    quotes/<1s|1m|tick>/...                                               likewise
    corporate_actions/<SYMBOL>_factors.parquet, <SYMBOL>_events.parquet

Dates in names are trading dates. Where several files hold the same rows, the one named more exactly counts.
"""

from __future__ import annotations

import calendar
import datetime as dt
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sessionlab.sources.symbol_files import check_symbol, file_name, symbol_of
from sessionlab.sources.trading_day import DAY_NS

SUFFIX = ".parquet"
_DATED = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\.parquet")
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of one symbol and one series: those in ``folder``, named by date, and perhaps ``whole`` beside it.

    Plain strings, because a run asks for every session and a path object costs more than the question.
    """

    folder: str
    whole: str

    @classmethod
    def of(cls, root: Path, kind: str, width: str, symbol: str) -> Shelf:
        """The shelf of ``symbol`` under ``root/kind/width``, whether it exists or not.

        Raises :class:`~sessionlab.errors.ConfigError` for what is a path and no symbol.
        """
        series, name = root / kind / width, file_name(symbol)
        shelf = cls(str(series / name), str(series / f"{name}{SUFFIX}"))
        if name != symbol and not shelf.exists() and series.is_dir():
            # Others name files as they like: small letters, as long as the file system means exactly these.
            there = {entry.name for entry in os.scandir(series)}
            if symbol in there or f"{symbol}{SUFFIX}" in there:
                return cls(str(series / symbol), str(series / f"{symbol}{SUFFIX}"))
        return shelf

    def exists(self) -> bool:
        """Whether it has any file."""
        return Path(self.whole).is_file() or next(self._dated(), None) is not None

    def names(self) -> list[str]:
        """Names of its files, sorted; the empty one is the file beside the folder. Others than dates are no names of ours."""
        return [*([""] if Path(self.whole).is_file() else []), *sorted(self._dated())]

    def path(self, name: str) -> str:
        """The path of the file called ``name``."""
        return self.whole if name == "" else f"{self.folder}/{name}"

    def _dated(self) -> Iterator[str]:
        try:
            with os.scandir(self.folder) as entries:
                yield from (entry.name for entry in entries if _DATED.fullmatch(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return


def symbols_in(folder: Path) -> list[str]:
    """The symbols that have files in the folder of a series, sorted. Hidden files and the like name none."""
    try:
        entries = [(entry.name, entry.is_dir()) for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    ours = [(name, is_dir) for name, is_dir in entries if not name.startswith((".", "_")) and (is_dir or name.endswith(SUFFIX))]
    return sorted({symbol_of(name if is_dir else name.removesuffix(SUFFIX)) for name, is_dir in ours})


@lru_cache(maxsize=16384)
def names_for(date: dt.date, open_ns: int, close_ns: int) -> tuple[str, ...]:
    """Names of the files that may hold a session, the most exact first; the empty name is the one beside the folder.

    A session may be filed under the month of its trading date, or of its first or last instant in UTC.

    >>> names_for(dt.date(2024, 1, 2), 1704205800_000000000, 1704229200_000000000)
    ('2024-01-02.parquet', '2024-01.parquet', '2024.parquet', '')
    """
    days = [date, *(dt.date.fromordinal(_EPOCH + at // DAY_NS) for at in (open_ns, close_ns - 1))]
    months = dict.fromkeys(f"{day:%Y-%m}" for day in days)
    years = dict.fromkeys(f"{day:%Y}" for day in days)
    return (*(f"{stem}{SUFFIX}" for stem in (date.isoformat(), *months, *years)), "")


def named_dates(name: str) -> tuple[dt.date, dt.date] | None:
    """The first and the last trading date that a file's name means, None for what is no date.

    >>> named_dates("2024-02.parquet")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    parts = name.removesuffix(SUFFIX).split("-")
    try:
        year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else None
        if len(parts) == 3 and month is not None:
            date = dt.date(year, month, int(parts[2]))
            return date, date
        first, last = dt.date(year, month or 1, 1), month or 12
        return first, dt.date(year, last, calendar.monthrange(year, last)[1])
    except ValueError:
        return None


def is_day_file(path: str) -> bool:
    """Whether ``path`` is named by one trading date."""
    return re.search(r"[/\\]\d{4}-\d{2}-\d{2}\.parquet$", path) is not None


def actions_paths(root: Path, symbol: str) -> tuple[Path, Path]:
    """The files of a symbol's factors and events."""
    check_symbol(symbol)
    folder = root / "corporate_actions"
    return folder / f"{file_name(symbol)}_factors{SUFFIX}", folder / f"{file_name(symbol)}_events{SUFFIX}"
