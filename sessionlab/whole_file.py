"""A file put in place as a whole: readers see the old one or the new one, also when the process dies."""

from __future__ import annotations

import os
from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import Any, BinaryIO

from sessionlab.errors import SourceError

_ABANDONED_SECONDS = 3600


def put_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Put at ``path`` what ``write`` writes, on the disk for good when this returns. Permissions of the old file stay.

    Raises :class:`OSError` where the disk refuses, or no folder is; what was there before is then still there.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        _sweep(path, temporary.stat().st_mtime)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """As :func:`put_whole`; folders are made. Raises :class:`SourceError` where the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_whole(path, write)
    except OSError as why:
        raise SourceError(
            f"{path} could not be written: {why.strerror or why}; what was stored before is unchanged", path=str(path)
        ) from why


def sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on the disk for good."""
    if os.name == "nt":  # folders cannot be opened there, and renames are kept by the journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(path: Path, now_seconds: float) -> None:
    """Remove what killed writers of the same file left long ago."""
    for left in path.parent.glob(f".{escape(path.name)}.*.tmp"):
        if now_seconds - left.stat().st_mtime > _ABANDONED_SECONDS:
            left.unlink(missing_ok=True)
