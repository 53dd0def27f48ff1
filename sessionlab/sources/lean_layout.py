"""Where a LEAN folder keeps what: one zip per symbol and date, or for days and hours one zip per symbol.

Data/equity/usa/minute/aapl/20140609_trade.zip    likewise second and tick; _quote.zip for quotes
Data/equity/usa/daily/aapl.zip                    likewise hour
Data/equity/usa/map_files/aapl.csv                likewise factor_files
Data/market-hours/market-hours-database.json
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sessionlab.errors import ConfigError, NoDataError

RESOLUTIONS = {"1s": "second", "1m": "minute", "1h": "hour", "1d": "daily", "tick": "tick"}
_DATED = re.compile(r"(\d{8})_(trade|quote)\.zip", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class LeanLayout:
    """The paths under ``root``, the folder of one market such as ``Data/equity/usa``; ``data`` is ``Data`` itself."""

    data: Path
    root: Path
    _folders: dict[Path, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def find(cls, path: str | os.PathLike[str], market: str, security: str) -> LeanLayout:
        """The layout under ``path``: LEAN's ``Data`` folder, the folder above it, or the market's own folder.

        Raises :class:`NoDataError` where no such folder is, and :class:`ConfigError` for securities that are not read.
        """
        if security != "equity":
            raise ConfigError(f"security {security!r} of LEAN is not read; equity is", value=security)
        if not isinstance(market, str) or not _PLAIN.fullmatch(market):
            raise ConfigError(f"{market!r} is no market of LEAN; write a name such as usa", value=market)
        given = Path(path)
        if not given.exists():
            raise NoDataError(f"{given} does not exist; give LEAN's Data folder, the one with {security}/ in it", path=str(given))
        for data in (given, given / "Data", given / "data"):
            if (data / security / market).is_dir():
                return cls(data, data / security / market)
        if (given.name, given.parent.name) == (market, security) and given.is_dir():
            return cls(given.parent.parent, given)
        raise NoDataError(
            f"{given} has no folder {security}/{market}; give LEAN's Data folder, or its market by name (market=...)",
            path=str(given),
        )

    def day_file(self, width: str, ticker: str, date: dt.date, kind: str) -> str:
        """The zip of one date; ``kind`` is ``trade`` or ``quote``."""
        return f"{self._folder(width)}/{self._named(self._folder(width), ticker)}/{date:%Y%m%d}_{kind}.zip"

    def whole_file(self, width: str, ticker: str) -> str:
        """The zip of all dates, for days and hours."""
        return f"{self._folder(width)}/{self._named(self._folder(width), f'{ticker}.zip')}"

    def dates(self, width: str, ticker: str, kind: str) -> Iterator[dt.date]:
        """The dates of which there is a zip, in no order."""
        try:
            with os.scandir(self._folder(width) / self._named(self._folder(width), ticker)) as entries:
                found = [_DATED.fullmatch(entry.name) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
        for match in found:
            if match is not None and match[2].lower() == kind:
                try:
                    yield dt.datetime.strptime(match[1], "%Y%m%d").date()
                except ValueError:
                    continue

    def tickers(self, widths: Iterable[str]) -> set[str]:
        """The tickers, in small letters, under which there are folders or zips of any of ``widths``."""
        return {name for width in widths for name in self.names(RESOLUTIONS[width])}

    def names(self, kind: str) -> set[str]:
        """The names of folders and files in the folder ``kind``, in small letters and without their ending."""
        try:
            with os.scandir(self.root / kind) as entries:
                found = {re.sub(r"\.(zip|csv)$", "", entry.name.lower()) for entry in entries}
        except (FileNotFoundError, NotADirectoryError):
            return set()
        return {name for name in found if not name.startswith((".", "_"))}

    def table(self, kind: str, ticker: str) -> Path:
        """The map file (``map_files``) or the factor file (``factor_files``) of a symbol, whether it exists or not."""
        return self.root / kind / self._named(self.root / kind, f"{ticker}.csv")

    @property
    def market_hours(self) -> Path:
        """The market-hours database."""
        return self.data / "market-hours" / "market-hours-database.json"

    def _folder(self, width: str) -> Path:
        return self.root / RESOLUTIONS[width]

    def _named(self, folder: Path, name: str) -> str:
        """``name`` as it stands in ``folder``, where some write AAPL for LEAN's aapl."""
        if folder not in self._folders:
            try:
                self._folders[folder] = {entry.name.lower(): entry.name for entry in sorted(folder.iterdir())}
            except (FileNotFoundError, NotADirectoryError):
                self._folders[folder] = {}
        return self._folders[folder].get(name, name)
