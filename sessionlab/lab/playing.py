"""Playing: market time goes by on its own, in a notebook's background or in a script; and what hooks cost meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.lab.instants import instant_of
from sessionlab.lab.seat import Seat

if TYPE_CHECKING:
    from sessionlab.engine.catching_up import Lag
    from sessionlab.engine.playing import Pacing, Playing
    from sessionlab.engine.profile import Profile
    from sessionlab.engine.progress import Progress


class InTime(Seat):
    """``play``, ``pause``, ``pacing``, ``lag``, ``profile``."""

    def play(
        self,
        speed: float | None = None,
        *,
        until: str | pd.Timedelta | pd.Timestamp | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> Playing:
        """Let market time go by, ``speed`` times as fast as the wall's; 0: as fast as it can.

        In a notebook, ``await lab.play(speed=360)`` plays until it is done or paused, while other tasks run, and gives the
        :class:`Step`; without ``await`` it plays in the background. In a script without an event loop it plays on one of its
        own, and comes back when it has stopped. ``lab.pause()`` holds it, ``lab.play()`` goes on; while it plays,
        ``lab.play(speed=60)`` changes its speed. Nights and breaks take no time.

        ``speed`` is by default the last one, at first the config's. ``until`` is a time as in :meth:`advance`, or a timestamp
        of a later session; without it the end of the run. ``progress`` is called with :attr:`progress` after each move.
        What a hook raises comes from the ``await``, or from the next call where nobody awaits.
        """
        if speed is not None and not (isinstance(speed, int | float | np.number) and isfinite(speed) and speed >= 0):
            raise ConfigError(
                f"play(speed={speed!r}): market time per wall time, as in 360; 0 is as fast as it can; lab.pause() holds it",
                speed=speed,
            )
        engine = self._engine
        if self.pacing.state != "playing":
            engine.hooks.refuse_when_busy("play")
        until_ns = None
        if until is not None:
            session = engine.coming_session if engine.ended else engine.session
            now_ns = session.open_ns if session is not engine.session else engine.present.now_ns
            until_ns = instant_of(until, session, now_ns)
            self._refuse_past(until, until_ns, now_ns)
        tell = None if progress is None else lambda: progress(self.progress)
        return self._the_player().play(None if speed is None else float(speed), until_ns, tell)

    def pause(self) -> None:
        """Hold a lab that plays, at its last whole moment: from a cell at once, from a hook after its moment.

        From another thread it takes effect within two ticks of a thirtieth of a second. ``lab.play()`` goes on.
        """
        if self._player is not None:
            self._player.pause()

    @property
    def pacing(self) -> Pacing:
        """Whether it plays: ``.state`` (``idle playing paused``), ``.why``, ``.speed``, ``.until``, ``.lag_seconds``."""
        return self._the_player().pacing()

    @property
    def lag(self) -> Lag:
        """How far market time is behind the wall: ``.seconds``; whether strategies sleep for it: ``.gated .reason .since``.

        By hand and at ``run()`` nothing lags.
        """
        return self._engine.catching_up.lag

    @contextmanager
    def profile(self) -> Iterator[Profile]:
        """Time every hook that is called inside of the ``with`` block, by strategy and hook.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> @lab.every("5m")
        ... def watch(ctx, symbol):
        ...     pass
        >>> with lab.profile() as profile:
        ...     _ = lab.advance("10:00")
        >>> profile.frame()[["strategy", "hook", "count"]].to_numpy().tolist()
        [['watch', 'on_bar', 12]]
        """
        from sessionlab.engine.profile import Profile

        making = self._engine.hooks.making
        before, making.profile = making.profile, Profile()
        try:
            yield making.profile
        finally:
            making.profile = before
