"""A lab in which a person practices: nothing of the truth is told before the practice is over, and then all of it, with a score.

It is over at the last close, or when somebody asks. From then on nothing is traded in it, and no clock of it or of its forks is
turned: who knows how it ended does not decide any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pandas as pd

from sessionlab.errors import PracticeError
from sessionlab.lab import Lab
from sessionlab.practice.scoring import score_of

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.place import Place
    from sessionlab.engine.playing import Playing
    from sessionlab.engine.progress import Progress
    from sessionlab.engine.step import Step
    from sessionlab.engine.strategy import Strategy
    from sessionlab.engine.trader import Trader
    from sessionlab.practice.score import Score
    from sessionlab.practice.scoring import Practice

_T = TypeVar("_T")


class BlindLab(Lab):
    """A :class:`Lab` over hidden sessions; made by :func:`sl.blind`. ``reveal()`` and ``score`` are its own.

    Going back is allowed, and counted in the score, and so are forks.
    """

    def __init__(self, practice: Practice) -> None:
        self._practice = practice
        self._score: Score | None = None
        super().__init__(practice.config, **practice.options)

    def reveal(self) -> Score:
        """End the practice, and tell the truth and the score; after the last close that is done already.

        All is counted up to now: positions at their last known closes. Raises :class:`BusyError` from inside a hook.
        """
        self._engine.hooks.refuse_when_busy("reveal the truth")
        self.pause()
        self._practice.is_over = True
        return self.score

    @property
    def score(self) -> Score:
        """The truth, and how it went. Raises :class:`PracticeError` before the practice is over."""
        if not self._practice.is_over:
            raise PracticeError(
                "the score tells the truth, so it is there once the practice is over: at the last close, or with lab.reveal()"
            )
        if self._score is None:
            self._score = score_of(self._practice, self._engine)
        return self._score

    def rewind(self, to: str | pd.Timestamp) -> None:
        """Go back to an earlier moment, as in every lab. It is counted, and the score tells how often."""
        self._refuse_once_over("go back")
        super().rewind(to)
        self._practice.went_back += 1

    def step(self, n: int = 1) -> Step:
        """Go to the next moment, ``n`` times, as in every lab; back with ``step(-1)``, which is counted."""
        if n < 0:
            self._refuse_once_over("step back")
        step = super().step(n)
        self._practice.went_back += n < 0
        return step

    def restart(self) -> None:
        """Begin again at the first open, as in every lab. It is counted as going back."""
        self._refuse_once_over("begin again")
        super().restart()
        self._practice.went_back += 1

    def fork(
        self,
        *,
        name: str | None = None,
        strategy: Strategy | type[Strategy] | None = None,
        config: Mapping[str, Any] | None = None,
        at: str | pd.Timestamp | None = None,
    ) -> Lab:
        """Another lab of the same practice, as in every lab. It is counted: a fork may run ahead."""
        self._refuse_once_over("fork the lab")
        other = super().fork(name=name, strategy=strategy, config=config, at=at)
        self._practice.forked += 1
        return other

    def play(
        self,
        speed: float | None = None,
        *,
        until: str | pd.Timedelta | pd.Timestamp | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> Playing:
        """Let market time go by, as in every lab."""
        self._refuse_early_end("play")
        return super().play(speed, until=until, progress=progress)

    def _copy(self, place: Place, config: SessionConfig) -> Self:
        other = super()._copy(place, config)
        other._practice, other._score = self._practice, None
        return other

    def _warn(self) -> None:
        super()._warn()
        if self._engine.done:
            self._practice.is_over = True

    def _by_hand(self, what: str) -> None:
        self._refuse_early_end(what)
        super()._by_hand(what)

    def _hand(self, what: str, act: Callable[[Trader], _T]) -> _T:
        self._refuse_once_over(what)
        return super()._hand(what, act)

    def _refuse_early_end(self, what: str) -> None:
        """At the last close moving changes nothing, as in every lab; only who revealed before that is refused."""
        if not self._engine.done:
            self._refuse_once_over(what)

    def _refuse_once_over(self, what: str) -> None:
        if self._practice.is_over:
            raise PracticeError(
                f"cannot {what}: the practice is over and its truth is told, see lab.score; lab.score.truth.open() is a lab on "
                "the true sessions, sl.blind(...) with another seed the next practice"
            )

    def __repr__(self) -> str:
        if self._practice.is_over:
            return f"<BlindLab over at {self.now:%Y-%m-%d %H:%M}: {'; '.join(self._practice.truth.words())}>"
        return f"<BlindLab {self.state}: {self.progress}; {', '.join(self.symbols)}>"

    def _repr_html_(self) -> str:
        page = super()._repr_html_()
        return self.score._repr_html_() + page if self._practice.is_over else page
