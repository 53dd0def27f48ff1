"""What somebody did to a run from outside, each with its moment: strategies and scanners that were set, and orders by hand.

With the config, the data and the symbols that came and went it is all that a run is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sessionlab.engine.place import Place
from sessionlab.engine.scan_windows import Window
from sessionlab.engine.source_code import StrategySource, source_of

Kind = Literal["strategy", "scanner", "hand"]


@dataclass(frozen=True, slots=True)
class Deed:
    """``at`` that place the strategy or the scanner ``what`` was set, with its ``source``, or ``what`` was done by hand."""

    at: Place
    kind: Kind
    what: str
    source: StrategySource | None = None
    pre_session: bool = False
    windows: tuple[Window, ...] = ()

    @property
    def at_ns(self) -> int:
        """The instant, ns UTC."""
        return self.at.instant_ns


class Deeds:
    """``done`` so far, in order. ``here`` says where the run stands."""

    def __init__(self, here: Callable[[], Place], done: Sequence[Deed] = ()) -> None:
        self.done = list(done)
        self._here = here

    def use(self, thing: Any, kind: Kind, name: str, *, pre_session: bool = False, windows: Sequence[Window] = ()) -> None:
        """A strategy or a scanner was set. One of its name that was set at this moment has done nothing, and goes."""
        deed = Deed(self._here(), kind, name, source_of(thing), pre_session, tuple(windows))
        same = [i for i, old in enumerate(self.done) if (old.kind, old.what, old.at) == (kind, name, deed.at)]
        if same:
            self.done[same[0]] = deed
        else:
            self.done.append(deed)

    def by_hand(self, what: str) -> None:
        """Something was done that nothing here tells enough of to do it again."""
        self.done.append(Deed(self._here(), "hand", what))

    def went_back(self, place: Place) -> None:
        """The run stands at ``place`` again; what was done at that very moment stays done."""
        self.done = self.until(place)

    def until(self, place: Place) -> list[Deed]:
        """What was done up to ``place``."""
        return [deed for deed in self.done if deed.at <= place]

    def began_again(self, strategies: Collection[str], scanners: Collection[str]) -> None:
        """The run begins again with these, as they were given, in their order."""
        newest: dict[tuple[str, str], Deed] = {(deed.kind, deed.what): deed for deed in self.done}
        keys = [*(("strategy", name) for name in strategies), *(("scanner", name) for name in scanners)]
        here = self._here()
        self.done = [replace(newest[key], at=here) for key in keys if key in newest]
