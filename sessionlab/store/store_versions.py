"""Versions of a store: a repair replaces files only after the new ones are all there, and keeps the old ones.

versions/0002/new/bars/1m/AAPL/2025-07.parquet      staged; gone when the version is in place
versions/0002/old/bars/1m/AAPL/2025-07.parquet      what it replaced
versions/0002/version.json                          when, why, which files; with it the version is decided

Without version.json nothing has happened. With it, whoever writes next puts in place what is not there yet: each file of the
store is the old one or the new one at all times.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import BadDataError, SourceError
from sessionlab.sources.parquet_file import replace_file
from sessionlab.store.facts import iso, sha256_of
from sessionlab.store.hidden import read_document, record_file, versions_folder, write_document
from sessionlab.store.record import SeriesRecord
from sessionlab.whole_file import sync_folder

if TYPE_CHECKING:
    import pyarrow as pa

FIRST = 1
"""The version of a store that was never repaired; of it no folder is kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a version: checksums of what was there before and of what is there after, None for no file."""

    path: str
    before: str | None
    after: str | None
    rows_before: int = 0
    rows_after: int = 0
    bytes_before: int = 0


@dataclass(frozen=True, slots=True)
class StoreVersion:
    """Version ``number``, made by a ``repair`` or a ``restore`` for a ``reason``; ``when`` is ISO, UTC.

    ``records_before`` and ``records_after`` are the records of the series that it touches, by their file.
    """

    number: int
    made_by: str
    reason: str
    when: str
    changes: tuple[Change, ...]
    records_before: dict[str, dict[str, Any] | None] = field(repr=False)
    records_after: dict[str, dict[str, Any]] = field(repr=False)
    in_place: bool

    def __repr__(self) -> str:
        return f"<StoreVersion {self.number} by {self.made_by}: {self.reason}>"

    @classmethod
    def read(cls, folder: Path) -> StoreVersion | None:
        """The version in ``folder``, None where it was never decided."""
        found = read_document(folder / "version.json")
        if found is None:
            return None
        try:
            return cls(**{**found, "changes": tuple(Change(**change) for change in found["changes"])})
        except (KeyError, TypeError) as why:
            raise BadDataError(f"{folder} is no version that can be read ({why}); update sessionlab", path=str(folder)) from why

    def write(self, folder: Path) -> None:
        """Put it at ``folder``; with this it is decided."""
        names = ("number", "made_by", "reason", "when", "records_before", "records_after", "in_place")
        document: dict[str, Any] = {name: getattr(self, name) for name in names}
        document["changes"] = [{name: getattr(change, name) for name in Change.__slots__} for change in self.changes]
        write_document(folder / "version.json", document)


def read_versions(root: Path) -> list[StoreVersion]:
    """Every version after the first, in order; the last of them may not be in place yet."""
    folder = versions_folder(root)
    numbers = sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()) if folder.is_dir() else []
    found = (StoreVersion.read(version_folder(root, number)) for number in numbers)
    return [version for version in found if version is not None]


def current_version(root: Path) -> int:
    """The number of the version that the store is in."""
    return max((version.number for version in read_versions(root)), default=FIRST)


def complete_pending(root: Path) -> list[str]:
    """Put in place what an interrupted repair or restore left undone. Says what it did. The store must be held."""
    notes = []
    for version in read_versions(root):
        if not version.in_place:
            put_in_place(root, version)
            notes.append(f"version {version.number} was decided and not yet in place ({version.reason}): it is now")
    return notes


class Stage:
    """New files of the next version, put beside the store until they are all there. The store must be held."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.number = current_version(root) + 1
        self._folder = version_folder(root, self.number)
        self._changes: dict[str, Change] = {}
        shutil.rmtree(self._folder, ignore_errors=True)  # of one that was never decided

    def put(self, path: str, table: pa.Table) -> Path:
        """Stage ``table`` as the new content of ``path``; where the staged file is."""
        file = self._folder / "new" / path
        replace_file(file, table)
        self._note(path, sha256_of(file), table.num_rows)
        return file

    def copy(self, path: str, content: Path, rows: int) -> Path:
        """Stage a copy of the file ``content``."""
        file = self._folder / "new" / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with content.open("rb") as source, file.open("wb") as copy:
                shutil.copyfileobj(source, copy)
                copy.flush()
                os.fsync(copy.fileno())
        except OSError as why:
            raise _refused(file, why) from why
        self._note(path, sha256_of(file), rows)
        return file

    def remove(self, path: str) -> None:
        """Stage that ``path`` goes."""
        self._note(path, None, 0)

    def decide(
        self, made_by: str, reason: str, before: dict[str, dict[str, Any] | None], after: dict[str, dict[str, Any]]
    ) -> StoreVersion:
        """Decide the version, and put it in place. ``before`` and ``after`` are records by their file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        when = _iso_of(self._folder)
        changes = tuple(self._changes.values())
        version = StoreVersion(self.number, made_by, reason, when, changes, before, after, in_place=False)
        version.write(self._folder)
        return put_in_place(self.root, version)

    def drop(self) -> None:
        """Take everything that was staged away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _note(self, path: str, after: str | None, rows: int) -> None:
        there = self.root / path
        if not there.is_file():
            self._changes[path] = Change(path, None, after, 0, rows)
            return
        import pyarrow.parquet as pq

        before = int(pq.read_metadata(there).num_rows)
        self._changes[path] = Change(path, sha256_of(there), after, before, rows, there.stat().st_size)


def put_in_place(root: Path, version: StoreVersion) -> StoreVersion:
    """Put each file of ``version`` in its place, keep what was there, then write the records. It may have been begun before."""
    folder = version_folder(root, version.number)
    for change in version.changes:
        try:
            _put(root / change.path, folder / "new" / change.path, folder / "old" / change.path, change)
        except OSError as why:
            raise _refused(root / change.path, why) from why
    for file, document in version.records_after.items():
        write_document(root / file, document)
    done = replace(version, in_place=True)
    done.write(folder)
    shutil.rmtree(folder / "new", ignore_errors=True)
    return done


def _put(place: Path, new: Path, old: Path, change: Change) -> None:
    now = sha256_of(place) if place.is_file() else None
    if now == change.after:
        return
    if now != change.before:
        raise BadDataError(
            f"{place} was changed while a new version of it waits to be put in place; move it away, and try again",
            path=str(place),
        )
    if change.before is not None and not old.exists():
        old.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(place, old)
        except OSError:  # a file system without links
            shutil.copy2(place, old)
        sync_folder(old.parent)
    if change.after is None:
        place.unlink()
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        new.replace(place)
    sync_folder(place.parent)


def record_name(record: SeriesRecord) -> str:
    """The file of a record, by its path in the store."""
    return record_file(Path(), record.kind, record.width, record.symbol).as_posix()


def version_folder(root: Path, number: int) -> Path:
    """Where version ``number`` is kept."""
    return versions_folder(root) / f"{number:04d}"


def _iso_of(folder: Path) -> str:
    return iso(folder.stat().st_mtime_ns)


def _refused(file: Path, why: OSError) -> SourceError:
    return SourceError(
        f"{file} could not be written: {why.strerror or why}; run the same again when there is room, nothing is lost",
        path=str(file),
    )
