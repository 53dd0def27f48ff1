"""The notebook's front door: open a session, move its clock, look at everything known at that moment.

Market time only moves when it is told to. A new lab stands at its first open, with no row of that day known.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.lab.comparing import Comparing
from sessionlab.lab.data_warning import DataWarning, outside
from sessionlab.lab.listening import Listening
from sessionlab.lab.moving import Moving
from sessionlab.lab.playing import InTime
from sessionlab.lab.trading import Trading
from sessionlab.timing.wall_clock import WALL, Clock

if TYPE_CHECKING:
    import os

    from sessionlab.engine.metrics import PerformanceMetrics
    from sessionlab.engine.player import Player
    from sessionlab.engine.strategy import Strategy
    from sessionlab.session.plan import StreamPlan
    from sessionlab.sources.protocol import Source
    from sessionlab.timing import TimeManager
    from sessionlab.trading.limits import Limits
    from sessionlab.widgets import Dashboard


class Lab(Moving, Comparing, Trading, InTime, Listening):
    """A research lab over the sessions of one config.

    ``config`` is a path to a JSON or TOML file, a dict, or a :class:`SessionConfig`. ``source`` replaces the one that the
    config names: ``"synthetic"``, ``"local:PATH"`` or a source object. ``seed`` replaces the config's. ``clock`` is the one on
    the wall, by which it plays. ``costs`` and ``slippage`` are models of ``sl.costs`` or functions of one's own in place of the
    config's, ``limits`` other limits than its.

    >>> import sessionlab as sl
    >>> lab = sl.demo()
    >>> lab.step().now
    Timestamp('2025-07-02 09:31:00-0400', tz='America/New_York')
    >>> len(lab.data["AAPL"].bars("1m"))
    1
    """

    def __init__(
        self,
        config: str | os.PathLike[str] | Mapping[str, Any] | SessionConfig,
        *,
        strategy: Strategy | None = None,
        source: str | Source | None = None,
        seed: int | None = None,
        times: TimeManager | None = None,
        clock: Clock = WALL,
        costs: Any = None,
        slippage: Any = None,
        limits: Limits | None = None,
    ) -> None:
        if isinstance(config, Mapping):
            config = SessionConfig.from_dict(dict(config))
        elif isinstance(config, str | PathLike):
            config = SessionConfig.from_file(Path(config))
        elif not isinstance(config, SessionConfig):
            raise ConfigError(
                f"a lab opens a path, a dict or a SessionConfig, not a {type(config).__name__}; "
                "for frames write sl.Lab.from_frames(frames)"
            )
        if seed is not None:
            config = config.replace({"seed": seed})
        if config.mode != "backtest":
            raise ConfigError(
                'mode "live" is not part of this version yet; set mode to "backtest" and give its dates', mode=config.mode
            )
        self.config = config
        from sessionlab.engine.coordinator import SessionCoordinator
        from sessionlab.engine.event_loop import running_loop
        from sessionlab.sources.opening import open_source
        from sessionlab.trading.costs import CostModel

        model = CostModel.of(config.trading_config.costs).with_models(costs, slippage)
        self._engine = SessionCoordinator(config, open_source(source, config), times, clock=clock, costs=model, limits=limits)
        self._player: Player | None = None
        self._is_closed = False
        self.name, self.parent, self.forked_at, self._children = config.session_name, None, None, []
        self._faces = []
        self._home = running_loop()
        self._warn()
        if strategy is not None:
            self.use(strategy)

    @classmethod
    def from_frames(
        cls,
        frames: Any,
        bars: str | Sequence[str] | None = None,
        *,
        tz: str | None = None,
        label: Literal["start", "end", "auto"] | None = None,
        start: str | dt.date | None = None,
        end: str | dt.date | None = None,
        exchange_group: str | None = None,
        columns: Mapping[str, str] | None = None,
        window: int = 0,
        changes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Lab:
        """A lab over the bars in ``frames``: a frame, or ``{symbol: frame}``, of pandas, polars or Arrow.

        ``bars`` are the streams, ``"1m 5m"``, by default bars as they are. ``tz`` is the zone of stamps that have none,
        ``label`` whether they are the ``start`` or the ``end`` of bars. Symbols, dates, the bars' width and what else is left
        out are inferred: ``lab.source.notes`` says how. ``window`` is how many sessions before each are its history: the first
        so many of the frames are no sessions of the run then. ``changes`` are further values of the config by dotted path, such
        as ``{"session_data_config.adjust": "splits"}``; ``lab.config.save(path)`` keeps it. ``options`` are those of
        :class:`Lab`. A :class:`DataWarning` tells of stamps that look hours off against the calendar.

        >>> import pandas as pd
        >>> index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
        >>> frame = pd.DataFrame({"Open": 10.0, "High": 11.0, "Low": 9.0, "Close": 10.0, "Volume": 100}, index=index)
        >>> lab = Lab.from_frames({"SPY": frame}, bars="1m 5m")
        >>> lab.advance("5m").now
        Timestamp('2025-07-02 09:35:00-0400', tz='America/New_York')
        """
        from sessionlab.sources.frames import lab_config_and_source

        config, source = lab_config_and_source(frames, bars, tz, label, start, end, exchange_group, columns, window, changes)
        lab = cls(config, source=source, **options)
        from sessionlab.checks.hours import doubtful_hours

        for message in doubtful_hours(source, lab._engine.sessions):
            warnings.warn(message, DataWarning, stacklevel=outside())
        return lab

    @classmethod
    def from_export(cls, export: str | os.PathLike[str] | Mapping[str, Any], *, times: TimeManager | None = None) -> Lab:
        """A lab on an exported moment: a folder of ``lab.data.to_parquet``, or what ``lab.data.to_dict`` gave.

        It stands at that moment with the same config, restricted to the one session, and its ``data`` shows the same to the
        last bit, also ``as_of`` every earlier moment of the session. It has no later row: going on shows the rest of the
        session as absent, which a :class:`DataWarning` says once. Strategies and what they remember are not part of an export,
        and of indicators that are functions of your own it has the values alone.
        Raises :class:`ConfigError` for an export of a newer format, :class:`BadDataError` for a damaged one, naming the file.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> lab.advance("10:30").now
        Timestamp('2025-07-02 10:30:00-0400', tz='America/New_York')
        >>> again = sl.Lab.from_export(lab.data.to_dict())
        >>> again.now == lab.now, again.data["AAPL"].bars("5m").frame().equals(lab.data["AAPL"].bars("5m").frame())
        (True, True)
        """
        from sessionlab.sources.export_opening import open_export

        config, source, times = open_export(export, times)
        lab = cls(config, source=source, times=times)
        if source.until_ns > lab.session.open_ns:
            lab.advance(pd.Timestamp(source.until_ns, tz="UTC"))
        for symbol, recipes in source.asked_for.items():
            for recipe in recipes:
                lab.data[symbol][recipe]
        return lab

    # -- where it stands -------------------------------------------------------------------------------------------

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that take part now: as configured, then in the order in which they joined."""
        return self._engine.plan.symbols

    @property
    def plan(self) -> StreamPlan:
        """What is streamed, generated and ignored, with reasons."""
        return self._engine.plan

    def skip_losses(self) -> pd.DataFrame:
        """How many longer bars ``bars.incomplete = "skip"`` leaves out over the whole run, a row per generated stream.

        Columns: ``symbol interval base lost expected``. Counted from the data of every session, of which no bar can be seen.
        With ``skip`` the plan says it too.
        """
        from sessionlab.engine.skip_losses import Loss, skip_losses

        losses = skip_losses(self._engine.plan, self._engine.source, self._engine.sessions)
        return pd.DataFrame(losses, columns=list(Loss._fields))

    @property
    def source(self) -> Source:
        """Where its rows come from."""
        return self._engine.source

    @property
    def times(self) -> TimeManager:
        """The calendar that the run goes by."""
        return self._engine.times

    @property
    def timing(self) -> PerformanceMetrics:
        """What the run costs: ``report()``, ``frame()``, in all or ``by="session"``."""
        return self._engine.metrics

    # -- where it can be seen --------------------------------------------------------------------------------------

    def dashboard(self) -> Dashboard:
        """Player, chart, ticket, blotter, metrics and quality in one widget: the session, and what drives it.

        It follows the lab, whoever moves it. Each part is there alone too, as in ``sl.widgets.Player(lab)``. Where no widget can
        be shown there are a picture and tables of the same moment.
        """
        from sessionlab.widgets import Dashboard

        return Dashboard(self)

    def __repr__(self) -> str:
        return f"<Lab {self.config.session_name!r} {self.state}: {self.progress}; {', '.join(self.symbols)}>"

    def _repr_html_(self) -> str:
        from sessionlab.lab.page import lab_page

        return lab_page(self)
