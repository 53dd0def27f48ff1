"""Keeping the record of one series while it is imported: files first, then what is said of them.

Killed between the two, the record is behind and never ahead: the piece is imported again and its rows are found to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sessionlab.sources.holdings import Holding
from sessionlab.sources.local_holdings import paths_for
from sessionlab.sources.store_layout import Shelf
from sessionlab.sources.store_write import Written
from sessionlab.store.chunks import Chunk
from sessionlab.store.facts import FileFacts, sha256_of
from sessionlab.store.record import Imported, SeriesRecord
from sessionlab.store.series import relative
from sessionlab.timing import SessionTable

_ROWS_BETWEEN = 100_000  # so many rows are imported again at most, because a record is written anew as a whole


class RecordKeeper:
    """The ``record`` of a series in the store at ``root``, of which rows come from the source called ``name``."""

    def __init__(self, root: Path, record: SeriesRecord, name: str) -> None:
        self.record = record
        self.notes: list[str] = []
        self._root = root
        self._name = name
        self._half_done = set(record.writing)
        self._unwritten = False
        self._written_at = 0
        self._wrote_last: tuple[str, ...] = ()

    def is_done(self, source: str, first: str, last: str, version: str) -> bool:
        """Whether these dates were imported when the source was in this state, and their files are still there."""
        if not version:
            return False
        for done in self.record.imported:
            if done[:4] == (source, first, last, version):
                return all(self._is_there(path) for path in done.files)
        return False

    def done(self, source: str, first: str, last: str, version: str) -> None:
        """Note that these dates are in the store, in the files that were wrote last."""
        others = [one for one in self.record.imported if one.source != source or not first <= one.first <= one.last <= last]
        self.record.imported = [*others, Imported(source, first, last, version, self._wrote_last)]
        self._unwritten = True

    @contextmanager
    def replacing(self, sessions: SessionTable, symbol: str, holding: Holding) -> Iterator[Callable[[Written], None]]:
        """While rows of ``sessions`` are written: recorded files among theirs are named beforehand, as they may be replaced.

        Gives a function to call with what was written.
        """
        shelf = Shelf.of(self._root, holding.kind, holding.width, symbol)
        paths = paths_for(shelf, sessions) if len(sessions) else []
        near = [path for path in (relative(self._root, Path(path)) for path in paths) if path in self.record.files]
        for path in near:
            if path not in self._half_done and not self._is_as_recorded(path):
                self.notes.append(f"{path} is not what was recorded of it: somebody changed it; what is imported was put into it")
        if near:
            self.record.writing = tuple(sorted({*near, *self._half_done}))
            self.record.write(self._root)

        def wrote(written: Written) -> None:
            half_done = [path for path in written.held_in if relative(self._root, path) in self._half_done]
            new = [path for path in written.held_in if relative(self._root, path) not in self.record.files]
            self.wrote([*written.files, *half_done, *new], written.held_in)

        yield wrote

    def wrote(self, files: Iterable[Path], held_in: Iterable[Path] | None = None) -> None:
        """Record ``files`` as they are now. The rows are in ``held_in``, without it in ``files``."""
        files = list(dict.fromkeys(files))
        for file in files:
            path = relative(self._root, file)
            before = self.record.files.pop(path, None)
            if file.is_file():
                version = 1 if before is None else before.version
                self.record.files[path] = FileFacts.of(file, self.record.kind, self._name, version)
            self._half_done.discard(path)
            self._unwritten = True
        self._wrote_last = tuple(sorted(relative(self._root, file) for file in (files if held_in is None else held_in)))
        if self.record.writing:
            self.record.writing = tuple(sorted(self._half_done))
            self._unwritten = True

    def left_as_moved(self, chunk: Chunk, rows: int) -> None:
        """Note that rows were not written because a repair moved those of their dates."""
        dates = [date for date in map(str, chunk.sessions.date.tolist()) if date in self.record.moved]
        what = f"{self.record.symbol} {self.record.width} {self.record.kind}"
        self.notes.append(
            f"{what}: {rows:,} rows of {dates[0]} to {dates[-1]} are left as a repair moved them "
            f"({self.record.moved[dates[0]]}); to import them as they come, restore the version before it"
        )

    def write_now_and_then(self, rows: int) -> None:
        """Write the record where ``rows``, those of the whole import, have grown by many since it was written."""
        if rows - self._written_at >= _ROWS_BETWEEN:
            self.write()
            self._written_at = rows

    def write(self) -> None:
        """Write the record, if it changed."""
        if self._unwritten:
            self.record.write(self._root)
            self._unwritten = False

    def _is_there(self, path: str) -> bool:
        facts, file = self.record.files.get(path), self._root / path
        return facts is not None and path not in self._half_done and file.is_file() and file.stat().st_size == facts.bytes

    def _is_as_recorded(self, path: str) -> bool:
        file, facts = self._root / path, self.record.files[path]
        return not file.is_file() or (file.stat().st_size == facts.bytes and sha256_of(file) == facts.sha256)
