"""The stamps of a table as instants, whatever they are written as: timestamps, numbers, text, date and time apart."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.column_names import KNOWN_AT, STAMP, TIME
from sessionlab.sources.epoch import DAY_NS, Kind, Stamps, clock_from_numbers, from_numbers
from sessionlab.sources.notes import Notes
from sessionlab.sources.row_checks import AT_ITS_END
from sessionlab.sources.stamp_text import read_clock, read_text
from sessionlab.sources.zones import localize
from sessionlab.tape.block import Int64s

if TYPE_CHECKING:
    import pyarrow as pa


class StampRules(NamedTuple):
    """How stamps are to be read. ``tz`` is the zone of clock times; ``assumed_tz`` takes its place, and is said.

    ``date`` is the trading date of all rows, for times of day without one.
    """

    tz: str | None = None
    assumed_tz: str | None = None
    date_format: str | None = None
    date: dt.date | None = None


def read_stamps(table: pa.Table, rules: StampRules, where: str, notes: Notes) -> Int64s:
    """The stamps of each row, ns UTC; of bars that are stamped by dates alone, the dates' midnights in UTC.

    Raises :class:`BadDataError` for rows without stamp, for stamps that cannot be read, and for clock times of no zone.
    """
    if TIME in table.column_names:
        stamps, zone = _joined(table, rules, where, notes)
    else:
        stamps, zone = _column(table, STAMP, rules, where, notes)
        if stamps.kind == "clock":
            stamps = _on_date(stamps, rules, where)
    return _instants(stamps, zone, rules, where, notes)


def read_known_at(table: pa.Table, rules: StampRules, where: str, notes: Notes) -> Int64s | None:
    """When each row was known, ns UTC, ``AT_ITS_END`` where that is not recorded; None where it never is."""
    if KNOWN_AT not in table.column_names:
        return None
    column = table.column(KNOWN_AT)
    known_at = np.full(len(column), AT_ITS_END)
    there = np.asarray(column.is_valid())
    if there.any():
        recorded = table.filter(there)
        stamps, zone = _column(recorded, KNOWN_AT, rules, where, notes)
        known_at[there] = _instants(stamps, zone, rules, where, notes)
    return known_at


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of ``kind`` holds texts, in any of Arrow's ways to hold them."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _column(table: pa.Table, name: str, rules: StampRules, where: str, notes: Notes) -> tuple[Stamps, str]:
    """The stamps of one column, and the zone that their text names."""
    import pyarrow as pa

    column = table.column(name)
    _refuse_nulls(column, name, where)
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if rules.date_format is not None and (pa.types.is_integer(kind) or is_text(kind)):
        column, kind = column.cast(pa.string()), pa.string()
    if pa.types.is_timestamp(kind):
        return Stamps(_ns(column, where), "local" if kind.tz is None else "instant"), ""
    if pa.types.is_date(kind):
        return Stamps(np.asarray(column.cast(pa.date32()).cast(pa.int32())).astype(np.int64) * DAY_NS, "date"), ""
    if pa.types.is_time(kind):
        return Stamps(np.asarray(column.cast(pa.time64("ns")).cast(pa.int64())), "clock"), ""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        whole = pa.types.is_integer(kind)
        stamps, said = from_numbers(np.asarray(column.cast(pa.int64() if whole else pa.float64(), safe=False)), where)
        if said:
            notes.add(said, where)
        return stamps, ""
    if is_text(kind):
        text = column.cast(pa.string())
        if _is_clock(text):
            return read_clock(text, where), ""
        read = read_text(text, rules.date_format, where)
        if read.said:
            notes.add(read.said, where)
        return read.stamps, read.zone
    raise BadDataError(
        f"{where}: column {name} is {kind}, which is no time; convert it with pd.to_datetime", path=where, column=name
    )


def _joined(table: pa.Table, rules: StampRules, where: str, notes: Notes) -> tuple[Stamps, str]:
    """A column of dates and one of times of day as one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if rules.date_format is not None and any(form in rules.date_format for form in ("%H", "%I")):
        date, time = table.column(STAMP).cast(pa.string()), table.column(TIME).cast(pa.string())
        text = pc.binary_join_element_wise(date, time, " ")
        return _column(pa.table({STAMP: text}), STAMP, rules, where, notes)
    dates, zone = _column(table, STAMP, rules, where, notes)
    if dates.kind != "date" and not (dates.kind == "local" and not (dates.ns % DAY_NS).any()):
        raise BadDataError(
            f"{where} has stamps with a time of day and a column of times beside them; say which counts, "
            "as in columns={'timestamp': 'its name'}, and drop the other",
            path=where,
        )
    column = table.column(TIME)
    _refuse_nulls(column, TIME, where)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        times = clock_from_numbers(np.asarray(column), where)
    else:
        times, _ = _column(table.select([TIME]).rename_columns([STAMP]), STAMP, rules._replace(date_format=None), where, notes)
    if times.kind != "clock":
        raise BadDataError(f"{where}: column time holds no times of day; drop it, or name another", path=where, column=TIME)
    return Stamps(dates.ns + times.ns, "local"), zone


def _instants(stamps: Stamps, zone: str, rules: StampRules, where: str, notes: Notes) -> Int64s:
    if stamps.kind == "instant":
        return stamps.ns
    if stamps.kind == "date" or not (stamps.ns % DAY_NS).any():
        return stamps.ns
    tz = zone or rules.tz
    if tz is None:
        tz = rules.assumed_tz
        if tz is None:
            first = np.datetime_as_string(stamps.ns[:1].view("M8[ns]"), unit="s")[0].replace("T", " ")
            raise BadDataError(
                f'{where}: stamps such as {first} have no zone; say which one is meant, as in tz="America/New_York" or tz="UTC"',
                path=where,
            )
        notes.add(f"stamps have no zone: taken as exchange time, {tz}; give tz if they are of another", warn=True)
    return localize(stamps.ns, tz, where)


def _on_date(times: Stamps, rules: StampRules, where: str) -> Stamps:
    if rules.date is None:
        raise BadDataError(
            f"{where} has times of day and no dates; add a column date, or {{date}} to the template where names have it",
            path=where,
        )
    midnight = int(np.datetime64(rules.date, "ns").astype(np.int64))
    kind: Kind = "local"
    return Stamps(times.ns + midnight, kind)


def _is_clock(text: Any) -> bool:
    import pyarrow.compute as pc

    return bool(len(text)) and bool(
        pc.all(pc.match_substring_regex(text, r"^\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?i:[ap]m)?\s*$")).as_py()
    )


def _refuse_nulls(column: Any, name: str, where: str) -> None:
    if column.null_count:
        raise BadDataError(
            f"{where}: {column.null_count:,} of {len(column):,} rows have no {name}; drop or mend them", path=where, column=name
        )


def _ns(column: Any, where: str) -> Int64s:
    import pyarrow as pa

    try:
        ns: Int64s = np.asarray(column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64()))
    except pa.ArrowInvalid as why:
        raise BadDataError(
            f"{where}: a stamp lies beyond the years 1678 to 2261; mend it, or name another column", path=where
        ) from why
    return ns
