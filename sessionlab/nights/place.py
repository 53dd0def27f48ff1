"""Where reports are put: a folder of the local disk, or of any file system of ``fsspec``. Each file is there whole or not at all.

What is remote is written in a transaction of fsspec, which puts a file in place when all of it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sessionlab.config.secrets import text_without_secrets
from sessionlab.errors import ConfigError, SourceError
from sessionlab.whole_file import replace_whole

_URL = re.compile(r"([a-z][a-z0-9+.\-]+)://", re.IGNORECASE)


class Place(Protocol):
    """A folder that may be still to be made. Names in it have slashes."""

    where: str
    """Itself, as people are told, without secrets."""
    local: Path | None
    """The folder, where it is on this machine's disk."""

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where it is not there. Raises :class:`SourceError` where that cannot be told."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place, and the folders that it needs. Raises :class:`SourceError` where that fails."""
        ...

    def create(self, name: str, content: bytes) -> bool:
        """Put a file in place where there is none; False where there is one."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there. Raises :class:`SourceError` where that fails."""
        ...


def place_at(folder: str) -> Place:
    """The place at a local path or a URL. Raises :class:`ConfigError` for a URL that nothing here can open.

    >>> place_at("reports/2025-07-02").where, place_at("memory://night").where
    ('reports/2025-07-02', 'memory://night')
    """
    match = _URL.match(folder)
    if match is None:
        return LocalFolder(Path(folder).expanduser(), folder)
    if match[1].lower() in ("file", "local"):
        return LocalFolder(Path(folder[match.end() :]), folder)
    return RemoteFolder(folder)


class LocalFolder:
    """A folder on this machine's disk."""

    def __init__(self, folder: Path, where: str) -> None:
        self.local: Path | None = folder
        self.where = where
        try:
            standing = next(parent for parent in [folder.absolute(), *folder.absolute().parents] if parent.exists())
        except OSError as why:  # a name that is too long, a folder that one may not look into
            raise ConfigError(f"-o {where}: there can be no such folder ({why.strerror}); choose another place") from why
        if not standing.is_dir():
            raise ConfigError(f"-o {where}: {standing} is a file, not a folder; choose another place")
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where it is not there."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as why:
            raise SourceError(f"{self._folder / name} cannot be read ({why.strerror}); check who may read it", path=name) from why

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place, and the folders that it needs."""
        replace_whole(self._folder / name, lambda file: file.write(content))

    def create(self, name: str, content: bytes) -> bool:
        """Put a file in place where there is none; False where there is one."""
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            return False
        except OSError as why:
            raise SourceError(f"{path} could not be written: {why.strerror or why}", path=str(path)) from why
        return True

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        path = self._folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as why:
            raise SourceError(
                f"{path} could not be removed: {why.strerror or why}; check who may write there", path=name
            ) from why


class RemoteFolder:
    """A folder of a file system of fsspec."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.local: Path | None = None
        self.where = text_without_secrets(url)
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as why:
            raise ConfigError(
                f"-o {self.where} cannot be opened ({why}); install what it needs, or choose another place"
            ) from why

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where it is not there."""
        with self._told(name, "read"):
            try:
                return bytes(self._fs.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place, and the folders that it needs."""
        path = self._path(name)
        with self._told(name, "written"):
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            with self._fs.transaction, self._fs.open(path, "wb") as file:
                file.write(content)

    def create(self, name: str, content: bytes) -> bool:
        """Put a file in place where there is none; False where there is one. Few file systems do that in one go."""
        path = self._path(name)
        with self._told(name, "written"):
            try:
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._fs.pipe_file(path, content, mode="create")
            except FileExistsError:
                return False
        return True

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with self._told(name, "removed"), suppress(FileNotFoundError):
            self._fs.rm_file(self._path(name))

    @contextmanager
    def _told(self, name: str, done: str) -> Iterator[None]:
        """Say what could not be ``done``, and why."""
        try:
            yield
        except Exception as why:  # whatever a file system of others raises
            reason = text_without_secrets(str(why).splitlines()[0][:160] if str(why) else type(why).__name__)
            words = f"{self.where}/{name} could not be {done} ({reason}); check the address and the rights"
            raise SourceError(words, path=name) from why

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"
