"""The hidden folder of a store: what is kept beside its files, and never read as rows.

.sessionlab/records/bars/1m/AAPL.json       what was written of a series, and from where
.sessionlab/sources/<source>/AAPL.json      what a source had of a symbol when it was last asked
.sessionlab/versions/0002/                  what a repair replaced, and why
.sessionlab/lock                            held by the one process that writes
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sessionlab.errors import BadDataError, BusyError, SourceError
from sessionlab.sources.symbol_files import file_name
from sessionlab.whole_file import replace_whole

HIDDEN = ".sessionlab"


def record_file(root: Path, kind: str, width: str, symbol: str) -> Path:
    """Where the record of a series is kept."""
    return root / HIDDEN / "records" / kind / width / f"{file_name(symbol)}.json"


def source_file(root: Path, source: str, symbol: str) -> Path:
    """Where it is kept what ``source``, by its digest, had of ``symbol``; with the empty symbol, which symbols."""
    return root / HIDDEN / "sources" / source / ("_symbols.json" if symbol == "" else f"{file_name(symbol)}.json")


def versions_folder(root: Path) -> Path:
    """Where former versions are kept."""
    return root / HIDDEN / "versions"


def read_document(file: Path) -> dict[str, Any] | None:
    """The JSON object in ``file``, None where there is none. Raises :class:`BadDataError` for what is none."""
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as why:
        raise SourceError(f"{file} cannot be read ({why.strerror}); check who may read it", path=str(file)) from why
    except ValueError as why:
        raise BadDataError(f"{file} is no JSON ({why}); delete it, and record the files anew", path=str(file)) from why
    if not isinstance(found, dict):
        raise BadDataError(f"{file} holds no object; delete it, and record the files anew", path=str(file))
    return found


def write_document(file: Path, document: dict[str, Any]) -> None:
    """Put ``document`` at ``file`` as a whole. Raises :class:`SourceError` where the disk refuses."""
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    replace_whole(file, lambda out: out.write(text.encode()))


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Held while a store is written: no other process may. Raises :class:`BusyError` where one does.

    It ends with the process, however that ends. Where nothing was written, the folders that it made are gone afterwards.
    """
    lock = root / HIDDEN / "lock"
    made = [folder for folder in (lock.parent, root, *root.parents) if not folder.exists()]
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("ab")
    except OSError as why:
        raise SourceError(f"{root} cannot be written: {why.strerror or why}; choose another folder", path=str(root)) from why
    with handle:
        if not _taken(handle.fileno()):
            raise BusyError(f"another process is writing to {root}; wait until it is done, and try again", path=str(root))
        try:
            yield
        finally:
            _leave_nothing_empty(lock.parent, made)


def _leave_nothing_empty(hidden: Path, made: list[Path]) -> None:
    """Take away of the folders that were ``made`` those in which nothing is but what was asked of a source."""
    with suppress(OSError):  # somebody put something there; on Windows the lock is still open
        if hidden not in made or {entry.name for entry in hidden.iterdir()} - {"lock", "sources"}:
            return
        shutil.rmtree(hidden)
        for folder in made[1:]:
            folder.rmdir()


def _taken(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
