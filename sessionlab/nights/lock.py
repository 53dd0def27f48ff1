"""One night at a time in a folder: a file ``.night.lock`` says who is at work in it.

On a local disk the operating system holds the lock as long as the process lives, and lets it go when that dies, however it dies:
a file that nobody holds is left over, which is said, and taken over. Where the folder is remote, or the file is of another
machine, nobody can be asked: a night of this machine is looked for among its processes, one of another is taken to be at work
until somebody removes the file. Few remote file systems make a file in one go, so two machines that begin within the same
moment may both go on there: let one machine do the nights of a folder.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sessionlab.errors import ConfigError, SourceError
from sessionlab.nights.place import Place

NAME = ".night.lock"


class NightLock:
    """Holds ``place`` while entered. ``left_over`` then says whose lock was found there that nobody held, if there was one.

    Entering raises :class:`ConfigError` where another night is at work.
    """

    def __init__(self, place: Place) -> None:
        self.left_over: str | None = None
        self._place = place
        self._file: IO[bytes] | None = None

    def __enter__(self) -> NightLock:
        folder = self._place.local
        if folder is None or os.name == "nt":  # where no lock of the operating system is
            self._take_file()
        else:
            self._take_lock(folder)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._place.remove(NAME)
        finally:
            if self._file is not None:
                self._file.close()

    def _take_lock(self, folder: Path) -> None:
        """Of the operating system: the file is removed while it is held, so it may be gone when it is got."""
        import fcntl

        path = folder / NAME
        while True:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = path.open("a+b")
            except OSError as why:
                words = f"{path} could not be made: {why.strerror or why}; choose another place"
                raise SourceError(words, path=str(path)) from why
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                raise self._at_work(_told(self._place.read(NAME) or b"")) from None
            except OSError as why:
                file.close()
                words = f"{path} could not be locked: {why.strerror or why}; choose another place"
                raise SourceError(words, path=str(path)) from why
            with suppress(FileNotFoundError):  # its holder has just gone, and the file with it
                if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                    break
            file.close()
        file.seek(0)
        before = _told(file.read())
        if before and before.get("host") != socket.gethostname():
            file.close()
            raise self._at_work(before)
        self.left_over = _words(before) if before else None
        file.truncate(0)
        file.write(_mine())
        file.flush()
        self._file = file

    def _take_file(self) -> None:
        if self._place.create(NAME, _mine()):
            return
        before = _told(self._place.read(NAME) or b"")
        if before.get("host") != socket.gethostname() or _lives(int(before.get("pid", 0))):
            raise self._at_work(before)
        self.left_over = _words(before)
        self._place.write(NAME, _mine())

    def _at_work(self, told: dict[str, Any]) -> ConfigError:
        where = f"{self._place.where}/{NAME}"
        return ConfigError(
            f"another night is at work in {self._place.where} ({_words(told)}); wait for its end, or, if it is no more, remove "
            f"{where}",
            **told,
        )


def _mine() -> bytes:
    told = {"host": socket.gethostname(), "pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    return json.dumps(told).encode()


def _told(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _words(told: dict[str, Any]) -> str:
    if not told:
        return "it says not whose"
    return f"process {told.get('pid')} on {told.get('host')} since {told.get('since')}"


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    if os.name == "nt":  # there, signal 0 is Ctrl-C; so it is taken to live
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
