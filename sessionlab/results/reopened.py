"""Looking into a run again: its bars, and a lab that stands where something happened in it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.errors import ConfigError, LookAheadError, NoDataError
from sessionlab.results.traded_run import TradedRun

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.session.drawing import Picture


_MOST_DAYS = 5
"""Sessions of one trade that a chart shows at most: the last ones."""


class ReopenedRun(TradedRun):
    """A run that can be gone back to, through the ``lab`` that it was made in; one that was loaded makes that lab again."""

    _lab: Lab | None
    _saved_in: Path | None = None
    """The folder that it was loaded from."""

    def open(
        self, *, trade: int | None = None, order: int | None = None, at: str | pd.Timestamp | None = None, name: str | None = None
    ) -> Lab:
        """A lab that stands one step before the entry of ``trade`` (a row of ``trades``), before ``order``, or ``at`` a time.

        It is a fork of the lab of the run: the strategies in it stand as they did then, and go on from there.
        Raises :class:`ConfigError` unless one of the three is given, and where there is no such trade or order.
        """
        given = [what for what in (trade, order, at) if what is not None]
        if len(given) != 1:
            raise ConfigError("open one moment: open(trade=3), open(order=7) or open(at=...)")
        lab = self._the_lab()
        if at is not None:
            return self._fork(lab, at, name or f"at {at}")
        if trade is not None:
            row = _row(self.trades, trade, "trade", "trades")
            fork = self._fork(lab, row["entry_known_at"], name or self._free(lab, f"trade {trade}"))
        else:
            assert order is not None
            found = self.orders[self.orders["id"] == order]
            if found.empty:
                raise ConfigError(f"there is no order {order}; their ids are 1 to {len(self.orders)}", order=order)
            fork = self._fork(lab, found["sent"].iloc[0], name or self._free(lab, f"order {order}"))
        if fork.now > fork.session.open or fork.progress.session > 1:
            fork.step(-1)
        return fork

    def bars(
        self, symbol: str, interval: str, start: str | dt.date | None = None, end: str | dt.date | None = None
    ) -> pd.DataFrame:
        """The bars of ``symbol`` over the sessions from ``start`` to ``end``, both included, by default of the whole run.

        Each session's are those known at its close, so with what came late. Columns as in ``lab.data["SPY"].bars("5m").frame()``.
        Raises :class:`NoDataError` where no session of the run lies between.
        """
        data = self._the_lab().data
        known = [date for date in self.quality["date"].unique() if _between(date, start, end)]
        if not known:
            raise NoDataError(f"no session of the run lies from {start or 'its first'} to {end or 'its last'}")
        closes = {date: min(self.times.get_trading_session(date).close, data.now) for date in map(_date, known)}
        return pd.concat([data.as_of(close)[symbol].bars(interval).frame() for close in closes.values()])

    def chart(
        self,
        symbol: str | None = None,
        date: str | dt.date | None = None,
        *,
        trade: int | None = None,
        interval: str | None = None,
        **options: Any,
    ) -> Picture:
        """A picture of ``symbol`` in the session of ``date``, with what was traded in it; or of one ``trade``, entry to exit.

        ``interval`` and ``options`` (``indicators``, ``vwap``, ``theme`` and others) are as in ``lab.data.chart``. It shows
        itself in a notebook; ``.save("t.svg")`` or ``"t.png"`` keeps it.
        Raises :class:`ConfigError` where neither a symbol nor a trade is named, and
        :class:`~sessionlab.errors.CalendarError` for a date without a session.
        """
        orders, trades, days = self.orders, self.trades, 1
        if trade is not None:
            row = _row(self.trades, trade, "trade", "trades")
            symbol, trades = row["symbol"], self.trades.loc[[row.name]]
            entered, date = self._session_of(row["entry_known_at"]), self._session_of(row["exit_known_at"])
            held = [day for day in map(_date, self.quality["date"].unique()) if entered <= day <= date]
            days = min(len(held), _MOST_DAYS)
            mine = {row["entry_order"], row["exit_order"]}
            orders = orders[orders["id"].isin(mine) | orders["parent"].isin(mine)]
        if symbol is None:
            raise ConfigError('chart what? write chart("SPY", "2025-07-02"), or chart(trade=0)')
        data = self._the_lab().data
        session = self.times.get_trading_session(data.session.date if date is None else _date(date))
        shown = data.as_of(min(session.close, data.now))
        fills = self.fills
        if trade is not None:
            fills = fills[fills["order_id"].isin({row["entry_order"], row["exit_order"]})]
        return shown.chart(symbol, interval, fills=fills, trades=trades, orders=orders, **{"days": max(days, 1), **options})

    def _session_of(self, known_at: pd.Timestamp) -> dt.date:
        """The date of the session in which something became known; the run's last one for NaT."""
        dates = [_date(date) for date in self.quality["date"].unique()]
        if known_at != known_at:  # NaT
            return dates[-1]
        return next(date for date in reversed(dates) if self.times.get_trading_session(date).open <= known_at)

    def _the_lab(self) -> Lab:
        if self._lab is None and self._saved_in is not None:
            from sessionlab.saving import lab_of_run

            self._lab = lab_of_run(self._saved_in)
        if self._lab is None:
            raise NoDataError(
                "this result came from another process, and its lab is not there; to look into it run it again, as in "
                "sl.Lab(result.config).run()"
            )
        return self._lab

    def _fork(self, lab: Lab, at: Any, name: str) -> Lab:
        try:
            return lab.fork(at=at, name=name)
        except LookAheadError as why:
            raise NoDataError(f"the lab of this run has gone back to {lab.now:%Y-%m-%d %H:%M}, before that: {why}") from None

    def _free(self, lab: Lab, name: str) -> str:
        taken = {one.name for one in lab.root.family()}
        return next(free for free in (name, *(f"{name} ({n})" for n in range(2, len(taken) + 3))) if free not in taken)


def _row(table: pd.DataFrame, number: int, what: str, plural: str) -> pd.Series[Any]:
    if not -len(table) <= number < len(table):
        have = f"it has {plural} 0 to {len(table) - 1}" if len(table) else f"it has no {plural}"
        raise ConfigError(f"there is no {what} {number} in this run: {have}", number=number)
    return table.iloc[number]


def _date(date: Any) -> dt.date:
    return pd.Timestamp(date).date()


def _between(date: Any, start: Any, end: Any) -> bool:
    day = _date(date)
    return (start is None or day >= _date(start)) and (end is None or day <= _date(end))
