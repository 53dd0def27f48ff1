"""From what a config or a user names to a source that can be asked.

``synthetic``, ``local:PATH``, ``lean:PATH``, a source object, or the name of a plug-in (entry point group
``sessionlab.sources``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, SourceError
from sessionlab.sources.protocol import Source

KEYS = ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")


def open_source(named: str | Source | None, config: SessionConfig) -> Source:
    """The source that ``named`` says, or that ``config.api_config`` says where it is None.

    Raises :class:`ConfigError` for a name that is unknown or lacks its path, :class:`SourceError` where it cannot be reached.
    """
    if named is None:
        api = config.api_config
        return _open(api.data_api, api.data_path, dict(api.data_options or {}), config.exchange_group, config.seed)
    if isinstance(named, str):
        return open_named(named, exchange_group=config.exchange_group, seed=config.seed)
    if not isinstance(named, Source):
        raise ConfigError(f'a source is a name such as "local:PATH" or a source object, not a {type(named).__name__}')
    return named


def open_named(
    named: str, options: Mapping[str, Any] | None = None, *, exchange_group: str = "US_EQUITY", seed: int = 0
) -> Source:
    """The source that ``named`` says, such as ``local:PATH``, with ``options`` of its own, without a config.

    Raises as :func:`open_source` does.
    """
    kind, _, path = named.partition(":")
    return _open(kind, path or None, dict(options or {}), exchange_group, seed)


def _open(kind: str, path: str | None, options: dict[str, Any], exchange_group: str, seed: int) -> Source:
    if kind == "synthetic":
        from sessionlab.sources.synthetic import Synthetic

        return Synthetic(seed=seed, options=options)
    if kind == "local":
        if path is None:
            raise ConfigError('the source "local" needs a path: write --source local:PATH, or api_config.data_path', source=kind)
        from sessionlab.sources.local import LocalStore

        return LocalStore(path, **options)
    if kind == "files":
        if path is None:
            raise ConfigError(
                'the source "files" needs a template such as data/{symbol}.csv: --source files:TEMPLATE, or '
                "api_config.data_path; for frames give source=sl.sources.Frames(...)",
                source=kind,
            )
        from sessionlab.sources.files import Files

        return Files(path, **{"exchange_group": exchange_group, **options})
    if kind == "lean":
        if path is None:
            raise ConfigError('the source "lean" needs a path: write --source lean:PATH, or api_config.data_path', source=kind)
        from sessionlab.sources.lean import LeanFolder

        return LeanFolder(path, **options)
    if kind == "alpaca":
        lacking = [key for key in KEYS if not os.environ.get(key)]
        if lacking:
            raise SourceError(
                f'the source "alpaca" needs keys: {" and ".join(lacking)} not set in the environment; '
                "set them, or run on made-up data with --source synthetic",
                source=kind,
            )
        raise SourceError(
            'the source "alpaca" is not part of this version yet; run on made-up data with --source synthetic, '
            "or on a Parquet store with --source local:PATH",
            source=kind,
        )
    return _plug_in(kind, path, options)


def _plug_in(kind: str, path: str | None, options: dict[str, Any]) -> Source:
    from importlib.metadata import entry_points

    found = entry_points(group="sessionlab.sources", name=kind)
    if not found:
        raise ConfigError(
            _did_you_mean(kind, path)
            or f'there is no source "{kind}" here; use synthetic, local:PATH, lean:PATH, files:TEMPLATE or an installed plug-in',
            source=kind,
        )
    made = next(iter(found)).load()(path, **options)
    if not isinstance(made, Source):
        raise SourceError(f'the plug-in "{kind}" gave a {type(made).__name__}, which is not a source', source=kind)
    return made


def _did_you_mean(kind: str, path: str | None) -> str | None:
    """The message for a path without the word that says what lies there; None for what is no path."""
    asked = kind if path is None else f"{kind}:{path}"
    if not kind.startswith("~") and "/" not in kind and os.sep not in kind:
        return None
    return f'the source "{asked}" is a path alone; did you mean local:{asked}? (or lean:PATH for a LEAN data folder)'
