"""What must not be written down: values under names such as ``secret`` or ``token``, in documents, addresses and command lines.

Configs refuse what bears such a name where a source is described; this is for all other places, and for those who are clever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sessionlab.config.problems import is_secret

HIDDEN = "***"
_ALSO = re.compile("token|credential|signature", re.IGNORECASE)
_IN_STORAGE = re.compile("key|auth|authorization|sas", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/\s@]+@")
_PAIR = re.compile(r"(?<![\w.\-])([\w.\-]+)([\"']?\s*[=:]\s*)(?!//)(\"[^\"]*\"|'[^']*'|[^\s,&}\]{\[\"']+)")


def without_secrets(value: Any, at: str = "") -> tuple[Any, list[str]]:
    """``value``, a document, with ``***`` in the place of secrets, and the dotted paths at which there were some.

    >>> without_secrets({"storage_options": {"key": "AKIA", "anon": False}})
    ({'storage_options': {'key': '***', 'anon': False}}, ['storage_options.key'])
    """
    if isinstance(value, Mapping):
        made, found = {}, list[str]()
        for name, item in value.items():
            path = f"{at}.{name}" if at else str(name)
            hides = isinstance(item, str) and item != "" and _is_secret(str(name), at)
            made[name], inside = (HIDDEN, [path]) if hides else without_secrets(item, path)
            found += inside
        return made, found
    if isinstance(value, list | tuple):
        parts = [without_secrets(item, f"{at}[{i}]") for i, item in enumerate(value)]
        return [part for part, _ in parts], [path for _, paths in parts for path in paths]
    if isinstance(value, str):
        clean = text_without_secrets(value) if "://" in value else value
        return clean, [at] if clean != value else []
    return value, []


def text_without_secrets(text: str) -> str:
    """A line of text, such as a word of a command line, likewise.

    >>> text_without_secrets("s3://me:pw@bucket/x?token=abc"), text_without_secrets('options={"secret": "a b", "tz": "UTC"}')
    ('s3://***@bucket/x?token=***', 'options={"secret": ***, "tz": "UTC"}')
    """
    return _PAIR.sub(_hidden, _USER.sub(f"{HIDDEN}@", text))


def _is_secret(name: str, at: str) -> bool:
    return is_secret(name) or bool(_ALSO.search(name)) or ("storage_options" in at and bool(_IN_STORAGE.fullmatch(name)))


def _hidden(pair: re.Match[str]) -> str:
    hides = _is_secret(pair[1], "") or pair[1].lower() == "key"
    return f"{pair[1]}{pair[2]}{HIDDEN}" if hides else pair[0]
