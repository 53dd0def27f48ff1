"""Going back, and forks: another run from the same moment on, to change one thing and see both."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Self, cast

import pandas as pd

from sessionlab.errors import ConfigError, RewindError
from sessionlab.lab.finishing import Finishing
from sessionlab.lab.strategy_use import StrategyUse

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.place import Place
    from sessionlab.engine.step import Step
    from sessionlab.engine.strategy import Strategy
    from sessionlab.lab.lab import Lab


class Rewinding(Finishing, StrategyUse):
    """``rewind``, ``fork``."""

    name: str
    parent: Rewinding | None
    forked_at: pd.Timestamp | None
    _children: list[weakref.ref[Rewinding]]

    def rewind(self, to: str | pd.Timestamp) -> None:
        """Go back to an earlier moment of the run, also of an earlier session: all stands as it did then.

        ``to`` is a clock time of this session (``"09:45"``, ``"open+15m"``) or a timestamp; in a night or a break it stands at
        the close before. Strategies, orders, the ledger, symbols that had joined, generators and subscriptions are as they were;
        what lives outside of a strategy (globals, prints, files) is not. What was done by hand at that very moment stays done.
        Going on from there is the same as never having gone back. What fails on the way, a source or Ctrl-C, leaves the lab where
        it was.

        Raises :class:`RewindError` before the first open, in a live run, on a closed lab, and where a strategy holds what
        cannot be copied (it names the attribute); :class:`LookAheadError` for a moment after now; :class:`BusyError` from
        inside a hook.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> _ = lab.advance("10:15")
        >>> order = lab.buy("AAPL", 100)
        >>> _ = lab.advance("11:00")
        >>> lab.rewind("10:15")
        >>> lab.now.hour, lab.now.minute, order.status
        (10, 15, 'accepted')
        """
        self._refuse_going_back("go back")
        self._engine.rewind(self._engine.going_back.place_of(to))

    def fork(
        self,
        *,
        name: str | None = None,
        strategy: Strategy | type[Strategy] | None = None,
        config: Mapping[str, Any] | None = None,
        at: str | pd.Timestamp | None = None,
    ) -> Lab:
        """Another lab that stands where this one does, or stood ``at`` an earlier moment: change one thing, and see both.

        It shares all rows; strategies, orders, positions, generators are its own from there on, and it can be forked again.
        ``strategy`` takes the place of the one of its name; where there is a single one, of that, with its book. ``config``
        are other values by dotted path, of ``trading_config``. By default forks are called ``fork 1``, ``fork 2`` and so on.
        Raises as :meth:`rewind` does, and :class:`ConfigError` for a value that a fork cannot change.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> _ = lab.advance("10:15")
        >>> other = lab.fork(name="long")
        >>> order = other.buy("AAPL", 100)
        >>> _ = other.advance("10:20"), lab.advance("10:20")
        >>> float(other.position("AAPL")), float(lab.position("AAPL"))
        (100.0, 0.0)
        """
        self._refuse_going_back("fork the lab")
        engine = self._engine
        place = engine.here if at is None else engine.going_back.place_of(at)
        other = self._copy(place, self._changed_config(config or {}))
        if config:
            other._engine.deeds.by_hand("fork with another config")
        taken = {fork.name for fork in self.root.family()}
        if name in taken:
            raise ConfigError(
                f"there is a lab called {name!r} among the forks of {self.root.name!r}; give another name", name=name
            )
        other.name = name or next(f"fork {n}" for n in count(1) if f"fork {n}" not in taken)
        other.parent, other.forked_at = self, other.now
        self._children.append(weakref.ref(other))
        if strategy is not None:
            at_work = engine.books
            other.use(strategy, name=at_work[0].strategy.name if len(at_work) == 1 else None)
        return cast("Lab", other)

    @property
    def root(self) -> Rewinding:
        """The lab that this one was forked from, or that was forked from in turn; itself if it is no fork."""
        return self if self.parent is None else self.parent.root

    @property
    def children(self) -> list[Rewinding]:
        """The forks made of this lab that are still in use."""
        return [fork for ref in self._children if (fork := ref()) is not None]

    def family(self) -> Iterator[Rewinding]:
        """This lab, its forks, and theirs."""
        yield self
        for fork in self.children:
            yield from fork.family()

    def _copy(self, place: Place, config: SessionConfig) -> Self:
        """Another lab as this one stood at ``place``, of no family."""
        from sessionlab.engine.forking import fork_of

        other = object.__new__(type(self))
        other._engine = fork_of(self._engine, config, place)
        other.config, other._player, other._home, other._is_closed = config, None, self._home, False
        other.name, other.parent, other.forked_at, other._children = self.name, None, None, []
        other._faces = []
        return other

    def _step_back(self, n: int) -> Step:
        self._refuse_going_back("step back")
        self._engine.rewind(self._engine.going_back.stepped_back(n))
        return self._step([])

    def _step(self, legs: list[Any], *, done: bool = False) -> Step:
        raise NotImplementedError

    def _refuse_going_back(self, what: str) -> None:
        self._by_hand(what)
        self._engine.refuse_live(what)
        if self._is_closed:
            raise RewindError(f"cannot {what}: the lab is closed; open another one, or look back with lab.data.as_of(moment)")

    def _changed_config(self, config: Mapping[str, Any]) -> SessionConfig:
        odd = [name for name in config if not name.startswith(("trading_config", "metadata", "session_name"))]
        if odd:
            raise ConfigError(
                f"{', '.join(odd)}: a fork shares its rows and its past with the lab, so it may differ in trading_config, "
                "session_name and metadata; for other data open a lab on lab.config.replace({...})",
                config=odd,
            )
        return self.config.replace(dict(config)) if config else self.config
