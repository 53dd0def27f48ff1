"""One stored file of quotes, mended in memory: quotes that stand twice dropped, rows sorted. The file stays.

Of quotes at the ends of seconds or minutes (``1s``, ``1m``) there is one to a stamp: of rows that are alike in every value the
first is kept. Where they differ all stay, as nothing says which is meant. Ticks stay all: the same quote may come twice in one
instant. Rows that are no quotes (bad prices or sizes) are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sessionlab.sources.row_checks import out_of_order, sound_quotes
from sessionlab.sources.upsert import old_keys
from sessionlab.store.mend import COUNTED, Mended
from sessionlab.store.treatment import Treatment
from sessionlab.tape.block import QUOTE_COLUMNS, Bools, Float64s, Int64s

if TYPE_CHECKING:
    import pyarrow as pa

TICK = "tick"


class QuoteFaults(NamedTuple):
    """Of each quote: whether it repeats an earlier one, is told otherwise under its stamp, or comes late. Shapes (rows,)."""

    again: Bools
    otherwise: Bools
    late: Bools


def quote_faults(stamp: Int64s, values: Float64s, kind: str) -> QuoteFaults:
    """What is wrong with quotes of ``kind`` as they stand in a file; ``values`` float64 (4, rows)."""
    told, kinds = sound_quotes(values)
    sound = np.ones(len(stamp), dtype=bool)
    for unsound in kinds.values():
        sound &= ~unsound
    again, otherwise, late = (np.zeros(len(stamp), dtype=bool) for _ in range(3))
    late[sound] = out_of_order(stamp[sound], None)
    if kind != TICK:
        rows = np.flatnonzero(sound)
        rows = rows[np.argsort(stamp[rows], kind="stable")]
        twice = stamp[rows[1:]] == stamp[rows[:-1]]
        rows = rows[np.append(twice, False) | np.append(False, twice)]  # those that share their stamp
        bits = told[:, rows].view(np.int64)
        order = np.lexsort((rows, *bits, stamp[rows]))
        rows, bits = rows[order], bits[:, order]
        same = (bits[:, 1:] == bits[:, :-1]).all(axis=0) & (stamp[rows[1:]] == stamp[rows[:-1]])
        again[rows[1:][same]] = True
        left = rows[~np.append(False, same)] if len(rows) else rows
        left = np.sort(left)[np.argsort(stamp[np.sort(left)], kind="stable")]
        otherwise[left[1:][stamp[left[1:]] == stamp[left[:-1]]]] = True
    return QuoteFaults(again, otherwise, late)


def mend_quotes(table: pa.Table, kind: str, treatment: Treatment, taken: Int64s) -> Mended:
    """``table``, as a file holds it, after ``treatment``. ``taken`` are stamps that a more exactly named file has, sorted."""
    stamp, known_at = old_keys(table)
    session = treatment.session_of(stamp)
    faults = quote_faults(stamp, np.array([table.column(name).to_numpy() for name in QUOTE_COLUMNS]), kind)
    here = session >= 0
    twice, late = here & treatment.duplicates[session], faults.late & here & treatment.order[session]
    copy = twice & np.isin(stamp, taken)
    again = faults.again & twice & ~copy
    counts = {name: np.zeros(len(treatment.sessions), dtype=np.int64) for name in COUNTED}
    for name, which in (("duplicate", again), ("copy", copy), ("out_of_order", late)):
        counts[name] += np.bincount(session[which], minlength=len(treatment.sessions))
    at = np.flatnonzero(~copy & ~again)
    if late.any():
        at = at[np.argsort(stamp[at], kind="stable")]
    changed = len(at) != len(stamp) or bool((np.diff(at) < 0).any())
    stays = np.zeros(len(at), dtype=bool)
    return Mended(table.take(at) if changed else table, changed, counts, stamp[at], known_at[at], stays, session[at], session[at])
