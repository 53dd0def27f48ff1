"""Files that were read, kept for all labs of the process: a cell that runs again reads nothing twice.

What is kept is bounded in bytes; what was asked for last stays longest. A file that changed is read again, and its
former rows are let go. They are immutable, so that any number of labs may share them.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from sessionlab.errors import ConfigError
from sessionlab.sources.file_rows import FileRows
from sessionlab.sources.places import Version

_VARIABLE = "SESSIONLAB_KEEP_MB"
_USUAL_MB = 1024


class KeptFiles:
    """Rows of files by path and way of reading, at most ``most_bytes`` of them, or the last one however large."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.nbytes = 0
        self.read_count = 0
        self._rows: OrderedDict[Hashable, tuple[Version, FileRows]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, version: Version, read: Callable[[], FileRows]) -> FileRows:
        """The rows kept under ``key`` if they are of ``version``, else what ``read`` gives, kept from now on."""
        with self._lock:
            kept = self._rows.get(key)
            if kept is not None and kept[0] == version:
                self._rows.move_to_end(key)
                return kept[1]
        rows = read()
        with self._lock:
            self.read_count += 1
            self._drop(key)
            self._rows[key] = version, rows
            self.nbytes += rows.nbytes
            while self.nbytes > self.most_bytes and len(self._rows) > 1:
                self._drop(next(iter(self._rows)))
        return rows

    def clear(self) -> None:
        """Let everything go."""
        with self._lock:
            self._rows.clear()
            self.nbytes = 0

    def _drop(self, key: Hashable) -> None:
        gone = self._rows.pop(key, None)
        if gone is not None:
            self.nbytes -= gone[1].nbytes


def _most_bytes() -> int:
    asked = os.environ.get(_VARIABLE)
    if not asked:
        return _USUAL_MB << 20
    try:
        return max(0, int(asked)) << 20
    except ValueError as why:
        raise ConfigError(f"{_VARIABLE} is {asked!r}; it must be a whole number of megabytes", value=asked) from why


KEPT = KeptFiles(_most_bytes())
"""The files that this process keeps: a gigabyte of rows, or ``SESSIONLAB_KEEP_MB`` megabytes."""
