"""Names that a user gave: a list, or one text with commas or spaces."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.errors import ConfigError


def asked_names(given: str | Sequence[str], what: str) -> list[str]:
    """The names in ``given``, each once. Raises :class:`ConfigError` where there is none.

    >>> asked_names("SPY,AIG SPY", "symbols")
    ['SPY', 'AIG']
    """
    names = list(dict.fromkeys(given.replace(",", " ").split() if isinstance(given, str) else given))
    if not names:
        raise ConfigError(f"{what} is empty; name some, or leave it out for all that are stored", value=given)
    return names
