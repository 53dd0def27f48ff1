"""Reports of a store in a notebook: the first line, tables, sentences."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
from own_files import csv_of, minutes, put
from store.stores import put_day

import sessionlab as sl
from sessionlab.store.page import page


def test_an_import_shows_its_rows_and_what_was_refused(tmp_path: Path):
    bars = minutes()
    put(tmp_path / "in" / "A&B.csv", csv_of(pd.concat([bars, bars.iloc[[3]]])))

    report = sl.store.import_data(f"files:{tmp_path}/in/{{symbol}}.csv", tmp_path / "store", progress=False)

    shown = report._repr_html_()
    assert shown.startswith("<p><b>ImportReport of files:")
    assert shown.count("<table") == 2
    assert f"<td>{len(bars)}</td>" in shown
    assert "<td>A&amp;B</td>" in shown
    assert shown.index("<td>out_of_order</td>") < shown.index("<td>duplicate</td>")


def test_a_long_table_says_how_long_it_is():
    shown = page("<Contents of x>", {"Series": pd.DataFrame({"n": range(30)}), "None": pd.DataFrame()}, ["a < b"])

    assert shown.count("<tr>") == 20
    assert "Series (the first 20 of 30)" in shown
    assert "None" not in shown
    assert "<li>a &lt; b</li>" in shown


def test_a_version_says_what_it_is_and_not_when(tmp_path: Path):
    """So that a notebook that is run again shows the same."""
    bars = minutes()
    day = bars[bars["timestamp"].dt.tz_convert("America/New_York").dt.date == dt.date(2025, 7, 2)]
    put_day(tmp_path, "SPY", "2025-07-02", pd.concat([day, day.iloc[[5]]]))

    made = sl.store.repair(sl.store.plan_repair(tmp_path, progress=False), progress=False)

    assert [repr(one) for one in sl.store.versions(tmp_path)] == [repr(made.version)]
    assert repr(made.version).startswith("<StoreVersion 2 by repair: ")
    assert made.version.when not in repr(made)
