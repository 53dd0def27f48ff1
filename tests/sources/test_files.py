"""A user's files become the same blocks whatever they are called, wherever they lie, however often they are asked for."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import (
    D1,
    DAYS,
    M1,
    SESSIONS,
    TIMES,
    assert_same,
    csv_of,
    gzip_of,
    instants,
    meant,
    minutes,
    parquet_of,
    put,
    reads,
    zip_of,
)

import sessionlab as sl
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.files import Files
from sessionlab.sources.kept_files import KEPT, KeptFiles
from sessionlab.sources.protocol import Source

BARS = minutes()


def one_day(date: str) -> pd.DataFrame:
    return BARS[BARS.timestamp.dt.strftime("%Y-%m-%d") == date]


def test_it_is_a_source(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS))

    files = Files(tmp_path / "{symbol}.csv")

    assert isinstance(files, Source)
    assert files.name == "files"
    assert sl.sources.Files is Files
    assert "{symbol}.csv" in files.describe()


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("{symbol}.csv", {"SPY.csv": DAYS}),
        ("all.csv", {"all.csv": DAYS}),
        ("{symbol}/{date}.csv", {"SPY/2025-07-02.csv": DAYS[:1], "SPY/2025-07-03.csv": DAYS[1:]}),
        ("{date}_{symbol}.csv", {"20250702_SPY.csv": DAYS[:1], "20250703_SPY.csv": DAYS[1:]}),
        ("{symbol}-{date:%d%b%y}.csv", {"SPY-02Jul25.csv": DAYS[:1], "SPY-03Jul25.csv": DAYS[1:]}),
        ("{month}/{symbol}.csv", {"2025-07/SPY.csv": DAYS}),
        ("{symbol}_{interval}_*.csv", {"SPY_1min_x1.csv": DAYS[:1], "SPY_1min_x2.csv": DAYS[1:]}),
        ("year={year}/month={month:%m}/day={day}/{symbol}.csv", {"year=2025/month=07/day=02/SPY.csv": DAYS[:1],
                                                                 "year=2025/month=07/day=03/SPY.csv": DAYS[1:]}),
        (".", {"symbol=SPY/date=2025-07-02/part-0.csv": DAYS[:1], "symbol=SPY/date=2025-07-03/part-0.csv": DAYS[1:]}),
    ],
)  # fmt: skip
def test_a_template_names_the_files_of_a_symbol_and_a_date(tmp_path, template, names):
    for name, dates in names.items():
        put(tmp_path / name, csv_of(pd.concat(map(one_day, dates))))

    files = Files(tmp_path / template, symbol=None if "{symbol}" in template or template == "." else "SPY")

    assert files.availability(["SPY"], SESSIONS)["SPY"].intervals == {"1m": True}
    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("SPY.csv", csv_of(BARS)),
        ("SPY.csv.gz", gzip_of(csv_of(BARS))),
        ("SPY.zip", zip_of(SPY__csv=csv_of(BARS))),
        ("SPY.parquet", parquet_of(BARS)),
        ("SPY.parquet.gz", gzip_of(parquet_of(BARS))),
        ("SPY.no-suffix-that-says-it", parquet_of(BARS)),
    ],
)
def test_what_a_file_is_shows_its_content(tmp_path, name, content):
    path = put(tmp_path / name, content)

    files = Files(path, symbol="SPY")

    assert files.symbols() == ["SPY"]
    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
    assert files.availability(["QQQ"], SESSIONS)["QQQ"].intervals == {}


def test_several_symbols_in_one_file_are_told_apart_by_their_column(tmp_path):
    other = minutes(seed=1)
    both = pd.concat([BARS.assign(ticker="SPY"), other.assign(ticker="BRK.B")]).sort_values("timestamp", kind="stable")
    put(tmp_path / "all.parquet", parquet_of(both))
    put(tmp_path / "all.csv", csv_of(both))

    for name in ("all.parquet", "all.csv"):
        files = Files(tmp_path / name)

        assert files.symbols() == ["BRK.B", "SPY"]
        assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
        assert_same(files.load("BRK.B", M1, SESSIONS), meant(other, "BRK.B"))


@pytest.mark.parametrize("symbol", ["NA", "NAN", "NULL", "TRUE", "1"])
def test_a_symbol_that_looks_like_something_else_is_a_symbol(tmp_path, symbol):
    for columns in ({}, {"volume": [f"{value:,}" for value in BARS.volume]}):
        both = pd.concat([BARS.assign(symbol=symbol, **columns), BARS.assign(symbol="SPY", **columns)])
        path = put(tmp_path / f"{len(columns)}.csv", csv_of(both))

        assert_same(Files(path).load(symbol, M1, SESSIONS), meant(BARS, symbol))
        with pytest.raises(BadDataError, match="600 of 1,200 rows have no symbol"):
            Files(put(tmp_path / "x.csv", csv_of(both.replace({"symbol": {"SPY": ""}})))).load(symbol, M1, SESSIONS)


def test_bars_of_several_widths_stand_side_by_side(tmp_path):
    daily = pd.DataFrame({"timestamp": list(DAYS), "open": [1, 2], "high": 3, "low": 1, "close": 2, "volume": 5})
    put(tmp_path / "1m/SPY.csv", csv_of(BARS))
    put(tmp_path / "daily/SPY.csv", csv_of(daily))

    for template in ("{interval}/{symbol}.csv", "*/{symbol}.csv"):
        files = Files(tmp_path / template)

        assert files.availability(["SPY"], SESSIONS)["SPY"].intervals == {"1m": True, "1d": True}
        assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
        assert [block.rows.start.tolist() for block in files.load("SPY", D1, SESSIONS)] == [[at] for at in SESSIONS.open]


def test_a_day_of_few_rows_has_the_width_of_the_others(tmp_path):
    put(tmp_path / "2025-07-02.csv", csv_of(one_day(DAYS[0])))
    put(tmp_path / "2025-07-03.csv", csv_of(one_day(DAYS[1])[:1]))

    blocks = Files(tmp_path / "{date}.csv", symbol="SPY").load("SPY", M1, SESSIONS)

    assert [block.rows.size for block in blocks] == [390, 1]


def test_a_symbol_is_found_in_any_case_unless_that_could_mean_two(tmp_path):
    put(tmp_path / "a/spy.csv", csv_of(BARS))
    put(tmp_path / "b/Spy.csv", csv_of(BARS))
    put(tmp_path / "b/spy.csv", csv_of(BARS))
    put(tmp_path / "c/BTC%2FUSD.csv", csv_of(BARS))

    found = Files(tmp_path / "a/{symbol}.csv")
    assert_same(found.load("SPY", M1, SESSIONS), meant(BARS))
    assert found.notes == ["SPY is read from files that write it spy."]
    assert_same(Files(tmp_path / "c/{symbol}.csv").load("BTC/USD", M1, SESSIONS), meant(BARS, "BTC/USD"))
    with pytest.raises(BadDataError, match="SPY may be Spy or spy"):
        Files(tmp_path / "b/{symbol}.csv").load("SPY", M1, SESSIONS)


def test_a_block_does_not_depend_on_the_sessions_asked_for_with_it(tmp_path):
    for name, part in (("a", BARS[:300]), ("b", BARS[250:500]), ("c", BARS[500:])):
        put(tmp_path / f"SPY-{name}.csv", csv_of(part))
    files = Files(tmp_path / "{symbol}-*.csv", label="auto")

    whole = files.load("SPY", M1, SESSIONS)

    assert_same([block for at in (1, 0) for block in files.load("SPY", M1, SESSIONS[at : at + 1])], whole[::-1])
    assert_same(Files(tmp_path / "{symbol}-*.csv", label="auto").load("SPY", M1, SESSIONS[1:]), whole[1:])


def test_rows_of_other_dates_in_a_file_of_one_date_are_refused(tmp_path):
    put(tmp_path / "SPY/2025-07-02.csv", csv_of(BARS))

    blocks = Files(tmp_path / "{symbol}/{date}.csv").load("SPY", M1, SESSIONS)

    assert [block.rows.size for block in blocks] == [390, 0]
    assert blocks[0].refused.counts == {"outside": 210}


def test_a_cell_that_runs_again_reads_nothing_twice(tmp_path):
    for date in DAYS:
        put(tmp_path / f"SPY/{date}.csv", csv_of(one_day(date)))
    config = sl.SessionConfig.simple("SPY", *DAYS, "1m 5m")
    before = reads()

    for _ in range(2):
        result = sl.Lab(config, source=Files(tmp_path / "{symbol}/{date}.csv")).run()

    assert reads() - before == 2
    assert result.complete


def test_a_changed_file_is_noticed(tmp_path):
    path = put(tmp_path / "SPY.csv", csv_of(BARS))
    files = Files(tmp_path / "{symbol}.csv")
    assert files.load("SPY", M1, SESSIONS)[1].rows.size == 210

    put(path, csv_of(BARS[:400]))

    assert files.load("SPY", M1, SESSIONS)[1].rows.size == 10
    assert Files(tmp_path / "{symbol}.csv").load("SPY", M1, SESSIONS)[1].rows.size == 10


def test_a_file_that_changes_while_a_lab_runs_is_said(tmp_path, caplog):
    path = put(tmp_path / "SPY.csv", csv_of(BARS))
    files = Files(tmp_path / "{symbol}.csv", label="start")
    lab = sl.Lab(sl.SessionConfig.simple("SPY", "2025-07-02", "2025-07-03"), source=files)
    lab.run_session()
    put(path, csv_of(BARS.assign(close=BARS.high)))
    before = [record.message for record in caplog.records]
    lab.run_session()

    assert before == []
    assert [record.message for record in caplog.records] == [
        f"{path} changed after rows of it were given: what is read from now on is new; open the lab again."
    ]
    caplog.clear()
    sl.Lab(lab.config, source=files).run()
    assert caplog.records == []


def test_a_new_file_is_noticed_at_once(tmp_path):
    put(tmp_path / "SPY/2025-07-02.csv", csv_of(one_day(DAYS[0])))
    files = Files(tmp_path / "{symbol}/{date}.csv")
    assert files.load("SPY", M1, SESSIONS)[1].rows.size == 0

    put(tmp_path / "SPY/2025-07-03.csv", csv_of(one_day(DAYS[1])))

    assert files.load("SPY", M1, SESSIONS)[1].rows.size == 210


def test_a_file_that_is_read_in_another_way_is_another_file(tmp_path):
    bare = BARS.assign(timestamp=BARS.timestamp.dt.tz_localize(None))
    put(tmp_path / "SPY.csv", csv_of(bare))

    first = Files(tmp_path / "{symbol}.csv", tz="America/New_York").load("SPY", M1, SESSIONS)
    second = Files(tmp_path / "{symbol}.csv", tz="America/Chicago").load("SPY", M1, SESSIONS)

    assert_same(first, meant(BARS))
    assert_same(second, meant(BARS.assign(timestamp=BARS.timestamp + pd.Timedelta("1h"))))


def test_what_is_kept_is_bounded():
    class Rows:
        def __init__(self, nbytes):
            self.nbytes = nbytes

    kept = KeptFiles(most_bytes=100)
    for key, size in (("a", 40), ("b", 40), ("a", 40), ("c", 40)):
        kept.get(key, (0, 0), lambda size=size: Rows(size))

    assert kept.nbytes == 80
    assert kept.read_count == 3
    kept.get("a", (0, 0), pytest.fail)
    kept.get("c", (1, 0), lambda: Rows(500))
    assert kept.nbytes == 500
    assert KEPT.most_bytes >= 1 << 20


def test_a_source_travels_to_another_process_and_says_what_it_is(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS))
    files = Files(tmp_path / "{symbol}.csv", {"volume": "volume"}, label="auto")

    again = pickle.loads(pickle.dumps(files))

    assert repr(again) == repr(files) == f"Files('{tmp_path}/{{symbol}}.csv', columns={{'volume': 'volume'}}, label='auto')"
    assert_same(again.load("SPY", M1, SESSIONS), meant(BARS))


def test_a_config_opens_it_by_name(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS.assign(timestamp=BARS.timestamp.dt.tz_localize(None))))
    config = sl.SessionConfig.simple(
        "SPY",
        *DAYS,
        **{
            "api_config.data_api": "files",
            "api_config.data_path": str(tmp_path / "{symbol}.csv"),
            "api_config.data_options": {"tz": "America/New_York", "label": "auto"},
        },
    )

    lab = sl.Lab(config)
    lab.run()

    assert lab.data.quality().coverage.tolist() == [100.0, 100.0]
    assert any("are the starts of bars" in note for note in lab.source.notes)
    with pytest.raises(ConfigError, match="needs a template"):
        sl.Lab(config.replace({"api_config.data_path": None}))


def test_a_symbol_without_files_is_said_with_those_that_have_some(tmp_path):
    put(tmp_path / "SPY.csv", csv_of(BARS))
    files = Files(tmp_path / "{symbol}.csv")

    assert files.availability(["XYZ"], SESSIONS)["XYZ"].intervals == {}
    with pytest.raises(NoDataError, match=r"no 1m bars of XYZ; there are SPY; put files of it where .*\{symbol\}.csv names them"):
        files.load("XYZ", M1, SESSIONS)


@pytest.mark.parametrize(
    ("template", "options", "says"),
    [
        ("{symbl}.csv", {}, "did you mean 'symbol'"),
        ("{symbol.csv", {}, "a brace without its pair"),
        ("{month:%m}/{symbol}.csv", {}, "no whole date"),
        ("{date:%H}.csv", {}, "%H, which no date"),
        ("  ", {}, "template is empty"),
        ("{symbol}.csv", {"tz": "New York"}, "not a time zone"),
        ("{symbol}.csv", {"label": "left"}, "label is 'left'"),
        ("{symbol}.csv", {"format": "xlsx"}, "format is 'xlsx'"),
        ("{symbol}.csv", {"lable": "end"}, "did you mean 'label'"),
        ("{symbol}.csv", {"columns": {"price": "Px"}}, "no meaning here"),
        ("{symbol}.csv", {"columns": "timestamp"}, "columns is 'timestamp'"),
        ("{symbol}.csv", {"delimiter": ";;"}, "one character"),
        ("{symbol}.csv", {"decimal": "'"}, "decimal is"),
        ("{symbol}.csv", {"interval": "1x"}, "not an interval"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(tmp_path, template, options, says):
    put(tmp_path / "SPY.csv", csv_of(BARS))
    root = f"{tmp_path}/" if template.strip() else ""

    with pytest.raises(ConfigError) as told:
        Files(root + template, **options)

    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_a_place_without_files_is_refused(tmp_path):
    with pytest.raises(NoDataError, match="does not exist"):
        Files(tmp_path / "missing/{symbol}.csv")
    with pytest.raises(NoDataError, match="does not exist"):
        Files(tmp_path / "missing.csv")
    (tmp_path / "empty").mkdir()
    for template in ("empty/{symbol}.csv", "empty"):
        with pytest.raises(NoDataError, match="is a folder that has no files"):
            Files(tmp_path / template)
    put(tmp_path / "plain/SPY.csv", csv_of(BARS))
    with pytest.raises(ConfigError, match=r"a template like .*plain/\{symbol\}\.csv"):
        Files(tmp_path / "plain")


def test_names_cannot_climb_out_of_the_folder(tmp_path):
    put(tmp_path / "secret.csv", csv_of(BARS))
    put(tmp_path / "data/SPY.csv", csv_of(BARS))
    put(tmp_path / "data/..%2Fsecret.csv", csv_of(BARS))
    files = Files(tmp_path / "data/{symbol}.csv")

    for symbol in ("../secret", "..", "/etc/passwd", "a/../../secret", "C:\\secret"):
        with pytest.raises(ConfigError, match="a path, not a symbol"):
            files.load(symbol, M1, SESSIONS)
        with pytest.raises(ConfigError, match="a path, not a symbol"):
            files.availability([symbol], SESSIONS)


def test_whose_rows_they_are_is_never_guessed(tmp_path):
    put(tmp_path / "rows.csv", csv_of(BARS))
    put(tmp_path / "SPY/x.csv", csv_of(BARS.assign(symbol="QQQ")))

    with pytest.raises(ConfigError, match="neither its name nor a column says whose rows these are; give symbol="):
        Files(tmp_path / "rows.csv").load("SPY", M1, SESSIONS)
    with pytest.raises(BadDataError, match="holds rows of QQQ, not of SPY"):
        Files(tmp_path / "{symbol}/x.csv").load("SPY", M1, SESSIONS)


def test_a_file_of_another_width_among_many_is_left_out_and_said(tmp_path):
    for at, rows in enumerate([BARS[:50], BARS[::5], BARS[50:100], BARS[100:150], BARS[150:200]]):
        put(tmp_path / f"SPY-{at}.csv", csv_of(rows))
    files = Files(tmp_path / "{symbol}-*.csv")

    blocks = files.load("SPY", M1, SESSIONS)

    assert blocks[0].rows.size == 200
    assert files.notes == [f"{tmp_path}/SPY-1.csv holds 5m bars: they are left out."]


def test_the_files_own_order_and_errors_of_rows_reach_the_block(tmp_path):
    rows = BARS.copy()
    rows.loc[3, "close"] = np.nan
    rows.loc[4, "high"] = rows.loc[4, "low"] - 1
    rows = pd.concat([rows.iloc[:20], rows.iloc[[10]], rows.iloc[20:]], ignore_index=True)
    put(tmp_path / "SPY.csv", csv_of(rows))

    blocks = Files(tmp_path / "{symbol}.csv").load("SPY", M1, SESSIONS)

    assert blocks[0].refused.counts == {"not_a_number": 1, "high_below_low": 1, "out_of_order": 1, "duplicate": 1}
    assert f"in {tmp_path}/SPY.csv" in str(blocks[0].refused)


def test_a_relative_path_and_a_home_are_read_as_a_shell_does(tmp_path, monkeypatch):
    put(tmp_path / "data/SPY.csv", csv_of(BARS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    for template in (
        "data/{symbol}.csv",
        "./data/{symbol}.csv",
        "~/data/{symbol}.csv",
        Path("data/{symbol}.csv"),
        f"file://{tmp_path}/data/SPY.csv",
    ):
        assert_same(Files(template, symbol="SPY").load("SPY", M1, SESSIONS), meant(BARS))


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = put(tmp_path / "SPY.csv", csv_of(BARS))
    read = Path.read_bytes

    def slowly(self):
        data = read(self)
        with path.open("a") as file:
            file.write("2025-07-03 16:00:00-04:00,1,1,1,1,1\n")
        return data

    monkeypatch.setattr(Path, "read_bytes", slowly)

    with pytest.raises(BadDataError, match=r"SPY\.csv changed while it was read; ask again when it is written"):
        Files(tmp_path / "{symbol}.csv").load("SPY", M1, SESSIONS)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path):
    path = put(tmp_path / "SPY.csv", csv_of(BARS))
    path.chmod(0)

    with pytest.raises(sl.errors.SourceError, match="cannot be read"):
        Files(tmp_path / "{symbol}.csv").load("SPY", M1, SESSIONS)


def test_a_session_of_the_evening_before_is_found_by_its_trading_date(tmp_path):
    chicago = sl.TimeManager("COMMODITIES").get_sessions("2024-01-02", "2024-01-03")
    stamps = np.concatenate([np.arange(s.open_ns, s.close_ns, M1.ns) for s in chicago])
    frame = pd.DataFrame(
        {"timestamp": pd.DatetimeIndex(stamps, tz="UTC"), "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1}
    )
    for at, session in enumerate(chicago):
        put(tmp_path / f"6E/{session.date}.csv", csv_of(frame[1380 * at : 1380 * (at + 1)]))
    put(tmp_path / "months/6E-2024-01.csv", csv_of(frame[frame.timestamp.dt.month == 1]))

    by_date = Files(tmp_path / "{symbol}/{date}.csv", label="auto").load("6E", M1, chicago)
    by_month = Files(tmp_path / "months/{symbol}-{month}.csv").load("6E", M1, chicago)

    assert [block.rows.size for block in by_date] == [1380, 1380]
    assert_same(by_month, meant(frame, "6E", chicago))
    assert (instants(frame)[:1] == chicago.open[:1]).all()
    assert TIMES.tz != chicago.tz
