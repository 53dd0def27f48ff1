"""The folder of a saved run: every file with its digest, written as a whole, read only where nothing was changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from sessionlab.config.document import canonical
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.saving.artifacts import MACHINE, MANIFEST, TIMING, Artifacts
from sessionlab.saving.frame_table import to_frame, to_table
from sessionlab.whole_file import put_whole
from sessionlab.whole_folder import WholeFolder, check_free

FORMAT_NAME, FORMAT_VERSION = "sessionlab-run", 1
TABLES, SUFFIX = "tables", ".parquet"
_OF_THE_FILE = ("format", "artifacts", "digest")
_WHAT = "saved run"


def write_run(pieces: Artifacts, folder: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Write ``pieces`` into ``folder``; where it was written.

    Raises :class:`ConfigError` for a folder that may not be replaced, :class:`~sessionlab.errors.SourceError` where the disk
    refuses.
    """
    with WholeFolder(folder, _WHAT, files_in, overwrite=overwrite) as whole:
        files = {name: _text(document) for name, document in pieces.documents.items() if name != MANIFEST}
        files |= {name: text.encode() for name, text in pieces.texts.items()}
        files |= {f"{TABLES}/{name}{SUFFIX}": _parquet(frame) for name, frame in pieces.tables.items()}
        digests = {name: sha256(files[name]).hexdigest() for name in sorted(files)}
        manifest = {"format": f"{FORMAT_NAME}/{FORMAT_VERSION}", **pieces.documents[MANIFEST], "artifacts": digests}
        for name, document in {**pieces.apart, MANIFEST: manifest}.items():
            files[name] = _text({**document, "digest": _own_digest(document)})
        for name, content in files.items():
            _put(whole.part / name, content)
        whole.put_in_place()
    return whole.folder


def read_run(folder: str | os.PathLike[str]) -> Artifacts:
    """The pieces in ``folder``, each found as it was written.

    Raises :class:`NoDataError` where there is no saved run, :class:`BadDataError` that names every file that was changed,
    :class:`ConfigError` for one of a newer format.
    """
    place = Path(folder).expanduser().resolve()
    manifest = _manifest(place)
    damaged = _damaged(place, manifest)
    if damaged:
        told = ", ".join(f"{place / name} {what}" for name, what in damaged.items())
        raise BadDataError(
            f"{told}; the run cannot be trusted: take it from a copy, or run it again", path=str(place), files=list(damaged)
        )
    pieces = Artifacts({MANIFEST: {name: value for name, value in manifest.items() if name not in _OF_THE_FILE}})
    for name in manifest["artifacts"]:
        if name.startswith(f"{TABLES}/"):
            pieces.tables[Path(name).stem] = _frame(place / name)
        elif name.endswith(".json"):
            pieces.documents[name] = json.loads((place / name).read_text(encoding="utf-8"))
        else:
            pieces.texts[name] = (place / name).read_bytes().decode()
    for name in (MACHINE, TIMING):
        said = json.loads((place / name).read_text(encoding="utf-8"))
        pieces.apart[name] = {key: value for key, value in said.items() if key != "digest"}
    return pieces


def check_run_folder(folder: Path, *, overwrite: bool) -> None:
    """Raise :class:`ConfigError` where no run could be written into ``folder``."""
    check_free(folder, _WHAT, files_in, overwrite=overwrite)


def files_in(folder: Path) -> set[str] | None:
    """The files that the saved run in ``folder`` is made of; None where there is none."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or not str(said.get("format", "")).startswith(f"{FORMAT_NAME}/"):
        return None
    return {*said.get("artifacts", ()), MANIFEST, MACHINE, TIMING}


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        what = "does not exist" if not folder.exists() else f"has no {MANIFEST}"
        raise NoDataError(f"{folder} {what}, so it is no saved run; give a folder that result.save(...) made", path=str(folder))
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError) as why:
        raise BadDataError(f"{path} cannot be read ({why}); take it from a copy, or run it again", path=str(path)) from why
    if isinstance(said, dict) and len(_OF_THE_FILE) <= 1 + len(set(_OF_THE_FILE) & set(said)) and _wrong(path, None):
        return said  # it is ours and damaged; which says so
    name, _, version = str(said.get("format") if isinstance(said, dict) else None).partition("/")
    if name != FORMAT_NAME or not version.isdigit():
        raise NoDataError(f"{path} is of no saved run; give a folder that result.save(...) made", path=str(path))
    if int(version) > FORMAT_VERSION:
        raise ConfigError(
            f"{folder} is of format {version}, made by a newer sessionlab; this one reads up to {FORMAT_VERSION}: update it",
            format=said["format"],
        )
    return dict(said)


def _damaged(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """The files that are not as they were written, and what is wrong with each."""
    digests = manifest.get("artifacts", {})
    wrong = _wrong(folder / MANIFEST, None)
    if wrong is not None:
        return {MANIFEST: wrong}  # it cannot tell of the others then
    found = {name: _wrong(folder / name, digests.get(name)) for name in (*digests, MACHINE, TIMING)}
    return {name: wrong for name, wrong in found.items() if wrong is not None}


def _wrong(path: Path, digest: str | None) -> str | None:
    """What is wrong with a file, None where it has that ``digest``, or, without one, the one that it says itself."""
    try:
        content = path.read_bytes()
        said = None if digest is not None else json.loads(content)
    except FileNotFoundError:
        return "is gone"
    except (OSError, ValueError) as why:
        return f"cannot be read ({why})"
    if digest is not None:
        same = sha256(content).hexdigest() == digest
    else:
        same = isinstance(said, dict) and said.get("digest") == _own_digest(said) and content == _text(said)
    return None if same else "was changed since it was written"


def _own_digest(document: Mapping[str, Any]) -> str:
    return sha256(canonical({key: value for key, value in document.items() if key != "digest"}).encode()).hexdigest()


def _text(document: Any) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _parquet(frame: Any) -> bytes:
    import pyarrow.parquet as pq

    into = BytesIO()
    pq.write_table(to_table(frame), into, compression="zstd", write_page_checksum=True)
    return into.getvalue()


def _frame(path: Path) -> Any:
    import pyarrow.parquet as pq

    return to_frame(pq.read_table(BytesIO(path.read_bytes())), str(path))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    put_whole(path, lambda file: file.write(content))
