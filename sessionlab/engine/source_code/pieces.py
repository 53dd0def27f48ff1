"""Pieces of code by the name that each defines, put together to one text in which each comes after what it needs as it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

IMPORT, VALUE, DEFINITION = range(3)


class Piece(NamedTuple):
    """A statement or a definition, and the names that it needs: ``now``, as it is run, and ``later``, when it is called."""

    text: str
    kind: int
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()


def together(pieces: Mapping[str, Piece], last: str, *, future: bool) -> str:
    """One text of ``pieces``: imports, values, definitions by name, the one of ``last`` at the end, each after what it needs.

    It depends on the pieces alone, not on their order. ``future``: annotations are not evaluated in it.

    >>> pieces = {"a": Piece("a = 1", VALUE), "f": Piece("def f(x=a): ...", DEFINITION, frozenset("a"))}
    >>> together(pieces, "f", future=False).splitlines()
    ['a = 1', '', '', 'def f(x=a): ...']
    """
    ordered: dict[str, None] = {}
    for name in sorted(pieces, key=lambda name: (pieces[name].kind, name == last, name)):
        _put(name, pieces, ordered, set(), called=False)
    lines = {pieces[name].text for name in ordered if pieces[name].kind == IMPORT}
    imports = sorted(lines, key=lambda line: (line.startswith("from"), line))
    blocks = ["from __future__ import annotations"] if future else []
    blocks += ["\n".join(imports)] if imports else []
    text, before = "\n\n".join(blocks), IMPORT
    for piece in (pieces[name] for name in ordered if pieces[name].kind != IMPORT):
        between = "\n\n\n" if DEFINITION in (before, piece.kind) else "\n" if before == VALUE else "\n\n"
        text = f"{text}{between if text else ''}{piece.text.rstrip()}"
        before = piece.kind
    return f"{text}\n"


def _put(name: str, pieces: Mapping[str, Piece], ordered: dict[str, None], entered: set[str], *, called: bool) -> None:
    """Order ``name`` after what it needs now, and, where it is ``called`` now, after all that it needs."""
    piece = pieces.get(name)
    if piece is None or name in ordered or name in entered:
        return
    entered.add(name)
    for need in [*sorted(piece.now), *(sorted(piece.later) if called else ())]:
        _put(need, pieces, ordered, entered, called=True)
    ordered[name] = None
