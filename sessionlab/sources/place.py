"""Where a source's rows lie, written down so that the same source can be opened later, and from another folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.config.secrets import without_secrets
from sessionlab.errors import ConfigError
from sessionlab.sources.opening import open_named
from sessionlab.sources.protocol import Source

_KINDS = {"LocalStore": "local", "LeanFolder": "lean", "Files": "files", "Synthetic": "synthetic"}
_IN_MEMORY = ("frames", "export")


def place_of(source: Source, config: SessionConfig) -> dict[str, Any] | None:
    """``{"source", "path", "given", "options", "seed", "hidden"}`` of ``source``; None where its rows lie in memory.

    ``path`` is absolute, as of the folder that the process runs in, ``given`` as it was given; ``hidden`` says what was left out
    because it is secret.
    """
    kind = _KINDS.get(type(source).__name__)
    seed: int | None = None
    given: str | None = None
    if kind is not None:
        made: Any = source.__reduce__()
        maker, arguments = made[:2]
        options = dict(maker.keywords) if isinstance(maker, partial) else {}
        if kind == "synthetic":
            seed, options = arguments[0], dict(arguments[1] or {})
        else:
            given = str(arguments[0])
            options |= {"exchange_group": options.get("exchange_group")} if kind == "files" else {}  # not the config's
    elif source.name == config.api_config.data_api and source.name not in _IN_MEMORY:
        api = config.api_config
        kind, given, options, seed = source.name, api.data_path, dict(api.data_options or {}), config.seed
    else:
        return None
    clean, hidden = without_secrets({"path": None if given is None else _absolute(given), "given": given, "options": options})
    return {"source": kind, **clean, "seed": seed, "hidden": hidden}


def open_place(place: Mapping[str, Any], config: SessionConfig) -> Source:
    """The source at ``place``; where nothing is there any more, at the path that was given, in the folder at hand.

    Raises :class:`ConfigError` where it holds what was left out, and as sources do where there is nothing.
    """
    if place["hidden"]:
        raise ConfigError(
            f"the source {place['source']} was opened with secrets ({', '.join(place['hidden'])}), which are not written down; "
            "say where the data lies, with source= (--source)",
            hidden=place["hidden"],
        )
    path, given = place["path"], place["given"]
    if path is not None and given is not None and _is_local(path) and not _standing(path).exists() and _standing(given).exists():
        path = given
    named = place["source"] if path is None else f"{place['source']}:{path}"
    seed = config.seed if place["seed"] is None else place["seed"]
    return open_named(named, place["options"], exchange_group=config.exchange_group, seed=seed)


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute()) if _is_local(path) else path


def _is_local(path: str) -> bool:
    return "://" not in path


def _standing(path: str) -> Path:
    """The part of a path, or of a template, that is a plain one."""
    return Path(path.partition("{")[0].rpartition("/")[0] or ".") if "{" in path else Path(path)
