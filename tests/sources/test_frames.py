"""A frame is enough to open a lab: what it does not say is found out or assumed, and said."""

from __future__ import annotations

import datetime as dt
import pickle
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from own_files import DAYS, M1, NEW_YORK, SESSIONS, TIMES, assert_same, instants, meant, minutes

import sessionlab as sl
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.frames import Frames, lab_config_and_source
from sessionlab.sources.protocol import Source
from sessionlab.timing import Interval, TimeManager

BARS = minutes()
OTHER = minutes(seed=1)
INDEXED = BARS.set_index("timestamp")
MINUTE = pd.Timedelta("1min")
NAIVE = INDEXED.tz_localize(None)


class Foreign:
    """A table of another library: nothing but the Arrow interface."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


FORMS = {
    "a column of stamps": BARS,
    "an index of stamps": INDEXED,
    "an index with a name of its own": INDEXED.rename_axis("Datetime"),
    "an index without a name": INDEXED.rename_axis(None),
    "an index and a column that says the same": INDEXED.assign(Datetime=BARS.timestamp.to_numpy()).rename_axis("Datetime"),
    "names in capitals": INDEXED.rename(columns=str.capitalize).assign(**{"Adj Close": 1.0}),
    "names of one letter": BARS.set_axis(["t", "o", "h", "l", "c", "v"], axis=1),
    "the vol": INDEXED.rename(columns={"volume": "Vol."}),
    "stamps in seconds": BARS.assign(timestamp=instants(BARS) // 10**9),
    "stamps as text": BARS.assign(timestamp=BARS.timestamp.astype(str)),
    "stamps as objects of Python": BARS.assign(timestamp=pd.Series(list(BARS.timestamp.dt.to_pydatetime()), dtype=object)),
    "an index of text": BARS.assign(timestamp=BARS.timestamp.astype(str)).set_index("timestamp").rename_axis(None),
    "an index of numbers": BARS.assign(timestamp=instants(BARS)).set_index("timestamp").rename_axis(None),
    "date and time apart": BARS.assign(date=BARS.timestamp.dt.date, time=BARS.timestamp.dt.time).drop(columns="timestamp"),
    "periods": NAIVE.to_period("min"),
    "rows in no order": INDEXED.sample(frac=1, random_state=1),
    "numbers as text": BARS.astype({"close": str}),
    "an Arrow table": pa.Table.from_pandas(BARS),
    "a table of another library": Foreign(pa.Table.from_pandas(BARS)),
    "an Arrow table without zone": pa.Table.from_pandas(NAIVE.reset_index()),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_frame_of_any_form_makes_the_same_blocks(form):
    config, source = lab_config_and_source({"SPY": FORMS[form]}, tz=NEW_YORK)

    found = source.load("SPY", M1, SESSIONS)
    if form == "rows in no order":
        assert sum(block.refused.counts.pop("out_of_order") for block in found) > 500
    assert_same(found, meant(BARS))
    assert isinstance(source, Source)
    assert config.backtest_config.start_date == dt.date(2025, 7, 2)
    assert config.backtest_config.end_date == dt.date(2025, 7, 3)
    assert config.intervals == (M1,)


BOTH = {"SPY": INDEXED, "QQQ": OTHER.set_index("timestamp")}
LONG = pd.concat([BARS.assign(ticker="SPY"), OTHER.assign(ticker="QQQ")])
SEVERAL = {
    "by symbol": BOTH,
    "a column of symbols": LONG.sort_values("timestamp", kind="stable").rename(columns={"ticker": "symbol"}),
    "a column of categories": LONG.astype({"ticker": "category"}),
    "two levels of the index": pd.concat(BOTH),
    "two levels, the stamps first": pd.concat(BOTH, names=["sym", "when"]).swaplevel(),
    "two levels of columns": pd.concat(BOTH, axis=1),
    "two levels of columns, the prices first": pd.concat(BOTH, axis=1).swaplevel(axis=1),
    "Arrow": Foreign(pa.Table.from_pandas(LONG)),
}


@pytest.mark.parametrize("form", SEVERAL)
def test_several_symbols_come_in_any_form(form):
    config, source = lab_config_and_source(SEVERAL[form])

    assert set(config.session_data_config.symbols) == set(source.symbols()) == {"SPY", "QQQ"}
    assert_same(source.load("SPY", M1, SESSIONS), meant(BARS))
    assert_same(source.load("QQQ", M1, SESSIONS), meant(OTHER, "QQQ"))


def test_a_lab_opens_on_a_frame_in_one_line(tmp_path):
    lab = sl.Lab.from_frames({"SPY": INDEXED, "QQQ": OTHER}, bars="1m 5m", tz=NEW_YORK)

    assert lab.advance("10:00").now == pd.Timestamp("2025-07-02 10:00", tz=NEW_YORK)
    assert len(lab.data["SPY"].bars("5m")) == 6
    assert lab.data["QQQ"].bars("1m").last.close == OTHER.close[29]
    lab.run()
    assert set(lab.data.quality().coverage) == {100.0}

    path = lab.config.save(tmp_path / "spy.json")
    again = sl.SessionConfig.from_file(path)
    assert again == lab.config
    assert sl.Lab(again, source=sl.sources.Frames({"SPY": BARS, "QQQ": OTHER})).run().complete
    with pytest.raises(ConfigError, match=r"for frames give source=sl\.sources\.Frames"):
        sl.Lab(again)


def test_all_that_was_found_out_is_said():
    _, source = lab_config_and_source(INDEXED.assign(**{"Adj Close": 1.0, "vwap": 2.0}))

    assert source.notes == [
        "Adj Close is ignored: prices are taken as they traded (first seen in the frame).",
        "Columns without a meaning here are ignored: vwap (first seen in the frame).",
        'The frame does not name its symbol: it is called ASSET; name it as in {"SPY": frame}.',
        "ASSET: bars of 1m, by the differences of stamps.",
        "Stamps of ASSET 1m are the starts of bars: of 2 sessions 2 speak for starts and 0 for ends of bars.",
        "Sessions from 2025-07-02 to 2025-07-03: the first and the last with rows in hours.",
    ]


def test_exchange_time_is_assumed_and_said(caplog):
    backtesting_py = NAIVE.rename(columns=str.capitalize).rename_axis(None)

    _, source = lab_config_and_source(backtesting_py)

    assert_same(source.load("ASSET", M1, SESSIONS), meant(BARS, "ASSET"))
    assert source.notes[0] == ("Stamps have no zone: taken as exchange time, America/New_York; give tz if they are of another.")
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == source.notes[:1]


def test_a_frame_names_its_symbol_by_its_attributes():
    frame = INDEXED.copy()
    frame.attrs["symbol"] = "SPY"

    assert lab_config_and_source(frame)[1].symbols() == ["SPY"]


@pytest.mark.parametrize("label", [None, "auto", "end"])
def test_ends_of_bars_are_moved_back(label):
    config, source = lab_config_and_source({"SPY": BARS.assign(timestamp=BARS.timestamp + MINUTE)}, label=label)

    assert_same(source.load("SPY", M1, SESSIONS), meant(BARS))
    assert config.backtest_config.end_date == dt.date(2025, 7, 3)


def test_what_cannot_be_told_is_taken_as_starts_and_said_or_refused():
    middle = {"SPY": BARS[100:200]}

    _, source = lab_config_and_source(middle)

    assert_same(source.load("SPY", M1, SESSIONS), meant(BARS[100:200]))
    assert 'Stamps of SPY 1m are taken as starts of bars, which they do not tell; give label="end" if not.' in source.notes
    with pytest.raises(BadDataError, match="cannot be told"):
        lab_config_and_source(middle, label="auto")


def test_a_symbol_that_does_not_tell_is_told_by_the_others():
    ends = {"THIN": OTHER[101:200], "SPY": BARS}
    _, source = lab_config_and_source({name: frame.assign(timestamp=frame.timestamp + MINUTE) for name, frame in ends.items()})

    assert_same(source.load("THIN", M1, SESSIONS), meant(OTHER[101:200], "THIN"))


def test_daily_frames_name_trading_dates():
    daily = pd.DataFrame(
        {"Open": 1.0, "High": 3.0, "Low": 1.0, "Close": 2.0}, index=pd.DatetimeIndex(["2025-07-01", *DAYS, "2025-07-07"])
    )

    config, source = lab_config_and_source({"SPY": daily})
    result = sl.Lab(config, source=source).run()

    assert config.session_data_config.streams == ("1d",)
    assert (config.backtest_config.start_date, config.backtest_config.end_date) == (dt.date(2025, 7, 1), dt.date(2025, 7, 7))
    assert result.complete
    assert not any("no zone" in note for note in source.notes)


def test_rows_around_the_clock_are_of_crypto():
    index = pd.date_range("2025-07-04", "2025-07-08", freq="1min", inclusive="left")
    frame = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1.0}, index=index)

    config, source = lab_config_and_source({"BTC/USD": frame})

    assert (config.exchange_group, config.asset_class) == ("CRYPTO", "CRYPTO")
    assert "taken as exchange time, UTC" in " ".join(source.notes)
    assert 'exchange_group="CRYPTO"' in source.notes[0]
    sessions = TimeManager("CRYPTO").get_sessions("2025-07-04", "2025-07-07")
    assert [block.rows.size for block in source.load("BTC/USD", M1, sessions)] == [1440] * 4


def test_dates_and_group_may_be_given():
    stamps = np.concatenate(
        [session.starts(M1) for session in TimeManager("COMMODITIES").get_sessions("2024-01-03", "2024-01-05")]
    )
    frame = pd.DataFrame({"ts": stamps, "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1.0})

    config, _ = lab_config_and_source(
        {"6EH4": frame}, "1m 60m", start="2024-01-04", end=dt.date(2024, 1, 4), exchange_group="COMMODITIES"
    )

    assert config.backtest_config.start_date == config.backtest_config.end_date == dt.date(2024, 1, 4)
    assert config.intervals == (M1, Interval.parse("60m"))


def test_frames_are_not_changed_and_travel_to_other_processes():
    before = INDEXED.copy()

    source = Frames({"SPY": INDEXED})
    again = pickle.loads(pickle.dumps(source))

    pd.testing.assert_frame_equal(INDEXED, before)
    assert_same(again.load("SPY", M1, SESSIONS), meant(BARS))
    assert repr(source) == "Frames(SPY)"


def test_what_a_source_does_not_have_is_said():
    source = Frames({"SPY": BARS})

    assert source.availability(["SPY", "XYZ"], SESSIONS)["XYZ"].intervals == {}
    assert source.availability(["SPY"], TIMES.get_sessions("2025-07-07", "2025-07-08"))["SPY"].intervals == {"1m": False}
    with pytest.raises(NoDataError, match="no frame of 1m bars of XYZ; there are frames of SPY"):
        source.load("XYZ", M1, SESSIONS)
    with pytest.raises(NoDataError, match="no frame of 1s bars of SPY"):
        source.load("SPY", Interval.parse("1s"), SESSIONS)


@pytest.mark.parametrize(
    ("frames", "options", "error", "says"),
    [
        (BARS.close, {}, ConfigError, "is a Series, one column only"),
        ([1, 2, 3], {}, ConfigError, "the frame is a list; give a DataFrame"),
        ({"SPY": {"open": [1]}}, {}, ConfigError, "frame SPY is a dict"),
        ("spy.csv", {}, ConfigError, "the frame is a str"),
        ({}, {}, NoDataError, "there is no frame"),
        ({"SPY": BARS[:0]}, {}, NoDataError, "frame SPY has no rows"),
        ({"SPY": BARS.drop(columns="close")}, {}, BadDataError, "frame SPY has no column close"),
        ({"SPY": BARS.drop(columns="timestamp")}, {}, BadDataError, "frame SPY has no column timestamp"),
        ({"SPY": BARS[::5]}, {}, ConfigError, "the bars of SPY are 5m wide; a lab streams bars of 1s, 1m or 1d"),
        ({"SPY": BARS[:1]}, {}, BadDataError, "1 rows of SPY do not tell how wide its bars are"),
        ({"../SPY": BARS}, {}, ConfigError, "a path, not a symbol"),
        ({1: BARS}, {}, ConfigError, "1 is not a symbol"),
        ({"SPY": BARS.assign(symbol=["A", "B"] * 300)}, {}, BadDataError, "frame SPY holds rows of A, B in its column symbol"),
        ({"SPY": BARS.assign(close=[object()] * 600)}, {}, BadDataError, "column 'close' holds values of several kinds"),
        ({"SPY": BARS.assign(close="dear")}, {}, BadDataError, "'dear' in row 1 of column close is no number"),
        ({"SPY": BARS.assign(close=True)}, {}, BadDataError, "column close is bool, not a number"),
        ({"SPY": BARS.assign(timestamp=pd.NaT)}, {}, BadDataError, "600 of 600 rows have no timestamp"),
        ({"SPY": BARS}, {"tz": "New York"}, ConfigError, "not a time zone"),
        ({"SPY": BARS}, {"label": "left"}, ConfigError, "label is 'left'"),
        ({"SPY": BARS}, {"columns": ["timestamp"]}, ConfigError, "named by meaning"),
        ({"SPY": BARS}, {"bars": "1m 7x"}, ConfigError, "7x"),
        ({"SPY": NAIVE}, {"tz": "Asia/Tokyo"}, NoDataError, "no row of SPY lies in the hours of XNYS"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(frames, options, error, says):
    with pytest.raises(error) as told:
        lab_config_and_source(frames, **options)

    assert says in str(told.value)
    if error is not ConfigError:
        assert "\n" not in str(told.value)


def test_a_window_is_taken_off_the_front_of_the_frames():
    days = pd.bdate_range("2025-05-01", "2025-06-13").difference([pd.Timestamp("2025-05-26")])  # Memorial Day
    daily = pd.DataFrame(
        {"open": 10.0, "high": 12.0, "low": 9.0, "close": np.arange(len(days)) + 10.0, "volume": 100}, index=days
    )
    daily["high"] = daily["close"] + 1

    lab = sl.Lab.from_frames({"SPY": daily}, window=20, changes={"session_data_config.bars.incomplete": "skip"})

    first = days[20].date()
    assert lab.session.date == first
    assert lab.config.session_data_config.bars.incomplete == "skip"
    average = lab.data["SPY"][sl.SMA(20, "1d")].history
    assert average.values[-1] == daily["close"].iloc[:20].mean()
    with pytest.raises(
        ConfigError, match=r"window=40 leaves no session to run: the frames have 31, from 2025-05-01 to 2025-06-13"
    ):
        sl.Lab.from_frames({"SPY": daily}, window=40)


def test_stamps_that_look_hours_off_are_said_when_the_lab_is_opened(real_data):
    """Clock times of UTC taken for those of New York."""
    frame = pd.read_parquet(real_data / "bars/1m/SPY/2013-10-07.parquet")
    bare = frame.assign(timestamp=frame["timestamp"].dt.tz_localize(None))

    with pytest.warns(sl.DataWarning, match=r'SPY: stamps look 4 hours late on 1 of 1 sessions looked at; .*tz="UTC"'):
        sl.Lab.from_frames(bare, "1m")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sl.Lab.from_frames(bare, "1m", tz="UTC")
