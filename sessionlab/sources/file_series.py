"""What the files of a template hold of each symbol: which files, whose rows, how wide their bars are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sessionlab.errors import BadDataError, ConfigError
from sessionlab.sources.file_listing import FileListing, FoundFile, periods
from sessionlab.sources.file_rows import FileRows, Reading, read_rows
from sessionlab.sources.kept_files import KEPT
from sessionlab.sources.notes import Notes, few
from sessionlab.sources.places import Version
from sessionlab.timing import Interval, SessionTable

_SAMPLE = 3


class Held:
    """The rows of one symbol in one file. ``key`` is what the file calls the symbol, None where it does not name any."""

    __slots__ = ("file", "key", "rows")

    def __init__(self, file: FoundFile, rows: FileRows, key: str | None) -> None:
        self.file = file
        self.rows = rows
        self.key = key

    @property
    def bounds(self) -> tuple[int, int] | None:
        """First and last stamp in order of time, as written, ns UTC; None without rows."""
        start = self.rows.checked(self.key, 0).start
        return (int(start[0]), int(start[-1])) if len(start) else None


class FileSeries:
    """The rows of symbols in the files of ``listing``, read as ``reading`` says and kept for the whole process.

    ``symbol`` and ``interval`` are of all rows, where neither names nor columns say it.
    """

    def __init__(
        self, listing: FileListing, reading: Reading, notes: Notes, symbol: str | None, interval: Interval | None, store: str
    ) -> None:
        self.listing = listing
        self._reading = reading
        self._notes = notes
        self._symbol = symbol
        self._interval = interval
        self._store = store
        self._usual: dict[str, tuple[list[FoundFile], Interval | None]] = {}
        self._filed: dict[str, tuple[list[FoundFile], dict[str, list[FoundFile]]]] = {}
        self._seen: dict[str, Version] = {}

    def forget(self) -> None:
        """Take files as they are from now on, without a word about how they were."""
        self._seen.clear()

    def symbols(self) -> list[str]:
        """All symbols that there are rows of, by the names of files, else by reading them."""
        files = self.listing.all_files()
        if "symbol" in self.listing.template.fields:
            return sorted({str(file.named.symbol) for file in files})
        held = [rows for file in files if (rows := self.rows(file)) is not None]
        return sorted({symbol for rows in held for key in rows.rows if (symbol := key or self._symbol) is not None})

    def found(self, symbol: str, sessions: SessionTable) -> list[FoundFile]:
        """All files that may hold rows of ``symbol``; where nothing can be listed, those that may hold ``sessions``."""
        if not self.listing.place.can_list:
            return self.listing.expected(symbol, sessions)
        files = self.listing.files(symbol)
        if files and files[0].named.symbol not in (symbol, None):
            self._notes.add(f"{symbol} is read from files that write it {files[0].named.symbol}")
        return files

    def runs(self, symbol: str, sessions: SessionTable) -> Iterator[tuple[SessionTable, tuple[FoundFile, ...]]]:
        """Consecutive sessions that may lie in the same files, with those files."""
        filed = self._by_period(symbol, self.found(symbol, sessions))
        if filed.keys() <= {""}:
            yield sessions, tuple(filed.get("", ()))
            return
        runs: list[tuple[int, tuple[FoundFile, ...]]] = []
        for at, keys in enumerate(periods(sessions)):
            files = tuple(file for key in keys for file in filed.get(key, ()))
            if not runs or runs[-1][1] != files:
                runs.append((at, files))
        ends = [at for at, _ in runs[1:]] + [len(sessions)]
        for (first, files), last in zip(runs, ends, strict=True):
            yield sessions[first:last], files

    def held(self, file: FoundFile, symbol: str) -> Held | None:
        """The rows of ``symbol`` in ``file``; None where it has none, or is gone. Raises :class:`BadDataError`."""
        rows = self.rows(file)
        if rows is None:
            return None
        if None in rows.rows:
            if file.named.symbol is None and self._symbol is None:
                raise ConfigError(
                    f"{file.path}: neither its name nor a column says whose rows these are; give symbol=, or {{symbol}} "
                    "in the template",
                    path=file.path,
                )
            return Held(file, rows, None) if self._symbol in (None, symbol) else None
        spelled = [key for key in (symbol, file.named.symbol) if key in rows.rows]
        spelled += [key for key in rows.rows if key is not None and key.casefold() == symbol.casefold()]
        if spelled:
            return Held(file, rows, spelled[0])
        if file.named.symbol is not None and rows.rows:
            raise BadDataError(
                f"{file.path} holds rows of {few(list(rows.rows), 3)}, not of {symbol}; correct its name or its "
                "column of symbols",
                path=file.path,
                symbol=symbol,
            )
        return None

    def rows(self, file: FoundFile) -> FileRows | None:
        """All rows of ``file``, read only once while it stays as it is; None where it is gone."""
        place = self.listing.place
        version = place.version(file.path)
        if version is None:
            return None
        if self._seen.setdefault(file.path, version) != version:
            self._notes.add(
                f"{file.path} changed after rows of it were given: what is read from now on is new; open the lab again",
                warn=True,
            )
        reading = self._reading
        if file.named.is_dated:
            reading = replace(reading, stamps=reading.stamps._replace(date=dt.date.fromisoformat(file.named.period)))
        key = (type(place).__name__, self._store, place.identity(file.path), reading)
        rows = KEPT.get(key, version, lambda: read_rows(place.read(file.path, version), file.path, reading))
        self._notes.take(rows.notes)
        return rows

    def width(self, held: Held, symbol: str, files: Sequence[FoundFile]) -> Interval | None:
        """The width of the bars of ``symbol`` in one of its ``files``; that of others where too few rows tell."""
        told = held.file.named.interval or self._interval or held.rows.width(held.key)
        return told or self._usual_width(symbol, files)

    def widths(self, symbol: str, files: list[FoundFile]) -> list[Interval]:
        """All widths of the bars of ``symbol``, from short to long, by names or by some of the ``files``."""
        if self._interval is not None:
            return [self._interval] if any(self.held(file, symbol) for file in files[:1]) else []
        if "interval" in self.listing.template.fields:
            return sorted({file.named.interval for file in files if file.named.interval is not None})
        some = [held for file in spread(files, _SAMPLE) if (held := self.held(file, symbol)) is not None]
        told = {width for held in some if (width := self.width(held, symbol, files)) is not None}
        if some and not told and any(len(held.rows.rows[held.key].stamps) for held in some):
            raise BadDataError(
                f"{some[0].file.path}: the stamps of {symbol} do not tell how wide its bars are; "
                'give interval=, as in interval="1m"',
                path=some[0].file.path,
            )
        return sorted(told)

    def _usual_width(self, symbol: str, files: Sequence[FoundFile]) -> Interval | None:
        known = self._usual.get(symbol)
        if known is None or known[0] != list(files):
            some = (self.held(file, symbol) for file in spread(list(files), _SAMPLE))
            told = (held.rows.width(held.key) for held in some if held is not None)
            known = self._usual[symbol] = (list(files), next((width for width in told if width is not None), None))
        return known[1]

    def _by_period(self, symbol: str, files: list[FoundFile]) -> dict[str, list[FoundFile]]:
        known = self._filed.get(symbol)
        if known is None or known[0] is not files:
            filed: dict[str, list[FoundFile]] = {}
            for file in files:
                filed.setdefault(file.named.period, []).append(file)
            known = self._filed[symbol] = files, filed
        return known[1]


def spread(files: Sequence[FoundFile], most: int) -> list[FoundFile]:
    """At most so many of ``files``, evenly spread from the first to the last."""
    if len(files) <= most:
        return list(files)
    return [files[at * (len(files) - 1) // (most - 1)] for at in range(most)]
