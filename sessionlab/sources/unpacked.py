"""What is inside a compressed file, as bytes: gzip and zip, recognized by content. Nothing is written to the disk.

Nothing is trusted that a file says of its own size: unpacking stops where no table of rows would go on.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Protocol

from sessionlab.errors import BadDataError

MOST_BYTES = 4 << 30
SUSPECT_BYTES, SUSPECT_RATIO = 64 << 20, 200  # rows of numbers shrink to a tenth, zeros to a thousandth
_CHUNK_BYTES = 4 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_NO_ZIP_OF_OURS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError)


def unpack(data: bytes, where: str) -> list[tuple[str, bytes]]:
    """The files inside ``data``, by name and sorted by it; a file that is not compressed is its own, without a name.

    Raises :class:`BadDataError` for what is cut off, encrypted, a bomb, names a path outside, or is a workbook.
    """
    if data[:2] == _GZIP:
        return [("", _read_gzip(data, where))]
    if data[:4] == _ZIP or data[:4] == b"PK\x05\x06":
        return _read_zip(data, where)
    return [("", data)]


def _read_gzip(data: bytes, where: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _read_bounded(stream, len(data), where)
    except (OSError, EOFError, zlib.error) as why:
        raise BadDataError(
            f"{where} cannot be read as gzip ({why}); it may be cut off: fetch or write it again", path=where
        ) from why


def _read_zip(data: bytes, where: str) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = []
            for member in sorted(archive.infolist(), key=lambda member: member.filename):
                if not _is_wanted(member, where):
                    continue
                if member.flag_bits & 1:
                    raise BadDataError(f"{where} is encrypted; write it again without a password", path=where)
                with archive.open(member) as stream:
                    inside.append((member.filename, _read_bounded(stream, member.compress_size, where)))
    except _NO_ZIP_OF_OURS as why:
        reason = str(why).splitlines()[0][:160] if str(why) else type(why).__name__
        raise BadDataError(f"{where} cannot be read as a zip ({reason}); fetch or write it again", path=where) from why
    if not inside:
        raise BadDataError(f"{where} is a zip with no file in it; write it again", path=where)
    return inside


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
    return not (member.is_dir() or not name.parts or name.parts[0] == "__MACOSX" or name.name.startswith("."))


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _read_bounded(stream: _Stream, packed: int, where: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := stream.read(_CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES or (size > SUSPECT_BYTES and size > SUSPECT_RATIO * max(packed, 1)):
            raise BadDataError(
                f"{where} unpacks to more than {size:,} bytes from {packed:,}, which no table of rows does; it is not read on: "
                "check where it comes from, or unpack it yourself",
                path=where,
                bytes=size,
            )
    return b"".join(parts)
