"""Moments of recorded sessions, exported and opened again: holes, quotes, rows off the hours, a split within the window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from laws.test_same_export import differing

import sessionlab as sl

WINDOW = {"data": [{"trailing_days": 2, "intervals": ["1m", "5m", "1d"]}]}


def lab_at(source: str, symbols: str, date: str, moment: str, streams: str, group: str = "US_EQUITY", **paths: Any) -> sl.Lab:
    paths = {path.replace("__", "."): value for path, value in paths.items()}
    lab = sl.Lab(sl.SessionConfig.simple(symbols, date, date, streams, exchange_group=group, **paths), source=source)
    lab.advance(moment)
    return lab


@pytest.mark.filterwarnings("ignore:.* bar is stored of the window")
@pytest.mark.parametrize(
    ("symbols", "date", "streams", "moment"),
    [
        ("SPY", "2013-10-08", "1s 1m 5m quotes", "2013-10-08 12:00:00.5"),
        ("AIG", "2013-10-07", "1s 5m quotes", "close"),
        ("AIG BAC", "2013-10-08", "1m 5m quotes", "10:30"),
        ("SPY AIG BAC", "2013-10-08", "1m 7m", "open"),
    ],
)
def test_holes_quotes_and_windows_come_back(
    real_data: Path, tmp_path: Path, symbols: str, date: str, streams: str, moment: str
) -> None:
    """AIG traded in one second of six, and lacks a minute on the 7th; BAC has single quotes, SPY and AIG those of seconds."""
    window = {"data": [{"trailing_days": 1, "intervals": ["1m", "5m"]}]}
    lab = lab_at(f"local:{real_data}", symbols, date, moment, streams, session_data_config__historical=window)
    folder = lab.data.to_parquet(tmp_path / "moment")
    tree = json.loads(json.dumps(lab.data.to_dict(), allow_nan=False))

    for export in (folder, tree):
        again = sl.Lab.from_export(export)
        assert differing(lab.data, again.data) == []
        if moment != "open":
            assert differing(lab.data.as_of("09:47:03"), again.data.as_of("09:47:03")) == []


def test_apple_after_its_split_comes_back_adjusted(lean_data: Path, tmp_path: Path) -> None:
    lab = lab_at(
        f"lean:{lean_data}", "AAPL", "2014-06-09", "11:11", "1m 5m",
        session_data_config__historical=WINDOW, session_data_config__adjust="all", session_data_config__extended_hours=True,
    )  # fmt: skip
    folder = lab.data.to_parquet(tmp_path / "moment")
    stored = pd.read_parquet(folder / "bars/1m/AAPL/2014-06.parquet").set_index("timestamp")["close"]
    shown = lab.data["AAPL"].bars("1m").history.frame()["close"]

    assert differing(lab.data, sl.Lab.from_export(folder).data) == []
    assert differing(lab.data, sl.Lab.from_export(lab.data.to_dict()).data) == []
    assert (stored.reindex(shown.index) / shown).round(6).unique().tolist() == [7.0]
    assert pd.read_parquet(folder / "corporate_actions/AAPL_events.parquet")["ex_date"].max() <= lab.session.date


def test_a_session_that_began_on_the_evening_before_comes_back(real_data: Path, tmp_path: Path) -> None:
    lab = lab_at(
        f"local:{real_data}", "6EH4", "2024-01-09", "09:30", "1m 60m 1d", "COMMODITIES",
        session_data_config__historical=WINDOW, asset_class="FUTURES", session_data_config__extended_hours=True,
    )  # fmt: skip

    assert differing(lab.data, sl.Lab.from_export(lab.data.to_parquet(tmp_path / "moment")).data) == []
