"""Runs of what is audited, with any future: each begins without what those before it left behind."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import ExitStack, redirect_stdout
from typing import Any

from sessionlab.errors import ConfigError
from sessionlab.proof import runs
from sessionlab.proof.cut_rows import Way
from sessionlab.proof.decisions import Call
from sessionlab.proof.held import held_in
from sessionlab.proof.leftovers import Leftovers
from sessionlab.proof.outside import Watch
from sessionlab.proof.reach import reachable
from sessionlab.proof.runs import Record
from sessionlab.proof.subject import Subject


class NotMade(Exception):
    """A function that makes strategies raised for another future: with too few rows it may."""


class Runner:
    """Runs ``subject``; ``count`` says how often it has. ``places`` are what its code reaches, ``holdings`` the data there.

    ``watch`` notes what hooks open, in a run that is made ``aloud``. ``trusted`` are patterns of what may be held and read.
    """

    def __init__(self, subject: Subject, trusted: Sequence[str]) -> None:
        self.subject = subject
        scanners = [post.given for post in subject.engine.scanning.posts]
        roots = [*([subject.maker] if subject.maker is not None else subject.strategies), *scanners]
        self.places = reachable(roots)
        self.holdings = held_in(self.places, subject.engine.sessions, subject.stood, trusted)
        self.leftovers = Leftovers(self.places)
        self.watch = Watch(self.places, trusted)
        self.count = 0

    def first(self) -> Record:
        """The run as it is, heard and watched."""
        with self.watch.installed():
            return self.run(clear=False, aloud=True, inside=self.watch.inside)

    def run(
        self,
        go: Callable[[Any], object] = runs.to_the_end,
        cut_ns: int = 0,
        way: Way | None = None,
        *,
        held: bool | str = True,
        rows: bool = True,
        clear: bool = True,
        aloud: bool = False,
        inside: Callable[[Call], Any] | None = None,
        **how: Any,
    ) -> Record:
        """A run with that future. ``held``: what is held has it, or only what is at that path; ``rows``: the source has it."""
        self.count += 1
        if clear:
            self.leftovers.clear()
        with ExitStack() as stack:
            if not aloud:
                stack.enter_context(redirect_stdout(io.StringIO()))
            if way is not None and held is not False:
                stack.enter_context(self.holdings.changed(cut_ns, way, held if isinstance(held, str) else None))
            of_rows = way if rows else None
            with self.watch.inside(None) if aloud else ExitStack():
                strategies = self._made(cut_ns, of_rows)
            return runs.record(self.subject.run(strategies, cut_ns, of_rows, **how), go, inside)

    def _made(self, cut_ns: int, way: Way | None) -> list[Any]:
        """The strategies; raises :class:`NotMade` where a maker cannot make them of rows that it was not given as they are."""
        try:
            return self.subject.made(cut_ns, way)
        except ConfigError:
            raise
        except Exception as why:  # whatever a function of the user's may do with too few rows
            if way is None:
                raise
            raise NotMade(f"{type(why).__name__}: {why}") from why

    def code(self) -> list[Any]:
        """The user's functions in which a cause may stand."""
        subject = self.subject
        kinds = [type(one) for one in subject.strategies] + [
            place.value for place in self.places if isinstance(place.value, type)
        ]
        methods = [value for kind in kinds for value in vars(kind).values() if callable(value)]
        made = [subject.maker] if subject.maker is not None else []
        return [*made, *methods, *(place.value for place in self.places if callable(place.value))]
