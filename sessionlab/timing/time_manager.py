"""All questions about dates and sessions of one exchange, and the only place that asks the wall clock.

Answers are read from arrays and remembered: the last one, and the latest thousands. A date is a ``date``, an ISO
string such as ``2025-07-02``, or a timestamp, whose date in the exchange's zone is meant. Every question raises
:class:`CalendarError` for a date outside the bounds, and for what is no date.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.timing import trading_dates
from sessionlab.timing.answers import Answers
from sessionlab.timing.calendars import EXCHANGE_GROUPS, cache_folder, from_instance, load_calendar
from sessionlab.timing.session import SessionTable, TradingSession
from sessionlab.timing.trading_dates import Day

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

ASSET_CLASSES = ("EQUITY", "CRYPTO", "FOREX", "FUTURES")
_REMEMBERED = 4096
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """How often a question had been asked before. ``currsize`` of at most ``maxsize`` answers are remembered."""

    hits: int
    misses: int
    currsize: int
    maxsize: int

    @property
    def hit_rate(self) -> float:
        """Hits as a fraction of all questions; 0.0 before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class TimeManager:
    """The sessions of one exchange, from ``first_date`` to ``last_date``.

    ``exchange_group`` is ``US_EQUITY`` (XNYS), ``CRYPTO`` (24/7), ``FOREX`` (24/5), ``COMMODITIES`` (CMES) or any
    exchange_calendars code. ``calendar`` is a ready exchange_calendars instance that takes its place. ``wall`` tells
    the time in ns UTC: it decides ``now``, and that the calendar ends with the next year.

    >>> new_york = TimeManager("US_EQUITY")
    >>> new_york.calendar_name, new_york.tz, str(new_york.first_date)
    ('XNYS', 'America/New_York', '1990-01-01')
    """

    def __init__(
        self,
        exchange_group: str = "US_EQUITY",
        asset_class: str = "EQUITY",
        *,
        calendar: ExchangeCalendar | None = None,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        if not isinstance(exchange_group, str):
            raise ConfigError(f"{exchange_group!r} is no exchange group; write a name such as US_EQUITY")
        if asset_class not in ASSET_CLASSES:
            raise ConfigError(f"{asset_class!r} is no asset class; use {', '.join(ASSET_CLASSES)}", value=asset_class)
        self.exchange_group = exchange_group
        self.asset_class = asset_class
        self._wall = wall
        if calendar is not None:
            self._calendar = from_instance(calendar)
        else:
            code = EXCHANGE_GROUPS.get(exchange_group, exchange_group)
            year = dt.datetime.fromtimestamp(wall() // 1_000_000_000, dt.UTC).year
            self._calendar = load_calendar(code, dt.date(year + 1, 12, 31), cache_folder())
        self.invalidate_cache()

    @property
    def calendar_name(self) -> str:
        """The calendar's name in exchange_calendars, such as ``XNYS``."""
        return self._calendar.name

    @property
    def tz(self) -> str:
        """The name of the exchange's zone."""
        return self._calendar.tz

    @property
    def first_date(self) -> dt.date:
        """The first date that may be asked about: 1990-01-01, or the calendar's own bound where it is later."""
        return self._calendar.first_date

    @property
    def last_date(self) -> dt.date:
        """The last date that may be asked about: the end of next year, or the calendar's own bound."""
        return self._calendar.last_date

    def now(self) -> pd.Timestamp:
        """The wall clock's time, in the exchange's zone.

        >>> TimeManager(wall=lambda: 1_751_466_600_000_000_000).now()
        Timestamp('2025-07-02 10:30:00-0400', tz='America/New_York')
        """
        return pd.Timestamp(self._wall(), unit="ns", tz="UTC").tz_convert(self.tz)

    def get_trading_session(self, date: Day) -> TradingSession:
        """The session of ``date``. Raises :class:`CalendarError` naming the nearest where there is none.

        >>> print(TimeManager().get_trading_session("2025-07-03"))
        2025-07-03 09:30-13:00, early close
        >>> TimeManager().get_trading_session("2025-07-04")
        Traceback (most recent call last):
        sessionlab.errors.CalendarError: 2025-07-04 is not a session of XNYS; the nearest are 2025-07-03 and 2025-07-07
        """
        return self._ask(trading_dates.session, date)

    def is_trading_day(self, date: Day) -> bool:
        """Whether ``date`` has a session.

        >>> TimeManager().is_trading_day("2025-07-04"), TimeManager("CRYPTO").is_trading_day("2025-07-04")
        (False, True)
        """
        return self._ask(trading_dates.is_trading_day, date)

    def is_holiday(self, date: Day) -> bool:
        """Whether ``date`` is a day of the exchange's usual week without a session. A weekend is no holiday.

        >>> TimeManager().is_holiday("2025-07-04"), TimeManager().is_holiday("2025-07-05")
        (True, False)
        """
        return self._ask(trading_dates.is_holiday, date)

    def is_early_close(self, date: Day) -> bool:
        """Whether ``date`` has a session that ends before the usual close.

        >>> TimeManager().is_early_close("2025-07-03"), TimeManager().is_early_close("2025-07-04")
        (True, False)
        """
        return self._ask(trading_dates.is_early_close, date)

    def get_first_trading_date(self, from_date: Day) -> dt.date:
        """The first date with a session on or after ``from_date``.

        >>> str(TimeManager().get_first_trading_date("2025-07-04"))
        '2025-07-07'
        """
        return self._ask(trading_dates.on_or_after, from_date)

    def get_last_trading_date(self, to_date: Day) -> dt.date:
        """The last date with a session on or before ``to_date``.

        >>> str(TimeManager().get_last_trading_date("2025-07-04"))
        '2025-07-03'
        """
        return self._ask(trading_dates.on_or_before, to_date)

    def get_next_trading_date(self, from_date: Day, n: int = 1) -> dt.date:
        """The ``n``-th date with a session after ``from_date``, which does not count.

        >>> str(TimeManager().get_next_trading_date("2025-07-03", 2))
        '2025-07-08'
        """
        return self._ask(trading_dates.after, from_date, n)

    def get_previous_trading_date(self, from_date: Day, n: int = 1) -> dt.date:
        """The ``n``-th date with a session before ``from_date``, which does not count.

        >>> str(TimeManager().get_previous_trading_date("2025-07-07"))
        '2025-07-03'
        """
        return self._ask(trading_dates.before, from_date, n)

    def count_trading_days(self, first: Day, last: Day) -> int:
        """How many sessions there are from ``first`` to ``last``, both included.

        >>> TimeManager().count_trading_days("2025-07-02", "2025-07-07")
        3
        """
        return self._ask(trading_dates.count, first, last)

    def get_trading_dates(self, first: Day, last: Day) -> list[dt.date]:
        """The dates with a session from ``first`` to ``last``, both included.

        >>> [str(date) for date in TimeManager().get_trading_dates("2025-07-02", "2025-07-07")]
        ['2025-07-02', '2025-07-03', '2025-07-07']
        """
        return list(self._ask(trading_dates.dates, first, last))

    def get_sessions(self, first: Day, last: Day) -> SessionTable:
        """The sessions from ``first`` to ``last``, both included, as columns.

        >>> sessions = TimeManager().get_sessions("2025-07-02", "2025-07-07")
        >>> (sessions.close - sessions.open) // 60_000_000_000
        array([390, 210, 390])
        """
        return self._ask(trading_dates.sessions, first, last, also=self._know)

    def get_trailing_sessions(self, date: Day, n: int) -> SessionTable:
        """The ``n`` sessions before ``date``, which does not count. Raises :class:`CalendarError` if there are fewer.

        >>> TimeManager().get_trailing_sessions("2025-07-07", 2).date
        array(['2025-07-02', '2025-07-03'], dtype='datetime64[D]')
        """
        return self._ask(trading_dates.trailing, date, n, also=self._know)

    def get_sessions_lately(self, date: Day, count: int, unit: str = "d") -> SessionTable:
        """The sessions of a period before ``date``, which does not count.

        They are the last ``count`` sessions (``unit`` ``d``), or all within so many calendar weeks (``w``), months (``mo``) or
        years (``y``), of which the first day counts. There are fewer where the calendar begins later.

        >>> TimeManager().get_sessions_lately("2025-07-07", 1, "w").date
        array(['2025-06-30', '2025-07-01', '2025-07-02', '2025-07-03'],
              dtype='datetime64[D]')
        """
        return self._ask(trading_dates.lately, date, count, unit, also=self._know)

    def get_session_boundary_times(self, first: Day, last: Day) -> pd.DataFrame:
        """A row for each session from ``first`` to ``last``: date, open, close, break_start, break_end.

        Times are in the exchange's zone; the break's are NaT in a session without one.

        >>> TimeManager().get_session_boundary_times("2025-07-02", "2025-07-03")[["open", "close"]]
                               open                     close
        0 2025-07-02 09:30:00-04:00 2025-07-02 16:00:00-04:00
        1 2025-07-03 09:30:00-04:00 2025-07-03 13:00:00-04:00
        """
        return self._ask(trading_dates.boundary_times, first, last).copy()

    def cache_info(self) -> CacheInfo:
        """How many questions were asked before, since the manager was made or its cache invalidated.

        >>> new_york = TimeManager()
        >>> [new_york.is_trading_day("2025-07-02") for _ in range(4)]
        [True, True, True, True]
        >>> new_york.cache_info(), new_york.cache_info().hit_rate
        (CacheInfo(hits=3, misses=1, currsize=1, maxsize=4096), 0.75)
        """
        answers = self._answers
        return CacheInfo(answers.hits, answers.misses, len(answers), answers.size)

    def invalidate_cache(self) -> None:
        """Forget all answers, and the counts. The calendar itself and its file stay.

        >>> new_york = TimeManager()
        >>> new_york.is_trading_day("2025-07-02"), new_york.invalidate_cache(), new_york.cache_info().misses
        (True, None, 0)
        """
        self._answers = Answers(_REMEMBERED)

    def _ask(self, question: Callable[..., _T], *args: Any, also: Callable[[_T], object] | None = None) -> _T:
        def work() -> _T:
            answer = question(self._calendar, *args)
            if also is not None:
                also(answer)
            return answer

        try:
            return self._answers.ask((question, *args), work)  # type: ignore[no-any-return]  # it keeps answers of all kinds
        except (TypeError, ValueError):  # what cannot be a key, such as a list, is no date: let the question say so
            return question(self._calendar, *args)

    def _know(self, table: SessionTable) -> None:
        """Sessions that came as columns need not be worked out again one by one."""
        if len(table) <= _REMEMBERED // 4:
            for i, date in enumerate(table.date.tolist()):
                if (trading_dates.session, date) not in self._answers:
                    self._answers.keep((trading_dates.session, date), table[i])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_answers"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.invalidate_cache()

    def __repr__(self) -> str:
        # without its last date, which moves on with the year on the wall
        return f"TimeManager({self.calendar_name}, {self.tz}, from {self.first_date})"

    def _repr_html_(self) -> str:
        from sessionlab.markup.tables import line

        return line(self.calendar_name, self.tz, f"sessions from {self.first_date} on")
