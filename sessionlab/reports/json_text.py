"""JSON that stands in a page: nothing in it can end the element that it is in, or begin another one."""

from __future__ import annotations

import json
from typing import Any


def json_text(document: Any) -> str:
    r"""``document`` as JSON without a letter that HTML obeys. Raises :class:`ValueError` for what JSON has no value for.

    >>> json_text({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
