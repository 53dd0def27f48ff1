"""A picture of a lab in a browser that a person can drive: the kernel's end of it.

Python sends rows and small facts; the browser draws. A message of a browser is a wish: it is granted on the loop that the lab
lives on, between two moves. Data does not travel by synced traits, so a saved notebook holds none of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from sessionlab.engine.pace import TICK_NS
from sessionlab.timing.interval import SECOND_NS
from sessionlab.widgets.front_end import code, loader
from sessionlab.widgets.kernel_loop import KernelLoop
from sessionlab.widgets.telling import Part
from sessionlab.widgets.viewer import Viewer

if TYPE_CHECKING:
    from sessionlab.lab import Lab

LOGGER = logging.getLogger("sessionlab")
TICK = TICK_NS / SECOND_NS
RESTING = 0.1
"""Seconds between two looks for news: while something happens, and while nothing does."""
_MOST_VIEWERS = 8


class Surface(anywidget.AnyWidget):
    """What shows ``lab`` by parts, made by ``makers`` for each browser that looks, in a ``layout`` that the style sheet knows."""

    _esm = traitlets.Unicode().tag(sync=True)
    parts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    not_in_still: ClassVar[frozenset[str]] = frozenset()
    """Parts that the picture without a widget manager leaves out."""
    layout_name = traitlets.Unicode("column").tag(sync=True)

    def __init__(self, lab: Lab, makers: Mapping[str, Callable[[Lab], Part]], layout: str = "column") -> None:
        self.lab = lab
        self._makers = dict(makers)
        self._viewers: dict[str, Viewer] = {}
        self._on_lab = KernelLoop(lab._home)
        self._looks = False
        super().__init__(_esm=loader(), parts=list(makers), layout_name=layout)
        self.on_msg(self._heard)
        lab._faces.append(self)

    def made(self) -> dict[str, Part]:
        """New parts, which have told nothing yet."""
        return {name: make(self.lab) for name, make in self._makers.items()}

    def viewer(self, name: str) -> Viewer:
        """The browser's view of that name; a new one where none is known."""
        found = self._viewers.get(name)
        if found is None:
            found = Viewer(self.lab, self.made())
            self._viewers[name] = found
            for old in list(self._viewers)[:-_MOST_VIEWERS]:
                del self._viewers[old]  # a page that was left
        return found

    def _heard(self, _: object, content: Mapping[str, Any], buffers: object) -> None:
        """A browser says something, on whichever thread."""
        self._on_lab.soon(self._act, dict(content))

    def _act(self, content: dict[str, Any]) -> None:
        try:
            self._do(content)
        except Exception:
            # What a browser says may be of an older page, or no message of ours: it must not end the kernel's loop.
            LOGGER.exception("a widget could not make out %r", content)

    def _do(self, content: dict[str, Any]) -> None:
        what = content.get("do")
        if what == "code":
            self.send(code() if content.get("have") != code()["digest"] else {"is": "code", "digest": code()["digest"]})
            return
        viewer = self.viewer(str(content["view"]))
        if what == "begin":
            viewer.begin()
        elif what == "pull":
            viewer.pull()
        elif what == "show":
            viewer.show(content["parts"])
        elif what == "ask":
            viewer.ask(content["part"], content["what"])
        elif what == "wish":
            viewer.wish(content["name"], content.get("how") or {}, content.get("number"))
        elif what == "leave":
            self._viewers.pop(str(content["view"]), None)
        self._look(again=False)

    def _look(self, *, again: bool = True) -> None:
        """Answer who wants a frame, if there is news, and look again later where somebody is left waiting."""
        if again:
            self._looks = False
        for name, viewer in list(self._viewers.items()):
            told = viewer.frame()
            if told is not None:
                content, buffers = told
                self.send({**content, "view": name, "spent": viewer.spent_ns / 1e6}, buffers)
        waiting = any(viewer.wanted for viewer in self._viewers.values())
        if waiting and not self._looks:
            self._looks = True
            playing = self.lab._player is not None and self.lab._player.is_playing
            self._on_lab.later(TICK if playing else RESTING, self._look)

    def close(self) -> None:
        """Take it off the page, and forget who looked."""
        self._viewers.clear()
        if self in self.lab._faces:
            self.lab._faces.remove(self)
        super().close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.lab.name!r}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        from sessionlab.widgets.still import still_bundle

        return still_bundle(self, super()._repr_mimebundle_(**kwargs))
