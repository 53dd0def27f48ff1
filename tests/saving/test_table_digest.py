"""Digests of tables: equal for equal values, whatever made them, and not for a value that differs by a bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from saving.runs import everything

from sessionlab.saving.artifacts import artifacts_of
from sessionlab.saving.frame_table import to_frame, to_table
from sessionlab.saving.table_digest import digest_differences, table_digest

CELLS = st.one_of(st.floats(width=64), st.just(-0.0))
STAMPS = pd.DatetimeIndex(["2025-07-02 09:30", None], tz="America/New_York")


@given(st.lists(CELLS, min_size=1), st.data())
def test_one_bit_of_one_number_is_another_digest(values: list[float], data: Any) -> None:
    frame = pd.DataFrame({"a": values})
    at = data.draw(st.integers(0, len(values) - 1))
    other = frame.copy()
    other.loc[at, "a"] = np.nextafter(values[at], np.inf) if values[at] < 1e300 else 1.0
    same = bool(frame["a"].equals(other["a"]))

    assert (table_digest(frame) == table_digest(other)) == same
    assert table_digest(frame) == table_digest(frame.copy())


@pytest.mark.parametrize("name", sorted(artifacts_of(everything()).tables))
def test_a_table_that_was_written_and_read_has_its_digest(name: str) -> None:
    frame = artifacts_of(everything()).tables[name]

    assert table_digest(to_frame(to_table(frame), name)) == table_digest(frame)


def test_the_unit_of_an_instant_is_no_difference() -> None:
    one, other = (pd.DataFrame({"at": STAMPS.as_unit(unit)}) for unit in ("ns", "s"))

    assert table_digest(one) == table_digest(other)


def test_two_zeros_and_all_nans_are_one() -> None:
    quiet = np.frombuffer(np.array([0x7FF8000000000001], dtype=np.uint64).tobytes(), dtype=np.float64)[0]

    assert table_digest(pd.DataFrame({"a": [0.0, np.nan]})) == table_digest(pd.DataFrame({"a": [-0.0, quiet]}))


def test_what_differs_is_told_by_column_and_by_rows() -> None:
    one = {"fills": table_digest(pd.DataFrame({"a": [1.0], "b": ["x"]})), "old": table_digest(pd.DataFrame({"a": [1]}))}
    other = {"fills": table_digest(pd.DataFrame({"a": [1.0], "b": ["y"]})), "new": one["old"]}
    longer = {"fills": table_digest(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "x"]}))}

    assert list(digest_differences(one, other)) == [
        ("fills", "column b"), ("new", "was not saved"), ("old", "did not come out"),
    ]  # fmt: skip
    assert next(digest_differences(one, longer)) == ("fills", "a table of 1 rows was saved, one of 2 came out")
