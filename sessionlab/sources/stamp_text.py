"""Stamps that are text: with an offset they are instants, without one clock times; a column has one kind only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.epoch import Kind, Stamps, clock_from_numbers, from_numbers
from sessionlab.sources.stamp_shapes import clock_by_shape, stamps_by_shape
from sessionlab.tape.block import Int64s

if TYPE_CHECKING:
    import pyarrow as pa

_OFFSET = r"\d(?P<space>\s*)(?P<z>Z|z|[+-]\d{2}(?::?\d{2})?)$"
_NAMED = r"[\d.](?: ?[AaPp][Mm])?\s+(?P<z>[A-Za-z]+(?:/[A-Za-z_+\-0-9]+)+|[A-Z]{3,5}|UTC|GMT)$"


class Read(NamedTuple):
    """Stamps, the zone that their text names (with clock times only), and words about them; both may be empty."""

    stamps: Stamps
    zone: str
    said: str


def read_text(column: pa.ChunkedArray, date_format: str | None, where: str) -> Read:
    """What the texts of ``column`` mean; none is null. Raises :class:`BadDataError` with the first that cannot be read.

    >>> import pyarrow as pa
    >>> read_text(pa.chunked_array([["2025-07-02 09:30:00-04:00"]]), None, "a.csv").stamps
    Stamps(ns=array([1751463000000000000]), kind='instant')
    >>> read_text(pa.chunked_array([["07/02/2025 09:30"]]), None, "a.csv")
    Traceback (most recent call last):
    sessionlab.errors.BadDataError: a.csv: '07/02/2025 09:30' is July 2 or 7 February, and no stamp in the column says which; \
give date_format, as in date_format="%d/%m/%Y %H:%M:%S"
    """
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column)
    if date_format is not None:
        return Read(_by_format(text, date_format, where), "", "")
    zoned = _count(text, _OFFSET) if _looks_timed(text) else 0
    if zoned == len(text):
        return Read(Stamps(_with_offset(text, where), "instant"), "", _offsets_said(text))
    if zoned:
        bare = pc.invert(pc.match_substring_regex(text, _OFFSET))
        at = int(np.flatnonzero(bare.to_numpy())[0])
        raise BadDataError(
            f"{where}: {len(text) - zoned:,} of {len(text):,} stamps have no zone, and others do (first: {text[at].as_py()!r} "
            f"in row {at + 1:,}); write all with their offset",
            path=where,
        )
    text, zone = _without_named_zone(text, where)
    numbers = _as_numbers(text)
    if numbers is not None:
        stamps, said = from_numbers(numbers, where)
        return Read(stamps, zone if stamps.kind == "local" else "", said)
    stamps, said = stamps_by_shape(text, where)
    return Read(stamps, zone if stamps.kind == "local" else "", said)


def read_clock(column: pa.ChunkedArray, where: str) -> Stamps:
    """Times of day such as ``09:30``, ``09:30:00.5``, ``9:30 AM`` or ``093000``, ns from midnight."""
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column)
    numbers = _as_numbers(text)
    return clock_by_shape(text, where) if numbers is None else clock_from_numbers(numbers, where)


def _by_format(text: Any, date_format: str, where: str) -> Stamps:
    import pandas as pd

    bare = re.sub(r"%%", "", date_format)
    zoned = "%z" in bare
    try:
        parsed = pd.DatetimeIndex(pd.to_datetime(text.to_pandas(), format=date_format, utc=zoned))
    except (ValueError, TypeError) as why:
        raise BadDataError(
            f"{where}: {text[0].as_py()!r} and the stamps after it do not all fit date_format={date_format!r} "
            f"({str(why).splitlines()[0][:120]}); correct the format",
            path=where,
            date_format=date_format,
        ) from why
    ns: Int64s = parsed.as_unit("ns").asi8
    kind: Kind = "instant" if zoned else "local" if re.search("%[HIsXcTR]", bare) else "date"
    return Stamps(ns, kind)


def _with_offset(text: Any, where: str) -> Int64s:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        instants = text.cast(pa.timestamp("ns", "UTC"))
    except pa.ArrowInvalid:  # looser than ISO: the clock by its shape, the offset by itself
        tail = pc.extract_regex(text, _OFFSET)
        tail = tail.combine_chunks() if isinstance(tail, pa.ChunkedArray) else tail
        stamps, _ = stamps_by_shape(pc.replace_substring_regex(text, r"(\d)\s*(?:Z|z|[+-]\d{2}(?::?\d{2})?)$", r"\1"), where)
        texts = pc.struct_field(tail, "z").dictionary_encode()
        shifts = np.array([_offset_ns(one) for one in texts.dictionary.to_pylist()], dtype=np.int64)
        moved: Int64s = stamps.ns - shifts[np.asarray(texts.indices)]
        return moved
    whole: Int64s = instants.cast(pa.int64()).to_numpy()
    return whole


def _offset_ns(text: str) -> int:
    if text in "Zz":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (-1 if text[0] == "-" else 1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * 10**9


def _offsets_said(text: Any) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    tail = pc.extract_regex(text, _OFFSET)
    tail = tail.combine_chunks() if isinstance(tail, pa.ChunkedArray) else tail
    offsets = sorted(pc.unique(pc.struct_field(tail, "z")).to_pylist())
    return f"stamps have {len(offsets)} different offsets from UTC, {', '.join(offsets[:4])}" if len(offsets) > 1 else ""


def _without_named_zone(text: Any, where: str) -> tuple[Any, str]:
    """The texts without the name of a zone at their ends, and that name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _count(text, _NAMED):
        return text, ""
    tail = pc.extract_regex(text, _NAMED)
    tail = tail.combine_chunks() if isinstance(tail, pa.ChunkedArray) else tail
    names = pc.unique(pc.fill_null(pc.struct_field(tail, "z"), "")).to_pylist()
    if len(names) > 1:
        shown = ", ".join(name or "none" for name in names[:4])
        raise BadDataError(
            f"{where}: stamps are of {len(names)} zones ({shown}); write all with their offset, as in 2025-07-02 09:30:00-04:00",
            path=where,
        )
    from zoneinfo import ZoneInfo

    try:
        if "/" not in names[0] and names[0] not in ("UTC", "GMT"):
            raise KeyError(names[0])
        ZoneInfo(names[0])
    except (KeyError, ValueError, OSError) as why:
        raise BadDataError(
            f"{where}: stamps end in {names[0]!r}, which names no one zone; give its name and the rest of the stamp, as in "
            f'tz="America/New_York", date_format="%Y-%m-%d %H:%M:%S {names[0]}"',
            path=where,
        ) from why
    return pc.replace_substring_regex(text, r"\s+[A-Za-z/_+\-0-9]+$", ""), names[0]


def _as_numbers(text: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(text) or not pc.all(pc.match_substring_regex(text, r"^\d+(?:[.,]\d+)?$")).as_py():
        return None
    if pc.any(pc.match_substring_regex(text, "[.,]")).as_py():
        return pc.replace_substring(text, ",", ".").cast(pa.float64()).to_numpy()
    if pc.max(pc.utf8_length(text)).as_py() > 18:
        return None
    return text.cast(pa.int64()).to_numpy()


def _looks_timed(text: Any) -> bool:
    # "2025-07-02" ends like an offset: only behind a time of day is one meant.
    return _count(text, r"\d[ T,;_-]+\d{1,2}:?\d{2}|^\d{8}T?\d{4}") > 0


def _count(text: Any, form: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.match_substring_regex(text, form)).as_py() or 0)
