"""What the quality inspector is told: counted by hand, against the tables of the lab, and on real data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, at, config, make_bars
from eyes import Eyes
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.errors import ConfigError
from sessionlab.tape import Rows
from sessionlab.timing import Interval, TimeManager

MINUTES = 390
WIDTH = 5  # minutes of a cell: 78 of 390, at most 80
TIMES = TimeManager("US_EQUITY")


def session(date: str = "2025-07-02") -> Any:
    return TIMES.get_trading_session(pd.Timestamp(date).date())


def gappy(missing: set[int]) -> sl.Lab:
    """One symbol of minutes on one day, without those of the given numbers."""
    index = pd.date_range("2025-07-02 09:30", periods=MINUTES, freq="1min", tz="America/New_York")
    frame = pd.DataFrame({"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 100}, index=index)
    return sl.Lab.from_frames({"SPY": frame[[i not in missing for i in range(MINUTES)]]}, bars="1m 5m")


def of_rows(rows: Mapping[tuple[str, str], Rows], symbols: str = "AAPL", streams: str = "1m 5m", **changes: Any) -> sl.Lab:
    return sl.Lab(config(symbols, streams, **changes), source=RowsSource(rows))


class Looks:
    """A page that looks at the quality of ``lab``: ``shown``, and ``present`` and ``expected`` by row and column."""

    def __init__(self, lab: sl.Lab) -> None:
        self.eyes = Eyes(sl.widgets.Quality(lab))
        self.part = self.eyes.surface.viewer("eyes").parts["quality"]
        self._heard = 0
        self.facts: dict[str, Any] = {}
        self.hear()

    def ask(self, **what: Any) -> None:
        self.eyes.say("ask", part="quality", what=what)
        self.hear()

    def hear(self) -> None:
        """What is told and what is owed."""
        self.part._told_at = 0.0
        self.eyes.pull()
        for frame in self.eyes.told[self._heard :]:
            told = frame["parts"].get("quality")
            if told is None:
                continue
            json.dumps(told["facts"], allow_nan=False)
            self.facts |= told["facts"]
            arrays = told["arrays"]
            if told["fresh"]:
                self.edges = arrays["edges"]
                self._present, self._expected = arrays["present"].copy(), arrays["expected"].copy()
            elif "cells" in arrays:
                self._present[arrays["cells"]], self._expected[arrays["cells"]] = arrays["present"], arrays["expected"]
        self._heard = len(self.eyes.told)

    @property
    def shown(self) -> dict[str, Any]:
        return self.facts["shown"]

    @property
    def present(self) -> np.ndarray[Any, Any]:
        return self._present.reshape(len(self.shown["rows"]), -1)

    @property
    def expected(self) -> np.ndarray[Any, Any]:
        return self._expected.reshape(len(self.shown["rows"]), -1)

    @property
    def gaps(self) -> pd.DataFrame:
        names = ["part", "symbol", "interval", "from", "until", "count", "status", "cause", "so_far"]
        return pd.DataFrame(self.facts["rows"], columns=names)

    def causes(self) -> dict[str, str]:
        """The cause of each gap by the time at which it begins."""
        begins = pd.to_datetime(self.gaps["from"], unit="ms", utc=True).dt.tz_convert("America/New_York")
        return dict(zip(begins.dt.strftime("%H:%M:%S"), self.gaps["cause"], strict=True))


def instant(clock: str, date: str = "2025-07-02") -> float:
    """An instant in ms, as pages have them."""
    return at(clock, date) / 1e6


# -- the map -------------------------------------------------------------------------------------------------------


@given(
    missing=st.sets(st.integers(1, MINUTES - 1), max_size=60),
    moves=st.lists(st.integers(-30, 90).filter(bool), min_size=1, max_size=6),
)
def test_the_map_is_that_of_the_bars_known_now_however_it_came_there(missing: set[int], moves: list[int]) -> None:
    lab = gappy(missing)
    looks, now = Looks(lab), 0
    for move in moves:
        move = max(move, -now) if move < 0 else min(move, MINUTES - now)
        if move:
            lab.step(move)
        now += move
        looks.hear()

        due = np.bincount(np.arange(now) // WIDTH, minlength=78)
        there = np.bincount([i // WIDTH for i in range(now) if i not in missing], minlength=78)
        np.testing.assert_array_equal(looks.expected, [due])
        np.testing.assert_array_equal(looks.present, [there])


def test_looking_closer_comes_from_the_session_to_single_bars_and_back() -> None:
    lab = gappy({35, 36, 37, 300})
    lab.advance("11:30")
    looks = Looks(lab)
    assert looks.shown["closer"]
    looks.ask(closer=instant("10:05"))

    # Of minutes it is an hour by single bars: 09:30 to 10:30.
    assert (looks.edges[0], looks.edges[-1]) == (instant("09:30"), instant("10:30"))
    assert looks.present[0].tolist() == [i not in (35, 36, 37) for i in range(60)]
    assert not looks.shown["closer"]
    looks.ask(closer=instant("10:05"))
    assert len(looks.edges) == 61
    assert [step for step, _, _ in looks.shown["steps"]] == [0, 1]
    looks.ask(step=0)
    assert len(looks.edges) == 79


@given(first=st.integers(1, MINUTES - 2), length=st.integers(1, 80))
def test_a_gap_is_looked_at_whole_and_as_close_as_it_fits(first: int, length: int) -> None:
    missing = set(range(first, min(first + length, MINUTES - 1)))
    lab = gappy(missing)
    lab.run_session()
    looks = Looks(lab)
    looks.ask(interval="1m")
    part, _, _, since, until, *_ = looks.gaps.iloc[0]
    looks.ask(gap={"part": part, "from": since, "until": until})

    absent = int((looks.expected - looks.present).sum())
    assert absent == len(missing)
    assert looks.edges[0] <= since < until <= looks.edges[-1]
    if len(missing) <= 60:
        assert (np.diff(looks.edges) == 60_000).all()
        assert looks.shown["steps"][-1][1:] == [looks.edges[0], looks.edges[-1]]
    looks.ask(step=0)
    assert len(looks.edges) == 79


def test_seconds_are_looked_at_in_three_steps(real_data: Path) -> None:
    lab = sl.Lab(config("AIG SPY", "1s", "2013-10-07"), source=f"local:{real_data}")
    lab.run_session()
    looks = Looks(lab)

    # README of the data: 3,863 and 14,432 of 23,400 seconds have a trade.
    assert looks.expected.sum(axis=1).tolist() == [23_400, 23_400]
    assert looks.present.sum(axis=1).tolist() == [3_863, 14_432]
    assert looks.facts["gaps"][0][1] == 77
    assert looks.facts["gaps"][1][1] == 21
    widths = [looks.edges[1] - looks.edges[0]]
    while looks.shown["closer"]:
        looks.ask(closer=instant("12:54:10", "2013-10-07"))
        widths.append(looks.edges[1] - looks.edges[0])
    assert widths == [300_000, 15_000, 1_000]
    assert looks.edges[0] == instant("12:54:00", "2013-10-07")
    seconds = lab.data["AIG"].bars("1s").frame().loc["2013-10-07 12:54:00":"2013-10-07 12:54:59"].index.second  # type: ignore[misc]
    assert np.flatnonzero(looks.present[0]).tolist() == seconds.tolist()


@pytest.mark.parametrize("interval", [None, "1m", "5m"])
@pytest.mark.parametrize("clock", ["10:07", "15:59", "16:00"])
def test_counts_and_gaps_are_those_of_the_lab(interval: str | None, clock: str) -> None:
    days = [session("2025-07-01"), session("2025-07-02")]
    rows = {
        ("AAPL", "1m"): make_bars(days, missing=[3, 4, 50, 200, 389], late={10: 130, 11: 40, 70: 3600}, corrected={20: 90}),
        ("MSFT", "1m"): make_bars(days, missing=range(30, 90), seed=1),
    }
    lab = of_rows(rows, "AAPL MSFT", start="2025-07-01", end="2025-07-02")
    lab.run_session()
    lab.advance(clock)
    looks = Looks(lab)
    looks.ask(interval=interval)
    looks.ask(run=True)

    of = interval or "1m"
    quality, gaps = lab.data.quality(), lab.data.gaps()
    quality = quality[quality["interval"] == of].sort_values(["symbol", "date"])
    assert looks.present.ravel().tolist() == quality["present"].tolist()
    assert looks.expected.ravel().tolist() == quality["expected"].tolist()
    gaps = gaps[gaps["interval"] == of]
    looks.ask(sort="from")
    mine = looks.gaps.assign(status=looks.gaps["status"].replace("came late", "filled"))
    ms = gaps[["start", "end"]].apply(lambda one: one.dt.tz_convert("UTC").astype("int64") / 1e6)
    key = ["symbol", "from", "status"]
    expected = gaps.assign(**{"from": ms["start"], "until": ms["end"]})[[*key, "until", "count"]]
    pd.testing.assert_frame_equal(
        mine[[*key, "until", "count"]].sort_values(key, ignore_index=True),
        expected.sort_values(key, ignore_index=True),
        check_dtype=False,
    )
    for (count, longest), symbol in zip(looks.facts["gaps"], ("AAPL", "MSFT"), strict=True):
        absent = gaps[(gaps["symbol"] == symbol) & (gaps["status"] == "absent")]["count"]
        assert (count, longest) == (len(absent), absent.max() if len(absent) else 0)


def test_days_of_the_window_stand_before_those_of_the_run() -> None:
    days = [session(date) for date in ("2025-06-30", "2025-07-01", "2025-07-02")]
    lab = of_rows({("AAPL", "1m"): make_bars(days, missing=[7, 8])}, start="2025-07-02", window=2)
    lab.advance("10:00")
    looks = Looks(lab)
    looks.ask(run=True)

    assert [day[:2] for day in looks.shown["days"]] == [
        ["window", "2025-06-30"],
        ["window", "2025-07-01"],
        ["session", "2025-07-02"],
    ]
    window = lab.data.quality(window=True)
    assert looks.present[0].tolist() == window[window["interval"] == "1m"]["present"].tolist() == [388, 388, 28]
    looks.ask(day={"part": "window", "date": "2025-07-01"})
    assert looks.shown["day"] == ["window", "2025-07-01", "Tue 1 Jul 2025"]
    assert looks.present.sum() == 388
    looks.ask(day=None)
    assert looks.shown["day"][1] == "2025-07-02"


def test_a_day_that_was_looked_at_stays_while_time_goes_on() -> None:
    lab = sl.Lab(config("AAPL", "1m", "2025-07-01", "2025-07-03", data_options={"faults": {"missing": 0.1}}))
    lab.run_session()
    lab.step()
    looks = Looks(lab)
    looks.ask(day={"part": "session", "date": "2025-07-01"})
    before = looks.present.copy()
    lab.run_session()
    lab.step()
    looks.hear()

    assert looks.shown["day"][1] == "2025-07-01"
    np.testing.assert_array_equal(looks.present, before)
    lab.rewind("2025-07-01 09:45")  # the day at hand again
    looks.hear()
    assert looks.shown["today"]
    assert looks.expected.sum() == 15


def test_a_symbol_that_left_is_still_told_of() -> None:
    lab = sl.Lab(config("AAPL MSFT", "1m", "2025-07-01", "2025-07-02"))
    lab.advance("10:00")
    lab.remove_symbol("MSFT")
    lab.advance("10:30")
    looks = Looks(lab)

    assert looks.shown["rows"] == [["AAPL", "1m"], ["MSFT", "1m"]]
    assert looks.expected.sum(axis=1).tolist() == [60, 30]


def test_where_nothing_is_measured_it_says_so() -> None:
    lab = sl.Lab(config(session_data_config__gap_filler={"enable_session_quality": False}))
    lab.advance("10:00")

    assert not Looks(lab).shown["measured"]


# -- inspecting ----------------------------------------------------------------------------------------------------


def test_inspecting_moves_no_clock_and_changes_no_run(tmp_path: Path) -> None:
    saved = []
    for look in (False, True):
        lab = sl.Lab(
            config("AAPL MSFT", "1m 5m", "2025-07-01", "2025-07-02", data_options={"faults": {"missing": 0.05, "late": 0.05}})
        )
        lab.use(sl.strategies.SmaCross(fast=3, slow=9))
        lab.run_session()
        lab.advance("11:00")
        if look:
            engine = lab._engine
            stands = lab.now, engine.present.k, engine.turned, len(engine.desk.orders), lab.equity, engine.clock
            looks = Looks(lab)
            day = {"part": "session", "date": "2025-07-01"}
            for what in (
                {"run": True}, {"day": day}, {"closer": instant("10:00", "2025-07-01")}, {"list": "short"}, {"list": "left_out"},
                {"interval": "5m"}, {"list": "gaps"}, {"sort": "status"}, {"day": None}, {"interval": None},
                {"gap": {"part": "session", "from": instant("10:00"), "until": instant("10:01")}}, {"step": 0},
            ):  # fmt: skip
                looks.ask(**what)
            sl.widgets.Quality(lab).made()["quality"].still()
            assert not looks.eyes.notices
            assert (lab.now, engine.present.k, engine.turned, len(engine.desk.orders), lab.equity, engine.clock) == stands
        lab.run()
        folder = lab.result().save(tmp_path / str(look))
        saved.append({path.relative_to(folder): path.read_bytes() for path in sorted(Path(folder).rglob("*.parquet"))})

    assert saved[0]
    assert saved[0] == saved[1]


def test_nothing_told_depends_on_the_future() -> None:
    told = []
    for later in ({200, 201, 389}, {150}):
        lab = gappy({5, 6, 7, 119} | later)
        looks = Looks(lab)
        lab.advance("11:31")
        looks.hear()
        looks.ask(list="short")
        looks.ask(list="left_out")
        looks.ask(run=True)
        frames = [frame["parts"]["quality"]["facts"] for frame in looks.eyes.told if "quality" in frame["parts"]]
        told.append((frames, looks.eyes.bytes))

    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"interval": "7m"}, "there are no 7m bars; there are 1m, 5m"),
        ({"day": {"part": "session", "date": "2025-07-01"}}, "2025-07-01 is no day that is known of the session"),
        ({"list": "trades"}, "the inspector has no list 'trades'; there are gaps, short, left_out"),
        ({"sort": "price"}, "the inspector has no sort 'price'"),
    ],
)
def test_what_there_is_not_is_refused(what: dict[str, Any], said: str) -> None:
    part = sl.widgets.Quality(gappy(set())).made()["quality"]

    with pytest.raises(ConfigError, match=said):
        part.ask(what)


# -- gaps and why --------------------------------------------------------------------------------------------------


def test_gaps_are_sorted_as_asked() -> None:
    lab = gappy({3, 50, 51, 52, 100, 101, 389})
    lab.advance("16:00")
    looks = Looks(lab)

    assert looks.gaps["count"].tolist() == [3, 2, 1, 1]
    looks.ask(sort="from")
    assert looks.gaps["from"].is_monotonic_increasing
    looks.ask(sort="-from")
    assert looks.gaps["from"].is_monotonic_decreasing
    looks.ask(sort="length")
    assert looks.gaps["count"].tolist() == [1, 1, 2, 3]


def test_of_many_gaps_the_longest_are_told_and_how_many_there_are(real_data: Path) -> None:
    lab = sl.Lab(config("AIG", "1s", "2013-10-07"), source=f"local:{real_data}")
    lab.advance("12:00")
    looks = Looks(lab)

    counts = lab.data.gaps()["count"].sort_values(ascending=False)
    assert looks.gaps["count"].tolist() == counts.head(100).tolist()
    assert looks.facts["of"] == len(counts)


def test_a_gap_that_is_not_over_says_so() -> None:
    lab = gappy({28, 29, 30, 31})
    lab.advance("10:00")
    looks = Looks(lab)

    assert looks.gaps[["count", "so_far"]].to_numpy().tolist() == [[2, True]]
    lab.advance("10:05")
    looks.hear()
    assert looks.gaps[["count", "so_far"]].to_numpy().tolist() == [[4, False]]


def test_a_halt_is_known_where_the_source_tells_of_it() -> None:
    options = {"faults": {"halts": 2, "missing": 0.02}}
    lab = sl.Lab(config("AAPL", "1m", data_options=options))
    lab.run_session()
    looks = Looks(lab)

    halts = lab.source.halts("AAPL", lab.session)  # type: ignore[attr-defined]
    for _, row in looks.gaps.iterrows():
        minutes = pd.Index(np.arange(row["from"], row["until"], 60_000))
        halted = sum(int(((minutes >= a / 1e6) & (minutes < b / 1e6)).sum()) for a, b in halts)
        partly = f"halt in {halted} of them, the rest not known"
        assert row["cause"] == ("not known" if not halted else "halt" if halted == len(minutes) else partly)
    assert (looks.gaps["cause"] == "not known").any()
    assert looks.gaps["cause"].str.contains("halt").any()


def test_no_trade_is_known_where_longer_bars_have_no_more_volume() -> None:
    day = session()
    seconds = make_bars(day, "1s", missing=[*range(20, 40), *range(130, 150), *range(600, 660)])
    minutes = make_bars(day, "1m", missing=[10])
    minute = (seconds.start - day.open_ns) // 60_000_000_000
    volume = np.bincount(minute, weights=seconds.values[4], minlength=MINUTES)
    volume[2] += 500  # as if seconds of the third minute were lost
    values = np.array(minutes.values)
    values[4] = np.delete(volume, 10)
    rows = {("AAPL", "1s"): seconds, ("AAPL", "1m"): Rows.of(minutes.start, minutes.known_at, values)}
    lab = of_rows(rows, streams="1s 1m")
    lab.advance("09:30:50")
    looks = Looks(lab)
    assert looks.causes() == {"09:30:20": "not known"}  # the minute has not ended
    lab.advance("09:45")
    looks.hear()

    assert looks.causes() == {
        "09:30:20": "no trade: the 1m bars over it have no more volume",
        "09:32:10": "not known; 500 shares of the 1m bars over it are in no 1s bar",
        "09:40:00": "not known; there is no 1m bar either",
    }
    looks.ask(interval="1m")
    assert looks.causes() == {"09:40:00": "not known; there is no 1s bar either"}


def test_a_longer_bar_is_absent_because_of_those_that_it_is_made_of() -> None:
    lab = gappy({12})
    lab.advance("10:00")
    looks = Looks(lab)
    looks.ask(interval="5m")
    assert looks.causes() == {"09:40:00": "1m bars that it is made of are absent"}

    halted = sl.Lab(config("AAPL", "1m 15m", data_options={"faults": {"halts": 1}}))
    halted.run_session()
    looks = Looks(halted)
    looks.ask(interval="15m")
    ((begin, until),) = halted.source.halts("AAPL", halted.session)  # type: ignore[attr-defined]
    assert until - begin < 15 * 60 * 10**9
    assert set(looks.causes().values()) == {"a halt in a part of it, the rest not known"}


def test_what_other_symbols_did_then_is_told() -> None:
    rows = {
        (symbol, "1m"): make_bars(session(), missing=missing) for symbol, missing in [("A", [5, 9]), ("B", [5]), ("C", [5, 9])]
    }
    lab = of_rows(rows, "A B C", "1m")
    lab.advance("10:00")
    looks = Looks(lab)

    of_a = looks.gaps[looks.gaps["symbol"] == "A"].set_index("from")["cause"]
    assert of_a[instant("09:35")] == "not known; none of the 2 other symbols has a bar then"
    assert of_a[instant("09:39")] == "not known; 1 of the 2 other symbols has no bar then either"


def test_late_bars_and_repaired_ones_are_told_with_their_cause(real_data: Path) -> None:
    lab = of_rows({("AAPL", "1m"): make_bars(session(), late={30: 150, 31: 150})}, streams="1m")
    lab.advance("10:02")
    looks = Looks(lab)
    assert looks.gaps[["count", "status"]].to_numpy().tolist() == [[2, "absent"]]
    lab.advance("10:10")
    looks.hear()

    assert looks.gaps[["count", "status", "cause"]].to_numpy().tolist() == [[2, "came late", "it came after it was due"]]

    days = [session("2025-07-01"), session()]
    rows = {("AAPL", "1s"): make_bars(days, "1s"), ("AAPL", "1m"): make_bars(days, "1m", missing=[77])}
    mended = of_rows(rows, streams="1s 1m", window=1, window_intervals="1s 1m")
    repaired = Looks(mended)
    repaired.ask(interval="1m")
    repaired.ask(day={"part": "window", "date": "2025-07-01"})
    assert len(mended.data.repairs()) == 1
    assert repaired.gaps[["part", "count", "status"]].to_numpy().tolist() == [["window", 1, "made of 1s bars"]]


def test_an_export_ends_where_it_was_made() -> None:
    lab = sl.demo()
    lab.advance("10:30")
    again = sl.Lab.from_export(lab.data.to_dict())
    with pytest.warns(sl.DataWarning):
        again.advance("10:40")
    looks = Looks(again)

    assert set(looks.gaps["cause"]) == {"the data ends before it"}
    assert looks.gaps["count"].tolist() == [10, 10]


# -- the other lists -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["build", "skip"])
def test_longer_bars_that_lack_some_are_those_of_the_lab(rule: str) -> None:
    rows = {("AAPL", "1m"): make_bars(session(), missing=[3, 4, *range(50, 55)])}
    lab = of_rows(rows, streams="1m 5m 10m", session_data_config__bars={"incomplete": rule})
    lab.advance("11:00")
    looks = Looks(lab)
    looks.ask(list="short")

    expected = lab.data.incomplete().sort_values(["start", "interval"], ascending=[False, True])
    mine = pd.DataFrame(
        looks.facts["rows"], columns=["part", "symbol", "interval", "from", "until", "have", "expected", "base", "status"]
    )
    mine = mine.sort_values(["from", "interval"], ascending=[False, True])
    assert mine[["interval", "have", "expected", "status"]].to_numpy().tolist() == (
        expected[["interval", "count", "expected", "status"]].to_numpy().tolist()
    )
    assert [f"{have} of {of} {base} bars" for have, of, base in mine[["have", "expected", "base"]].to_numpy()] == expected[
        "reason"
    ].tolist()


def test_rows_off_the_hours_are_counted_with_the_first(real_data: Path) -> None:
    lab = sl.Lab(config("AIG", "1m", "2013-10-07"), source=f"local:{real_data}")
    looks = Looks(lab)
    looks.ask(list="left_out")

    # README of the data: 20 rows before the session, 24 after it, which nobody knows at the open.
    (row,) = looks.facts["rows"]
    assert row[:4] == ["AIG", "1m", "off the session's hours", 20]
    assert row[4].startswith("2013-10-07 0")


def test_refused_rows_are_told_when_their_session_has_ended() -> None:
    lab = sl.Lab(config("AAPL", "1m", data_options={"faults": {"duplicates": 0.05}}))
    lab.advance("15:59")
    looks = Looks(lab)
    looks.ask(list="left_out")
    assert looks.facts["rows"] == []
    with pytest.warns(sl.DataWarning):
        lab.advance("close")
    looks.hear()

    refused = lab.refused
    assert looks.facts["rows"] == [[*refused.iloc[0][["symbol", "series", "kind", "count", "example"]]]]
    assert refused["count"].iloc[0] > 5


def test_the_still_is_a_table_of_the_session_so_far() -> None:
    lab = gappy({3, 4, 20})
    lab.advance("10:00")
    still = sl.widgets.Quality(lab).made()["quality"].still()

    assert "<td>27 of 30</td><td>90.00 %</td><td>2</td><td>2</td>" in still


def test_cells_of_a_session_with_a_break_lie_within_its_halves() -> None:
    times = TimeManager("XTKS")
    day = times.get_trading_session(pd.Timestamp("2025-07-02").date())
    rows = {("7203", "1m"): make_bars(day, missing=[149, 150])}  # 11:29, before the break, and 12:30 after it
    lab = of_rows(rows, "7203", "1m", group="XTKS")
    lab.run_session()
    looks = Looks(lab)

    total = day.expected(Interval.parse("1m"))
    assert looks.expected.sum() == total
    assert looks.present.sum() == total - 2
    width = looks.edges[1] - looks.edges[0]
    short = np.flatnonzero(looks.present[0] < looks.expected[0])
    assert [pd.Timestamp(looks.edges[i], unit="ms", tz="Asia/Tokyo").strftime("%H:%M") for i in short] == ["11:25", "12:30"]
    assert width == 300_000
