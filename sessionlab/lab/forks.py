"""The forks of a lab as a tree: what was forked from what and when, and where each stands now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sessionlab.errors import ConfigError
from sessionlab.lab.page import equity_curve, strategies_of
from sessionlab.markup.tables import MOST_ROWS, rest_of, table, text_table, unbroken
from sessionlab.markup.text import Markup

if TYPE_CHECKING:
    from sessionlab.lab.lab import Lab

_HEAD = ("forked at", "stands at", "equity", "strategies")


class Forks:
    """All labs of the family of ``lab`` that are still in use: the one that all come from first, then by branches.

    ``forks["name"]`` is one of them. It follows them: one that nobody holds any more is not in it.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def __iter__(self) -> Iterator[Lab]:
        yield from self._lab.root.family()  # type: ignore[misc]  # every lab of it is a Lab

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, lab: object) -> bool:
        return any(lab is one or lab == one.name for one in self)

    def __getitem__(self, name: str) -> Lab:
        found = next((lab for lab in self if lab.name == name), None)
        if found is None:
            raise ConfigError(f"there is no fork {name!r}; there are {', '.join(repr(lab.name) for lab in self)}", name=name)
        return found

    def _ipython_key_completions_(self) -> list[str]:
        return [lab.name for lab in self]

    def __repr__(self) -> str:
        lines = text_table(_HEAD, {branch + name: _told(lab) for branch, name, lab in self._branches()})
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        labs = list(self._branches())
        shown = [
            (branch.replace(" ", "\N{NO-BREAK SPACE}") + name, [_curve(lab), *map(_by_words, _told(lab))])
            for branch, name, lab in labs[:MOST_ROWS]
        ]
        return table(("", *_HEAD), shown, left=(0, 4)) + rest_of(len(labs), "labs", "list(lab.forks)")

    def _branches(self) -> Iterator[tuple[str, str, Lab]]:
        """Each lab with its branch and its name."""
        yield from self._branch(self._lab.root, "", "")  # type: ignore[arg-type]

    def _branch(self, lab: Lab, before: str, below: str) -> Iterator[tuple[str, str, Lab]]:
        mark = " ← this one" if lab is self._lab else ""
        yield before, f"{' '.join(lab.name.split())}{mark}", lab
        children: list[Lab] = lab.children  # type: ignore[assignment]
        for at, child in enumerate(children):
            is_last = at == len(children) - 1
            yield from self._branch(child, below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  "))


def _told(lab: Lab) -> list[str]:
    forked = "" if lab.forked_at is None else f"{lab.forked_at:%Y-%m-%d %H:%M:%S}"
    return [forked, f"{lab.now:%Y-%m-%d %H:%M:%S}", f"{lab.equity:,.2f}", strategies_of(lab)]


def _curve(lab: Lab) -> str:
    """The equity of a lab so far; nothing where it never changed."""
    engine = lab._engine
    return equity_curve(engine.accounting.pieces_so_far(), engine.desk.account.starting_cash, width=88, height=20)


def _by_words(text: str) -> Markup:
    """A cell that is broken between its words alone: no date in its middle."""
    return Markup(" ".join(unbroken(word) for word in text.split()))
