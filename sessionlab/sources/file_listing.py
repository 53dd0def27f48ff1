"""Which files a template names, found by walking its folders. A folder is listed again only when it changed."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from sessionlab.errors import BadDataError
from sessionlab.sources.file_template import FileTemplate, Named
from sessionlab.sources.places import Entry, Place
from sessionlab.sources.trading_day import DAY_NS
from sessionlab.timing import SessionTable
from sessionlab.timing.interval import Interval

_TICK_SECONDS = 0.05  # a file system's clock may stand still that long, and two changes look like one
_EPOCH = dt.date(1970, 1, 1).toordinal()
_LENGTHS = {"": 0, "%Y": 4, "%Y-%m": 7, "%Y-%m-%d": 10}
_BASES = ("1s", "1m", "1d")


class FoundFile(NamedTuple):
    """A file, and what its name says."""

    path: str
    named: Named


@dataclass(slots=True)
class _Folder:
    version: object
    seen_at: float
    entries: list[Entry]
    settled: bool


class FileListing:
    """The files of ``template`` in ``place``."""

    def __init__(self, place: Place, template: FileTemplate) -> None:
        self.place = place
        self.template = template
        self._folders: dict[str, _Folder] = {}
        self._walked: dict[str, tuple[list[str], list[object], list[FoundFile]]] = {}

    def files(self, symbol: str) -> list[FoundFile]:
        """The files of ``symbol``, in the order of their names; of any symbol where names do not say whose they are.

        Small and capital letters count where the name is there as it was asked for, else not.
        """
        if "symbol" not in self.template.fields:
            return self.all_files()
        found = self._walk(f"= {symbol}", lambda text: symbol in (text, unquote(text)))
        if found:
            return found
        low = symbol.casefold()
        found = self._walk(f"~ {low}", lambda text: unquote(text).casefold() == low)
        spelled = sorted({str(file.named.symbol) for file in found})
        if len(spelled) > 1:
            raise BadDataError(
                f"{symbol} may be {' or '.join(spelled)} in {self.template.text}; ask for one of these", symbol=symbol
            )
        return found

    def all_files(self) -> list[FoundFile]:
        """The files of every symbol, in the order of their names."""
        return self._walk("", lambda _: True)

    def expected(self, symbol: str, sessions: SessionTable) -> list[FoundFile]:
        """Those files of ``symbol`` and ``sessions`` that are there, by their whole names: for places without folders."""
        template, found = self.template, {}
        form = template.period_form
        for interval in _BASES if "interval" in template.fields else ("",):
            for keys in periods(sessions) if form else [("",)]:
                for key in (key for key in keys if len(key) == _LENGTHS[form]):
                    date = dt.date.fromisoformat(f"{key}-01-01"[:10]) if key else dt.date.max
                    whose = symbol if "symbol" in template.fields else None
                    named = Named(whose, key, Interval.parse(interval) if interval else None)
                    found[template.fill(symbol, date, interval)] = named
        return [FoundFile(path, named) for path, named in found.items() if self.place.version(path) is not None]

    def _walk(self, key: str, is_meant: Callable[[str], bool]) -> list[FoundFile]:
        known = self._walked.get(key)
        if known is not None and known[0] and all(map(self._is_same, known[0], known[1])):
            return known[2]
        visited: dict[str, object] = {}
        found = []
        for path, texts in self._descend(self.template.root, self.template.segments, {}, is_meant, visited):
            named = self.template.named(texts)
            if named is not None:
                found.append(FoundFile(path, named))
        self._walked[key] = (list(visited), list(visited.values()), found)
        return found

    def _descend(
        self,
        at: str,
        segments: tuple[str, ...],
        texts: dict[str, str],
        is_meant: Callable[[str], bool],
        visited: dict[str, object],
    ) -> Iterator[tuple[str, dict[str, str]]]:
        if not segments:
            if visited or self.place.version(at) is not None:
                yield at, texts
            return
        segment, *rest = segments
        for entry in self._entries(at, visited):
            found = self.template.match(segment, entry.name) if entry.is_folder == bool(rest) else None
            if found is None or ("symbol" in found and not is_meant(found["symbol"])):
                continue
            if all(texts.get(name, text) == text for name, text in found.items()):
                path = f"{at}{entry.name}" if at.endswith("/") or not at else f"{at}/{entry.name}"
                yield from self._descend(path, tuple(rest), {**texts, **found}, is_meant, visited)

    def _entries(self, folder: str, visited: dict[str, object]) -> list[Entry]:
        version = self.place.folder_version(folder)
        visited[folder] = version
        known = self._folders.get(folder)
        if known is None or not self._is_same(folder, known.version):
            now = time.monotonic()
            seen_at = known.seen_at if known is not None and known.version == version else now
            known = _Folder(version, seen_at, self.place.entries(folder), now - seen_at > _TICK_SECONDS)
            self._folders[folder] = known
        return known.entries

    def _is_same(self, folder: str, version: object) -> bool:
        known = self._folders.get(folder)
        return known is not None and known.settled and known.version == version == self.place.folder_version(folder)


def periods(sessions: SessionTable) -> list[tuple[str, ...]]:
    """For each session, the periods that its rows may be filed under: its date; month and year of it, or of its ends in UTC."""
    each = zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)
    return [_periods(*session) for session in each]


@lru_cache(maxsize=16384)
def _periods(date: dt.date, open_ns: int, close_ns: int) -> tuple[str, ...]:
    days = [date, *(dt.date.fromordinal(_EPOCH + at // DAY_NS) for at in (open_ns, close_ns - 1))]
    return (date.isoformat(), *dict.fromkeys(f"{day:%Y-%m}" for day in days), *dict.fromkeys(f"{day:%Y}" for day in days), "")
