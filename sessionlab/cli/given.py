"""What the user gave: ``name=value`` pairs, a config file with ``--set``, lists with commas.

A value is JSON where it can be read as JSON, and text otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import ConfigError

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig


def pairs(given: Iterable[str], option: str) -> dict[str, Any]:
    """The values of ``name=value`` texts by name, the last of a name; ``option`` is what the user wrote before them.

    >>> pairs(["fast=5", "venue=XNYS", "levels=[1, 2]"], "-p")
    {'fast': 5, 'venue': 'XNYS', 'levels': [1, 2]}
    """
    return {name: value_of(text) for name, text in texts(given, option).items()}


def texts(given: Iterable[str], option: str) -> dict[str, str]:
    """The same with values as they were written."""
    made = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            example = "seed=7" if option == "--set" else "fast=5"
            raise ConfigError(f"{option} {text}: a name and a value are needed; write {option} {example}", value=text)
        made[name.strip()] = value
    return made


def listed(given: Iterable[str]) -> list[str]:
    """The entries of comma-separated texts.

    >>> listed(["SPY,AIG", "BTC/USD"])
    ['SPY', 'AIG', 'BTC/USD']
    """
    return [entry.strip() for text in given for entry in text.split(",") if entry.strip()]


def read_config(path: Path, changes: Sequence[str] = ()) -> SessionConfig:
    """The config in the file at ``path``, with ``changes`` (``dotted.path=value``) put in before it is checked as a whole.

    ``backtest_config.start_date`` and ``end_date`` may be given as ``last`` or ``-20d``: they are stored as dates.
    """
    return config_with(path, pairs(changes, "--set"))


def config_with(path: Path, new: Mapping[str, Any]) -> SessionConfig:
    """The same with changes that are values by dotted path."""
    from sessionlab.cli.relative_dates import resolve_in
    from sessionlab.config import SessionConfig, files
    from sessionlab.config.layout import put
    from sessionlab.config.problems import config_error

    if not new:
        return SessionConfig.from_file(path)
    document = files.read_file(path)
    misplaced = [problem for where, value in new.items() if (problem := put(document, where, value)) is not None]
    if misplaced:
        raise config_error(misplaced, file="--set")
    resolve_in(document, new)
    try:
        return SessionConfig.from_dict(document)
    except ConfigError as why:
        told = " ".join(f"--set {where}={value if isinstance(value, str) else json.dumps(value)}" for where, value in new.items())
        raise config_error(why.problems, file=f"{path} with {told}") from None


def value_of(text: str) -> Any:
    """The value that a text stands for."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
