"""The side of a result that is about its account: tables, statistics, groups, a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.results import groups
from sessionlab.results.account import Sessions, drawdown_of, equity_of, exposure_of, sessions_of
from sessionlab.results.trade_statistics import rejections_of
from sessionlab.results.words import traded_words
from sessionlab.timing import Interval, TimeManager
from sessionlab.trading.traded import Traded

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


class TradedRun(ABC):
    """A run by the tables of its account, ``traded``. All of it is there, and empty, where nothing was traded.

    ``benchmark`` are returns per session, as :func:`benchmark_returns` makes them, or None; ``times`` is the calendar.
    """

    config: SessionConfig
    benchmark: pd.Series[float] | None

    @property
    @abstractmethod
    def traded(self) -> Traded:
        """What the account did, as tables."""

    @property
    @abstractmethod
    def times(self) -> TimeManager:
        """The calendar of the run."""

    @property
    @abstractmethod
    def quality(self) -> pd.DataFrame:
        """How complete the data was, with the ``date`` of each session."""

    @property
    @abstractmethod
    def coverage(self) -> float | None:
        """How complete it was, in percent; None where it was not measured."""

    @property
    def did_trade(self) -> bool:
        """Whether an order was sent or filled."""
        return bool(len(self.orders) or len(self.fills) or len(self.trades))

    @property
    def orders(self) -> pd.DataFrame:
        """A row per order, as sent."""
        return self.traded.orders

    @property
    def fills(self) -> pd.DataFrame:
        """A row per fill; ``slippage`` is per share."""
        return self.traded.fills

    @property
    def trades(self) -> pd.DataFrame:
        """A row per FIFO lot closed, open lots last; ``pnl mae mfe`` in dollars, ``coverage`` in percent."""
        return self.traded.trades

    @property
    def positions(self) -> pd.DataFrame:
        """A row per session, symbol and strategy with a position at the close."""
        return self.traded.positions

    @property
    def cash(self) -> pd.DataFrame:
        """Dividends, borrow fees and the like, in dollars."""
        return self.traded.cash

    @property
    def events(self) -> pd.DataFrame:
        """What happened beside orders."""
        return self.traded.events

    @cached_property
    def equity(self) -> pd.Series[float]:
        """Cash and the value of positions in dollars, by time: one per moment and each open."""
        return equity_of(self.traded)

    @cached_property
    def sessions(self) -> Sessions:
        """``equity`` at each session's close, its ``pnl`` and ``returns``, each a Series by date."""
        return sessions_of(self.traded)

    @property
    def returns(self) -> pd.Series[float]:
        """Per session, as fractions: equity at its close over that at the close before, at first over the starting cash.

        The index is ``date``, without a zone, as quantstats takes it. NaN after a close at which equity is not positive.
        """
        return self.sessions.returns

    @cached_property
    def drawdown(self) -> pd.Series[float]:
        """Fraction below the highest equity so far, by time: 0 at a high, -0.1 ten percent below."""
        return drawdown_of(self.equity, self.traded.starting_cash)

    @cached_property
    def exposure(self) -> pd.DataFrame:
        """What was at risk, by time: ``gross net long short`` in dollars, and ``leverage``, gross over equity."""
        return exposure_of(self.traded)

    @cached_property
    def rejections(self) -> pd.DataFrame:
        """Why orders were rejected, the commonest first: ``count symbols first last example`` by ``reason``."""
        return rejections_of(self.orders)

    @cached_property
    def sessions_per_year(self) -> float:
        """By how many sessions a year figures are annualized: 252 for XNYS, 365 around the clock, else a mean of ten years."""
        from sessionlab.results.annual import sessions_per_year

        return sessions_per_year(self.times, self._dates.max().date() if len(self._dates) else self.times.last_date)

    @cached_property
    def stats(self) -> pd.Series[Any]:
        """All figures of the run; returns are per session, the risk-free rate is 0, ddof 1. NaN for what there is not.

        Dollars: ``starting_cash final_equity pnl expectancy average_win average_loss best_trade worst_trade mean_mae median_mae
        mean_mfe median_mfe fees slippage dividends_and_borrow``. ``expectancy`` is the mean of a trade; trades are net of fees.

        Fractions (0.01 is one percent): ``total_return``; ``annual_return`` (compound), ``annual_volatility``; ``max_drawdown``
        at closes, ``max_drawdown_intraday`` at any moment, both negative; ``win_rate``; ``exposure``, the share of moments with
        a position; ``gross_exposure``, the mean of gross exposure over equity; ``turnover``, the mean of a session's traded
        notional over its mean equity; ``benchmark_return``; ``alpha`` (compound, a year).

        Ratios: ``sharpe sortino calmar profit_factor beta correlation``, NaN where they divide by nothing. Rates and ratios of
        returns are NaN where equity was not positive at some close.

        Counts: ``sessions``; ``longest_drawdown_sessions`` and ``longest_drawdown_days`` (of the calendar) from a peak until it
        is reached again, or to the end; closed ``trades``, of them ``long_trades short_trades``, and ``open_trades``, which are
        in ``pnl`` alone; ``fills ambiguous_fills orders rejected``.

        ``coverage`` is in percent of the base bars, ``start end`` are dates, ``average_holding`` is a Timedelta,
        ``commonest_rejection`` a limit's name or words.
        """
        from sessionlab.results.statistics import statistics

        found = statistics(self.traded, self.sessions, self._dates, self.coverage, self.benchmark, self.sessions_per_year)
        return found.rename(self.config.session_name)

    def by_session(self) -> pd.DataFrame:
        """A row per session: ``equity return trades open pnl …``; ``pnl`` is what equity changed by, ``open`` at the close."""
        return groups.by_session(self.traded, self.sessions)

    def by_symbol(self) -> pd.DataFrame:
        """A row per symbol: ``trades open pnl fees dividends_and_borrow win_rate average_trade best_trade worst_trade``.

        In this and all such tables ``trades`` are closed and ``open`` lots are not, ``pnl`` has both, and sums to ``stats.pnl``.
        """
        return groups.by_symbol(self.traded)

    def by_strategy(self) -> pd.DataFrame:
        """The same by strategy, in the order in which they ran."""
        return groups.by_strategy(self.traded)

    def by_time_of_day(self, width: str | Interval = "30m") -> pd.DataFrame:
        """The same by the time of entry on the exchange's clock, counted from the usual open."""
        return groups.by_time_of_day(self.traded, width)

    def by_coverage(self, edges: Sequence[float] = groups.EDGES) -> pd.DataFrame:
        """The same by the coverage of the bars under a trade, in percent, from one edge up to below the next."""
        return groups.by_coverage(self.traded, edges)

    def pyfolio(self) -> tuple[pd.Series[float], pd.DataFrame, pd.DataFrame]:
        """``returns, positions, transactions`` for ``pyfolio.create_full_tear_sheet``, in UTC as it needs them."""
        from sessionlab.results.pyfolio import positions_at_close, transactions

        return self.returns.tz_localize("UTC"), positions_at_close(self.traded, self.sessions), transactions(self.traded)

    def plot(self) -> Figure:
        """Equity, drawdown, returns per session, and when trades were entered, by time of day. Needs plotly."""
        from sessionlab.results.run_figure import run_figure

        return run_figure(self)

    def words(self) -> list[str]:
        """What matters about what was traded, in words; nothing where nothing was."""
        return traded_words(self.stats, self.rejections) if self.did_trade else []

    @property
    def _dates(self) -> pd.DatetimeIndex:
        """The sessions so far, whether or not an account was kept."""
        return self.sessions.dates if len(self.equity) else pd.DatetimeIndex(self.quality["date"].unique())
