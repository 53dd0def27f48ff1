"""A browser for tests without one: it pulls frames of a widget, and keeps what it was told as a page would."""

from __future__ import annotations

from typing import Any

import numpy as np


class Eyes:
    """Looks at ``surface``. ``told`` is every frame, ``lab`` and ``run`` what was told last, ``notices`` how all wishes ended."""

    def __init__(self, surface: Any, name: str = "eyes") -> None:
        self.surface, self.name = surface, name
        self.told: list[dict[str, Any]] = []
        self.bytes: list[bytes] = []
        self.run: dict[str, Any] = {}
        self.lab: dict[str, Any] = {}
        self.notices: list[dict[str, Any]] = []
        self._number = 0
        surface.send = self._hear
        self.say("begin")
        self.pull()

    def say(self, do: str, **more: Any) -> None:
        self.surface._heard(self.surface, {"do": do, "view": self.name, **more}, [])

    def pull(self) -> dict[str, Any] | None:
        """Ask for a frame; None where there is nothing new."""
        before = len(self.told)
        self.say("pull")
        return self.told[-1] if len(self.told) > before else None

    def wish(self, name: str, **how: Any) -> dict[str, Any]:
        """Wish, and hear how it ended."""
        self._number += 1
        number = self._number
        self.say("wish", name=name, how=how, number=number)
        self.pull()
        return next(one for one in self.notices if one["number"] == number)

    def _hear(self, content: dict[str, Any], buffers: Any = ()) -> None:
        if content["is"] != "frame":
            self.told.append(content)
            return
        raw = [bytes(one) for one in buffers]
        self.bytes += raw
        self.lab = content["lab"]
        self.run = content["lab"].get("run", self.run)
        self.notices += content["notices"]
        for part in content["parts"].values():
            part["arrays"] = {
                key: np.frombuffer(raw.pop(0), dtype=np.dtype(kind).newbyteorder("<")) for key, kind, _ in part["arrays"]
            }
        self.told.append(content)
