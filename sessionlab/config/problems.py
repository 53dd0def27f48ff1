"""What is wrong with a config: one problem per place, all of them in one error.

A line reads ``path.to.field: value -> what is allowed (did you mean ...?)``.
"""

from __future__ import annotations

import difflib
import enum
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

from sessionlab.errors import ConfigError

_LONGEST_VALUE = 80
_SECRET_WORDS = ("secret", "password", "passwd", "apikey", "keyid", "privatekey", "accesskey")


class Missing(enum.Enum):
    """Takes the place of a value that a document does not have."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot be meant: where, what stands there, what is allowed, and what was probably meant.

    ``path`` is dotted, with list positions in brackets, as ``SessionConfig.replace`` takes it. ``value`` is
    ``MISSING`` where nothing stands, and ``"***"`` where a secret stands.

    >>> print(Problem("seed", -1, "a whole number of at least 0"))
    seed: -1 -> a whole number of at least 0
    """

    path: str
    value: Any
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        hint = "" if self.suggestion is None else f" (did you mean {self.suggestion}?)"
        return f"{self.path}: {_shown(self.value)} -> {self.message}{hint}"


def config_error(problems: Iterable[Problem], file: str | PathLike[str] | None = None) -> ConfigError:
    """The error that tells all ``problems``, a line each, in the order of their finding and none twice.

    It carries them as ``.problems``, and ``.file`` where the document came from one.
    """
    first: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.path, problem.message), problem)
    kept = tuple(first.values())
    source = "the config" if file is None else fspath(file)
    if len(kept) == 1:
        text = str(kept[0]) if file is None else f"{source}: {kept[0]}"
    else:
        text = "\n".join([f"{source} has {len(kept)} problems:", *(f"  {problem}" for problem in kept)])
    return ConfigError(text, problems=kept, file=None if file is None else source)


def nearest(word: Any, allowed: Sequence[str], cutoff: float = 0.6) -> str | None:
    """The one of ``allowed`` that ``word`` was probably meant to be, in any case; None when none is near.

    >>> nearest("BackTest", ["backtest", "live"]), nearest("seed", ["mode"])
    ('backtest', None)
    """
    if not isinstance(word, str):
        return None
    by_key = {name.lower(): name for name in reversed(allowed)}
    key = word.strip().lower()
    near = [key] if key in by_key else difflib.get_close_matches(key, by_key, n=1, cutoff=cutoff)
    if near:
        return by_key[near[0]]
    longer = [name for name in by_key if len(key) >= 3 and (key in name.split("_") or name.startswith(key + "_"))]
    return by_key[longer[0]] if len(longer) == 1 else None


def is_secret(key: str) -> bool:
    """Whether what stands under ``key`` is a password or an API key, and so never to be shown.

    >>> is_secret("APCA-API-SECRET-KEY"), is_secret("api_key"), is_secret("feed")
    (True, True, False)
    """
    plain = "".join(char for char in key.lower() if char.isalnum())
    return any(word in plain for word in _SECRET_WORDS)


def masked(value: Any) -> Any:
    """A plain ``value`` with ``***`` in the place of every secret.

    >>> masked({"feed": "sip", "keys": [{"api_key": "PK1"}]})
    {'feed': 'sip', 'keys': [{'api_key': '***'}]}
    """
    if isinstance(value, dict):
        return {key: "***" if is_secret(str(key)) else masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def listed(names: Sequence[str], last: str = "or") -> str:
    """``names`` as people list them.

    >>> listed(["1s", "1m", "1d"])
    '1s, 1m or 1d'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _shown(value: Any) -> str:
    if value is MISSING:
        return "missing"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."
