"""What all that a person can do with a lab stands on: its engine, where it stands, and what is refused while it plays."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from sessionlab.errors import RewindError
from sessionlab.lab.data_warning import DataWarning, outside
from sessionlab.session.browsable import browsable

if TYPE_CHECKING:
    import asyncio

    from sessionlab.engine.coordinator import SessionCoordinator
    from sessionlab.engine.player import Player
    from sessionlab.engine.progress import Progress
    from sessionlab.session.data import SessionData
    from sessionlab.timing import TradingSession


class Face(Protocol):
    """What shows a lab to somebody, and goes when the lab is closed."""

    def close(self) -> None:
        """Go."""
        ...


class Seat:
    """The engine of a lab, the player that it gets when it plays first, and the faces that show it."""

    _engine: SessionCoordinator
    _player: Player | None
    _is_closed: bool
    _home: asyncio.AbstractEventLoop | None
    _faces: list[Face]

    @property
    def now(self) -> pd.Timestamp:
        """The instant at which the clock stands, in the exchange's zone."""
        return self._engine.data.now

    @property
    def session(self) -> TradingSession:
        """The trading session that the clock stands in: ``.date``, ``.open``, ``.close``. After the run, the last one."""
        return self._engine.session

    @browsable
    def data(self) -> SessionData:
        """Everything known now. ``lab.data["AAPL"].bars("5m")`` is a live view."""
        return self._engine.data

    @property
    def state(self) -> str:  # not a Literal: completion in notebooks (jedi 0.20) stumbles over it
        """``ready`` before the first step, ``open`` inside a session, ``closed`` at a close, ``done`` after the last one."""
        engine = self._engine
        if engine.done:
            return "done"
        if engine.ended:
            return "closed"
        at_first_open = engine.number == 0 and engine.present.now_ns == engine.session.open_ns
        return "ready" if at_first_open else "open"

    @property
    def progress(self) -> Progress:
        """How far the run is: sessions, fraction of its trading time, market time."""
        from sessionlab.engine.pace import trading_time
        from sessionlab.engine.progress import Progress

        engine = self._engine
        table, session = engine.sessions, engine.session
        lengths = table.close - table.open - (table.break_end - table.break_start)
        passed = int(lengths[: engine.number].sum()) + trading_time(session, session.open_ns, engine.present.now_ns)

        return Progress(engine.number + 1, len(engine.sessions), passed / int(lengths.sum()), self.now)

    def _the_player(self) -> Player:
        if self._player is None:
            from sessionlab.engine.player import Player

            self._player = Player(self._engine, self._warn, self._home)
        return self._player

    def _by_hand(self, what: str) -> None:
        """Refuse to move a lab that plays; raise what went wrong while it played and nobody was told."""
        if self._player is not None:
            self._player.refuse(what)

    def _refuse_past(self, to: Any, instant: int, now_ns: int) -> None:
        if instant < now_ns:
            now = pd.Timestamp(now_ns, tz="UTC").tz_convert(self.session.tz)
            what = "the next open" if self._engine.ended else "now"
            raise RewindError(
                f"{to!r} is before {what} ({now:%Y-%m-%d %H:%M:%S}); look back with lab.data.as_of({to!r}), "
                f"or go back with lab.rewind({to!r})",
                to=to,
            )

    def _open_next(self) -> bool:
        opened = self._engine.open_next()
        self._warn()
        return opened

    def _warn(self) -> None:
        """Say what is new about the data; ``lab.refused`` has the counts."""
        engine = self._engine
        for message in engine.notices.new(engine.rows, ended=engine.ended, now_ns=engine.present.now_ns):
            warnings.warn(message, DataWarning, stacklevel=outside())
