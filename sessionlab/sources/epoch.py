"""Stamps that are numbers: their size tells what they count.

Seconds, milliseconds, microseconds and nanoseconds since 1970 are instants (UTC). Digits such as ``20250702093000`` and
the serial days of spreadsheets are clock times. Only years from 1980 to 2100 are taken for stamps, so that no two fit.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.tape.block import Float64s, Int64s

Kind = Literal["instant", "local", "date", "clock"]
DAY_NS = 86_400_000_000_000
_FIRST_S, _LAST_S = 315_532_800, 4_133_980_800  # 1980-01-01, 2101-01-01
_UNITS = (("seconds", 10**9), ("milliseconds", 10**6), ("microseconds", 10**3), ("nanoseconds", 1))
_DIGITS = {8: "YYYYMMDD", 12: "YYYYMMDDhhmm", 14: "YYYYMMDDhhmmss", 17: "YYYYMMDDhhmmssfff"}
_ROUNDED_FROM = 10  # rows
_EXCEL_EPOCH_DAYS = 25569  # from 1899-12-30 to 1970-01-01, as spreadsheets count
_EXCEL_FIRST, _EXCEL_LAST = 29221, 73415  # the same years


class Stamps(NamedTuple):
    """Stamps in ns, shape (rows,).

    ``kind``: an ``instant`` counts from 1970 UTC, ``local`` by a clock without zone, a ``date`` is its own midnight as
    if UTC, a ``clock`` counts from midnight.
    """

    ns: Int64s
    kind: Kind


def from_numbers(numbers: Int64s | Float64s, where: str) -> tuple[Stamps, str]:
    """What ``numbers`` of shape (rows,) mean, and the words for it. Raises :class:`BadDataError` where nothing fits all.

    >>> from_numbers(np.array([1751463000, 1751463060]), "a.csv")[1]
    'stamps are seconds since 1970, UTC'
    >>> stamps, said = from_numbers(np.array([45840.395833333336]), "a.csv")
    >>> said, str(stamps.ns.view("M8[ns]")[0])[:16], stamps.kind
    ('stamps are serial days of a spreadsheet (1900 system)', '2025-07-02T09:30', 'local')
    """
    if not len(numbers):
        return Stamps(np.empty(0, np.int64), "instant"), ""
    least, most = numbers.min(), numbers.max()
    for unit, unit_ns in _UNITS:
        per_second = 10**9 // unit_ns
        if _FIRST_S * per_second <= least and most < _LAST_S * per_second:
            _refuse_rounded(numbers, 1000 * per_second, where)
            return Stamps(_scaled(numbers, unit_ns), "instant"), f"stamps are {unit} since 1970, UTC"
    for digits, form in _DIGITS.items():
        if 1980 * 10 ** (digits - 4) <= least and most < 2101 * 10 ** (digits - 4) and _whole(numbers):
            kind: Kind = "date" if digits == 8 else "local"
            return Stamps(_from_digits(numbers.astype(np.int64), digits, where), kind), f"stamps are digits, {form}"
    if least >= _EXCEL_FIRST and most < _EXCEL_LAST:
        said = "stamps are serial days of a spreadsheet (1900 system)"
        if _whole(numbers):
            return Stamps((numbers.astype(np.int64) - _EXCEL_EPOCH_DAYS) * DAY_NS, "date"), said
        # A double holds such a day to 0.3 microseconds, a sheet often to a few milliseconds: whole tenths are meant.
        tenths = np.rint((numbers - _EXCEL_EPOCH_DAYS) * 864_000).astype(np.int64)
        return Stamps(tenths * 100_000_000, "local"), said
    raise BadDataError(
        f"{where}: stamps from {least} to {most} are no times that can be told from their size (s, ms, µs or ns since "
        "1970, YYYYMMDD..., serial days); convert them, or name another column, as in columns={'timestamp': 'its name'}",
        path=where,
        least=least,
        most=most,
    )


def clock_from_numbers(numbers: Int64s | Float64s, where: str) -> Stamps:
    """Times of day from digits: ``93000`` (hhmmss) or ``930`` (hhmm); fractions are parts of a day, as in a spreadsheet."""
    if not _whole(numbers):
        if len(numbers) and numbers.min() >= 0 and numbers.max() < 1:
            return Stamps(np.rint(numbers * 864_000).astype(np.int64) * 100_000_000, "clock")
        raise _no_clock(numbers, where)
    whole = numbers.astype(np.int64)
    if len(whole) and whole.max() <= 2359:
        whole = whole * 100
    hours, minutes, seconds = whole // 10_000, whole // 100 % 100, whole % 100
    if len(whole) and (whole.min() < 0 or hours.max() > 23 or minutes.max() > 59 or seconds.max() > 59):
        raise _no_clock(numbers, where)
    return Stamps((hours * 3600 + minutes * 60 + seconds) * 10**9, "clock")


def date_ns(year: Int64s, month: Int64s, day: Int64s) -> tuple[Int64s, np.ndarray]:
    """Midnights of dates, ns as if UTC, and which of them exist. Shapes (rows,)."""
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    after = (months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    days = first + day - 1
    good = (month >= 1) & (month <= 12) & (day >= 1) & (days < after) & (year >= 1900) & (year <= 2200)
    return np.where(good, days, 0) * DAY_NS, good


def _refuse_rounded(numbers: Int64s | Float64s, thousand_seconds: int, where: str) -> None:
    """Stamps on no other grid than one of 1,000 seconds: nothing trades so, but 1.751463E+09 is what a spreadsheet leaves."""
    if len(numbers) >= _ROUNDED_FROM and not (numbers % thousand_seconds).any():
        raise BadDataError(
            f"{where}: all stamps, such as {numbers[0]:.6e}, are whole multiples of 1,000 seconds, as where a spreadsheet cut "
            "their last digits off; export them again with all digits",
            path=where,
        )


def _scaled(numbers: Int64s | Float64s, unit_ns: int) -> Int64s:
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64) * unit_ns
    if unit_ns == 1 or unit_ns == 1000:  # a double holds today's nanoseconds to 256
        return np.rint(numbers / (1000 // unit_ns)).astype(np.int64) * 1000
    return np.rint(numbers * (unit_ns // 1000)).astype(np.int64) * 1000


def _from_digits(numbers: Int64s, digits: int, where: str) -> Int64s:
    date, clock = np.divmod(numbers, 10 ** (digits - 8))
    ns, good = date_ns(date // 10_000, date // 100 % 100, date % 100)
    if digits > 8:
        clock = clock * 10 ** (17 - digits)  # hhmmssfff
        parts = clock // 10**7, clock // 10**5 % 100, clock // 10**3 % 100, clock % 1000
        good &= (parts[0] < 24) & (parts[1] < 60) & (parts[2] < 60)
        ns = ns + (parts[0] * 3_600_000 + parts[1] * 60_000 + parts[2] * 1000 + parts[3]) * 10**6
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise BadDataError(
            f"{where}: stamp {numbers[at]} in row {at + 1:,} is no {_DIGITS[digits]}; mend it, or name another column", path=where
        )
    return ns


def _whole(numbers: Int64s | Float64s) -> bool:
    return numbers.dtype.kind != "f" or bool((numbers == np.floor(numbers)).all())


def _no_clock(numbers: Int64s | Float64s, where: str) -> BadDataError:
    return BadDataError(
        f"{where}: times from {numbers.min()} to {numbers.max()} are no times of day (93000, 930 or 0.3958); "
        "join date and time in one column",
        path=where,
    )
