"""The tree of a moment: what is in it, in values that JSON can say, of real bars counted by hand and of the views."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import MINUTE_NS, RowsSource, at, config, make_bars

import sessionlab as sl
from sessionlab.session.plain_columns import instants_of, numbers_of, plain_numbers, plain_stamps
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
YESTERDAY, TODAY = (TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02"))


def lab_of(rows: Rows, *, streams: str = "1m 5m", window: int = 1, **changes: Any) -> sl.Lab:
    return sl.Lab(config("A", streams, window=window, **changes), source=RowsSource({("A", "1m"): rows}), times=TIMES)


def tree_at(moment: str, rows: Rows, **more: Any) -> dict[str, Any]:
    lab = lab_of(rows, **more)
    lab.advance(moment)
    return lab.data.to_dict()


def test_bars_are_columns_of_what_the_views_show() -> None:
    lab = lab_of(make_bars([YESTERDAY, TODAY], missing=[3]))
    lab.advance("09:41")
    bars = lab.data.to_dict()["symbols"]["A"]["bars"]

    assert list(bars) == ["1m", "5m"]
    assert (bars["1m"]["action"], bars["5m"]["action"], bars["5m"]["base"]) == ("STREAMED", "GENERATED", "1m")
    fives = bars["5m"]["columns"]
    assert fives["start"] == ["2025-07-02T09:30:00-04:00", "2025-07-02T09:35:00-04:00"]
    assert fives["known_at"] == ["2025-07-02T09:35:00-04:00", "2025-07-02T09:40:00-04:00"]
    assert (fives["count"], fives["complete"]) == ([4, 5], [False, True])
    assert fives["close"] == lab.data["A"].bars("5m").close.tolist()
    assert bars["1m"]["coverage"] == 100 * 10 / 11
    assert bars["1m"]["gaps"] == {
        "start": ["2025-07-02T09:33:00-04:00"],
        "end": ["2025-07-02T09:34:00-04:00"],
        "count": [1],
    }


def test_windows_indicators_and_historical_values_are_there_with_what_they_are_made_of() -> None:
    historical = {
        "avg_volume": {"type": "trailing_average", "period": "2d"},
        "by_minute": {"type": "trailing_average", "period": "1d", "granularity": "minute"},
    }
    lab = lab_of(make_bars([YESTERDAY, TODAY]), **{"session_data_config__historical.indicators": historical})
    lab.advance("10:00")
    aapl = lab.data["A"]
    aapl[sl.EMA(9, "5m")], aapl[sl.indicator(lambda bars: bars.close, "5m", name="mine")]
    tree = lab.data.to_dict()["symbols"]["A"]

    assert list(tree["window"]) == ["1m", "5m", "1d"]
    assert tree["window"]["5m"]["columns"]["volume"] == aapl.bars("5m").history.volume.tolist()
    ema = tree["indicators"]["EMA(9, 5m)"]
    assert ema["recipe"] == {"name": "EMA", "params": {"timeperiod": 9}, "field": "close"}
    assert ema["columns"]["ema"] == aapl[sl.EMA(9, "5m")].values.tolist()
    assert ema["window"]["ema"][:9] == [None] * 8 + [aapl.bars("5m").history.close[:9].mean()]
    assert tree["indicators"]["mine(5m)"]["recipe"] == {"function": "mine(5m)"}
    volume = float(aapl.bars("1m").history.volume.sum())
    avg = tree["historical"]["avg_volume"]
    assert (avg["value"], avg["dates"], avg["absent"]) == (volume, ["2025-07-01"], ["2025-06-30"])
    assert avg["why"] == "2 sessions asked, 1 is stored: from 2025-07-01 to 2025-07-01"
    assert tree["historical"]["by_minute"]["values"] == aapl.bars("1m").history.volume.tolist()


def test_the_day_and_the_quotes_are_those_known() -> None:
    quotes = Rows.of([at("09:30:05"), at("09:45")], [at("09:30:05"), at("09:45")], np.array([[9.0, 8], [1, 2], [9.5, 9], [3, 4]]))
    rows = make_bars(TODAY)
    source = RowsSource({("A", "1m"): rows}, {"A": quotes})
    lab = sl.Lab(config("A", "1m quotes"), source=source, times=TIMES)
    lab.advance("09:40")
    tree = lab.data.to_dict()["symbols"]["A"]

    assert tree["quotes"] == {
        "timestamp": ["2025-07-02T09:30:05-04:00"],
        "bid_price": [9.0], "bid_size": [1.0], "ask_price": [9.5], "ask_size": [3.0],
        "flag": [""], "source": ["recorded"],
    }  # fmt: skip
    assert tree["quote"]["ask_price"] == 9.5
    assert tree["day"]["volume"] == float(rows.values[4, :10].sum())
    assert tree["day"]["high"] == float(rows.values[1, :10].max())


def test_a_late_bar_keeps_its_moment_and_a_corrected_one_is_told_as_it_is_now() -> None:
    rows = make_bars(TODAY, late={2: 300}, corrected={4: 90, 8: 3600})
    bars = tree_at("09:45", rows, window=0)["symbols"]["A"]["bars"]["1m"]["columns"]

    assert bars["known_at"][2] == "2025-07-02T09:38:00-04:00"
    assert bars["known_at"][4] == "2025-07-02T09:36:30-04:00"
    assert bars["known_at"][8] == "2025-07-02T09:39:00-04:00"
    corrected = rows.take(rows.start == at("09:34"))
    assert bars["close"][4] == corrected.values[3, 1] == corrected.values[3, 0] + 0.25
    to_come = rows.take(rows.start == at("09:38"))
    assert bars["close"][8] == to_come.values[3, 0]


def test_nothing_that_comes_later_stands_anywhere_in_it() -> None:
    """A correction of ten minutes later, a late bar, the rest of the day: of all of them no stamp and no price is there."""
    rows = make_bars(TODAY, late={2: 3600}, corrected={8: 3600})
    text = json.dumps(tree_at("09:45", rows, window=0))
    later = rows.take(rows.known_at > at("09:45"))

    assert not {stamp for stamp in plain_stamps(later.known_at, TIMES.tz) if f'"{stamp}"' in text} - {TODAY.close.isoformat()}
    assert "2025-07-02T09:32:00-04:00" not in json.loads(text)["symbols"]["A"]["bars"]["1m"]["columns"]["start"]
    assert len(json.loads(text)["symbols"]["A"]["bars"]["1m"]["columns"]["start"]) == 14


def test_extended_rows_are_there_where_the_config_keeps_them() -> None:
    start = np.array([at("09:00"), at("09:01")])
    early = Rows.of(start, start + MINUTE_NS, np.full((5, 2), 7.0))
    rows = Rows.join([early, make_bars(TODAY)])
    kept = tree_at("09:31", rows, window=0, session_data_config__extended_hours=True)["symbols"]["A"]

    assert kept["extended"]["start"] == ["2025-07-02T09:00:00-04:00", "2025-07-02T09:01:00-04:00"]
    assert "extended" not in tree_at("09:31", rows, window=0)["symbols"]["A"]


def test_at_the_open_today_is_empty_and_the_window_is_there() -> None:
    tree = lab_of(make_bars([YESTERDAY, TODAY])).data.to_dict()["symbols"]["A"]

    assert tree["bars"]["1m"]["columns"]["start"] == []
    assert (tree["bars"]["1m"]["coverage"], tree["day"]["last"]) == (None, None)
    assert len(tree["window"]["1m"]["columns"]["close"]) == 390


def test_without_window_there_is_none_and_no_lab_opens_on_it() -> None:
    lab = lab_of(make_bars([YESTERDAY, TODAY]))
    lab.advance("10:00")
    tree = lab.data.to_dict(window=False)

    assert "window" not in tree["symbols"]["A"]
    assert tree["symbols"]["A"]["stored"] == {}
    with pytest.raises(sl.errors.ConfigError, match="make it with window=True"):
        sl.Lab.from_export(tree)


def test_splits_and_what_is_not_adjusted_for_them_are_told() -> None:
    from sessionlab.tape.actions import Actions, Dividend, Split

    class Acting(RowsSource):
        def actions(self, symbol: str, times: sl.TimeManager) -> Actions:
            days = TODAY.date, TIMES.get_next_trading_date(TODAY.date)
            return Actions.of([Split(day, 2.0) for day in days], [Dividend(days[1], 0.5, 100.0)])

    made = config("A", "1m", window=1)
    with pytest.warns(sl.DataWarning, match="split 2 for 1"):
        lab = sl.Lab(made, source=Acting({("A", "1m"): make_bars([YESTERDAY, TODAY])}), times=TIMES)
    tree = lab.data.to_dict()["symbols"]["A"]

    assert tree["splits"] == tree["window"]["1m"]["unadjusted"] == [{"ex_date": "2025-07-02", "ratio": 2.0}]
    assert tree["actions"] == {"splits": [{"ex_date": "2025-07-02", "ratio": 2.0}], "dividends": []}


def test_the_plan_does_not_tell_how_many_bars_skip_will_lose() -> None:
    """That is counted over the whole run, days to come included."""
    lab = lab_of(make_bars([YESTERDAY, TODAY], missing=[300]), session_data_config__bars={"incomplete": "skip"})
    reasons = [stream["reason"] for stream in lab.data.to_dict()["plan"]["streams"]]

    assert any("skip leaves out 1 of 78" in stream.reason for stream in lab.plan.streams)
    assert not any("skip" in reason for reason in reasons)


def test_a_look_back_exports_that_moment_of_an_earlier_session_too() -> None:
    made = config("A", "1m", "2025-07-01", "2025-07-02")
    lab = sl.Lab(made, source=RowsSource({("A", "1m"): make_bars([YESTERDAY, TODAY])}), times=TIMES)
    lab.run()
    tree = lab.data.as_of(pd.Timestamp("2025-07-01 10:00", tz=TIMES.tz)).to_dict()

    assert (tree["now"], tree["session"]["date"]) == ("2025-07-01T10:00:00-04:00", "2025-07-01")
    assert tree["symbols"]["A"]["bars"]["1m"]["rows"] == 30
    assert sl.Lab.from_export(tree).session.date == YESTERDAY.date


class TestPlainValues:
    def test_stamps_of_any_digits_and_on_both_sides_of_a_clock_change_go_there_and_back(self) -> None:
        stamps = pd.to_datetime(["2025-03-09 01:59:59.5", "2025-03-09 03:00", "2025-03-09 03:00:00.000000007"], format="ISO8601")
        index = stamps.tz_localize("America/New_York").as_unit("ns")
        text = plain_stamps(index.asi8, "America/New_York")

        assert text == [stamp.isoformat() for stamp in index]
        assert instants_of(text, "stamps").tolist() == index.asi8.tolist()

    def test_numbers_keep_every_bit_and_are_json(self) -> None:
        values = np.array([0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, np.nan, np.inf, -np.inf])
        again = numbers_of(json.loads(json.dumps(plain_numbers(values), allow_nan=False)), "numbers")

        assert again.tobytes() == values.tobytes()

    @pytest.mark.parametrize("stamp", ["2025-07-02T09:30:00", "yesterday", None, 12])
    def test_a_stamp_without_offset_or_sense_is_refused_with_its_place(self, stamp: Any) -> None:
        with pytest.raises(sl.errors.BadDataError, match="A: start"):
            instants_of([stamp], "A: start")
