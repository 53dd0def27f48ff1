"""``--date``: the session that reports are of. ``last`` is the last one that has ended and of which the data is there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from sessionlab.cli.relative_dates import last_ended
from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.session.plan import plan_streams
from sessionlab.sources.opening import open_source
from sessionlab.sources.protocol import Source, TellsHoldings
from sessionlab.timing import Interval, SessionTable, TimeManager

_LOOK_BACK = 20
"""So many sessions back from where rows may be they are looked for: a source may lack some days."""
_RELATIVE = re.compile(r"last|-([0-9]+)d")


def night_date(text: str, wanted: Iterable[tuple[SessionConfig, str | None]]) -> str:
    """The ISO date that ``text`` means for reports of configs, each with the source that is to be in place of its own, if any.

    ``last`` is the latest that any of their sources has; a report whose own data has not come by then says so. ``-1d`` is one
    session before. Raises :class:`ConfigError` for what is no date, :class:`CalendarError` for one without a session, and
    :class:`NoDataError` where no source has rows of late.
    """
    relative = _RELATIVE.fullmatch(text)
    latest: dict[tuple[Any, ...], dt.date] = {}
    for config, source in wanted:
        times = TimeManager(config.exchange_group, config.asset_class)
        if relative is None:
            return times.get_trading_session(_stated(text)).date.isoformat()
        symbols, widths = tuple(config.session_data_config.symbols), tuple(map(str, config.intervals))
        calendar = config.exchange_group, config.asset_class
        what = (source, str(config.to_dict().get("api_config")), symbols, widths, calendar, config.seed)
        if what not in latest:
            last = last_session(open_source(source, config), config, times)
            back = int(relative[1] or 0)
            latest[what] = times.get_previous_trading_date(last, back) if back else last
    if relative is None:  # nobody has a calendar that it could be held against
        return _stated(text).isoformat()
    if not latest:
        raise ConfigError(
            f"--date {text}: of what? No report here has a config that names its data; give a date such as 2025-07-02"
        )
    return max(latest.values()).isoformat()


def last_session(source: Source, config: SessionConfig, times: TimeManager) -> dt.date:
    """The last session that has ended by the clock on the wall, and of which ``source`` has rows that ``config`` streams.

    It need not have them of every symbol. Raises :class:`NoDataError` where there is none of late.
    """
    symbols = list(config.session_data_config.symbols)
    ended = last_ended(times)
    if isinstance(source, TellsHoldings):
        short = ("1s", "1m") if any(interval.is_intraday for interval in config.intervals) else ("1s", "1m", "1d")
        held = [
            one.last for symbol in symbols for one in source.holdings(symbol, times) if one.width in short and one.kind == "bars"
        ]
        if not held:
            raise NoDataError(f"--date last: there are no bars of {', '.join(symbols)}; {source.describe()}", symbols=symbols)
        ended = times.get_last_trading_date(min(ended, max(held)))
    late = times.get_sessions(times.get_previous_trading_date(ended, _LOOK_BACK - 1), ended)
    lenient = config.replace({"session_data_config.on_missing": "drop"})
    plan = plan_streams(lenient, source.availability(symbols, late), how_to_get=source.describe())
    for date in reversed(late.date.tolist()):
        session = SessionTable.of([times.get_trading_session(date)])
        if any(_has_rows(source, symbol, base, session) for symbol in plan.symbols for base in plan.bases(symbol)):
            return times.get_trading_session(date).date
    told = f"in the {_LOOK_BACK} sessions up to {ended}"
    raise NoDataError(f"--date last: there are no bars of {', '.join(symbols)} {told}; {source.describe()}", symbols=symbols)


def _has_rows(source: Source, symbol: str, base: Interval, session: SessionTable) -> bool:
    return source.load(symbol, base, session)[0].rows.size > 0


def _stated(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--date {text}: write 2025-07-02, last, or -1d for one session before the last") from None
