"""Ends of bars are recognized by the calendar, and starts are never taken for them: that would show bars early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from own_files import M1, SESSIONS, TIMES, assert_same, csv_of, meant, minutes, put

from sessionlab.errors import BadDataError
from sessionlab.sources.files import Files
from sessionlab.sources.label import judge_label
from sessionlab.sources.label_votes import Part
from sessionlab.timing import Interval, SessionTable, TimeManager

MINUTE = pd.Timedelta("1min")
FUTURES = TimeManager("COMMODITIES")
BARS = minutes()


def real_parts(real_data: Path, width: str) -> list[tuple[str, Part, SessionTable]]:
    found = []
    for path in sorted((real_data / "bars" / width).glob("*/*.parquet")):
        table = pq.read_table(path, columns=["timestamp", "volume"])
        stamps = table["timestamp"].cast("int64").to_numpy()
        times = FUTURES if path.parent.name == "6EH4" else TIMES
        date = pd.Timestamp(path.stem)
        near = times.get_sessions((date - pd.Timedelta("7D")).date(), (date + pd.Timedelta("7D")).date())
        found.append((f"{path.parent.name} {path.stem}", Part(stamps, table["volume"].to_numpy().astype(float)), near))
    assert found
    return found


@pytest.mark.parametrize("width", ["1m", "1s"])
def test_every_real_file_is_told_from_its_copy_labelled_by_ends(real_data, width):
    interval = Interval.parse(width)
    for name, part, near in real_parts(real_data, width):
        ends = Part(part.stamps + interval.ns, part.volume)

        assert judge_label([part], interval, near).label == "start", name
        assert judge_label([ends], interval, near).label == "end", name


def test_real_starts_are_never_called_ends_whatever_is_missing(real_data):
    """Also with hours cut off at either edge, the close itself included, as ``between_time`` does."""
    dice = np.random.default_rng(7)
    for name, part, near in real_parts(real_data, "1m"):
        session = near[near.date.searchsorted(np.datetime64(name.split()[1]))]
        hours = (part.stamps >= session.open_ns) & (part.stamps < session.close_ns)
        closed = (part.stamps >= session.open_ns) & (part.stamps <= session.close_ns)
        for share in (1.0, 0.95, 0.5, 0.1):
            for within in (np.ones_like(hours), hours, closed, part.stamps <= session.close_ns, part.stamps >= session.open_ns):
                kept = within & (dice.random(len(hours)) < share)
                if kept.any():
                    assert judge_label([Part(part.stamps[kept], part.volume[kept])], M1, near).label != "end", name


def test_real_starts_that_are_hours_off_are_never_called_ends(real_data):
    hour = 3600 * 10**9
    for name, part, near in real_parts(real_data, "1m"):
        for hours in (-8, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 8):
            assert judge_label([Part(part.stamps + hours * hour, part.volume)], M1, near).label != "end", (name, hours)


def test_files_labelled_by_ends_become_the_same_blocks(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS.assign(timestamp=BARS.timestamp + MINUTE)))

    told = Files(tmp_path / "{symbol}.csv", label="auto")
    said = Files(tmp_path / "{symbol}.csv", label="end")

    assert_same(told.load("SPY", M1, SESSIONS), meant(BARS))
    assert_same(said.load("SPY", M1, SESSIONS), meant(BARS))
    assert told.notes == [
        "Stamps of SPY 1m are the ends of bars, moved back by 1m: of 2 sessions 0 speak for starts and 2 for ends of bars."
    ]


def test_starts_are_told_and_stay(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS))
    files = Files(tmp_path / "{symbol}.csv", label="auto")

    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
    assert files.notes[0].startswith("Stamps of SPY 1m are the starts of bars: of 2 sessions 2 speak")


def test_what_is_unsure_is_refused(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS[100:200]))

    with pytest.raises(BadDataError, match=r"cannot be told: of 1 sessions 0 .*; say label=\"start\" or label=\"end\""):
        Files(tmp_path / "{symbol}.csv", label="auto").load("SPY", M1, SESSIONS)


def test_a_thin_symbol_is_told_by_the_others_of_its_folder(tmp_path):
    put(tmp_path / "THIN.csv", csv_of(BARS[101:200].assign(timestamp=BARS.timestamp + MINUTE)))
    put(tmp_path / "SPY.csv", csv_of(BARS.assign(timestamp=BARS.timestamp + MINUTE)))

    found = Files(tmp_path / "{symbol}.csv", label="auto").load("THIN", M1, SESSIONS)

    assert_same(found, meant(BARS[101:200], "THIN"))


@pytest.mark.parametrize(("label", "shift"), [("start", 1), ("end", 0)])
def test_stamps_that_speak_against_the_given_label_are_said(tmp_path, label, shift, caplog):
    put(tmp_path / "SPY.csv", csv_of(BARS.assign(timestamp=BARS.timestamp + shift * MINUTE)))
    files = Files(tmp_path / "{symbol}.csv", label=label)

    files.availability(["SPY"], SESSIONS)

    assert f'look like {"ends" if shift else "starts"} of bars, and label="{label}" was given' in files.notes[0]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_calendar_is_found_by_the_sessions_or_given(tmp_path):
    sessions = FUTURES.get_sessions("2024-01-03", "2024-01-05")
    stamps = np.concatenate([session.ends(M1) for session in sessions])
    rows = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0)
    put(tmp_path / "6E.csv", csv_of(pd.DataFrame({"timestamp": pd.DatetimeIndex(stamps, tz="UTC"), **rows})))

    for options in ({}, {"exchange_group": "COMMODITIES"}):
        blocks = Files(tmp_path / "{symbol}.csv", label="auto", **options).load("6E", M1, sessions[1:2])

        assert [block.rows.size for block in blocks] == [1380]
        assert blocks[0].rows.start[0] == sessions.open[1]


@pytest.mark.parametrize("shift", [0, 1])
def test_around_the_clock_the_ends_of_files_tell(tmp_path, shift):
    sessions = TimeManager("CRYPTO").get_sessions("2025-07-04", "2025-07-06")
    for session in sessions:
        rows = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0)
        stamps = pd.DatetimeIndex(session.starts(M1), tz="UTC") + shift * MINUTE
        put(tmp_path / f"BTC%2FUSD/{session.date}.csv", csv_of(pd.DataFrame({"timestamp": stamps, **rows})))

    blocks = Files(tmp_path / "{symbol}/{date}.csv", label="auto").load("BTC/USD", M1, sessions)

    assert [block.rows.size for block in blocks] == [1440] * 3
    assert [block.rows.start[0] for block in blocks] == sessions.open.tolist()


def test_a_day_labelled_by_starts_with_a_row_at_its_close_is_not_called_ends():
    stamps = np.append(SESSIONS[0].starts(M1), SESSIONS[0].close_ns)
    volume = np.full(len(stamps), 100.0)

    assert judge_label([Part(stamps, volume)], M1, SESSIONS).label != "end"


def test_daily_bars_have_no_label(tmp_path):
    put(tmp_path / "SPY.csv", "Date,Open,High,Low,Close\n2025-07-02,1,1,1,1\n2025-07-03,2,2,2,2\n")

    for label in ("start", "end", "auto"):
        blocks = Files(tmp_path / "{symbol}.csv", label=label).load("SPY", Interval.parse("1d"), SESSIONS)

        assert [block.rows.values[0].tolist() for block in blocks] == [[1.0], [2.0]]
