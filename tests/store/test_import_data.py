"""Imports: what comes is what the source has, once; what is refused is counted; what is done is not done again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_files import csv_of, minutes, parquet_of, put, reads
from store.stores import M1, TIMES, contents_of, quotes_of, records_of, rows_of

import sessionlab as sl
from sessionlab.errors import BadDataError, BusyError, ConfigError, NoDataError, SourceError
from sessionlab.sources import Files, Frames
from sessionlab.sources.kept_files import KEPT
from sessionlab.sources.lean import LeanFolder
from sessionlab.sources.local import LocalStore
from sessionlab.sources.synthetic import Synthetic
from sessionlab.store.hidden import writing
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import Interval, SessionTable

SPAN = ("2025-05-29", "2025-07-03")
SUMMER = TIMES.get_sessions(*SPAN)


def imported(source: object, root: Path, *symbols: str, **further: object) -> sl.store.ImportReport:
    return sl.store.import_data(source, root, list(symbols) or None, progress=False, **further)


def counts(report: sl.store.ImportReport) -> dict[str, int]:
    return {name: int(report.table[name].sum()) for name in ("added", "replaced", "unchanged", "refused", "chunks", "skipped")}


# What comes


@pytest.mark.parametrize(("symbol", "dates"), [
    ("SPY", ("2013-10-07", "2013-10-11")), ("AIG", ("2013-10-07", "2013-10-11")), ("BAC", ("2013-10-07", "2013-10-11")),
    ("AAPL", ("2014-06-05", "2014-06-09")), ("FOXA", ("2013-07-01", "2013-07-02")),
])  # fmt: skip
def test_the_lean_folder_imported_is_the_real_store_row_for_row(real_data, lean_data, tmp_path, symbol, dates):
    """Minutes, seconds, and quotes of every kind; the real store was made of the same files by somebody else."""
    report = imported(f"lean:{lean_data}", tmp_path, symbol)
    sessions = TIMES.get_sessions(*dates)
    ours, real = LocalStore(tmp_path), LocalStore(real_data)
    stored = LeanFolder(lean_data).availability([symbol], sessions)[symbol].intervals

    for interval in map(Interval.parse, stored.keys() & {"1s", "1m"}):
        pd.testing.assert_frame_equal(rows_of(ours, symbol, interval, sessions), rows_of(real, symbol, interval, sessions))
    for kind in ("1s", "1m", "tick"):
        if (real_data / "quotes" / kind / symbol).is_dir():
            found, wanted = (quotes_of(LocalStore(root, quotes=kind), symbol, sessions) for root in (tmp_path, real_data))
            pd.testing.assert_frame_equal(found, wanted)
            assert len(found)
    assert counts(report)["refused"] == 0


def test_days_and_actions_of_the_lean_folder_come_too(lean_data, tmp_path):
    imported(LeanFolder(lean_data), tmp_path)
    ours, lean = LocalStore(tmp_path), LeanFolder(lean_data)
    sessions = TIMES.get_sessions("1998-01-02", "2021-03-31")

    assert lean.symbols() == ["AAPL", "AIG", "BAC", "FOXA", "SPY"]
    for symbol in ("AAPL", "AIG", "BAC", "SPY"):
        pd.testing.assert_frame_equal(
            rows_of(ours, symbol, Interval.parse("1d"), sessions), rows_of(lean, symbol, Interval.parse("1d"), sessions)
        )
        assert ours.actions(symbol, TIMES) == lean.actions(symbol, TIMES)
    assert str(ours.actions("AAPL", TIMES).splits[2]) == "7 for 1 on 2014-06-09"


def test_a_store_imports_as_it_is_read(real_data, tmp_path):
    """Also its dividends, and rows of hours before the open and after the close."""
    imported(f"local:{real_data}", tmp_path, "AAPL", start="2014-06-01", end="2014-06-30")
    ours, real = LocalStore(tmp_path), LocalStore(real_data)
    sessions = TIMES.get_sessions("2014-06-01", "2014-06-30")

    pd.testing.assert_frame_equal(rows_of(ours, "AAPL", M1, sessions), rows_of(real, "AAPL", M1, sessions))
    assert sum(block.off_session for block in ours.load("AAPL", M1, sessions)) > 900
    assert ours.actions("AAPL", TIMES) == real.actions("AAPL", TIMES)


def test_a_future_over_midnight_comes_whole(real_data, tmp_path):
    imported(f"local:{real_data}", tmp_path, "6EH4", exchange_group="COMMODITIES")
    sessions = sl.TimeManager("COMMODITIES").get_sessions("2024-01-02", "2024-01-12")

    pd.testing.assert_frame_equal(
        rows_of(LocalStore(tmp_path), "6EH4", M1, sessions), rows_of(LocalStore(real_data), "6EH4", M1, sessions)
    )


def test_late_and_corrected_bars_come_with_when_they_were_known(tmp_path):
    options = {"faults": {"late": 0.02, "corrections": 0.02, "missing": 0.01}}
    source = Synthetic(options=options)

    imported(source, tmp_path, "SPY", start=SPAN[0], end=SPAN[1], intervals="1m,1s", quotes=False)

    for interval in (M1, Interval.parse("1s")):
        wanted = rows_of(source, "SPY", interval, SUMMER[:3])
        pd.testing.assert_frame_equal(rows_of(LocalStore(tmp_path), "SPY", interval, SUMMER[:3]), wanted)
        assert wanted["start"].duplicated().any()


def test_the_csvs_as_found_come_as_they_are(real_data, tmp_path):
    """All 862 and 617 of their lines, at the stamps that they have."""
    report = imported(f"files:{real_data}/as_found/mislabelled_{{symbol}}_2025-07-02.csv", tmp_path)

    for symbol, lines in (("AAPL", 862), ("RIVN", 617)):
        csv = pd.read_csv(real_data / f"as_found/mislabelled_{symbol}_2025-07-02.csv", parse_dates=["timestamp"])
        stored = pd.read_parquet(tmp_path / f"bars/1m/{symbol}/2025-07.parquet")
        assert len(csv) == lines
        pd.testing.assert_frame_equal(stored, csv[stored.columns].assign(timestamp=csv.timestamp.dt.as_unit("ns")))
    assert report.table["added"].tolist() == [862, 617]
    assert "Columns without a meaning here are ignored: timestamp_str" in report.notes[0]


def test_frames_are_a_source_as_any_other(tmp_path):
    frame = minutes("2025-07-02")

    first = imported(Frames({"SPY": frame}), tmp_path)
    again = imported(Frames({"SPY": frame}), tmp_path)
    other = imported(Frames({"SPY": frame.assign(volume=frame["volume"] + 1)}), tmp_path)

    assert (counts(first)["added"], counts(again)["skipped"], counts(other)["replaced"]) == (390, 1, 390)


# What does not


def test_refused_rows_are_counted_by_kind_with_the_first_of_each(tmp_path):
    frame = minutes("2025-07-02", "2025-07-03")
    frame.loc[3, "open"] = np.nan
    frame.loc[[5, 6], "low"] = -1.0
    saturday = frame.iloc[:7].assign(timestamp=frame.timestamp[:7] + pd.Timedelta(days=3))
    put(tmp_path / "in/SPY.csv", csv_of(pd.concat([frame, frame.iloc[[10]], saturday])))

    report = imported(f"files:{tmp_path}/in/{{symbol}}.csv", tmp_path / "store")

    assert dict(zip(report.refused["kind"], report.refused["count"], strict=True)) == {
        "outside": 7, "not_a_number": 1, "bad_price": 2, "duplicate": 1, "out_of_order": 1,
    }  # fmt: skip
    assert report.table["added"].item() == 390 + 210 - 3
    first = report.refused.set_index("kind")["first"]
    assert first["not_a_number"].startswith("SPY 2025-07-02 09:33:00 open nan")
    assert first["outside"].startswith("SPY 2025-07-05 09:30:00")


@pytest.mark.parametrize("template", ["{symbol}/{date}.csv", "bars/1m/{symbol}/{date}.parquet"])
def test_a_file_of_a_date_without_session_is_refused_and_counted(tmp_path, template):
    """The 4th of July and a Saturday, which no session would open."""
    for date, from_day in (("2025-07-03", 0), ("2025-07-04", 1), ("2025-07-05", 2)):
        frame = minutes("2025-07-03")
        frame = frame.assign(timestamp=frame["timestamp"] + pd.Timedelta(days=from_day))
        file = tmp_path / "in" / template.replace("{symbol}", "SPY").replace("{date}", date)
        put(file, csv_of(frame) if file.suffix == ".csv" else parquet_of(frame))
    local = template.startswith("bars")

    report = imported(f"local:{tmp_path}/in" if local else f"files:{tmp_path}/in/{template}", tmp_path / "store")

    assert report.refused["count"].tolist() == [2 * 210]
    assert report.refused["kind"].tolist() == ["outside"]
    assert counts(report)["added"] == 210


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path):
    for date in ("2025-07-01", "2025-07-02", "2025-07-03"):
        put(tmp_path / f"in/SPY/{date}.csv", csv_of(minutes(date)))
    put(tmp_path / "in/SPY/2025-07-02.csv", "no,bars\n1,2\n")
    template = f"files:{tmp_path}/in/{{symbol}}/{{date}}.csv"

    broken = imported(template, tmp_path / "store", intervals="1m")
    still = imported(template, tmp_path / "store", intervals="1m")
    put(tmp_path / "in/SPY/2025-07-02.csv", csv_of(minutes("2025-07-02")))
    mended = imported(template, tmp_path / "store", intervals="1m")

    assert (counts(broken)["added"], len(broken.unreadable)) == (390 + 210, 1)
    assert "2025-07-02.csv" in broken.unreadable[0]
    assert (counts(still)["skipped"], len(still.unreadable)) == (0, 1)
    assert (counts(mended)["added"], mended.unreadable) == (390, [])


def test_what_is_not_there_is_told_and_the_rest_imported(lean_data, tmp_path):
    report = imported(f"lean:{lean_data}", tmp_path, "FOXA", "XXX")

    assert report.table["symbol"].unique().tolist() == ["FOXA"]
    assert report.missing["XXX"].startswith("nothing is there; put LEAN's zips under")


@pytest.mark.parametrize(("source", "further", "message"), [
    ("synthetic", {}, "has no list of its symbols; name some"),
    ("synthetic", {"symbols": "SPY"}, "does not tell its first and last date; give both"),
    ("synthetic", {"symbols": "SPY", "start": "2025-07-03", "end": "2025-07-02"}, "the first must not be later"),
    ("synthetic", {"symbols": "", "start": "2025-07-02", "end": "2025-07-02"}, "symbols is empty"),
    ("nothing:x", {}, 'no source "nothing"'),
])  # fmt: skip
def test_what_cannot_be_meant_says_what_to_do(tmp_path, source, further, message):
    with pytest.raises(ConfigError, match=message):
        sl.store.import_data(source, tmp_path / "store", **further)


def test_nothing_at_all_is_an_error(lean_data, tmp_path):
    with pytest.raises(NoDataError, match="nothing to import of XXX"):
        imported(f"lean:{lean_data}", tmp_path, "XXX")


@pytest.mark.parametrize("there", [[], ["notes.txt"]])
def test_where_nothing_came_no_folder_is_left(lean_data, tmp_path, there):
    """What was there before stays; the folders above a store that were made for it go as well."""
    root = tmp_path / "data/store"
    for name in there:
        put(root / name, "mine")

    for symbols, error in ((["XXX"], NoDataError), ([""], ConfigError)):
        with pytest.raises(error):
            imported(f"lean:{lean_data}", root, *symbols)

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == there
    assert (tmp_path / "data").exists() == bool(there)


# Once


class Counting:
    """A source that counts the sessions it was asked to load."""

    def __init__(self, source: LocalStore) -> None:
        self._source = source
        self.name = source.name
        self.loaded = 0

    def __getattr__(self, name: str):
        return getattr(self._source, name)

    def load(self, symbol: str, interval: Interval, sessions: SessionTable):
        self.loaded += len(sessions)
        return self._source.load(symbol, interval, sessions)


def test_importing_twice_changes_nothing_and_reads_nothing(lean_data, tmp_path, monkeypatch):
    imported(f"lean:{lean_data}", tmp_path)
    before, records = contents_of(tmp_path), records_of(tmp_path)
    monkeypatch.setattr("sessionlab.sources.lean.LeanFolder._read", lambda *_: pytest.fail("a zip was read"))
    monkeypatch.setattr("sessionlab.sources.store_write.replace_file", lambda *_: pytest.fail("a file was written"))

    again = imported(f"lean:{lean_data}", tmp_path)

    assert counts(again)["skipped"] == counts(again)["chunks"] > 20
    assert (contents_of(tmp_path), records_of(tmp_path)) == (before, records)


@pytest.mark.parametrize("template", ["{symbol}.csv", "all_of_them.csv"])
def test_files_of_ones_own_are_not_read_twice_either(tmp_path, template):
    """Also where symbols, widths and dates are found out by reading."""
    for symbol in ("AIG", "SPY"):
        rows = csv_of(minutes("2025-07-01", "2025-07-02").assign(symbol=symbol))
        with (tmp_path / template.replace("{symbol}", symbol)).open("a") as file:
            file.write(rows if file.tell() == 0 else rows.split("\n", 1)[1])
    imported(f"files:{tmp_path / template}", tmp_path / "store")
    KEPT.clear()
    before = reads()

    again = imported(f"files:{tmp_path / template}", tmp_path / "store")

    assert counts(again) == {"added": 0, "replaced": 0, "unchanged": 0, "refused": 0, "chunks": 2, "skipped": 2}
    assert reads() == before


def test_a_file_that_changed_is_imported_again_and_no_other(tmp_path):
    for month in ("2025-06", "2025-07"):
        put(tmp_path / f"in/SPY/{month}.csv", csv_of(minutes(f"{month}-02", f"{month}-03")))
    template = f"files:{tmp_path}/in/{{symbol}}/{{month}}.csv"
    imported(template, tmp_path / "store")
    untouched = (tmp_path / "store/bars/1m/SPY/2025-06.parquet").stat().st_mtime_ns
    frame = minutes("2025-07-02", "2025-07-03")
    frame.loc[7, "volume"] = 77_777
    put(tmp_path / "in/SPY/2025-07.csv", csv_of(frame))

    again = imported(template, tmp_path / "store")

    assert counts(again) == {"added": 0, "replaced": 1, "unchanged": 599, "refused": 0, "chunks": 2, "skipped": 1}
    assert (tmp_path / "store/bars/1m/SPY/2025-06.parquet").stat().st_mtime_ns == untouched
    assert not sl.store.verify(tmp_path / "store").broken


def test_the_same_files_read_otherwise_are_imported_again(tmp_path):
    """Another option of a source is another source: here the label, so that each row is a minute earlier."""
    put(tmp_path / "in/SPY.csv", csv_of(minutes("2025-07-02")))
    template = tmp_path / "in/{symbol}.csv"
    imported(Files(template), tmp_path / "store")

    otherwise = imported(Files(template, label="end"), tmp_path / "store")
    again = imported(Files(template, label="end"), tmp_path / "store")

    assert (counts(otherwise)["added"], counts(otherwise)["replaced"] + counts(otherwise)["unchanged"]) == (1, 389)
    assert counts(again)["skipped"] == 1


def test_a_date_that_came_since_is_added(tmp_path):
    put(tmp_path / "in/SPY/2025-07-01.csv", csv_of(minutes("2025-07-01")))
    template = f"files:{tmp_path}/in/{{symbol}}/{{date}}.csv"
    imported(template, tmp_path / "store", intervals="1m")
    put(tmp_path / "in/SPY/2025-07-02.csv", csv_of(minutes("2025-07-02")))

    again = imported(template, tmp_path / "store", intervals="1m")

    assert (counts(again)["added"], counts(again)["unchanged"]) == (390, 390)
    assert sl.store.verify(tmp_path / "store").counts["ok"] == 1


def test_a_stored_file_that_is_gone_is_imported_again(tmp_path):
    imported("synthetic", tmp_path, "SPY", start=SPAN[0], end=SPAN[1], intervals="1m", quotes=False)
    before = contents_of(tmp_path)
    (tmp_path / "bars/1m/SPY/2025-06.parquet").unlink()

    again = imported("synthetic", tmp_path, "SPY", start=SPAN[0], end=SPAN[1], intervals="1m", quotes=False)

    assert counts(again)["skipped"] == 2
    assert contents_of(tmp_path) == before


def test_a_dry_run_writes_nothing(tmp_path):
    report = imported("synthetic", tmp_path / "store", "SPY", start=SPAN[0], end=SPAN[1], dry_run=True)

    assert report.table["chunks"].tolist() == [3, 3, 1, 3]  # three months of seconds, minutes and quotes, and all days
    assert not (tmp_path / "store").exists()


def test_actions_of_two_sources_stand_side_by_side(tmp_path):
    class WithActions(Synthetic):
        def __init__(self, actions: Actions) -> None:
            super().__init__()
            self._known = actions

        def actions(self, symbol, times):
            return self._known

        def version(self, *_):
            return repr(self._known)

        def __reduce__(self):
            return WithActions, (self._known,)

    june, july = (pd.Timestamp(date).date() for date in ("2025-06-10", "2025-07-01"))
    first = Actions.of([Split(june, 2.0)], [Dividend(july, 0.5, 100.0)])
    second = Actions.of([], [Dividend(june, 0.3, 90.0), Dividend(july, 0.6, 100.0)])
    further = {"start": "2025-07-02", "end": "2025-07-02", "intervals": "1d", "quotes": False}
    imported(WithActions(first), tmp_path, "SPY", **further)

    report = imported(WithActions(second), tmp_path, "SPY", **further)

    row = report.table.query("series == 'actions'").iloc[0]
    assert (row["added"], row["replaced"], row["unchanged"]) == (1, 1, 0)
    assert LocalStore(tmp_path).actions("SPY", TIMES) == Actions.of([Split(june, 2.0)], second.dividends)


# Stopped on the way


class FailingAt(Synthetic):
    """A source that fails when a chunk is loaded for the ``fails_at``-th time."""

    def __init__(self, fails_at: int, error: BaseException) -> None:
        super().__init__()
        self._left = fails_at
        self._error = error

    def load(self, symbol, interval, sessions):
        if self._left == 0:
            raise self._error
        self._left -= 1
        return super().load(symbol, interval, sessions)

    def __repr__(self) -> str:
        return "Synthetic"

    __reduce__ = object.__reduce__  # so that a healed one counts as the same


@pytest.fixture(scope="module")
def never_stopped(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    source = FailingAt(-1, KeyboardInterrupt())
    imported(source, root, "AAPL", "SPY", start=SPAN[0], end=SPAN[1], intervals="1m,1d", quotes=False)
    return root


@pytest.mark.parametrize(("at", "error"), [*((at, KeyboardInterrupt) for at in range(8)), (3, SourceError), (5, RuntimeError)])
def test_an_import_that_failed_at_any_chunk_goes_on_where_it_was(tmp_path, never_stopped, at, error):
    words = {"start": SPAN[0], "end": SPAN[1], "intervals": "1m,1d", "quotes": False}
    with pytest.raises(error):
        imported(FailingAt(at, error("on the way")), tmp_path, "AAPL", "SPY", **words)

    again = imported(FailingAt(-1, error("never")), tmp_path, "AAPL", "SPY", **words)

    assert counts(again)["skipped"] >= at
    assert contents_of(tmp_path) == contents_of(never_stopped)
    assert records_of(tmp_path) == records_of(never_stopped)


def test_a_folder_that_may_not_be_written_is_told(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", refuse)

    with pytest.raises(SourceError, match="cannot be written: Read-only file system; choose another folder"):
        imported("synthetic", tmp_path / "store", "SPY", start="2025-07-02", end="2025-07-02", intervals="1m")


def test_when_the_disk_is_full_what_was_imported_stays(tmp_path, monkeypatch):
    words = {"start": SPAN[0], "end": SPAN[1], "intervals": "1m", "quotes": False}
    synced, real_sync = [], os.fsync

    def full_after_some(handle: int) -> None:
        synced.append(handle)
        if len(synced) > 3:
            raise OSError(28, "No space left on device")
        real_sync(handle)

    monkeypatch.setattr(os, "fsync", full_after_some)
    with pytest.raises(SourceError, match="No space left on device; what was stored before is unchanged"):
        imported("synthetic", tmp_path / "store", "AAPL", **words)
    monkeypatch.undo()
    half = contents_of(tmp_path / "store")

    imported("synthetic", tmp_path / "store", "AAPL", **words)
    imported("synthetic", tmp_path / "whole", "AAPL", **words)

    assert 0 < len(half) < 3
    assert half.items() <= contents_of(tmp_path / "store").items()
    assert contents_of(tmp_path / "store") == contents_of(tmp_path / "whole")
    assert list(tmp_path.rglob("*.tmp")) == []


def test_two_at_once_are_refused(tmp_path):
    with writing(tmp_path), pytest.raises(BusyError, match="another process is writing"):
        imported("synthetic", tmp_path, "SPY", start="2025-07-02", end="2025-07-02", intervals="1m")


def test_a_record_that_is_broken_is_told(tmp_path):
    words = {"start": "2025-07-02", "end": "2025-07-02", "intervals": "1m", "quotes": False}
    imported("synthetic", tmp_path, "SPY", **words)
    (tmp_path / ".sessionlab/records/bars/1m/SPY.json").write_text("{")

    with pytest.raises(BadDataError, match="is no JSON"):
        imported("synthetic", tmp_path, "SPY", **words)


def test_a_file_changed_by_hand_is_told_when_rows_are_put_into_it(tmp_path):
    put(tmp_path / "in/SPY.csv", csv_of(minutes("2025-07-01")))
    imported(f"files:{tmp_path}/in/{{symbol}}.csv", tmp_path / "store")
    stored = tmp_path / "store/bars/1m/SPY/2025-07.parquet"
    pd.read_parquet(stored).iloc[:-5].to_parquet(stored)
    put(tmp_path / "in/SPY.csv", csv_of(minutes("2025-07-01", "2025-07-02")))

    report = imported(f"files:{tmp_path}/in/{{symbol}}.csv", tmp_path / "store")

    assert "bars/1m/SPY/2025-07.parquet is not what was recorded of it" in report.notes[0]
    assert counts(report)["added"] == 395


# A law


@st.composite
def cuts(draw) -> list[tuple[Sequence[str], str, str]]:
    """Imports of some symbols over some dates that together are all of them, in any order, and some more than once."""
    dates = [str(date) for date in SUMMER.date]
    jobs = []
    for symbol in ("AAPL", "SPY"):
        edges = sorted({0, *draw(st.lists(st.integers(1, len(dates) - 1), max_size=3)), len(dates)})
        jobs += [([symbol], dates[a], dates[b - 1]) for a, b in pairwise(edges)]
    jobs += draw(st.lists(st.sampled_from(jobs), max_size=2))
    return draw(st.permutations(jobs))


@given(jobs=cuts())
@settings(max_examples=12)
def test_any_order_and_chunking_of_imports_gives_the_same_rows(tmp_path_factory, never_stopped, jobs):
    root = tmp_path_factory.mktemp("pieces")
    for symbols, first, last in jobs:
        source = FailingAt(-1, KeyboardInterrupt())
        imported(source, root, *symbols, start=first, end=last, intervals="1m,1d", quotes=False)

    for symbol in ("AAPL", "SPY"):
        for interval in (M1, Interval.parse("1d")):
            pd.testing.assert_frame_equal(
                rows_of(LocalStore(root), symbol, interval, SUMMER), rows_of(LocalStore(never_stopped), symbol, interval, SUMMER)
            )
    assert not sl.store.verify(root).broken
    assert sl.store.verify(root).counts["not recorded"] == 0


def test_files_given_as_an_object_keep_their_options(tmp_path):
    frame = minutes("2025-07-02").rename(columns={"open": "PX_OPEN"})
    put(tmp_path / "in/SPY.csv", csv_of(frame.assign(timestamp=frame.timestamp + pd.Timedelta("1min"))))

    report = imported(Files(tmp_path / "in/{symbol}.csv", columns={"open": "PX_OPEN"}, label="end"), tmp_path / "store")

    assert counts(report)["added"] == 390
    start = pd.read_parquet(tmp_path / "store/bars/1m/SPY/2025-07.parquet")["timestamp"]
    assert start.iloc[0] == pd.Timestamp("2025-07-02 09:30", tz="America/New_York")
