"""What LEAN tells of a symbol besides its rows: under which ticker it traded when, and its factors.

map_files/bac.csv        19980930,nb,N     up to this date the ticker was nb; the first row is the first date
factor_files/aapl.csv    20140606,0.9011818,0.0357143,645.57     factors of prices up to this date, and its close
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sessionlab.errors import BadDataError, ConfigError, SourceError
from sessionlab.sources.symbol_files import file_name
from sessionlab.tape.actions import FactorRow


@dataclass(frozen=True, slots=True)
class Tickers:
    """The tickers of one symbol over time, in small letters. ``until`` are the last dates of each, ascending.

    >>> bank = Tickers((dt.date(1998, 1, 2), dt.date(1998, 9, 30), dt.date(2050, 12, 31)), ("nb", "nb", "bac"))
    >>> bank.on(dt.date(1998, 9, 30)), bank.on(dt.date(1998, 10, 1)), bank.on(dt.date(1997, 12, 31))
    ('nb', 'bac', None)
    """

    until: tuple[dt.date, ...]
    names: tuple[str, ...]

    def on(self, date: dt.date) -> str | None:
        """The ticker of ``date``; None before the first date and after the last, when another company may have had it."""
        at = bisect_left(self.until, date)
        outside = at == len(self.until) or (at == 0 and date < self.until[0])
        return None if outside else self.names[at]

    @property
    def all(self) -> tuple[str, ...]:
        """Each ticker once, the latest first."""
        return tuple(dict.fromkeys(reversed(self.names)))


def ticker_name(symbol: str) -> str:
    """The name that files of ``symbol`` have: small letters. Raises :class:`ConfigError` for what is a path.

    >>> ticker_name("BRK.B")
    'brk.b'
    """
    return file_name(symbol.upper()).lower() if isinstance(symbol, str) else file_name(symbol)


def tickers_of(symbol: str, path: Path | None) -> Tickers:
    """The tickers in the map file at ``path``; ``symbol``'s own at all times where there is no such file."""
    if path is None or not path.is_file():
        return Tickers((dt.date.min, dt.date.max), (ticker_name(symbol),) * 2)
    rows = [(_date(fields[0], path), _ticker(fields[1:2], path)) for fields in _fields(path)]
    if not rows:
        raise BadDataError(f"{path} has no rows; a map file names a ticker per line: 20501231,{symbol.lower()}", path=str(path))
    rows.sort(key=lambda row: row[0])
    until, names = zip(*rows, strict=True)
    return Tickers(until, names)


def factors_of(path: Path) -> list[FactorRow] | None:
    """The rows of the factor file at ``path``, None where there is none.

    Rows with an infinite factor are left out, as LEAN does: they only say that nothing is known before them.
    """
    if not path.is_file():
        return None
    rows = []
    for fields in _fields(path):
        if any("inf" in field.lower() or "e+" in field.lower() for field in fields[1:3]):
            continue
        numbers = [_number(field, path) for field in fields[1:4]]
        if len(numbers) != 3:
            raise BadDataError(
                f"{path} has a row of {len(fields)} fields; a factor file has date, price factor, split factor, close",
                path=str(path),
            )
        rows.append(FactorRow(_date(fields[0], path), *numbers))
    return rows


def _fields(path: Path) -> Iterator[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as why:
        raise BadDataError(f"{path} is no text; fetch it again", path=str(path)) from why
    except OSError as why:
        raise SourceError(f"{path} cannot be read ({why.strerror}); check who may read it", path=str(path)) from why
    return ([field.strip() for field in line.split(",")] for line in text.splitlines() if line.strip())


def _date(text: str, path: Path) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        raise BadDataError(
            f"{path} has a row that begins with {text[:40]!r}, not with a date as 20140609", path=str(path)
        ) from None


def _number(text: str, path: Path) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadDataError(f"{path} has {text[:40]!r} where a number belongs; fetch it again", path=str(path)) from None


def _ticker(fields: list[str], path: Path) -> str:
    try:
        return ticker_name("".join(fields))
    except ConfigError:
        named = fields[0][:40] if fields else ""
        raise BadDataError(f"{path} names the ticker {named!r}, which is none; fetch it again", path=str(path)) from None
