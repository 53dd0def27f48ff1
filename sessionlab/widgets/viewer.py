"""One browser's view of a lab: it asks for a frame when it has drawn one, and is answered once there is news.

So a slow browser is sent less, and a hidden one nothing. It asks for a few frames ahead, since a message can be on its way for
longer than a frame lasts: a server may hold a small one back until the last was acknowledged. What a person wishes for comes
between frames; how it ended is told with the next one.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.errors import SessionlabError
from sessionlab.widgets.facts import lab_facts
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.telling import Part, Told, frame
from sessionlab.widgets.wishes import grant

if TYPE_CHECKING:
    from sessionlab.lab import Lab

Frame = tuple[dict[str, Any], list[memoryview]]
MOST_AHEAD = 3
"""Frames that a browser can have asked for at once; those it asks for beyond them are forgotten."""


class Viewer:
    """Tells a browser of ``lab`` by ``parts``. ``spent_ns`` is the work of the last frame."""

    def __init__(self, lab: Lab, parts: Mapping[str, Part]) -> None:
        self.lab = lab
        self.parts = parts
        self.shown = set(parts)
        self.wanted = 0
        self.spent_ns = 0
        self._told: Standing | None = None
        self._notices: list[dict[str, Any]] = []
        self._asked = True
        self._error: BaseException | None = None

    def begin(self) -> None:
        """A browser begins anew, or has lost its place: it is to be told all."""
        self._told = None
        for part in self.parts.values():
            part.ask({"fresh": True})
        self._asked = True

    def pull(self) -> None:
        """It wants one more frame."""
        self.wanted = min(self.wanted + 1, MOST_AHEAD)

    def show(self, parts: Collection[str]) -> None:
        """From now on only these ``parts`` can be seen: of the others nothing is told, until they are shown again."""
        self.shown = set(parts)
        self._asked = True

    def ask(self, part: str, what: Mapping[str, Any]) -> None:
        """Have ``part`` show something else."""
        try:
            self.parts[part].ask(what)
        except SessionlabError as error:
            self._notices.append(self._words(error, None))
        self._asked = True

    def wish(self, name: str, how: Mapping[str, Any], number: int | None = None) -> None:
        """Grant a wish, or tell why not."""
        try:
            said = grant(self.lab, name, how)
        except Exception as error:  # whatever a hook of a strategy may raise belongs to the person who sees it
            self._notices.append(self._words(error, number))
        else:
            self._notices.append({"number": number, "ok": True, "said": said})
        self._asked = True

    def frame(self) -> Frame | None:
        """The next frame for a browser that wants one; None where there is nothing new."""
        if not self.wanted:
            return None
        standing = Standing.of(self.lab)
        if standing == self._told and not self._asked:
            return None
        begun = time.perf_counter_ns()
        facts = lab_facts(self.lab, standing, self._told)
        told: list[tuple[str, Told]] = []
        seen = {name: part for name, part in self.parts.items() if name in self.shown}
        for name, part in seen.items():
            one = part.tell(standing)
            if one is not None:
                told.append((name, one))
        parts, buffers = frame(told)
        content = {"is": "frame", "lab": facts, "parts": parts, "notices": self._taken()}
        owes = any(getattr(part, "owes", False) for part in seen.values())
        self._told, self._asked = standing, owes
        self.wanted -= 1
        self.spent_ns = time.perf_counter_ns() - begun
        return content, buffers

    def _taken(self) -> list[dict[str, Any]]:
        notices, self._notices = self._notices, []
        failed = self._failure()
        return notices if failed is None else [*notices, failed]

    def _failure(self) -> dict[str, Any] | None:
        """What went wrong while it played, once. It is still raised at the next call of a cell."""
        player = self.lab._player
        error = None if player is None else player.error()
        if error is None or error is self._error:
            return None
        self._error = error
        return self._words(error, None)

    def _words(self, error: BaseException, number: int | None) -> dict[str, Any]:
        return {
            "number": number,
            "ok": False,
            "kind": type(error).__name__,
            "words": str(error) or type(error).__name__,
            "at": f"{self.lab.now:%Y-%m-%d %H:%M:%S}",
        }
