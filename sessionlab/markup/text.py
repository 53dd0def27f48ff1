"""Text on its way into HTML or SVG: whoever wrote it, it stays text."""

from __future__ import annotations


class Markup(str):
    """Text that is HTML already, made by code and not by people: :func:`escaped` leaves it as it is."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Text that is only text, in elements and in attributes; what XML cannot say becomes a replacement character.

    >>> escaped('<b onload="x">&')
    '&lt;b onload=&quot;x&quot;&gt;&amp;'
    >>> escaped(escaped("<"))
    '&lt;'
    """
    if isinstance(text, Markup):
        return text
    said = "".join(letter if _is_sayable(ord(letter)) else "\ufffd" for letter in text)
    said = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#39;")
    return Markup(said)


def counted(count: int, thing: str) -> str:
    """The number of things, with an s where it is not one.

    >>> counted(1, "trade"), counted(1200, "trade")
    ('1 trade', '1,200 trades')
    """
    return f"{count:,} {thing}{'s' * (count != 1)}"


def _is_sayable(code: int) -> bool:
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return not (0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE)
