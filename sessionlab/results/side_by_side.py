"""What two runs did, side by side: a row for what corresponds to each other, and columns that are pairs of a field and a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sessionlab.results.first_difference import Compared, Side
from sessionlab.results.paired import Pair

_NOWHERE = -1

ORDER_FIELDS = (
    "id", "sent", "symbol", "side", "type", "quantity", "limit", "stop", "trail", "tif", "status", "reason", "filled",
    "average_price",
)  # fmt: skip
FILL_FIELDS = ("order_id", "time", "known_at", "symbol", "side", "quantity", "price", "fee", "reason")
TRADE_FIELDS = (
    "symbol", "side", "quantity", "entry_time", "entry_price", "exit_time", "exit_price", "pnl", "fees", "mae", "mfe", "coverage",
)  # fmt: skip
POSITION_FIELDS = ("quantity", "average_price", "price", "value", "unrealized")

Places = tuple[list[int], list[int]]
"""Of each row, its position in the table of either run; -1 where it is in none."""


def order_table(sides: tuple[Side, Side], compared: Compared) -> pd.DataFrame:
    """Orders sent or changed from the first difference on."""
    pairs = [pair for pair in compared.pairs if _is_later(pair, compared.first_ns)]
    left, right = (
        [_NOWHERE if one is None else one.id - 1 for one in some] for some in ([p.a for p in pairs], [p.b for p in pairs])
    )
    differs = [_differs(pair) for pair in pairs]
    index = _index([(pair.strategy, pair.number) for pair in pairs], "strategy", "number")
    tables = sides[0].run.orders, sides[1].run.orders
    return _beside(sides, tables, (left, right), ORDER_FIELDS, index, differs)


def fill_table(sides: tuple[Side, Side], compared: Compared) -> pd.DataFrame:
    """Fills known from the first difference on."""
    first_ns = compared.first_ns
    pairs = [
        pair
        for pair in compared.fills
        if first_ns is not None and any(one[1].known_ns >= first_ns for one in (pair.a, pair.b) if one is not None)
    ]
    left = [_NOWHERE if pair.a is None else pair.a[0] for pair in pairs]
    right = [_NOWHERE if pair.b is None else pair.b[0] for pair in pairs]
    keys = [(pair.order.strategy, pair.order.number, pair.number) for pair in pairs]
    tables = sides[0].run.fills, sides[1].run.fills
    differs = [", ".join(pair.fields) for pair in pairs]
    return _beside(sides, tables, (left, right), FILL_FIELDS, _index(keys, "strategy", "order", "number"), differs)


def trade_table(sides: tuple[Side, Side], compared: Compared) -> pd.DataFrame:
    """Trades that ended from the first difference on, and open ones; by the order that entered, and by lot."""
    first_ns = compared.first_ns
    tables = sides[0].run.trades, sides[1].run.trades
    places: dict[tuple[str, int, int], list[int]] = {}
    for at, table in enumerate(tables):
        pair_of = {one.id: (pair.strategy, pair.number) for pair in compared.pairs if (one := (pair.a, pair.b)[at]) is not None}
        lots: dict[int, int] = {}
        for row, entry in enumerate(table["entry_order"].tolist()):
            lots[entry] = lots.get(entry, 0) + 1
            places.setdefault((*pair_of[entry], lots[entry]), [_NOWHERE, _NOWHERE])[at] = row
    ended = [table["exit_known_at"].dt.as_unit("ns").astype("int64").to_numpy() for table in tables]
    is_open = [table["exit_known_at"].isna().to_numpy() for table in tables]
    chosen = {
        key: rows
        for key, rows in places.items()
        if first_ns is not None
        and any(row >= 0 and (is_open[at][row] or ended[at][row] >= first_ns) for at, row in enumerate(rows))
    }
    left, right = ([rows[at] for rows in chosen.values()] for at in (0, 1))
    index = _index(list(chosen), "strategy", "order", "lot")
    return _beside(sides, tables, (left, right), TRADE_FIELDS, index, None)


def position_table(sides: tuple[Side, Side]) -> pd.DataFrame:
    """What both hold at the end, by strategy and symbol."""
    tables = sides[0].held, sides[1].held
    rows = [{key: i for i, key in enumerate(zip(table["strategy"], table["symbol"], strict=True))} for table in tables]
    keys = list(dict.fromkeys([*rows[0], *rows[1]]))
    left, right = ([some.get(key, _NOWHERE) for key in keys] for some in rows)
    return _beside(sides, tables, (left, right), POSITION_FIELDS, _index(keys, "strategy", "symbol"), None)


def _beside(
    sides: tuple[Side, Side],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    places: Sequence[Sequence[int]],
    fields: Sequence[str],
    index: pd.MultiIndex,
    differs: Sequence[str] | None,
) -> pd.DataFrame:
    """The rows of both tables at ``places``; without ``differs`` that is read off the fields."""
    left, right = (_rows(table, np.array(at, dtype=np.intp), fields) for table, at in zip(tables, places, strict=True))
    is_both = np.array(places[0], dtype=np.intp).clip(max=0) + np.array(places[1], dtype=np.intp).clip(max=0) == 0
    if differs is None:
        apart = {field: is_both & ~_equal(left[field], right[field]) for field in fields}
        differs = [", ".join(field for field in fields if apart[field][i]) for i in range(len(index))]
    names = sides[0].name, sides[1].name
    where = np.where(is_both, "both", np.where(np.array(places[0], dtype=np.intp) >= 0, *names))
    columns = {("where", ""): where.astype(object), ("differs", ""): np.array(differs, dtype=object)}
    for field in fields:
        columns |= {(field, name): frame[field].array for name, frame in zip(names, (left, right), strict=True)}
    frame = pd.DataFrame(dict(enumerate(columns.values())), index=index)
    return frame.set_axis(pd.MultiIndex.from_tuples(columns, names=["field", "lab"]), axis=1)


def _rows(table: pd.DataFrame, places: np.ndarray[tuple[int], np.dtype[np.intp]], fields: Sequence[str]) -> pd.DataFrame:
    """The rows at ``places``; of -1 a row of nothing. Ids stay whole numbers."""
    plain = table[list(fields)].reset_index(drop=True)
    ids = [name for name in ("id", "order_id") if name in fields]
    return plain.astype(dict.fromkeys(ids, "Int64")).reindex(np.where(places < 0, len(plain) + 1, places)).reset_index(drop=True)


def _equal(left: pd.Series, right: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return ((left == right) | (left.isna() & right.isna())).to_numpy(dtype=bool)


def _index(keys: Sequence[tuple[object, ...]], *names: str) -> pd.MultiIndex:
    if keys:
        return pd.MultiIndex.from_tuples(keys, names=names)
    return pd.MultiIndex.from_arrays([[] for _ in names], names=names)


def _differs(pair: Pair) -> str:
    if pair.a is None or pair.b is None:
        return ""
    return ", ".join([*pair.terms, *(["status"] if pair.a.became != pair.b.became else [])])


def _is_later(pair: Pair, first_ns: int | None) -> bool:
    if first_ns is None:
        return False
    some = [one for one in (pair.a, pair.b) if one is not None]
    return any(one.sent_ns >= first_ns or (one.became and one.became[-1][0] >= first_ns) for one in some)
