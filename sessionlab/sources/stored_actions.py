"""Corporate actions as a Parquet store keeps them, two tables per symbol, read as values; and events written.

    <SYMBOL>_events.parquet     ex_date, kind (split, dividend), ratio_new_per_old, cash, reference_close
    <SYMBOL>_factors.parquet    date, price_factor, split_factor, reference_price

Events count; where there are none, they are made of the factors.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import BadDataError
from sessionlab.tape.actions import Actions, Dividend, FactorRow, Split, actions_of, whole_ratio
from sessionlab.timing import TimeManager

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_EVENTS = ("ex_date", "kind")
_FACTORS = ("date", "price_factor", "split_factor", "reference_price")


def read_actions(factors: Path, events: Path, times: TimeManager) -> Actions | None:
    """The actions in the two files, of which either may be absent; None where both are.

    Raises :class:`BadDataError` that names the file.
    """
    if events.is_file():
        return _said(events, lambda: _of_events(read_table(events)))
    if factors.is_file():
        return _said(factors, lambda: actions_of(_rows(read_table(factors)), times))
    return None


def write_events(events: Path, actions: Actions) -> None:
    """Put ``actions`` at ``events``; the file is replaced as a whole."""
    from sessionlab.sources.parquet_file import replace_file

    replace_file(events, events_table(actions))


def events_table(actions: Actions) -> pa.Table:
    """``actions`` as a file of events has them, in order of their dates."""
    import pyarrow as pa

    rows: list[tuple[Any, ...]] = [(split.ex_date, "split", split.ratio, None, None) for split in actions.splits]
    rows += [(paid.ex_date, "dividend", None, paid.amount, paid.close) for paid in actions.dividends]
    rows.sort(key=lambda row: row[:2])
    names = ("ex_date", "kind", "ratio_new_per_old", "cash", "reference_close")
    types = (pa.date32(), pa.string(), pa.float64(), pa.float64(), pa.float64())
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(types)]
    return pa.table(columns, names=list(names))


def read_table(path: Path) -> pd.DataFrame:
    """The table at ``path``, with dates as datetime64. Raises :class:`BadDataError` for what is no Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as why:
        reason = str(why).splitlines()[0]
        raise BadDataError(f"{path} cannot be read as Parquet ({reason[:160]}); write it again", path=str(path)) from why
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def _of_events(table: pd.DataFrame) -> Actions:
    _need(table, _EVENTS)
    kinds = table["kind"].tolist()
    if unknown := sorted({str(kind) for kind in kinds} - {"split", "dividend"}):
        raise BadDataError(f"kind is {unknown[0]!r} in a row; it must be split or dividend", value=unknown[0])
    dates = _dates(table, "ex_date")
    if "split" in kinds:
        _need(table, ("ratio_new_per_old",))
    if "dividend" in kinds:
        _need(table, ("cash", "reference_close"))
    splits = [
        Split(date, whole_ratio(ratio))
        for date, kind, ratio in zip(dates, kinds, _floats(table, "ratio_new_per_old"), strict=True)
        if kind == "split"
    ]
    dividends = [
        Dividend(date, amount, close)
        for date, kind, amount, close in zip(dates, kinds, _floats(table, "cash"), _floats(table, "reference_close"), strict=True)
        if kind == "dividend"
    ]
    return Actions.of(splits, dividends)


def _rows(table: pd.DataFrame) -> list[FactorRow]:
    _need(table, _FACTORS)
    columns = (_floats(table, name) for name in _FACTORS[1:])
    return [FactorRow(*row) for row in zip(_dates(table, "date"), *columns, strict=True)]


def _dates(table: pd.DataFrame, name: str) -> list[dt.date]:
    import pandas as pd

    try:
        stamps = pd.DatetimeIndex(table[name])
    except (TypeError, ValueError) as why:
        raise BadDataError(f"column {name} cannot be read as dates ({why}); write dates", column=name) from why
    if stamps.hasnans:
        raise BadDataError(f"column {name} has a row without a date; drop it, or say the date", column=name)
    return [stamp.date() for stamp in stamps]


def _floats(table: pd.DataFrame, name: str) -> list[float]:
    if name not in table:
        return [float("nan")] * len(table)
    try:
        return [float(number) for number in table[name]]
    except (TypeError, ValueError) as why:
        raise BadDataError(f"column {name} cannot be read as numbers ({why}); write numbers", column=name) from why


def _need(table: pd.DataFrame, columns: Sequence[str]) -> None:
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise BadDataError(f"there is no column {', '.join(lacking)}; there are {', '.join(map(str, table))}", missing=lacking)


def _said(path: Path, read: Callable[[], Actions]) -> Actions:
    try:
        return read()
    except BadDataError as why:
        if str(path) in str(why):
            raise
        raise BadDataError(f"{path}: {why}", path=str(path)) from why
