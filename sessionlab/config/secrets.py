"""What must not be written down: values under names such as ``secret`` or ``token``, in documents, addresses and command lines.

Keys of brokers come from the environment or a keyring; this is for those who put one where it does not belong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
_NAME = r"[\w.\-]*(?:secret|passw|token|credential|signature|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key)[\w.\-]*"
_SECRET = re.compile(_NAME, re.IGNORECASE)
_IN_STORAGE = re.compile("key|auth|authorization|sas", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/\s@]+@")
_PAIR = re.compile(rf"(\b(?:{_NAME}|key)[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,&}}\]]+)", re.IGNORECASE)


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

    >>> text_without_secrets("s3://me:pw@bucket/x?token=abc"), text_without_secrets('{"secret": "abc", "tz": "UTC"}')
    ('s3://***@bucket/x?token=***', '{"secret": ***, "tz": "UTC"}')
    """
    return _PAIR.sub(rf"\1{HIDDEN}", _USER.sub(f"{HIDDEN}@", text))


def _is_secret(name: str, at: str) -> bool:
    return bool(_SECRET.fullmatch(name) or ("storage_options" in at and _IN_STORAGE.fullmatch(name)))
