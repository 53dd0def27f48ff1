"""``--date``: the session that reports are of. ``last`` is the last one that has ended and of which the data is there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from sessionlab.cli.relative_dates import last_ended
from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, NoDataError
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
    latest: dict[str, dt.date] = {}
    for config, source in wanted:
        times = TimeManager(config.exchange_group, config.asset_class)
        if relative is None:
            return times.get_trading_session(_stated(text)).date.isoformat()
        symbols = config.session_data_config.symbols
        what = f"{source} {config.to_dict().get('api_config')} {symbols} {config.exchange_group} {config.seed}"
        if what not in latest:
            last = last_session(open_source(source, config), list(symbols), times)
            back = int(relative[1] or 0)
            latest[what] = times.get_previous_trading_date(last, back) if back else last
    if not latest:
        raise ConfigError(
            f"--date {text}: of what? No report here has a config that names its data; give a date such as 2025-07-02"
        )
    return max(latest.values()).isoformat()


def last_session(source: Source, symbols: list[str], times: TimeManager) -> dt.date:
    """The last session that has ended by the clock on the wall, and of which ``source`` has bars of any of ``symbols``.

    Raises :class:`NoDataError` where there is none of late.
    """
    ended = last_ended(times)
    if isinstance(source, TellsHoldings):
        held = [held.last for symbol in symbols for held in source.holdings(symbol, times) if held.kind == "bars"]
        if not held:
            raise NoDataError(f"--date last: there are no bars of {', '.join(symbols)}; {source.describe()}", symbols=symbols)
        ended = times.get_last_trading_date(min(ended, max(held)))
    date = ended
    for _ in range(_LOOK_BACK):
        if _has_rows(source, symbols, times, date):
            return date
        date = times.get_previous_trading_date(date)
    raise NoDataError(
        f"--date last: there are no bars of {', '.join(symbols)} in the {_LOOK_BACK} sessions up to {ended}; {source.describe()}",
        symbols=symbols,
    )


def _has_rows(source: Source, symbols: list[str], times: TimeManager, date: dt.date) -> bool:
    session = SessionTable.of([times.get_trading_session(date)])
    stored = source.availability(symbols, session)
    return any(
        source.load(symbol, Interval.parse(interval), session)[0].rows.size > 0
        for symbol in symbols
        if symbol in stored
        for interval in stored[symbol].intervals
    )


def _stated(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--date {text}: write 2025-07-02, last, or -1d for one session before the last") from None
