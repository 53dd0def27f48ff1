"""A finished run, or one that was stopped: what it saw, what it traded, what it cost, what it was made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.results.data_tables import bars_table, coverage_of_base, of_base, summary_table
from sessionlab.results.page import result_page
from sessionlab.results.reopened import ReopenedRun
from sessionlab.results.untraded import untraded
from sessionlab.session.plan import StreamPlan
from sessionlab.session.quality import PastSeries, Series, gap_frame, incomplete_frame, quality_frame
from sessionlab.timing import TimeManager
from sessionlab.trading.traded import Traded

if TYPE_CHECKING:
    from sessionlab.lab import Lab


class RunResult(ReopenedRun):
    """What a run left behind. ``complete`` is False where it was stopped or raised; ``stopped_at`` says where the clock stands.

    ``config``, ``plan`` (of all symbols that took part), ``timing``, ``manifest`` (versions, digests, seed, who joined and left),
    ``refused`` (rows that the source did not let in), ``scans``, and tables that are made when they are looked at: ``quality``,
    ``gaps``, ``incomplete``, ``bar_counts``, ``symbol_changes``, ``summary()``.

    ``manifest["data_digest"]`` is one of all rows that the sessions opened so far stood on, today's and those of their windows,
    as they are stored; ``manifest["data"]`` has one by symbol and series. Equal data has equal digests, from whatever source.

    Of what was traded: ``orders fills trades positions cash events`` (columns as in :class:`Traded`), ``equity returns drawdown
    exposure``, ``stats``, ``rejections``, ``by_session()`` and its like, ``plot()``; all there, and empty, where nothing was.
    ``benchmark`` are returns per session as :func:`benchmark_returns` makes them; ``times`` is by default the config's calendar.
    """

    def __init__(
        self,
        config: SessionConfig,
        plan: StreamPlan,
        series: Sequence[PastSeries],
        timing: PerformanceMetrics,
        refused: pd.DataFrame,
        manifest: dict[str, Any],
        stopped_at: pd.Timestamp,
        *,
        complete: bool,
        scans: pd.DataFrame | None = None,
        traded: Traded | Callable[[], Traded] | None = None,
        benchmark: pd.Series[float] | None = None,
        times: TimeManager | None = None,
        lab: Lab | None = None,
    ) -> None:
        self.config = config
        self.plan = plan
        self.timing = timing
        self.refused = refused
        self.manifest = manifest
        self.stopped_at = stopped_at
        self.complete = complete
        self.scans = pd.DataFrame() if scans is None else scans
        self._traded = traded
        self.benchmark = benchmark
        self._series = tuple(series)
        self._times = times
        self._lab = lab

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write all of it into ``folder``, whole or not at all, for :meth:`load` and :func:`sl.verify`; where it was written.

        Equal runs have equal bytes, but for ``machine.json`` and ``timing.json``. Raises :class:`ConfigError` for a folder that
        is there, unless it is a saved run and ``overwrite`` is given, :class:`SourceError` where the disk refuses.

        >>> import tempfile
        >>> import sessionlab as sl
        >>> result = sl.demo().run()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = sl.RunResult.load(result.save(f"{folder}/run"))
        >>> repr(again) == repr(result), again.quality.equals(result.quality)
        (True, True)
        """
        from sessionlab.saving import save_run

        return save_run(self, folder, overwrite=overwrite)

    def report(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Write the report into the file ``path``, which ends in ``.html``; where it was written.

        It is one page that opens without a network: what the run made and of what, its pictures and tables, and all that it takes
        to run it again. ``title`` is by default the session's name. Raises :class:`ConfigError` for another ending,
        :class:`SourceError` where the disk refuses; what was there before is then still there.

        >>> import tempfile
        >>> import sessionlab as sl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sl.demo().run().report(f"{folder}/demo.html").name
        'demo.html'
        """
        from sessionlab.reports import write_report

        return write_report(self, path, title=title)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> RunResult:
        """The result that was saved into ``folder``, table by table as it was.

        Raises :class:`NoDataError` where there is none, :class:`BadDataError` that names the files that were changed since, and
        :class:`ConfigError` for one of a newer format.
        """
        from sessionlab.saving import load_run

        return load_run(folder)

    @cached_property
    def traded(self) -> Traded:
        """What the account did, as tables; made when they are first looked at."""
        if self._traded is None:
            return untraded(self.config.trading_config.starting_cash, str(self.stopped_at.tz))
        return self._traded() if callable(self._traded) else self._traded

    @cached_property
    def times(self) -> TimeManager:
        """The calendar of the run."""
        return self._times or TimeManager(self.config.exchange_group, self.config.asset_class)

    @cached_property
    def quality(self) -> pd.DataFrame:
        """A row per session, symbol and interval; coverage in percent, NaN where it was not measured, gaps in bars.

        Columns: ``symbol interval date expected present coverage gap_count longest_gap off_session``.
        """
        measured = self.config.session_data_config.gap_filler.enable_session_quality
        return quality_frame((one, measured) for one in self._unpacked())

    @cached_property
    def symbol_changes(self) -> pd.DataFrame:
        """A row per symbol that joined or left on the way: ``at symbol kind by``, by market time."""
        changes = self.manifest.get("symbols", {}).get("changes", [])
        frame = pd.DataFrame(changes, columns=["at", "symbol", "kind", "by"])
        return frame.assign(at=[pd.Timestamp(at) for at in frame["at"]])

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Every run of absent bars: ``symbol interval start end count status``; ``filled`` ones came late."""
        return gap_frame(self._unpacked(), str(self.stopped_at.tz))

    @cached_property
    def incomplete(self) -> pd.DataFrame:
        """Longer bars that lack base bars: ``symbol interval start end count expected status reason``."""
        rule = self.config.session_data_config.bars.incomplete
        return incomplete_frame(self._series, rule, self.stopped_at.value, str(self.stopped_at.tz))

    @cached_property
    def bar_counts(self) -> pd.DataFrame:
        """How many bars there were: ``symbol interval action bars``, one row per stream of the plan."""
        return bars_table(self.plan, self._series, self.config.session_data_config.bars.incomplete)

    @property
    def coverage(self) -> float | None:
        """100 x present / expected bars of the base series; None where nothing was expected or measured.

        That is the bars as stored (STREAMED in the plan), and where these are not in the run the shortest ones made of them.
        So a hole counts once, however many longer bars lack it; of those see ``summary()``.
        """
        return coverage_of_base(self.quality, self._series)

    def summary(self) -> pd.DataFrame:
        """A row per symbol and interval over all sessions: ``action bars expected present coverage gaps longest_gap``."""
        return summary_table(self.bar_counts, self.quality)

    def _unpacked(self) -> Iterator[Series]:
        now_ns = self.stopped_at.value
        return (one.so_far(now_ns) for past in self._series for one in past.unpack())

    def __getstate__(self) -> dict[str, Any]:
        """What is kept of it elsewhere: all but the lab."""
        return {**vars(self), "_lab": None, "_traded": self.traded}

    def told(self) -> list[str]:
        """The run in a few words: what it traded, how many sessions, how complete they were, and where it was stopped."""
        sessions = self.quality["date"].nunique()
        coverage = self.coverage
        covered = "not measured" if coverage is None else f"{coverage:.2f} %"
        gaps = int(((self.gaps["status"] == "absent") & of_base(self.gaps, self._series)).sum())
        stopped = [] if self.complete else [f"stopped at {self.stopped_at:%Y-%m-%d %H:%M:%S}"]
        return [*self.words(), f"{sessions} sessions", f"coverage {covered}", f"{gaps:,} gaps", *stopped]

    def __repr__(self) -> str:
        return f"<RunResult {self.config.session_name!r}: {', '.join(self.told())}>"

    def _repr_html_(self) -> str:
        return result_page(self)
