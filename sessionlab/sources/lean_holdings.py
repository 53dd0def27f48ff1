"""What a LEAN folder has, from the names of its zips; of days, from the first and the last line of one."""

from __future__ import annotations

from collections.abc import Callable

from sessionlab.sources.holdings import Holding, Kind, dates_of, within
from sessionlab.sources.lean_layout import RESOLUTIONS, LeanLayout
from sessionlab.sources.lean_tables import Tickers
from sessionlab.sources.row_checks import Checked
from sessionlab.sources.symbol_files import symbol_of
from sessionlab.timing import TimeManager


def lean_tickers(layout: LeanLayout) -> list[str]:
    """Every ticker that there is a zip of, and those that map files are named after, in capital letters."""
    names = {path.stem for kind in ("hour", "daily") for path in (layout.root / kind).glob("*.zip")}
    names |= {path.stem for path in (layout.root / "map_files").glob("*.csv")}
    for width in ("second", "minute", "tick"):
        folder = layout.root / width
        names |= {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    return sorted({symbol_of(name.upper()) for name in names if not name.startswith(".")})


def lean_holdings(
    layout: LeanLayout,
    tickers: Tickers,
    quote_kinds: tuple[str, ...],
    times: TimeManager,
    read_days: Callable[[str], Checked],
) -> list[Holding]:
    """The series of a symbol whose ``tickers`` over time these are. ``read_days`` reads a zip of all dates."""
    series: list[tuple[Kind, str]] = [("bars", "1s"), ("bars", "1m"), *(("quotes", kind) for kind in quote_kinds)]
    found: list[Holding] = []
    for kind, width in series:
        named = "trade" if kind == "bars" else "quote"
        dates = [date for ticker in tickers.all for date in layout.dates(width, ticker, named) if tickers.on(date) == ticker]
        if dates:
            found += within(times, kind, width, min(dates), max(dates))
    stamps = [read_days(path).start for ticker in tickers.all for path in [layout.whole_file("1d", ticker)]]
    stamps = [some for some in stamps if len(some)]
    if stamps:
        first, last = min(int(some[0]) for some in stamps), max(int(some[-1]) for some in stamps)
        found += within(times, "bars", "1d", *dates_of(first, last, times, daily=True))
    return found


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
