"""A folder of LEAN as a source of rows, read as it stands: minute, second and daily bars, and quotes.

A symbol is asked for by its present ticker. The map file says under which ticker its rows of a date are filed; what
lies there under the present ticker of dates when another company had it is not this symbol's and is never read.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.held_files import FileStamp, file_stamp, file_states
from sessionlab.sources.holdings import Holding, digest_of
from sessionlab.sources.intake import split_bars, with_strays
from sessionlab.sources.lean_files import read_bars, read_quotes, read_tick_quotes, read_whole_bars
from sessionlab.sources.lean_holdings import lean_holdings, lean_paths
from sessionlab.sources.lean_hours import LeanHours, compare_hours
from sessionlab.sources.lean_layout import RESOLUTIONS, LeanLayout
from sessionlab.sources.lean_tables import Tickers, factors_of, ticker_name, tickers_of
from sessionlab.sources.protocol import Stored
from sessionlab.sources.quote_kinds import QUOTE_KINDS, check_kind, first_quotes
from sessionlab.sources.row_checks import Checked, check_bars, check_quotes, no_rows
from sessionlab.tape.actions import Actions, actions_of
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

if TYPE_CHECKING:
    import pandas as pd

BAR_WIDTHS = ("1s", "1m", "1d")
_ZONES = {"usa": "America/New_York"}
_MOST_HELD_ROWS = 200_000  # of the zips read last: a file of all dates serves every session, of ten symbols too


class LeanFolder:
    """LEAN's ``Data`` folder at ``path``; also the folder above it, or the market's own (``Data/equity/usa``).

    ``quotes`` takes quotes of one kind only: ``1s``, ``1m`` or ``tick``; without it each session has the first of these
    that is recorded. ``tz`` is the zone of the files' times, by default what the market-hours database says.
    ``map_files=False`` reads all dates under the present ticker.

    Raises :class:`NoDataError` where no such folder is, and :class:`ConfigError` for options that cannot be meant.
    """

    name = "lean"

    def __init__(
        self,
        path: str | os.PathLike[str],
        market: str = "usa",
        security: str = "equity",
        *,
        quotes: str | None = None,
        tz: str | None = None,
        map_files: bool = True,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise ConfigError(
                f"a LEAN folder has no option {', '.join(unknown)}; it has market, security, quotes, tz, map_files",
                options=unknown,
            )
        self.layout = LeanLayout.find(path, market, security)
        self.market = market
        self.path = path
        said: dict[str, Any] = {"market": market, "security": security, "quotes": quotes, "tz": tz, "map_files": map_files}
        self._options = said
        self._quote_kinds = QUOTE_KINDS if quotes is None else (check_kind(quotes),)
        self._maps = map_files
        self._hours = LeanHours.read(self.layout.market_hours, security, market)
        self.tz = self._zone(tz)
        self._tickers: dict[str, Tickers] = {}
        self._held: dict[tuple[str, str], tuple[FileStamp, Checked]] = {}

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol. Hours and ticks are listed, and not read as bars."""
        return {symbol: self._stored(symbol, sessions) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order; a session without a file has an empty one.

        Raises :class:`BadDataError` for files that are not what they claim to be, and :class:`NoDataError` where there
        is no file of ``symbol`` and ``interval`` at all.
        """
        width = str(interval)
        if width not in BAR_WIDTHS:
            raise self._nothing(symbol, width)
        blocks: list[DayBlock] = []
        for some, path in self._runs(symbol, width, "trade", sessions):
            if not blocks and not self._is_there(path) and not self._exists(symbol, width):
                raise self._nothing(symbol, width)
            piece = self._read(path, width, "trade", some.date[0].item())
            made = split_bars(symbol, interval, some, [piece])
            blocks += [with_strays(made[0], piece, some)] if interval.is_intraday else made
        return blocks

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, of the first kind that has any quote of it; None where none are recorded."""
        blocks = self._quotes_of(symbol, sessions, self._quote_kinds)
        recorded = any(block.rows.size or block.refused for block in blocks)
        return blocks if recorded or any(self._exists(symbol, kind, "quote") for kind in self._quote_kinds) else None

    def quotes_of_kind(self, symbol: str, kind: str, sessions: SessionTable) -> list[QuoteBlock]:
        """One block per session, of quotes of this ``kind`` alone."""
        return self._quotes_of(symbol, sessions, (kind,))

    def symbols(self) -> list[str]:
        """All symbols that there are bars or quotes of, by their present tickers in capital letters, sorted."""
        filed = self.layout.tickers((*BAR_WIDTHS, *self._quote_kinds))
        mapped = self.layout.names("map_files") if self._maps else set()
        # Rows of dates before a change of name lie under another ticker; whose they are only a map file tells.
        strange = {name for name in filed if mapped and (name not in mapped or not self._has_rows(name))}
        owners = {name for name in mapped if strange and strange & set(self._tickers_of(name).all)}
        claimed = strange & {ticker for name in owners for ticker in self._tickers_of(name).all}
        return sorted(name.upper() for name in (filed - claimed) | owners if self._has_rows(name))

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """Splits and dividends of ``symbol`` from its factor file, None where there is none."""
        path = self.layout.table("factor_files", ticker_name(symbol))
        factors = factors_of(path)
        if factors is None:
            return None
        try:
            return actions_of(factors, times)
        except BadDataError as why:
            raise BadDataError(f"{path}: {why}", path=str(path)) from why

    def holdings(self, symbol: str, times: TimeManager) -> list[Holding]:
        """Each series of ``symbol`` that is read, and on which dates by the names of its files."""

        def read_days(path: str) -> Checked:
            return self._read(path, "1d", "trade", dt.date.min)

        return lean_holdings(self.layout, self._tickers_of(symbol), self._quote_kinds, times, read_days)

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """A text that is another one when files that rows may come from are others."""
        if holding is None or sessions is None:
            return digest_of(file_states(lean_paths(self.layout, self._tickers_of(symbol), ticker_name(symbol))))
        kind = "trade" if holding.kind == "bars" else "quote"
        paths = [path for _, path in self._runs(symbol, holding.width, kind, sessions) if path is not None]
        return digest_of(file_states(paths))

    def undated_rows(self, symbol: str, holding: Holding, sessions: SessionTable) -> list[Checked]:
        """The rows of the zip of all days; other zips are of one date."""
        if holding.width != "1d":
            return []
        return [
            self._read(path, "1d", "trade", some.date[0].item()) for some, path in self._runs(symbol, "1d", "trade", sessions)
        ]

    def unread_rows(self, symbol: str, holding: Holding, sessions: SessionTable, begin: dt.date, end: dt.date) -> list[Checked]:
        """The rows of zips of other dates than those of ``sessions``, from ``begin`` until before ``end``."""
        if holding.width == "1d":
            return []
        kind, tickers = "trade" if holding.kind == "bars" else "quote", self._tickers_of(symbol)
        known = set(sessions.date.tolist())
        return [
            self._read(self.layout.day_file(holding.width, ticker, date, kind), holding.width, kind, date)
            for ticker in tickers.all
            for date in sorted(self.layout.dates(holding.width, ticker, kind))
            if begin <= date < end and date not in known and tickers.on(date) == ticker
        ]

    def compare_hours(self, times: TimeManager, start: dt.date | str, end: dt.date | str) -> pd.DataFrame:
        """Where LEAN's market hours and the calendar differ from ``start`` to ``end``: ``date lean calendar``.

        Raises :class:`NoDataError` without a market-hours database that has the market.
        """
        if self._hours is None:
            raise NoDataError(
                f"{self.layout.market_hours} has no entry Equity-{self.market}-[*], so there are no hours to compare",
                path=str(self.layout.market_hours),
            )
        return compare_hours(self._hours, times, start, end)

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return (
            f"put LEAN's zips under {self.layout.root}, as in minute/spy/20131007_trade.zip and daily/spy.zip; "
            "older ones under the ticker that map_files names for their date"
        )

    def __repr__(self) -> str:
        market = "" if self.market == "usa" else f", market={self.market!r}"
        return f"LeanFolder({str(self.path)!r}{market})"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(LeanFolder, **self._options), (self.path,)

    def _zone(self, asked: str | None) -> str:
        if asked is None:
            asked = _ZONES.get(self.market) if self._hours is None else self._hours.data_tz
        if asked is None:
            raise ConfigError(
                f"the zone of LEAN's times in {self.market} is not known without its market-hours database; give tz",
                value=self.market,
            )
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(asked)
        except (ValueError, OSError, LookupError, TypeError):
            raise ConfigError(f"{asked!r} is no zone; write a name such as America/New_York", value=asked) from None
        return asked

    def _stored(self, symbol: str, sessions: SessionTable) -> Stored:
        there = [width for width in RESOLUTIONS if self._exists(symbol, width)]
        intervals = {width: width in BAR_WIDTHS and self._any_bar(symbol, width, sessions) for width in there}
        kinds = (kind for kind in self._quote_kinds if self._any_quote(symbol, kind, sessions))
        return Stored(intervals, next(kinds, None))

    def _any_bar(self, symbol: str, width: str, sessions: SessionTable) -> bool:
        return any(
            block.rows.size
            for some, path in self._runs(symbol, width, "trade", sessions)
            if self._is_there(path)
            for block in split_bars(symbol, Interval.parse(width), some, [self._read(path, width, "trade", some.date[0].item())])
        )

    def _any_quote(self, symbol: str, kind: str, sessions: SessionTable) -> bool:
        if not self._exists(symbol, kind, "quote"):
            return False
        for some, path in self._runs(symbol, kind, "quote", sessions):
            stamps = self._read(path, kind, "quote", some.date[0].item()).start
            if np.count_nonzero((stamps >= some.open[0]) & (stamps < some.close[0])):
                return True
        return False

    def _exists(self, symbol: str, width: str, kind: str = "trade") -> bool:
        """Whether there is any file of ``symbol``, filed under a ticker that it had then."""
        tickers = self._tickers_of(symbol)
        if width in ("1h", "1d"):
            return any(os.path.isfile(self.layout.whole_file(width, ticker)) for ticker in tickers.all)  # noqa: PTH113
        return any(tickers.on(date) == ticker for ticker in tickers.all for date in self.layout.dates(width, ticker, kind))

    def _has_rows(self, symbol: str) -> bool:
        series = [*((width, "trade") for width in BAR_WIDTHS), *((kind, "quote") for kind in self._quote_kinds)]
        return any(self._exists(symbol, width, kind) for width, kind in series)

    def _runs(self, symbol: str, width: str, kind: str, sessions: SessionTable) -> Iterator[tuple[SessionTable, str | None]]:
        """Consecutive sessions whose rows lie in one file, with that file; None where there can be none."""
        tickers = self._tickers_of(symbol)
        first, path = 0, None
        for at, date in enumerate(sessions.date.tolist()):
            ticker = tickers.on(date)
            if ticker is None:
                file = None
            elif width == "1d":
                file = self.layout.whole_file(width, ticker)
            else:
                file = self.layout.day_file(width, ticker, date, kind)
            if at and (file != path or width != "1d"):
                yield sessions[first:at], path
                first = at
            path = file
        if len(sessions):
            yield sessions[first:], path

    def _is_there(self, path: str | None) -> bool:
        return path is not None and file_stamp(path) is not None

    def _read(self, path: str | None, width: str, kind: str, date: dt.date) -> Checked:
        stamp = None if path is None else file_stamp(path)
        if path is None or stamp is None:
            return no_rows(len(BAR_COLUMNS if kind == "trade" else QUOTE_COLUMNS))
        held = self._held.pop((path, kind), None)
        if held is None or held[0] != stamp:
            held = stamp, self._checked(path, width, kind, date)
        self._held[path, kind] = held
        while len(self._held) > 1 and sum(len(rows.start) for _, rows in self._held.values()) > _MOST_HELD_ROWS:
            del self._held[next(iter(self._held))]
        return held[1]

    def _checked(self, path: str, width: str, kind: str, date: dt.date) -> Checked:
        if kind == "quote":
            if width == "tick":
                return check_quotes(*read_tick_quotes(path, date, self.tz), origin=path)
            return check_quotes(*read_quotes(path, date, Interval.parse(width).ns, self.tz), origin=path)
        if width == "1d":
            return check_bars(*read_whole_bars(path, self.tz), origin=path)
        return check_bars(*read_bars(path, date, self.tz), origin=path)

    def _quotes_of(self, symbol: str, sessions: SessionTable, kinds: Sequence[str]) -> list[QuoteBlock]:
        """One block per session, of the first of ``kinds`` that has any quote of it."""
        each = [sessions[at : at + 1] for at in range(len(sessions))]
        return [first_quotes(symbol, session, self._read_kinds(symbol, session, kinds)) for session in each]

    def _read_kinds(self, symbol: str, session: SessionTable, kinds: Sequence[str]) -> Iterator[tuple[list[Checked], bool]]:
        """The one piece of each of ``kinds`` of quotes, read when asked for; each is of this date alone."""
        for kind in kinds:
            _, path = next(self._runs(symbol, kind, "quote", session))
            yield [self._read(path, kind, "quote", session.date[0].item())], True

    def _tickers_of(self, symbol: str) -> Tickers:
        found = self._tickers.get(symbol)
        if found is None:
            path = self.layout.table("map_files", ticker_name(symbol)) if self._maps else None
            found = self._tickers[symbol] = tickers_of(symbol, path)
        return found

    def _nothing(self, symbol: str, width: str) -> NoDataError:
        there = [width for width in RESOLUTIONS if self._exists(symbol, width)]
        has = f"it has {', '.join(there)} of it" if there else "it does not know this symbol"
        return NoDataError(f"{self.layout.root} has no {width} bars of {symbol}; {has}; {self.describe()}", symbol=symbol)
