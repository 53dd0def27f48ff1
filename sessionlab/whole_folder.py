"""A folder put in place as a whole: made beside its place and renamed when it is done, so nobody ever sees half of one.

A folder that is none of its kind, or holds a file of somebody else's, is never replaced. One that is replaced stands aside for an
instant, as ``.NAME.….old``: a process killed just then loses nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sessionlab.errors import ConfigError, SourceError


class WholeFolder:
    """While entered, ``part`` is an empty folder to write into; :meth:`put_in_place` makes it ``folder``.

    ``what`` is what such a folder is called, ``files_of`` the files that the one in a folder is made of, or None where there is
    none. Raises :class:`ConfigError` for a folder that may not be replaced, :class:`SourceError` where the disk refuses. What was
    there before is then still there.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        what: str,
        files_of: Callable[[Path], Collection[str] | None],
        *,
        overwrite: bool,
    ) -> None:
        self.folder = Path(folder).expanduser().resolve()
        check_free(self.folder, what, files_of, overwrite=overwrite)
        self.part = self.folder.with_name(f".{self.folder.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")

    def __enter__(self) -> Self:
        try:
            self.part.mkdir(parents=True)
        except OSError as why:
            raise self._refused(why) from why
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.part, ignore_errors=True)
        if isinstance(error, OSError):
            raise self._refused(error) from error
        if isinstance(error, SourceError) and isinstance(error.__cause__, OSError):
            raise self._refused(error.__cause__) from error

    def put_in_place(self) -> None:
        """Let ``part`` be the folder. What stood there goes."""
        old = self.part.with_suffix(".old")
        if self.folder.exists():
            self.folder.rename(old)
        try:
            self.part.rename(self.folder)
        except BaseException:
            with suppress(FileNotFoundError):
                old.rename(self.folder)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _refused(self, why: OSError) -> SourceError:
        return SourceError(
            f"{self.folder} could not be written: {why.strerror or why}; what was there before is unchanged, free the disk or "
            "give a folder that you may write",
            path=str(self.folder),
        )


def check_free(folder: Path, what: str, files_of: Callable[[Path], Collection[str] | None], *, overwrite: bool) -> None:
    """Raise :class:`ConfigError` for a ``folder`` that may not be written, or, without ``overwrite``, may not be replaced."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder} is a file; give the name of a folder", path=str(folder))
    files = files_of(folder)
    if files is None:
        raise ConfigError(f"{folder} is there and is no {what}, so it is left as it is; give another folder", path=str(folder))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    others = sorted(there - set(files))
    if others:
        raise ConfigError(
            f"{folder} holds {others[0]}, which is no part of the {what} in it; move it, or give another folder", path=str(folder)
        )
    if not overwrite:
        raise ConfigError(
            f"{folder} holds {'an' if what[0] in 'aeiou' else 'a'} {what} already; give overwrite=True (--overwrite), "
            "or another folder",
            path=str(folder),
        )
