"""Any frame of a result comes back from Parquet as it was: columns, index, types and every value."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.errors import BadDataError
from sessionlab.saving.differences import table_difference
from sessionlab.saving.frame_table import to_frame, to_table

INSTANTS = st.datetimes(min_value=pd.Timestamp("1990-01-01"), max_value=pd.Timestamp("2100-01-01")).map(pd.Timestamp)
SYMBOLS = st.tuples(st.text(max_size=3), st.text(max_size=3))
COLUMNS: dict[str, tuple[Any, Any]] = {
    "price": (st.floats(), "float64"),
    "count": (st.integers(-(2**62), 2**62), "int64"),
    "parent": (st.one_of(st.none(), st.integers(-(2**62), 2**62)), "Int64"),
    "flag": (st.booleans(), "bool"),
    "symbol": (st.text(max_size=5), "str"),
    "reason": (st.one_of(st.none(), st.text(max_size=5)), "str"),
    "date": (INSTANTS.map(lambda at: at.normalize()), "datetime64[s]"),
    "at": (INSTANTS, "datetime64[ns]"),
    "known_at": (st.one_of(st.just(pd.NaT), INSTANTS.map(lambda at: at.tz_localize("UTC"))), "datetime64[ns, America/New_York]"),
    "proposed": (SYMBOLS, "object"),
    "days": (st.one_of(st.text(max_size=3), st.integers(0, 99)).filter(lambda value: isinstance(value, str)), "object"),
}


def read_back(frame: pd.DataFrame) -> pd.DataFrame:
    file = BytesIO()
    pq.write_table(to_table(frame), file)
    return to_frame(pq.read_table(BytesIO(file.getvalue())), "a table")


@given(st.data(), st.sets(st.sampled_from(list(COLUMNS))), st.integers(0, 6), st.booleans())
def test_any_frame_comes_back_as_it_was(data: st.DataObject, names: set[str], rows: int, with_index: bool) -> None:
    columns = {}
    for name in sorted(names):
        values, kind = COLUMNS[name]
        drawn = data.draw(st.lists(values, min_size=rows, max_size=rows))
        if "New_York" in kind:
            columns[name] = pd.Series(drawn, dtype="datetime64[ns, UTC]").dt.tz_convert("America/New_York")
        else:
            columns[name] = pd.Series(drawn, dtype="object" if kind == "object" else None).astype(kind)
    frame = pd.DataFrame(columns, index=pd.RangeIndex(rows))
    if with_index:
        instants = pd.date_range("2025-07-02", periods=rows, freq="1min", tz="America/New_York", unit="ns")
        frame = frame.set_axis(pd.DatetimeIndex(instants, name="time", freq=None))

    found = read_back(frame)
    pd.testing.assert_frame_equal(found, frame)
    assert table_difference(frame, found) is None


def test_what_comes_back_can_be_written_into() -> None:
    found = read_back(pd.DataFrame({"a": [1.0, 2.0]}))
    found.loc[0, "a"] = 5.0

    assert found["a"].tolist() == [5.0, 2.0]


def test_the_bits_of_a_number_come_back() -> None:
    frame = pd.DataFrame({"a": [0.1 + 0.2, -0.0, 5e-324, np.nan, np.inf]})

    assert read_back(frame)["a"].to_numpy().tobytes() == frame["a"].to_numpy().tobytes()


def test_a_table_of_somebody_else_is_refused() -> None:
    with pytest.raises(BadDataError, match="theirs is no table of a saved run"):
        to_frame(pa.table({"a": [1]}), "theirs")


@given(st.lists(st.floats(), min_size=1, max_size=8), st.data())
def test_the_first_changed_cell_is_found(values: list[float], data: st.DataObject) -> None:
    frame = pd.DataFrame({"same": range(len(values)), "price": values})
    row = data.draw(st.integers(0, len(values) - 1))
    changed = frame.copy()
    changed.loc[row, "price"] = 1.5 if values[row] != 1.5 else 2.5

    found = table_difference(frame, changed)
    assert found is not None
    assert found[:2] == (row, "price")
