"""What a source found out or assumed about its data, as plain sentences, each said once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

_LOG = logging.getLogger("sessionlab")


class Notes:
    """Sentences in the order in which they were first said. What holds of many files is said of the first one.

    >>> notes = Notes()
    >>> notes.add("stamps are milliseconds", "a.csv"), notes.add("stamps are milliseconds", "b.csv"), notes.sentences
    (None, None, ['Stamps are milliseconds (first seen in a.csv).'])
    """

    def __init__(self, *, logged: bool = True) -> None:
        self._said: dict[str, tuple[str, bool]] = {}
        self._logged = logged

    def add(self, sentence: str, where: str = "", *, warn: bool = False) -> None:
        """Say ``sentence``, without its full stop, of ``where``."""
        if sentence in self._said:
            return
        self._said[sentence] = where, warn
        if self._logged:
            _LOG.log(logging.WARNING if warn else logging.INFO, "%s", _told(sentence, where))

    def take(self, other: Notes) -> None:
        """Say what was said elsewhere."""
        for sentence, (where, warn) in other._said.items():
            self.add(sentence, where, warn=warn)

    @property
    def sentences(self) -> list[str]:
        """Whole sentences."""
        return [_told(sentence, where) for sentence, (where, _) in self._said.items()]


def few(names: Sequence[object], most: int = 8) -> str:
    """The first of ``names``, and how many more there are.

    >>> few(range(1000), most=3)
    '0, 1, 2 and 997 more'
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(" ".join(str(name)[:60].split()) for name in names[:most]) + more


def _told(sentence: str, where: str) -> str:
    # Names such as "spy.csv" keep their case; only a plain word gets a capital.
    first = sentence.split(" ", 1)[0]
    plain = first.isalpha() and first.islower()
    return (sentence[0].upper() + sentence[1:] if plain else sentence) + (f" (first seen in {where})." if where else ".")
