"""What a run left behind so far, and beginning it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sessionlab.lab.membership import Membership

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.strategy import Strategy
    from sessionlab.lab.lab import Lab
    from sessionlab.results import RunResult


class Finishing(Membership):
    """``result``, ``restart``, ``refused``."""

    config: SessionConfig

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The strategies at work, in the order in which they are called."""
        return tuple(book.strategy for book in self._engine.books)

    @property
    def refused(self) -> pd.DataFrame:
        """Rows that the source did not let in, of sessions that have ended: ``symbol series kind count example``."""
        rows = [
            (symbol, series, kind, count, refused.examples.get(kind, ""))
            for (symbol, series), refused in self._engine.notices.refused(self._engine.rows, ended=self._engine.ended).items()
            for kind, count in refused.counts.items()
        ]
        return pd.DataFrame(rows, columns=["symbol", "series", "kind", "count", "example"])

    def result(self) -> RunResult:
        """What the run left behind so far; ``complete`` says whether it reached its end."""
        return self._result(self)  # type: ignore[arg-type]  # every lab is a Lab, of which this is a part

    def _result(self, lab: Lab | None) -> RunResult:
        """The result, which can be opened again through ``lab``."""
        engine = self._engine
        from sessionlab.engine.manifest import manifest_of
        from sessionlab.results import RunResult

        return RunResult(
            self.config,
            engine.loader.everyone,
            engine.series(),
            engine.metrics,
            self.refused,
            manifest_of(engine),
            self.now,
            complete=engine.done,
            scans=self.scans,
            traded=engine.traded(),
            benchmark=self._benchmark(),
            times=engine.times,
            lab=lab,
        )

    def _benchmark(self) -> pd.Series[float] | None:
        symbol = self.config.trading_config.benchmark
        if symbol is None:
            return None
        found = dict(self._engine.accounting.benchmark_so_far())
        return pd.Series(list(found.values()), pd.DatetimeIndex(list(found), name="date").as_unit("ns"), dtype=float, name=symbol)

    def restart(self) -> None:
        """Begin again at the first open: same data, the symbols of the config, strategies and scanners as they were given.

        Subscriptions go on, but for those of symbols that had joined.
        """
        self._by_hand("restart")
        self._engine.restart()
        self._warn()
