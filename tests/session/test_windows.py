"""Windows: what lies before today's open, in the interval asked for and in those made of it."""

from __future__ import annotations

import pytest

import sessionlab as sl


def test_bars_nobody_planned_have_the_window_of_their_base():
    lab = sl.demo()
    bars = lab.data["AAPL"].bars

    assert len(bars("1m").history) == 3 * 390
    assert len(bars("5m").history) == 3 * 78
    assert len(bars("1d").history) == 3
    minutes, fives = bars("1m").history.frame(), bars("5m").history.frame()
    assert fives["high"].max() == minutes["high"].max()
    assert fives["close"].iloc[-1] == minutes["close"].iloc[-1]
    assert fives["volume"].sum() == minutes["volume"].sum()
    assert bars("5m").history.coverage == 100


def test_another_seed_is_another_market_and_the_same_one_each_time():
    closes = []
    for seed in (None, 0, 7, 7):
        lab = sl.demo(seed=seed)
        lab.step(30)
        closes.append(lab.data["AAPL"].bars("1m").close.tolist())

    assert closes[0] == closes[1]
    assert closes[2] == closes[3] != closes[0]


def test_what_cannot_be_streamed_at_all_stops_the_start():
    config = sl.demo().config.replace({"session_data_config.streams": ["1w"]})

    with pytest.raises(sl.errors.NoDataError, match="ask for 1d instead of 1w"):
        sl.Lab(config)


def test_a_step_across_closes_brings_what_all_its_sessions_brought():
    lab, single = sl.demo(), sl.demo()

    step = lab.step(500)  # 390 moments of the first day, 110 of the second

    assert len(step.bars) == sum(len(single.step().bars) for _ in range(500))
    assert [event.kind for event in step.events] == ["open", "close", "open"]


@pytest.mark.parametrize("wrong", ["foo", "08:00", 5, "2025-07-02 10:00"])
def test_a_move_that_cannot_be_made_at_a_close_opens_nothing(wrong: object):
    lab = sl.demo()
    lab.run_session()

    with pytest.raises(sl.errors.SessionlabError):
        lab.advance(wrong)  # type: ignore[arg-type]
    assert (lab.state, f"{lab.now:%m-%d %H:%M}") == ("closed", "07-02 16:00")


@pytest.mark.parametrize("prefetch_days", [1, 3])
def test_what_was_refused_of_a_day_is_told_at_its_close(prefetch_days: int):
    config = sl.demo().config.replace(
        {
            "api_config.data_options": {"faults": {"duplicates": 0.01}},
            "session_data_config.historical": {"data": []},
            "backtest_config.prefetch_days": prefetch_days,
        }
    )
    lab = sl.Lab(config)
    assert len(lab.refused) == 0

    with pytest.warns(sl.DataWarning, match="rows were refused"):
        lab.run_session()
    assert set(lab.refused["kind"]) == {"duplicate"}
    assert lab.refused["example"].str.contains("2025-07-02").all()
