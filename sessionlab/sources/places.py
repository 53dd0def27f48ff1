"""Where files lie: a local disk, any file system of ``fsspec``, the web. Each lists a folder, tells versions, reads bytes.

A version changes when a file does: its size with the time it was written, or what the server says in their place.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sessionlab.errors import BadDataError, SourceError

Version = tuple[str | int, int]
"""What tells one state of a file from another, and its size in bytes (-1 where nobody says)."""

_URL = re.compile(r"([a-z][a-z0-9+.\-]*)://", re.IGNORECASE)


class Entry(NamedTuple):
    """A name in a folder."""

    name: str
    is_folder: bool


class Place(Protocol):
    """One way to get at files. Paths have slashes and no scheme where it is the local disk."""

    can_list: bool

    def folder_version(self, path: str) -> object:
        """What changes when a name comes or goes; None where it cannot be told. Raises nothing."""
        ...

    def entries(self, path: str) -> list[Entry]:
        """The names in a folder, sorted; none where it is not there."""
        ...

    def version(self, path: str) -> Version | None:
        """The state of a file, None where it is not there."""
        ...

    def read(self, path: str, version: Version) -> bytes:
        """The whole file as it was at ``version``. Raises :class:`BadDataError` where it changed since."""
        ...

    def identity(self, path: str) -> str:
        """The path by which the file is known to the whole process."""
        ...

    def forget(self) -> None:
        """Ask again from now on, where answers are remembered."""
        ...


def place_of(path: str, storage_options: Mapping[str, Any] | None = None) -> tuple[Place, str]:
    """The place of ``path``, and the path as that place has it.

    >>> place_of("data/spy.csv")[1], place_of("file:///data/spy.csv")[1]
    ('data/spy.csv', '/data/spy.csv')
    """
    match = _URL.match(path)
    if match is None:
        return LocalPlace(), path.replace("\\", "/") if os.name == "nt" else path
    scheme = match[1].lower()
    if scheme in ("file", "local"):
        return LocalPlace(), path[match.end() :]
    from sessionlab.sources.remote_places import RemotePlace, WebPlace

    if scheme in ("http", "https"):
        return WebPlace(), path
    return RemotePlace(path, storage_options), path


class LocalPlace:
    """The local disk. It is asked at every question, which costs microseconds."""

    can_list = True

    def folder_version(self, path: str) -> object:
        """When a name last came or went, in ns."""
        try:
            return os.stat(path or ".").st_mtime_ns  # noqa: PTH116 - asked for every session
        except OSError:
            return None

    def entries(self, path: str) -> list[Entry]:
        """The names in a folder, sorted; none where it is not there."""
        try:
            with os.scandir(path or ".") as found:
                return sorted(Entry(entry.name, _is_folder(entry)) for entry in found)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as why:
            raise SourceError(f"{path} cannot be listed ({why.strerror}); check who may read it", path=path) from why

    def version(self, path: str) -> Version | None:
        """When a file was last written, in ns, and its size; None where it is not there."""
        try:
            there = os.stat(path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            if os.path.islink(path):  # noqa: PTH114
                raise BadDataError(f"{path} is a link to nothing that is there; mend it, or remove it", path=path) from None
            return None
        except OSError as why:
            raise SourceError(f"{path} cannot be read ({why.strerror}); check who may read it", path=path) from why
        if stat.S_ISREG(there.st_mode):
            return there.st_mtime_ns, there.st_size
        if stat.S_ISDIR(there.st_mode):
            return None
        raise BadDataError(f"{path} is a pipe or a device, which never ends; give a file", path=path)

    def read(self, path: str, version: Version) -> bytes:
        """The whole file as it was at ``version``."""
        for _ in range(2):
            try:
                data = Path(path).read_bytes()
            except FileNotFoundError as why:
                raise BadDataError(f"{path} is gone; it was there a moment ago: ask again", path=path) from why
            except OSError as why:
                raise SourceError(f"{path} cannot be read ({why.strerror}); check who may read it", path=path) from why
            if self.version(path) == version and len(data) == version[1]:
                return data
        raise changed(path)

    def identity(self, path: str) -> str:
        """The absolute path."""
        return os.path.abspath(path)  # noqa: PTH100 - asked for every session

    def forget(self) -> None:
        """Nothing: it remembers nothing."""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself; who reads it is told
        return False


def changed(path: str) -> BadDataError:
    """The error about a file that is being written."""
    return BadDataError(f"{path} changed while it was read; ask again when it is written", path=path)
