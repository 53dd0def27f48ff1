"""Rows put among rows that are stored: where a new one is about the same thing, it takes the old one's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sessionlab.sources.parquet_file import KNOWN_AT, STAMP, SYMBOL
from sessionlab.sources.row_checks import AT_ITS_END, repeats
from sessionlab.tape.block import Bools, Int64s, Rows

if TYPE_CHECKING:
    import pyarrow as pa


class Upsert(NamedTuple):
    """What putting new rows among old ones would do. Masks of shape (new,) say what becomes of each new row.

    ``old`` are the positions of the old rows that stay, ``order`` sorts those and the new rows after them by stamp.
    """

    added: Bools
    replacing: Bools
    old: Int64s
    order: Int64s


def plan_upsert(old_stamp: Int64s, old_known_at: Int64s, old_values: np.ndarray, new: Rows) -> Upsert:
    """Where ``new`` rows go among old ones. Rows of one stamp and one ``known_at`` are replaced together.

    Quotes may stand several times under one stamp: all of them give way to the new ones.
    """
    count = len(old_stamp)
    stamp = np.concatenate((old_stamp, new.start))
    known_at = np.concatenate((old_known_at, new.known_at))
    is_new = np.arange(len(stamp)) >= count
    order = np.lexsort((is_new, known_at, stamp))
    group = np.cumsum(~repeats(stamp[order], known_at[order])) - 1
    news = np.bincount(group, weights=is_new[order]).astype(np.int64)[group]
    olds = np.bincount(group, weights=~is_new[order]).astype(np.int64)[group]

    at_new = np.flatnonzero(is_new[order])
    paired = olds[at_new] == news[at_new]
    partner = order[np.where(paired, at_new - olds[at_new], 0)]
    was = old_values[:, np.minimum(partner, max(count - 1, 0))] if count else np.full(new.values.shape, np.nan)
    now = new.values[:, order[at_new] - count]
    same = paired & ((was == now) | (np.isnan(was) & np.isnan(now))).all(axis=0) & (olds[at_new] > 0)
    back = np.empty(len(at_new), dtype=np.int64)
    back[order[at_new] - count] = np.arange(len(at_new))
    added = (olds[at_new] == 0)[back]
    replacing = ~added & ~same[back]

    old = np.sort(order[~is_new[order] & (news == 0)])
    kept = np.concatenate((old_stamp[old], new.start)), np.concatenate((old_known_at[old], new.known_at))
    return Upsert(added, replacing, old, np.lexsort((kept[1], kept[0])))


def old_keys(table: pa.Table) -> tuple[Int64s, Int64s]:
    """``timestamp`` and ``known_at`` of a stored table, ns UTC."""
    import pyarrow as pa

    stamp = table.column(STAMP).cast(pa.int64()).to_numpy()
    if KNOWN_AT not in table.column_names:
        return stamp, np.full(len(stamp), AT_ITS_END)
    return stamp, table.column(KNOWN_AT).cast(pa.int64()).fill_null(AT_ITS_END).to_numpy()


def to_table(new: Rows, columns: tuple[str, ...], symbol: str, like: pa.Table | None) -> pa.Table:
    """New rows as a table; with the columns ``known_at`` and ``symbol`` where they are needed to stand in ``like``."""
    import pyarrow as pa

    instant = pa.timestamp("ns", tz="UTC")
    named = {STAMP: pa.array(new.start, instant)}
    named |= {name: pa.array(row, pa.float64(), from_pandas=False) for name, row in zip(columns, new.values, strict=True)}
    on_time = new.known_at == AT_ITS_END
    if not on_time.all() or (like is not None and KNOWN_AT in like.column_names):
        named[KNOWN_AT] = pa.array(new.known_at, instant, mask=on_time)
    if like is not None and SYMBOL in like.column_names:
        named[SYMBOL] = pa.array([symbol] * len(new.start), like.schema.field(SYMBOL).type)
    return pa.table(named)
