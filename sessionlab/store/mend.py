"""One stored file of bars, mended in memory: rows that stand twice dropped, rows sorted, stamps moved. The file stays.

Of rows about the same bar the later one in the file is taken, as a correction of the one before. Rows that are no bars (NaN,
bad prices) are not looked at and stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sessionlab.sources.parquet_file import KNOWN_AT, STAMP
from sessionlab.sources.row_checks import AT_ITS_END, out_of_order, repeats, unsound_bars
from sessionlab.sources.store_layout import names_for
from sessionlab.sources.trading_day import number_daily
from sessionlab.sources.upsert import old_keys
from sessionlab.store.treatment import Treatment
from sessionlab.tape.block import BAR_COLUMNS, Bools, Int64s
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import pyarrow as pa

COUNTED = ("duplicate", "correction", "copy", "out_of_order", "hours", "label")


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """``table`` as mended; ``changed`` where it is another. ``counts`` are rows by kind and session, each of shape (sessions,).

    Of the rows of the table: ``stamp`` and ``known_at``, whether they were ``moved``, and on which ``session``'s date each lies
    now, -1 for none. ``came_from`` is the session's date that they were on.
    """

    table: pa.Table
    changed: bool
    counts: dict[str, Int64s]
    stamp: Int64s
    known_at: Int64s
    moved: Bools
    session: Int64s
    came_from: Int64s


def mend_bars(table: pa.Table, interval: Interval, treatment: Treatment, taken: Int64s) -> Mended:
    """``table``, as a file holds it, after ``treatment``. ``taken`` are stamps that a more exactly named file has, sorted."""
    stamp, known_at = old_keys(table)
    values = np.array([table.column(name).to_numpy() for name in BAR_COLUMNS])
    daily = not interval.is_intraday
    session = number_daily(stamp, treatment.sessions) if daily else treatment.session_of(stamp)
    sound = np.ones(len(stamp), dtype=bool)
    for unsound in unsound_bars(values).values():
        sound &= ~unsound
    counts = {kind: np.zeros(len(treatment.sessions), dtype=np.int64) for kind in COUNTED}
    here = (session >= 0) & sound

    def count(kind: str, which: Bools) -> None:
        counts[kind] += np.bincount(session[which & (session >= 0)], minlength=len(treatment.sessions))

    late = np.zeros(len(stamp), dtype=bool)
    late[sound] = out_of_order(stamp[sound], None if KNOWN_AT not in table.column_names else known_at[sound])
    late &= here & treatment.order[session]
    count("out_of_order", late)

    keep = np.ones(len(stamp), dtype=bool)
    twice = here & treatment.duplicates[session]
    if twice.any():
        copy = twice & np.isin(stamp, taken) & (known_at == AT_ITS_END)
        count("copy", copy)
        keep &= ~copy
        rows = np.flatnonzero(twice & keep)
        key = session[rows] if daily else stamp[rows]
        rows = rows[np.lexsort((rows, known_at[rows], key))]
        again = repeats(session[rows] if daily else stamp[rows], known_at[rows])
        same = np.zeros(len(rows), dtype=bool)
        same[1:] = again[1:] & (values[:, rows[1:]] == values[:, rows[:-1]]).all(axis=0)
        for kind, which in (("duplicate", again & same), ("correction", again & ~same)):
            mask = np.zeros(len(stamp), dtype=bool)
            mask[rows[which]] = True
            count(kind, mask)
        keep[rows[:-1][again[1:]]] = False  # the one before each that comes again

    shift = np.zeros(len(stamp), dtype=np.int64) if daily else treatment.shift_of(stamp, session)
    moved = shift != 0
    for kind, by in (("hours", treatment.hours_ns), ("label", treatment.label_ns)):
        count(kind, moved & keep & (by[session] != 0))
    new_stamp = stamp - shift
    new_known_at = _known_at(stamp, known_at, shift, np.where(session >= 0, treatment.hours_ns[session], shift), interval)

    at = np.flatnonzero(keep)
    if late.any() or (moved.any() and _is_sorted(stamp, known_at) and not _is_sorted(new_stamp[at], new_known_at[at])):
        at = at[np.lexsort((new_known_at[at], new_stamp[at]))]
    changed = len(at) != len(stamp) or bool(moved.any()) or bool((np.diff(at) < 0).any())
    now = session[at] if daily else treatment.session_of(new_stamp[at])
    made = _with_stamps(table.take(at), new_stamp[at], new_known_at[at]) if changed else table
    return Mended(made, changed, counts, new_stamp[at], new_known_at[at], moved[at], now, session[at])


def homes(mended: Mended, name: str, there: set[str], treatment: Treatment, in_days: bool) -> dict[str, Int64s]:
    """The rows by the name of the file that they belong in now; those that were not moved stay in ``name``.

    ``in_days``: a file that is not ``there`` yet is one of a date, else of a month.
    """
    stays = ~mended.moved | (mended.session < 0)
    found: dict[str, list[Int64s]] = {name: [np.flatnonzero(stays)]}
    for at in np.unique(mended.session[~stays]).tolist():
        session = treatment.sessions[at]
        names = names_for(session.date, session.open_ns, session.close_ns)
        if name in names:
            home = name
        else:
            usual = names[0] if in_days else names[1]
            home = next((one for one in names if one in there), usual)
        found.setdefault(home, []).append(np.flatnonzero(~stays & (mended.session == at)))
    return {home: np.sort(np.concatenate(rows)) for home, rows in found.items() if sum(map(len, rows))}


def _known_at(stamp: Int64s, known_at: Int64s, shift: Int64s, hours: Int64s, interval: Interval) -> Int64s:
    """When the rows were known, after their stamps were moved.

    What was written by the same clock, within the hours that it is off, is moved with them; what was written by another stays,
    and is never earlier than it was.
    """
    delay = known_at - (stamp + interval.ns)
    same_clock = (known_at != AT_ITS_END) & (shift != 0) & (delay >= 0) & (delay < np.abs(hours))
    return np.where(same_clock, known_at - hours, known_at)


def _with_stamps(table: pa.Table, stamp: Int64s, known_at: Int64s) -> pa.Table:
    import pyarrow as pa

    instant = pa.timestamp("ns", tz="UTC")
    for name, column in ((STAMP, pa.array(stamp, instant)), (KNOWN_AT, pa.array(known_at, instant, mask=known_at == AT_ITS_END))):
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
    return table


def _is_sorted(stamp: Int64s, known_at: Int64s) -> bool:
    later = (stamp[1:] > stamp[:-1]) | ((stamp[1:] == stamp[:-1]) & (known_at[1:] >= known_at[:-1]))
    return bool(later.all())
