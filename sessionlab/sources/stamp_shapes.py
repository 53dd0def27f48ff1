"""Texts of dates and times by their shape; what can be read in two ways is refused.

``07/02/2025`` is the second of July or the seventh of February: only a number above 12 in the same column decides,
or the format that a user gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.epoch import Stamps, date_ns
from sessionlab.tape.block import Bools, Int64s

if TYPE_CHECKING:
    import pyarrow as pa

_CLOCK = r"(?P<H>\d{1,2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9})\d*)?)?(?:\s*(?P<p>[AaPp])\.?[Mm]\.?)?"
_AFTER_DATE = rf"(?:[ T,;_-]+{_CLOCK})?"
_ISO = rf"^(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_AFTER_DATE}$"
_COMPACT = rf"^(?P<y>\d{{4}})(?P<m>\d{{2}})(?P<d>\d{{2}}){_AFTER_DATE}$"
_TWO_WAYS = rf"^(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>\d{{4}}){_AFTER_DATE}$"
_DAY_NAME = rf"^(?P<d>\d{{1,2}})[- /.]+(?P<n>[A-Za-z]{{3}})[A-Za-z]*[- /.,]+(?P<y>\d{{4}}){_AFTER_DATE}$"
_NAME_DAY = rf"^(?P<n>[A-Za-z]{{3}})[A-Za-z]*\.?[- ]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-, ]+(?P<y>\d{{4}}){_AFTER_DATE}$"
_BARE_CLOCK = rf"^{_CLOCK}$"
_FORMS = (_ISO, _COMPACT, _TWO_WAYS, _DAY_NAME, _NAME_DAY)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_FORMAT = 'give date_format, as in date_format="%d/%m/%Y %H:%M:%S"'


def stamps_by_shape(text: pa.ChunkedArray, where: str) -> tuple[Stamps, str]:
    """Dates, or clock times without zone, and words about them. All texts have one shape, or the first other is named."""
    for form in _FORMS:
        parts = _parts(text, form)
        if parts is None:
            continue
        said = ""
        if "a" in parts:
            day_first = _day_first(parts["a"], parts["b"], text, where)
            parts["d"], parts["m"] = (parts["a"], parts["b"]) if day_first else (parts["b"], parts["a"])
            said = f"dates are written {'day' if day_first else 'month'} first"
        month = _month_numbers(parts["n"]) if "n" in parts else parts["m"]
        ns, good = date_ns(parts["y"], month, parts["d"])
        timed = parts["H"] >= 0
        _refuse(~good, text, where)
        if not timed.any():
            return Stamps(ns, "date"), said
        clock, good = _clock_ns(parts, len(text))
        _refuse(~good | ~timed, text, where)
        return Stamps(ns + clock, "local"), said
    raise _unreadable(text, _FORMS, where, "time")


def clock_by_shape(text: pa.ChunkedArray, where: str) -> Stamps:
    """Times of day, ns from midnight."""
    parts = _parts(text, _BARE_CLOCK)
    if parts is None:
        raise _unreadable(text, [_BARE_CLOCK], where, "time of day such as 09:30:00")
    ns, good = _clock_ns(parts, len(text))
    _refuse(~good, text, where)
    return Stamps(ns, "clock")


def _parts(text: Any, form: str) -> dict[str, Any] | None:
    """The named groups of ``form`` as whole numbers, -1 where absent; names of months as text. None unless all fit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.all(pc.match_substring_regex(text, form), min_count=0).as_py():
        return None
    groups = pc.extract_regex(text, form)
    groups = groups.combine_chunks() if isinstance(groups, pa.ChunkedArray) else groups
    parts: dict[str, Any] = {}
    for name in re.compile(form).groupindex:
        found = pc.struct_field(groups, name)
        if name == "f":
            found = pc.utf8_rpad(found, 9, "0")
            found = pc.if_else(pc.equal(found, "0" * 9), "0", found)
        if name in ("n", "p"):
            parts[name] = pc.utf8_lower(found)
        else:
            filled = pc.if_else(pc.equal(found, ""), "-1", found)
            parts[name] = filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return parts


def _clock_ns(parts: dict[str, Any], count: int) -> tuple[Int64s, Bools]:
    import pyarrow.compute as pc

    hours, minutes, seconds = parts["H"], parts["M"], np.maximum(parts["S"], 0)
    good = (hours < 24) & (minutes < 60) & (seconds < 60)
    half = parts["p"]
    if pc.any(pc.not_equal(half, "")).as_py():
        told = pc.not_equal(half, "").to_numpy(zero_copy_only=False)
        good &= ~told | ((hours >= 1) & (hours <= 12))
        after_noon = pc.equal(half, "p").to_numpy(zero_copy_only=False)
        hours = np.where(told, hours % 12 + np.where(after_noon, 12, 0), hours)
    fraction = np.maximum(parts["f"], 0) if "f" in parts else np.zeros(count, np.int64)
    return (hours * 3600 + minutes * 60 + seconds) * 10**9 + fraction, good


def _day_first(a: Int64s, b: Int64s, text: Any, where: str) -> bool:
    if (a > 12).any() and (b > 12).any():
        first, second = int(np.flatnonzero(a > 12)[0]), int(np.flatnonzero(b > 12)[0])
        raise BadDataError(
            f"{where}: {text[first].as_py()!r} has the day first and {text[second].as_py()!r} the month; write all dates one way",
            path=where,
        )
    if (a > 12).any():
        return True
    if (b > 12).any() or (a == b).all():
        return False
    at = int(np.flatnonzero(a != b)[0])
    one, two = int(a[at]), int(b[at])
    sensible = 0 < one <= 12 and 0 < two <= 12
    read = f"{_MONTH_NAMES[one - 1]} {two} or {one} {_MONTH_NAMES[two - 1]}" if sensible else "no date either way"
    raise BadDataError(
        f"{where}: {text[at].as_py()!r} is {read}, and no stamp in the column says which; {_FORMAT}",
        path=where,
        column="timestamp",
    )


def _month_numbers(names: Any) -> Int64s:
    import pyarrow as pa
    import pyarrow.compute as pc

    at = pc.index_in(names, value_set=pa.array(_MONTHS))
    return np.asarray(pc.fill_null(at, -1), dtype=np.int64) + 1


def _refuse(bad: Bools, text: Any, where: str) -> None:
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise BadDataError(
            f"{where}: {np.count_nonzero(bad):,} of {len(bad):,} stamps are no times (first: {text[at].as_py()!r} in "
            f"row {at + 1:,}); mend them, or {_FORMAT}",
            path=where,
        )


def _unreadable(text: Any, forms: Any, where: str, what: str) -> BadDataError:
    import pyarrow.compute as pc

    masks = [pc.match_substring_regex(text, form).to_numpy() for form in forms]
    fits = max(masks, key=lambda mask: int(mask.sum()))
    at = int(np.flatnonzero(~fits)[0]) if len(fits) and not fits.all() else 0
    return BadDataError(
        f"{where}: {text[at].as_py()!r} in row {at + 1:,} is no {what} that can be read; {_FORMAT}, or name another column",
        path=where,
        row=at + 1,
    )
