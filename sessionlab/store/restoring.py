"""``sl.store.versions`` and ``sl.store.restore``: what a store was before a repair, and how to have it back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sessionlab.errors import BadDataError, NoDataError
from sessionlab.store.facts import FileFacts, sha256_of
from sessionlab.store.hidden import read_document, writing
from sessionlab.store.record import SeriesRecord
from sessionlab.store.series import check_store
from sessionlab.store.store_versions import (
    FIRST,
    Change,
    Stage,
    StoreVersion,
    complete_pending,
    current_version,
    read_versions,
    version_folder,
)


def versions(store: str | os.PathLike[str]) -> list[StoreVersion]:
    """The versions of ``store`` after the first, in order; the last one is what it is in. Empty where nothing was repaired.

    Raises :class:`NoDataError` where no store is.
    """
    root = Path(store).expanduser()
    check_store(root)
    return read_versions(root)


def restore(store: str | os.PathLike[str], version: int) -> StoreVersion:
    """Bring the files of ``version`` back, bit for bit, as a further version: nothing is lost, and this can be undone too.

    Files that no version since has touched stay as they are, what was imported since included. Raises :class:`NoDataError`
    where there is no such version, or nothing to bring back; :class:`BusyError` where another process writes.
    """
    root = Path(store).expanduser()
    check_store(root)
    with writing(root):
        complete_pending(root)
        return _restore(root, version)


def _restore(root: Path, number: int) -> StoreVersion:
    every = read_versions(root)
    current = current_version(root)
    if not FIRST <= number < current:
        there = f"there are {FIRST} to {current}" if current > FIRST else "nothing was repaired, so there is only version 1"
        why = "the store is in it" if number == current else there
        raise NoDataError(f"version {number} cannot be brought back: {why}; see data versions", version=number)
    content: dict[str, tuple[Change, int]] = {}
    records: dict[str, dict[str, Any] | None] = {}
    for version in every:
        if version.number > number:
            for change in version.changes:
                content.setdefault(change.path, (change, version.number))
            for file, document in version.records_before.items():
                records.setdefault(file, document)
    stage = Stage(root)
    facts: dict[str, FileFacts] = {}
    gone: list[str] = []
    for path, (change, kept_by) in content.items():
        place = root / path
        if (sha256_of(place) if place.is_file() else None) == change.before:
            continue
        if change.before is None:
            stage.remove(path)
            gone.append(path)
            continue
        kept = version_folder(root, kept_by) / "old" / path
        staged = stage.copy(path, kept, change.rows_before)
        if sha256_of(staged) != change.before:
            stage.drop()
            raise BadDataError(f"{kept} is not what was kept: its checksum is another; nothing was brought back", path=str(kept))
        facts[path] = FileFacts.of(staged, path.split("/", 1)[0], f"version {number}", stage.number)
    if not facts and not gone:
        stage.drop()
        raise NoDataError(f"all files are as in version {number} already; nothing is to be brought back", version=number)
    before = {name: read_document(root / name) for name in records}
    after = {name: _record_after(before[name], then, facts, gone, name) for name, then in records.items()}
    return stage.decide("restore", f"version {number} brought back", before, after)


def _record_after(
    now: dict[str, Any] | None, then: dict[str, Any] | None, facts: dict[str, FileFacts], gone: list[str], where: str
) -> dict[str, Any]:
    """The record of a series after some of its files were brought back: of those, what was imported counts as it was then."""
    assert now is not None  # a version writes records for all that it touches
    record = SeriesRecord.parse(now, where)
    old = None if then is None else SeriesRecord.parse(then, where)
    prefix = "/".join(part for part in (record.kind, record.width) if part)
    mine = {path: one for path, one in facts.items() if _is_of(path, prefix, record, old)}
    back = {*mine, *gone}
    record.files = {path: one for path, one in record.files.items() if path not in gone} | mine
    then_moved = {} if old is None else old.moved
    turned = [date for date in {*record.moved, *then_moved} if record.moved.get(date) != then_moved.get(date)]
    record.imported = [
        one for one in record.imported if back.isdisjoint(one.files) and not any(one.first <= date <= one.last for date in turned)
    ]
    if old is not None:
        record.imported += [one for one in old.imported if not back.isdisjoint(one.files)]
    record.moved = dict(then_moved)
    return record.document()


def _is_of(path: str, prefix: str, record: SeriesRecord, old: SeriesRecord | None) -> bool:
    known = {*record.files, *(() if old is None else old.files)}
    return path.startswith(f"{prefix}/") and path in known
