"""Config files: JSON or TOML by their ending; read whole with the place of every slip, written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from sessionlab.config.problems import nearest
from sessionlab.errors import ConfigError
from sessionlab.whole_file import put_whole


def read_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The document in the file at ``path``. Raises :class:`ConfigError` for a file that is missing or broken."""
    file = Path(path)
    text = _text(file)
    if file.suffix.lower() == ".toml":
        document = _toml(file, text)
    elif file.suffix.lower() == ".json":
        document = _json(file, text)
    else:
        raise ConfigError(
            f"{file}: the ending {file.suffix or 'is missing'!r} tells neither JSON nor TOML; name it .json or .toml",
            file=str(file),
        )
    if not isinstance(document, dict):
        raise ConfigError(
            f"{file}: the document is a {type(document).__name__}; a config is an object of sections, {{}}",
            file=str(file),
        )
    return document


def write_file(path: str | os.PathLike[str], document: dict[str, Any]) -> Path:
    """Write ``document`` as JSON: readers see the old file or the new one. Returns the path."""
    file = Path(path)
    if file.suffix.lower() != ".json":
        raise ConfigError(f"{file}: configs are saved as JSON; give a name that ends in .json", file=str(file))
    return write_text(path, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write ``text``: readers see the old file or the new one. Returns the path."""
    file = Path(path).resolve()  # a link stays a link
    try:
        put_whole(file, lambda out: out.write(text.encode()))
    except OSError as why:
        raise ConfigError(f"{file}: cannot be written, {_reason(why)}; what was there is untouched", file=str(file)) from why
    return Path(path)


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file{_neighbour(file)}", file=str(file)) from None
    except UnicodeDecodeError as why:
        raise ConfigError(f"{file}: byte {why.start} is not UTF-8; save the file as UTF-8", file=str(file)) from why
    except (OSError, ValueError) as why:  # ValueError: a null byte in the name
        raise ConfigError(f"{file}: cannot be read, {_reason(why)}", file=str(file)) from why


def _neighbour(file: Path) -> str:
    try:
        names = sorted(other.name for other in file.parent.iterdir() if other.suffix.lower() in (".json", ".toml"))
    except OSError:
        return f"; there is no folder {file.parent}"
    near = nearest(file.name, names)
    if near is not None:
        return f" (did you mean {file.parent / near}?)"
    return f"; the configs there are {', '.join(names[:5])}" if names else f"; {file.parent} has no configs"


def _json(file: Path, text: str) -> Any:
    if not text.strip():
        raise ConfigError(f"{file}: the file is empty; a config is an object of sections, {{}}", file=str(file))
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as why:
        raise _broken(file, "JSON", why.lineno, why.colno, why.msg, text) from why
    except (ValueError, RecursionError) as why:
        reason = "it is nested too deep" if isinstance(why, RecursionError) else str(why)
        raise ConfigError(f"{file}: {reason}", file=str(file)) from why


def _toml(file: Path, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        place = re.search(r"(.*) \(at line (\d+), column (\d+)\)", str(why))
        if place is None:
            at_end = text.count("\n") + 1
            raise _broken(file, "TOML", at_end, 1, str(why).replace(" (at end of document)", ""), text) from why
        raise _broken(file, "TOML", int(place[2]), int(place[3]), place[1], text) from why
    except RecursionError as why:
        raise ConfigError(f"{file}: it is nested too deep", file=str(file)) from why


def _broken(file: Path, kind: str, line: int, column: int, reason: str, text: str) -> ConfigError:
    lines = text.splitlines()
    there = lines[line - 1].strip()[:60] if line <= len(lines) else ""
    reason = reason[:1].lower() + reason[1:]
    return ConfigError(
        f"{file}: broken {kind} at line {line}, column {column}: {reason}" + (f", in {there!r}" if there else ""),
        file=str(file),
        line=line,
        column=column,
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object; keep one of them")
    return made


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number; leave the key out, or write a finite number")


def _reason(why: Exception) -> str:
    return (why.strerror or str(why)).lower() if isinstance(why, OSError) else str(why)
