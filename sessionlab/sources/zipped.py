"""The one CSV inside a zip, as bytes. Nothing is unpacked onto the disk, and nothing is trusted that the zip says of itself."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from sessionlab.errors import BadDataError, SourceError

MOST_BYTES = 2 << 30
"""A larger member is refused: a day of ticks of the busiest symbol has a few hundred megabytes."""
_SUSPECT_BYTES, _SUSPECT_RATIO = 64 << 20, 200  # rows of numbers shrink to a tenth, zeros to a thousandth


def read_zipped_csv(path: str) -> bytes:
    """The bytes of the CSV in the zip at ``path``. What an archiver adds (folders, ``__MACOSX``) is passed over.

    Raises :class:`BadDataError` for what is no sound zip, holds no CSV or several, is a bomb, or names a path outside.
    """
    try:
        held = Path(path).read_bytes()  # at once, so that it can be replaced meanwhile
    except OSError as why:
        raise SourceError(f"{path} cannot be read ({why.strerror}); check the file and who may read it", path=path) from why
    if not held:
        raise BadDataError(f"{path} is empty (0 bytes); delete it, or fetch it again", path=path)
    try:
        with zipfile.ZipFile(io.BytesIO(held)) as archive:
            member = _only_csv(archive, path)
            _refuse_bomb(member, path)
            return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError) as why:
        reason = str(why).splitlines()[0][:160] if str(why) else type(why).__name__
        raise BadDataError(f"{path} cannot be read as a zip ({reason}); fetch it again", path=path) from why


def _only_csv(archive: zipfile.ZipFile, path: str) -> zipfile.ZipInfo:
    members = []
    for member in archive.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise BadDataError(f"{path} holds {member.filename[:80]!r}, a path outside of it; do not trust this file", path=path)
        if not member.is_dir() and name.suffix.lower() == ".csv" and name.parts[0] != "__MACOSX":
            members.append(member)
    if len(members) != 1:
        names = ", ".join(member.filename[:80] for member in members[:3]) + (", ..." if len(members) > 3 else "")
        found = f"{len(members)} CSV files ({names})" if members else "no CSV file"
        raise BadDataError(f"{path} holds {found}; a zip of LEAN holds one", path=path, count=len(members))
    return members[0]


def _refuse_bomb(member: zipfile.ZipInfo, path: str) -> None:
    size, packed = member.file_size, max(member.compress_size, 1)
    if size > MOST_BYTES or (size > _SUSPECT_BYTES and size > _SUSPECT_RATIO * packed):
        raise BadDataError(
            f"{path} would unpack from {packed:,} bytes to {size:,}; no file of rows does, so it is not read", path=path
        )
