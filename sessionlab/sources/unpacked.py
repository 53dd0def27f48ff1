"""What is inside a compressed file, as bytes: gzip and zip, recognized by content. Nothing is written to the disk.

Nothing is trusted that a file says of itself: unpacking stops where no table of rows would go on, names that lead out of the
folder refuse the file, and what is compressed twice is not unpacked a second time.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Protocol

from sessionlab.errors import BadDataError

MOST_BYTES = 4 << 30
"""A larger one is refused: a day of ticks of the busiest symbol has a few hundred megabytes."""
SUSPECT_BYTES, SUSPECT_RATIO = 64 << 20, 200  # rows of numbers shrink to a tenth, zeros to a thousandth
_CHUNK_BYTES = 4 << 20
_GZIP, _ZIP, _EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
_LEFT_BY_SYSTEMS = ("thumbs.db", "desktop.ini")


def unpack(data: bytes, where: str) -> list[tuple[str, bytes]]:
    """The files inside ``data``, by name and sorted by it; a file that is not compressed is its own, without a name.

    Raises :class:`BadDataError` for what is cut off, encrypted, a bomb, names a path outside, or is a workbook.
    """
    if data[:2] == _GZIP:
        return [("", _read_gzip(data, where))]
    if data[:4] not in (_ZIP, _EMPTY_ZIP):
        return [("", data)]
    with Archive.opened(data, where) as archive:
        inside = [(name, archive.read(name)) for name in archive.names]
    if not inside:
        raise BadDataError(f"{where} is a zip with no file in it; write it again", path=where)
    return inside


class Archive:
    """A zip whose ``names`` are of the files in it, sorted; without what archivers add. ``where`` names it in errors."""

    def __init__(self, file: zipfile.ZipFile, packed: int, where: str) -> None:
        self._file = file
        self._packed = packed
        self._unpacked = 0
        self._where = where
        members = [member for member in file.infolist() if _is_wanted(member, where)]
        self._members = {member.filename: member for member in members}
        self.names = sorted(self._members)
        if len(members) > len(self.names):
            raise BadDataError(
                f"{where} holds two files of one name, and nobody knows which one counts; zip it again", path=where
            )

    @classmethod
    @contextmanager
    def opened(cls, data: bytes, where: str) -> Iterator[Archive]:
        """The zip ``data``. Raises :class:`BadDataError` for what is no sound zip, also while it is read."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                yield cls(file, len(data), where)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError) as why:
            reason = str(why).splitlines()[0][:160] if str(why) else type(why).__name__
            raise BadDataError(f"{where} cannot be read as a zip ({reason}); fetch or write it again", path=where) from why

    def read(self, name: str) -> bytes:
        """The bytes of one file. What is read of the same archive counts together."""
        member, where = self._members[name], self._where
        if member.flag_bits & 1:
            raise BadDataError(f"{where} is encrypted; write it again without a password", path=where)
        packed = min(member.compress_size, self._packed)
        _refuse_bomb(member.file_size, packed, where)
        _refuse_bomb(self._unpacked + member.file_size, self._packed, where)
        with self._file.open(member) as stream:
            inside = _read_bounded(stream, packed, where)
        self._unpacked += len(inside)
        return _once(inside, f"{where} ({name})")


def _read_gzip(data: bytes, where: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _once(_read_bounded(stream, len(data), where), where)
    except (OSError, EOFError, zlib.error) as why:
        raise BadDataError(
            f"{where} cannot be read as gzip ({why}); it may be cut off: fetch or write it again", path=where
        ) from why


def _is_wanted(member: zipfile.ZipInfo, where: str) -> bool:
    """Not a folder, nor what archivers add. Raises for names that lead out of the folder, and for a workbook's parts."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or (name.parts and ":" in name.parts[0]):
        raise BadDataError(
            f"{where} holds {member.filename[:80]!r}, a path outside of it; do not trust this file",
            path=where,
            member=member.filename,
        )
    if str(name) == "[Content_Types].xml":
        raise BadDataError(f"{where} is a workbook (xlsx), not text or Parquet; save its sheet as CSV", path=where)
    if member.is_dir() or not name.parts or name.parts[0] == "__MACOSX":
        return False
    return not (name.name.startswith(".") or name.name.lower() in _LEFT_BY_SYSTEMS)


def _once(inside: bytes, where: str) -> bytes:
    """``inside``, if it is not compressed once more, as a bomb is that hides its size."""
    if inside[:2] == _GZIP or inside[:4] in (_ZIP, _EMPTY_ZIP):
        raise BadDataError(f"{where} is compressed twice; unpack it once, and give what is inside", path=where)
    return inside


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _read_bounded(stream: _Stream, packed: int, where: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := stream.read(_CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        _refuse_bomb(size, packed, where)
    return b"".join(parts)


def _refuse_bomb(size: int, packed: int, where: str) -> None:
    most = min(MOST_BYTES, max(SUSPECT_BYTES, SUSPECT_RATIO * packed))
    if size > most:
        raise BadDataError(
            f"{where} unpacks to more than {most:,} bytes from {packed:,}, which no table of rows does; it is not read on: "
            "check where it comes from, or unpack it yourself",
            path=where,
        )
