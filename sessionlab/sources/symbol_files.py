"""Symbols as file names: safe on every file system, reversible, and plain tickers stay as they are.

Bytes that some file system forbids, hides or confuses are percent-encoded, as in URLs: ``BTC/USD`` is ``BTC%2FUSD``.
Small letters are encoded too, since ``BRKb`` and ``BRKB`` are one name on macOS and Windows; so is the first letter
of a name that Windows keeps for devices. What is not a symbol but a path is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from sessionlab.errors import ConfigError

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=^@!,")
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\..*)?")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_SEPARATOR = re.compile(r"[/\\]")
_LONGEST = 200  # file systems stop at 255 bytes; the rest is for dates, suffixes and temporary names


@lru_cache(maxsize=65536)
def file_name(symbol: str) -> str:
    """The name under which ``symbol`` is stored, without a suffix. Raises :class:`ConfigError` for paths.

    >>> [file_name(symbol) for symbol in ("SPY", "BRK.B", "BTC/USD", "^GSPC", "BRKb", "NUL")]
    ['SPY', 'BRK.B', 'BTC%2FUSD', '^GSPC', 'BRK%62', '%4EUL']
    >>> file_name("../SPY")
    Traceback (most recent call last):
    sessionlab.errors.ConfigError: '../SPY' is a path, not a symbol; write the symbol alone, as in SPY or BTC/USD
    """
    check_symbol(symbol)
    raw = symbol.encode()
    name = "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in raw)
    if name[0] == "." or _DEVICE.fullmatch(name):  # hidden on Unix; a device on Windows
        name = f"%{raw[0]:02X}{name[1:]}"
    if name[-1] == ".":  # Windows drops it
        name = f"{name[:-1]}%2E"
    if len(name) > _LONGEST:
        raise ConfigError(f"symbol {symbol[:20]!r}... is too long for a file name; keep it below 60 letters", symbol=symbol)
    return name


def symbol_of(name: str) -> str:
    """The symbol that is stored under ``name``: the inverse of :func:`file_name`.

    >>> symbol_of("BTC%2FUSD")
    'BTC/USD'
    """
    return unquote(name)


def check_symbol(symbol: str) -> None:
    """Raises :class:`ConfigError` unless ``symbol`` is some text that is no path."""
    if not isinstance(symbol, str) or not symbol.strip() or not symbol.isprintable():
        raise ConfigError(f"{symbol!r} is not a symbol; write a name such as SPY", symbol=symbol)
    if _ABSOLUTE.match(symbol) or ".." in _SEPARATOR.split(symbol):
        raise ConfigError(f"{symbol!r} is a path, not a symbol; write the symbol alone, as in SPY or BTC/USD", symbol=symbol)
