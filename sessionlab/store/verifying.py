"""``sl.store.verify``: every file of a store held against its record, checksum by checksum."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sessionlab.engine.progress import shown
from sessionlab.errors import BadDataError, SessionlabError
from sessionlab.sources.asked_names import asked_names
from sessionlab.store.facts import FileFacts, check_pages, sha256_of
from sessionlab.store.hidden import writing
from sessionlab.store.page import page
from sessionlab.store.progress import Progress, Told
from sessionlab.store.record import SeriesRecord
from sessionlab.store.series import Series, all_series, relative
from sessionlab.store.store_versions import read_versions

STATES = ("ok", "changed", "missing", "unreadable", "not recorded", "half done")
"""What a file may be. ``half done`` was being replaced when an import was stopped; the same import again completes it."""
BROKEN = ("changed", "missing", "unreadable")


@dataclass(frozen=True, slots=True)
class FileState:
    """One file, its ``state`` as of :data:`STATES`, and why, where it is not ok."""

    symbol: str
    series: str
    path: str
    state: str
    why: str = ""


@dataclass
class Verified:
    """What :func:`verify` found: ``files``, and what was ``recorded`` or ``forgotten`` on demand."""

    store: str
    files: list[FileState] = field(default_factory=list)
    recorded: int = 0
    forgotten: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many files there are of each state."""
        return {state: sum(one.state == state for one in self.files) for state in STATES}

    @property
    def broken(self) -> list[FileState]:
        """The files that are changed, missing or unreadable."""
        return [one for one in self.files if one.state in BROKEN]

    @property
    def table(self) -> pd.DataFrame:
        """``symbol series path state why`` of every file that is not ok."""
        rows = [(one.symbol, one.series, one.path, one.state, one.why) for one in self.files if one.state != "ok"]
        return pd.DataFrame(rows, columns=["symbol", "series", "path", "state", "why"])

    def __repr__(self) -> str:
        told = ", ".join(f"{count:,} {state}" for state, count in self.counts.items() if count)
        return f"<Verified {self.store}: {told or 'no files'}>"

    def _repr_html_(self) -> str:
        return page(repr(self), {"Not ok": self.table}, self.notes)


def verify(
    store: str | os.PathLike[str],
    symbols: str | Sequence[str] | None = None,
    *,
    record: bool = False,
    accept: bool = False,
    progress: Told = None,
) -> Verified:
    """Hold every file of ``store``, or of ``symbols``, against what was recorded when it was written.

    Files that are not recorded, and those that are not as recorded, are read whole, so that a broken page is found.
    ``record`` takes in those that are not recorded. ``accept`` takes what is there as what is meant: files that changed are
    recorded anew, those that are missing forgotten. What cannot be read is never taken in.

    Raises :class:`~sessionlab.errors.NoDataError` where no store is, and for symbols that it does not know.
    """
    root = Path(store).expanduser()
    every = all_series(root, None if symbols is None else asked_names(symbols, "symbols"))
    found = Verified(str(root))
    found.notes += [
        f"version {version.number} is not in place yet ({version.reason}); the next repair or import completes it"
        for version in read_versions(root)
        if not version.in_place
    ]
    sizes = [sum(file.stat().st_size for file in series.files(root)) + 1 for series in every]
    where = [Progress(0.0, "", "", "", 0)]
    with writing(root) if record or accept else nullcontext(), shown(lambda: where[0], progress) as update:
        done = 0
        for series, size in zip(every, sizes, strict=True):
            where[0] = Progress(done / sum(sizes), series.symbol, series.title, "", 0)
            update()
            _verify_series(found, root, series, record, accept)
            done += size
        where[0] = where[0]._replace(fraction=1.0)
        update()
    return found


def _verify_series(found: Verified, root: Path, series: Series, take_in: bool, accept: bool) -> None:
    try:
        known = series.record(root)
    except BadDataError as why:
        found.files.append(FileState(series.symbol, series.title, "", "unreadable", str(why)))
        return
    changed = False
    for one in _states(root, series, known):
        state = one
        if (one.state == "not recorded" and take_in) or (one.state == "changed" and accept):
            before = known.files.get(one.path)
            version = 1 if before is None else before.version
            known.files[one.path] = FileFacts.of(root / one.path, series.kind, "by hand", version)
            found.recorded += 1
            state, changed = FileState(series.symbol, series.title, one.path, "ok"), True
        elif one.state == "missing" and accept:
            del known.files[one.path]
            found.forgotten += 1
            changed = True
            continue
        found.files.append(state)
    if changed:
        known.write(root)


def _states(root: Path, series: Series, known: SeriesRecord) -> Iterator[FileState]:
    there = {relative(root, file): file for file in series.files(root)}
    for path in sorted({*there, *known.files}):
        state, why = _state(there.get(path), path, series.kind, known)
        yield FileState(series.symbol, series.title, path, state, why)


def _state(file: Path | None, path: str, kind: str, known: SeriesRecord) -> tuple[str, str]:
    facts = known.files.get(path)
    if file is None:
        return "missing", "recorded, and not there"
    try:
        if facts is not None and file.stat().st_size == facts.bytes and sha256_of(file) == facts.sha256:
            return "ok", ""
        check_pages(file, kind)
    except OSError as why:
        return "unreadable", f"it cannot be read ({why.strerror})"
    except SessionlabError as why:
        return "unreadable", str(why)
    if facts is None:
        return "not recorded", "put there by hand, or by an import that was stopped"
    if path in known.writing:
        return "half done", "it was being replaced when an import was stopped"
    return "changed", f"its checksum is not the one of {facts.written}, though it can be read"
