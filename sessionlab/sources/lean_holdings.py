"""What a LEAN folder has, from the names of its zips; of days, from the first and the last line of one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sessionlab.sources.holdings import FiledSeries, Holding, Kind, Span, dates_of, holdings_of
from sessionlab.sources.lean_layout import RESOLUTIONS, LeanLayout
from sessionlab.sources.lean_tables import Tickers
from sessionlab.sources.row_checks import Checked
from sessionlab.timing import TimeManager


def lean_holdings(
    layout: LeanLayout,
    tickers: Tickers,
    quote_kinds: tuple[str, ...],
    times: TimeManager,
    read_days: Callable[[str], Checked],
) -> list[Holding]:
    """The series of a symbol whose ``tickers`` over time these are. ``read_days`` reads a zip of all dates."""

    def named(width: str, kind: str) -> Span | None:
        dates = [date for ticker in tickers.all for date in layout.dates(width, ticker, kind) if tickers.on(date) == ticker]
        return (min(dates), max(dates)) if dates else None

    def of_days(ticker: str) -> Span | None:
        stamps = read_days(layout.whole_file("1d", ticker)).start
        return dates_of((int(stamps[0]), int(stamps[-1])) if len(stamps) else None, times, daily=True)

    series: list[tuple[Kind, str]] = [("bars", "1s"), ("bars", "1m"), *(("quotes", kind) for kind in quote_kinds)]
    dated = [FiledSeries(kind, width, [partial(named, width, "trade" if kind == "bars" else "quote")]) for kind, width in series]
    days = FiledSeries("bars", "1d", [partial(of_days, ticker) for ticker in tickers.all])
    return holdings_of([*dated, days], times)


def lean_paths(layout: LeanLayout, tickers: Tickers, symbol_ticker: str) -> list[str]:
    """Every file that says anything of a symbol."""
    tables = [str(layout.table(kind, symbol_ticker)) for kind in ("map_files", "factor_files")]
    whole = [layout.whole_file(width, ticker) for width in ("1h", "1d") for ticker in tickers.all]
    dated = [
        layout.day_file(width, ticker, date, kind)
        for width in RESOLUTIONS
        if width not in ("1h", "1d")
        for ticker in tickers.all
        for kind in ("trade", "quote")
        for date in sorted(layout.dates(width, ticker, kind))
    ]
    return [*tables, *whole, *dated]
