"""Files, databases and hosts that a hook opens: they may hold what nobody could know yet.

Python's audit events tell of files that Python opens, of sockets and of processes. Readers written in C++ or Rust open theirs
unseen, so the readers of pyarrow, pandas and polars are watched at their entry points, under whatever name the user's code has
them. What is opened by an import, or by a view of ``ctx``, is none; nor is what is opened only to write.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import sessionlab
from sessionlab.engine.user_code import is_users
from sessionlab.proof.decisions import Call
from sessionlab.proof.reach import Place

_OURS = str(Path(sessionlab.__file__).parent)
_VIEWS = tuple(str(Path(_OURS, part)) for part in ("session", "engine", "derive", "tape", "timing"))
_EXAMPLES, _PROOF = str(Path(_OURS, "strategies")), str(Path(_OURS, "proof"))
_INSTALLED = (*(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")), sys.prefix, sys.base_prefix)
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/usr/share/", "/etc/")
_EVENTS = {
    "open": "file",
    "sqlite3.connect": "file",
    "socket.connect": "network",
    "socket.getaddrinfo": "network",
    "urllib.Request": "network",
    "subprocess.Popen": "process",
    "os.system": "process",
    "os.posix_spawn": "process",
}
_READERS = {
    "pandas": None,  # all that begins with read_
    "polars": None,
    "pyarrow.parquet": ("read_table", "read_pandas", "read_metadata", "read_schema"),
    "pyarrow.feather": ("read_table", "read_feather"),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.json": ("read_json", "open_json"),
    "pyarrow.orc": ("read_table",),
    "pyarrow.dataset": ("dataset", "parquet_dataset"),
    "pyarrow": ("memory_map", "input_stream"),
    "numpy": ("load", "loadtxt", "genfromtxt", "fromfile", "memmap"),
}
_CLASSES = {"pyarrow.parquet": ("ParquetFile", "ParquetDataset"), "pyarrow.orc": ("ORCFile",)}


class Opened(NamedTuple):
    """Something that was opened from the user's code: a ``file``, over the ``network``, or by a ``process``."""

    kind: str
    what: str
    where: str
    call: Call | None


class Watch:
    """Notes what is opened while :meth:`inside` a hook. ``trusted`` are patterns of paths that may be read."""

    def __init__(self, places: Sequence[Place], trusted: Sequence[str] = ()) -> None:
        self.opened: list[Opened] = []
        self._places = places
        self._trusted = trusted
        self._call: Call | None = None
        self._at_work = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While entered, readers are watched at their entry points."""
        undo: list[Callable[[], object]] = []
        try:
            for module, name in _entry_points():
                undo.append(_watch_reader(module, name, self._note_reader, self._places))
            for module, name in _classes():
                undo.append(_watch_class(getattr(module, name), self._note_reader))
            yield
        finally:
            for one in reversed(undo):
                one()

    @contextmanager
    def inside(self, call: Call | None) -> Iterator[None]:
        """While entered, a hook (None: the function that makes a strategy) is at work."""
        _listen()
        before = _watching.copy()
        self._call = call
        _watching[:] = [self]
        try:
            yield
        finally:
            _watching[:] = before

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event, raised while a hook is at work."""
        kind = _EVENTS[event]
        what = arguments[0] if arguments else ""
        if event == "open":
            if not _reads(*arguments):
                return
        elif event in ("socket.connect", "subprocess.Popen"):
            what = arguments[1]
        if kind == "file":
            what = _path(what)
            if what is None or _is_of_the_system(what):
                return
        self._note(kind, str(what))

    def _note_reader(self, what: str) -> None:
        if _watching and not _is_of_the_system(what):
            self._note("file", what)

    def _note(self, kind: str, what: str) -> None:
        if self._at_work:
            return
        self._at_work = True  # what is done here to tell of it is not heard
        try:
            where = _from_users_code(sys._getframe(2))
            if where is None or (kind == "file" and _matches(what, self._trusted)):
                return
            found = Opened(kind, what, where, self._call)
            if all((one.what, one.call) != (found.what, found.call) for one in self.opened):
                self.opened.append(found)
        finally:
            self._at_work = False


_watching: list[Watch] = []
_listening: list[bool] = []


def _listen() -> None:
    """Hear audit events from now on: a process cannot stop hearing them, so there is one listener for all audits."""
    if _listening:
        return
    _listening.append(True)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if _watching and event in _EVENTS:
            _watching[-1].heard(event, arguments)

    sys.addaudithook(hear)


def _reads(path: Any, mode: Any, flags: Any = 0) -> bool:
    if isinstance(mode, str):
        return "r" in mode or "+" in mode
    return not isinstance(flags, int) or flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY


def _path(what: Any) -> str | None:
    try:
        return None if isinstance(what, int) else str(Path(os.fsdecode(what)).absolute())
    except (TypeError, ValueError):
        return None


def _is_of_the_system(path: str) -> bool:
    """Whether it belongs to what is installed: code, time zones, fonts."""
    return path.startswith((_OURS, *_SYSTEM, *_INSTALLED)) or path.endswith((".py", ".pyc", ".so", ".pyd"))


def _matches(path: str, trusted: Sequence[str]) -> bool:
    return any(fnmatch(path, pattern) or fnmatch(Path(path).name, pattern) for pattern in trusted)


def _from_users_code(frame: FrameType | None) -> str | None:
    """``file:line`` of the user's code that led here; None for an import, and for what a view of ``ctx`` does by itself."""
    entry = ""
    while frame is not None:
        filename = frame.f_code.co_filename
        if "importlib._bootstrap" in filename:
            return None
        if filename.startswith(_OURS) and not filename.startswith((_EXAMPLES, _PROOF)):
            entry = filename
        elif is_users(filename) or filename.startswith(_EXAMPLES):
            return None if entry.startswith(_VIEWS) else f"{Path(filename).name}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _entry_points() -> Iterator[tuple[Any, str]]:
    for name, readers in _READERS.items():
        if name == "polars" and importlib.util.find_spec("polars") is None:
            continue
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        names = readers or [one for one in dir(module) if one.startswith(("read_", "scan_"))]
        for reader in names:
            if hasattr(module, reader):
                yield module, reader


def _classes() -> Iterator[tuple[Any, str]]:
    for name, kinds in _CLASSES.items():
        module = sys.modules.get(name)
        for kind in kinds if module is not None else ():
            yield module, kind


def _watch_reader(module: Any, name: str, note: Callable[[str], None], places: Sequence[Place]) -> Callable[[], object]:
    """Watch ``module.name``, and the same function where the user's code has it under a name of its own."""
    real = getattr(module, name)
    if isinstance(real, type):
        return lambda: None

    @wraps(real)
    def watched(*arguments: Any, **further: Any) -> Any:
        for what in (*arguments[:1], *further.values()):
            _tell(what, note)
        return real(*arguments, **further)

    setattr(module, name, watched)
    theirs = [place for place in places if place.value is real]
    for place in theirs:
        place.put(watched)

    def undo() -> None:
        setattr(module, name, real)
        for place in theirs:
            place.put(real)

    return undo


def _watch_class(kind: Any, note: Callable[[str], None]) -> Callable[[], object]:
    real = kind.__init__

    @wraps(real)
    def watched(self: Any, *arguments: Any, **further: Any) -> None:
        for what in arguments[:1]:
            _tell(what, note)
        real(self, *arguments, **further)

    kind.__init__ = watched

    def undo() -> None:
        kind.__init__ = real

    return undo


def _tell(what: Any, note: Callable[[str], None]) -> None:
    if isinstance(what, (list, tuple)):
        for one in what:
            _tell(one, note)
    elif isinstance(what, (str, os.PathLike)) and (isinstance(what, os.PathLike) or "://" in what or Path(what).exists()):
        path = str(what)
        note(path if "://" in path else str(Path(path).absolute()))
