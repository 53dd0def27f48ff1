"""What somebody did to a run from outside, each with its moment: strategies and scanners that were set, and orders by hand.

With the config, the data and the symbols that came and went it is all that a run is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sessionlab.engine.scan_windows import Window
from sessionlab.engine.source_code import StrategySource, source_of

Kind = Literal["strategy", "scanner", "hand"]


@dataclass(frozen=True, slots=True)
class Deed:
    """At ``at_ns`` the strategy or the scanner ``what`` was set, with its ``source``, or ``what`` was done by hand."""

    at_ns: int
    kind: Kind
    what: str
    source: StrategySource | None = None
    pre_session: bool = False
    windows: tuple[Window, ...] = ()


class Deeds:
    """``done`` so far, in order. ``now_ns`` says when that is."""

    def __init__(self, now_ns: Callable[[], int], done: Sequence[Deed] = ()) -> None:
        self.done = list(done)
        self._now_ns = now_ns

    def use(self, thing: Any, kind: Kind, name: str, *, pre_session: bool = False, windows: Sequence[Window] = ()) -> None:
        """A strategy or a scanner was set. One of its name that was set at this moment has done nothing, and goes."""
        deed = Deed(self._now_ns(), kind, name, source_of(thing), pre_session, tuple(windows))
        same = [i for i, old in enumerate(self.done) if (old.kind, old.what, old.at_ns) == (kind, name, deed.at_ns)]
        if same:
            self.done[same[0]] = deed
        else:
            self.done.append(deed)

    def by_hand(self, what: str) -> None:
        """Something was done that nothing here tells enough of to do it again."""
        self.done.append(Deed(self._now_ns(), "hand", what))

    def went_back(self, instant_ns: int) -> None:
        """The run stands at ``instant_ns`` again; what was done at that very moment stays done."""
        self.done = self.until(instant_ns)

    def until(self, instant_ns: int) -> list[Deed]:
        """What was done up to ``instant_ns``."""
        return [deed for deed in self.done if deed.at_ns <= instant_ns]

    def began_again(self, strategies: Collection[str], scanners: Collection[str]) -> None:
        """The run begins again with these, as they were given, in their order."""
        newest: dict[tuple[str, str], Deed] = {(deed.kind, deed.what): deed for deed in self.done}
        keys = [*(("strategy", name) for name in strategies), *(("scanner", name) for name in scanners)]
        now_ns = self._now_ns()
        self.done = [replace(newest[key], at_ns=now_ns) for key in keys if key in newest]
