"""The folder of an export: whole or not at all, the same bytes for the same moment, and readable without sessionlab."""

from __future__ import annotations

import copy
import shutil
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError, SessionlabError, SourceError

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]
MADE = config(
    "A BTC/USD",
    "1m 5m",
    "2025-07-02",
    window=1,
    **{"session_data_config__historical.indicators": {"avg": {"type": "trailing_average", "period": "1d"}}},
)


def lab_at(moment: str = "10:30", *, late: bool = True) -> sl.Lab:
    faults: dict[str, Any] = {"late": {5: 600}, "corrected": {7: 600}} if late else {}
    rows = make_bars(DAYS, missing=[3], **faults)
    lab = sl.Lab(MADE, source=RowsSource({(symbol, "1m"): rows for symbol in ("A", "BTC/USD")}), times=TIMES)
    lab.data["A"][sl.EMA(9, "5m")]
    if moment != "open":
        lab.advance(moment)
    return lab


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lab_at().data.to_parquet(tmp_path / "moment")


class TestWhatIsWritten:
    def test_base_rows_are_a_store_of_rows_as_told_with_known_at(self, folder: Path) -> None:
        table = pd.read_parquet(folder / "bars/1m/A/2025-07.parquet")
        view = lab_at().data["A"].bars("1m")
        today = table[table["date"].astype(str) == "2025-07-02"]

        assert list(table) == ["timestamp", "open", "high", "low", "close", "volume", "known_at", "date"]
        assert today["close"].tolist() == view.close.tolist()
        assert today["timestamp"].tolist() == view.index.tolist()
        late = today.set_index("timestamp")["known_at"] - today.set_index("timestamp").index - pd.Timedelta("1min")
        assert late[late > pd.Timedelta(0)].tolist() == [pd.Timedelta("10min")] * 2
        assert (folder / "bars/1m/BTC%2FUSD/2025-07.parquet").is_file()

    def test_a_lab_on_it_as_a_local_store_shows_the_same_bars(self, folder: Path) -> None:
        original, lab = lab_at(), sl.Lab(MADE, source=f"local:{folder}", times=TIMES)
        lab.advance("10:30")
        for symbol in ("A", "BTC/USD"):
            for interval in ("1m", "5m"):
                for part in ("history", "all"):
                    mine, its = (getattr(one.data[symbol].bars(interval), part) for one in (lab, original))
                    pd.testing.assert_frame_equal(mine.frame(), its.frame())
                assert lab.data[symbol].bars(interval).coverage == original.data[symbol].bars(interval).coverage
            assert float(lab.data[symbol].historical["avg"]) == float(original.data[symbol].historical["avg"])

    def test_what_was_corrected_stands_aside_as_it_was_before(self, folder: Path) -> None:
        table = pd.read_parquet(folder / "corrected.parquet")
        rows = make_bars(DAYS[1], corrected={7: 600})
        before = rows.take(rows.start == rows.start[7])

        assert table[table["date"].astype(str) == "2025-07-02"][["symbol", "interval", "close"]].to_numpy().tolist() == [
            ["A", "1m", before.values[3, 0]],
            ["BTC/USD", "1m", before.values[3, 0]],
        ]

    def test_tables_say_in_the_long_form_what_the_views_show(self, folder: Path) -> None:
        lab = lab_at()
        tables = {path.stem: pd.read_parquet(path) for path in (folder / "tables").iterdir()}

        fives = tables["made_bars"].query("symbol == 'A' and interval == '5m' and part == 'today'")
        assert fives["count"].tolist() == lab.data["A"].bars("5m").count.tolist()
        ema = tables["indicators"].query("symbol == 'A' and part == 'today' and output == 'ema'")
        assert ema["value"].tolist() == lab.data["A"][sl.EMA(9, "5m")].values.tolist()
        assert set(ema["indicator"]) == {"EMA(9, 5m)"}
        assert tables["historical"]["value"].tolist() == [float(lab.data[symbol].historical["avg"]) for symbol in lab.symbols]
        quality, gaps = lab.data.quality(window=True), lab.data.gaps(window=True)
        pd.testing.assert_frame_equal(tables["coverage"], quality, check_dtype=False)
        assert tables["gaps"].astype(str).to_numpy().tolist() == gaps.astype(str).to_numpy().tolist()
        assert "filled" in set(tables["gaps"]["status"])

    def test_equal_moments_give_equal_bytes_however_they_were_come_to(self, folder: Path, tmp_path: Path) -> None:
        stepped = lab_at("open")
        while stepped.now < lab_at().now:
            stepped.step()
            stepped.data["BTC/USD"].bars("5m").frame()
        other = stepped.data.to_parquet(tmp_path / "other")

        assert contents(other) == contents(folder)
        assert contents(sl.Lab.from_export(folder).data.to_parquet(tmp_path / "again")) == contents(folder)

    def test_at_the_open_the_day_is_empty(self, tmp_path: Path) -> None:
        made = lab_at("open").data.to_parquet(tmp_path / "open")
        again = sl.Lab.from_export(made)

        assert (again.state, again.now, len(again.data["A"].bars("1m"))) == ("ready", DAYS[1].open, 0)
        assert len(again.data["A"].bars("1m").history) == 389

    def test_recorded_quotes_and_what_there_is_of_seconds_are_in_the_store(self, tmp_path: Path) -> None:
        lab = sl.demo()
        lab.advance("09:40")
        made = lab.data.to_parquet(tmp_path / "moment")
        quotes = pd.read_parquet(made / "quotes/1s/AAPL/2025-07-02.parquet")

        assert quotes["bid_price"].tolist() == lab.data["AAPL"].quotes.frame()["bid_price"].tolist()


class TestWhereItIsWritten:
    def test_a_folder_that_is_no_export_is_never_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine/thesis.txt").write_text("years of work")
        for overwrite in (False, True):
            with pytest.raises(ConfigError, match="is no export, so it is left as it is"):
                lab_at().data.to_parquet(tmp_path / "mine", overwrite=overwrite)

        assert contents(tmp_path) == {"mine/thesis.txt": b"years of work"}

    def test_an_export_is_replaced_only_when_asked_and_as_a_whole(self, folder: Path, tmp_path: Path) -> None:
        before = contents(folder)
        with pytest.raises(ConfigError, match="holds an export already; give overwrite=True"):
            lab_at("11:00").data.to_parquet(folder)
        assert contents(folder) == before
        lab_at("11:00").data.to_parquet(folder, overwrite=True)

        assert contents(folder) == contents(lab_at("11:00").data.to_parquet(tmp_path / "other"))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["moment", "other"]

    def test_an_export_with_a_file_of_somebody_in_it_is_left(self, folder: Path) -> None:
        (folder / "notes.md").write_text("look at 10:15")
        with pytest.raises(ConfigError, match=r"holds notes\.md, which is no part of the export"):
            lab_at().data.to_parquet(folder, overwrite=True)

        assert (folder / "notes.md").is_file()

    def test_an_empty_folder_is_taken_and_parents_are_made(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()

        assert (lab_at().data.to_parquet(tmp_path / "empty") / "export.json").is_file()
        assert (lab_at().data.to_parquet(tmp_path / "a/b/c") / "export.json").is_file()

    def test_a_file_of_that_name_and_a_place_that_cannot_be_written_are_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigError, match="is a file; give the name of a folder"):
            lab_at().data.to_parquet(tmp_path / "file")
        with pytest.raises(SourceError, match="could not be written: Not a directory"):
            lab_at().data.to_parquet(tmp_path / "file/moment")

    def test_what_was_there_stays_when_the_disk_fills_up(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = contents(folder)

        def full(*_: Any, **__: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(pq, "write_table", full)
        with pytest.raises(SourceError, match="moment could not be written: No space left on device"):
            lab_at("11:00").data.to_parquet(folder, overwrite=True)

        assert contents(tmp_path) == {f"moment/{name}": data for name, data in before.items()}

    def test_when_the_new_one_cannot_be_put_in_its_place_the_old_one_comes_back(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, rename = contents(folder), Path.rename

        def once(self: Path, target: Path) -> Path:
            if self.suffix == ".tmp" and target == folder:
                raise OSError(13, "Permission denied")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", once)
        with pytest.raises(SourceError, match="Permission denied"):
            lab_at("11:00").data.to_parquet(folder, overwrite=True)

        assert contents(tmp_path) == {f"moment/{name}": data for name, data in before.items()}


class TestDamage:
    def test_the_file_that_was_changed_or_lost_is_named(self, folder: Path, tmp_path: Path) -> None:
        for name in contents(folder):
            broken = tmp_path / "broken"
            shutil.copytree(folder, broken)
            data = bytearray((broken / name).read_bytes())
            data[len(data) // 2] ^= 1
            (broken / name).write_bytes(data)
            with pytest.raises(BadDataError) as said:
                sl.Lab.from_export(broken)
            assert str(broken / name) in str(said.value)
            assert "\n" not in str(said.value)
            (broken / name).unlink()
            with pytest.raises((BadDataError, NoDataError), match=name.split("/")[-1]):
                sl.Lab.from_export(broken)
            shutil.rmtree(broken)

    def test_a_newer_format_what_is_no_export_and_nothing_are_told_apart(self, folder: Path, tmp_path: Path) -> None:
        tree = lab_at().data.to_dict()
        with pytest.raises(ConfigError, match="made by a newer sessionlab; this one reads up to 1: update it"):
            sl.Lab.from_export({**tree, "format": "sessionlab-export/2"})
        with pytest.raises(ConfigError, match=r"its format is None; give what lab\.data\.to_dict"):
            sl.Lab.from_export({"bars": {}})
        with pytest.raises(NoDataError, match="does not exist, so it is no export"):
            sl.Lab.from_export(tmp_path / "nowhere")
        with pytest.raises(NoDataError, match=r"has no export\.json"):
            sl.Lab.from_export(tmp_path)
        with pytest.raises(ConfigError, match="not a list"):
            sl.Lab.from_export([tree])  # type: ignore[arg-type]

    def test_another_calendar_is_said(self) -> None:
        tree = lab_at().data.to_dict()
        tree["session"]["close"] = "2025-07-02T15:00:00-04:00"
        with pytest.raises(CalendarError, match=r"2025-07-02 09:30-15:00, and XNYS has 2025-07-02 09:30-16:00 here"):
            sl.Lab.from_export(tree)

    def test_a_key_that_is_lacking_is_named(self) -> None:
        for keys in (("now",), ("session", "open"), ("symbols", "A", "bars"), ("symbols", "A", "bars", "1m", "columns", "close")):
            tree = copy.deepcopy(lab_at().data.to_dict())
            at = tree
            for key in keys[:-1]:
                at = at[key]
            del at[keys[-1]]
            with pytest.raises(BadDataError, match=f"lacks '?{keys[-1]}'?"):
                sl.Lab.from_export(tree)

    @settings(max_examples=150)
    @given(data=st.data())
    def test_whatever_is_broken_in_a_tree_is_one_line(self, data: st.DataObject) -> None:
        tree = copy.deepcopy(TREE)
        at, keys = tree, []
        while isinstance(at, dict) and at:
            keys.append(data.draw(st.sampled_from(sorted(at))))
            parent, at = at, at[keys[-1]]
            if data.draw(st.booleans()) and len(keys) > 1:
                break
        junk = data.draw(st.sampled_from([None, 7, "x", [], {}, [None], ["x", 3], {"a": 1}]))
        if data.draw(st.booleans()):
            del parent[keys[-1]]
        else:
            parent[keys[-1]] = junk

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sl.DataWarning)
            said = ""
            try:
                sl.Lab.from_export(tree, times=TIMES)
            except SessionlabError as why:
                said = str(why)

        assert keys[0] in ("config", "available") or "\n" not in said  # these list all that is missing


TREE = lab_at("09:45").data.to_dict()


class TestGoingOn:
    def test_the_rest_of_the_session_is_absent_which_is_said_once(self) -> None:
        lab = sl.Lab.from_export(lab_at(late=False).data.to_dict())
        with pytest.warns(sl.DataWarning, match="the export ends at 2025-07-02 10:30:00: no later row is in it"):
            lab.step()
        assert (len(lab.data["A"].bars("1m")), lab.data["A"].coverage) == (59, 100 * 59 / 61)
        lab.step()
        lab.run()

        assert (lab.state, len(lab.data["A"].bars("1m"))) == ("done", 59)
        assert lab.data["A"].bars("1m").gaps["count"].tolist() == [1, 330]

    def test_a_new_start_comes_to_the_same_moment(self) -> None:
        tree = lab_at().data.to_dict()
        lab = sl.Lab.from_export(tree)
        lab.restart()
        lab.advance("10:30")

        assert lab.data.to_dict() == tree

    def test_indicators_asked_for_in_code_are_asked_for_again(self) -> None:
        lab = sl.Lab.from_export(lab_at().data.to_dict())

        assert list(lab.data["A"].indicators) == ["EMA(9, 5m)"]
        assert list(lab.data["BTC/USD"].indicators) == []

    def test_a_strategy_given_afterwards_runs_from_there(self) -> None:
        lab = sl.Lab.from_export(lab_at().data.to_dict())
        calls: list[str] = []

        @lab.every("5m")
        def look(ctx: Any) -> None:
            calls.append(f"{ctx.now:%H:%M}")

        with pytest.warns(sl.DataWarning, match="the export ends"):
            lab.advance("10:41")
        assert calls == []  # there is no bar after 10:30

    def test_a_bar_shows_how_far_it_is_where_somebody_asks_for_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        lab_at().data.to_dict(progress=True)

        assert "0%" in capsys.readouterr().err


def test_stored_days_of_bars_and_repairs_come_back(tmp_path: Path) -> None:
    """A window of days from stored days, one of which is absent and made of minutes."""
    minutes = make_bars(DAYS)
    days = make_bars(TIMES.get_trading_session("2025-06-30"), "1d")
    document = config("A", "1m", window=2, window_intervals="1d")
    lab = sl.Lab(document, source=RowsSource({("A", "1m"): minutes, ("A", "1d"): days}), times=TIMES)
    assert len(lab.data.repairs()) == 1
    again = sl.Lab.from_export(lab.data.to_parquet(tmp_path / "moment"))

    pd.testing.assert_frame_equal(again.data["A"].bars("1d").history.frame(), lab.data["A"].bars("1d").history.frame())
    pd.testing.assert_frame_equal(again.data.repairs(), lab.data.repairs())
