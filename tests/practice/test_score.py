"""A practice ends once, tells all of the truth, and counts by hand calculation what the person and the others made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sessionlab as sl
from sessionlab.practice import BlindLab
from sessionlab.practice.holding import worth_of
from sessionlab.tape import DayBlock, Rows
from sessionlab.tape.actions import Actions, Dividend, Split

INDEX = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
OPEN = np.round(50 + np.sin(np.arange(390) / 30.0), 2)
CLOSE = np.round(OPEN + 0.03, 2)
FRAME = pd.DataFrame({"open": OPEN, "high": CLOSE + 0.02, "low": OPEN - 0.02, "close": CLOSE, "volume": 1000.0}, index=INDEX)


def blind(**options: Any) -> BlindLab:
    return sl.blind({"AAA": FRAME}, seed=1, cash=100_000, **options)


class BuysAtTen(sl.Strategy):
    """Long from ten on, with all there is."""

    every = "30m"

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        if not ctx.position(symbol):
            ctx.buy(symbol, 900)


class Fails(sl.Strategy):
    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        raise ZeroDivisionError("by design")


def test_you_the_strategy_and_holding_are_counted_by_hand() -> None:
    lab = blind(strategy=BuysAtTen)
    lab.advance("10:30")
    lab.buy("X1", 500)
    lab.advance("11:00")
    lab.close_position("X1")
    lab.run_session()
    score = lab.score

    by = score.truth.prices["AAA"]
    mine = 500 * by * (OPEN[90] - OPEN[60]) / 100_000
    theirs = 900 * by * (CLOSE[-1] - OPEN[30]) / 100_000
    assert score.frame.index.tolist() == ["you", "BuysAtTen", "buy and hold"]
    assert score.frame["total_return"].tolist() == pytest.approx([mine, theirs, CLOSE[-1] / OPEN[0] - 1], rel=1e-9)
    assert score.frame["trades"].tolist() == [1, 1, 1]
    assert score.frame["exposure"].tolist() == pytest.approx([30 / 391, 360 / 391, 1.0])
    held = np.concatenate([[1.0], CLOSE / OPEN[0]])
    assert score.frame.loc["buy and hold", "max_drawdown"] == pytest.approx((held / np.maximum.accumulate(held) - 1).min())
    assert score.curves["buy and hold"].to_numpy() == pytest.approx(held - 1)
    assert score.until == INDEX[-1] + pd.Timedelta("1min")


def test_differences_are_the_stretches_on_different_sides() -> None:
    lab = blind(strategy=BuysAtTen)
    lab.advance("10:30")
    lab.sell("X1", 100)
    lab.advance("11:00")
    lab.close_position("X1")
    lab.run_session()
    found = lab.score.differences

    assert found["symbol"].tolist() == ["AAA"] * 3
    assert [f"{start:%H:%M}" for start in found["start"]] == ["10:01", "10:31", "11:01"]
    assert [f"{end:%H:%M}" for end in found["end"]] == ["10:31", "11:01", "16:00"]
    assert found[["you", "other"]].to_numpy().tolist() == [["flat", "long"], ["short", "long"], ["flat", "long"]]
    moves = [CLOSE[60] / CLOSE[30] - 1, CLOSE[90] / CLOSE[60] - 1, CLOSE[389] / CLOSE[90] - 1]
    assert found["move"].tolist() == pytest.approx(moves)
    assert found["gained"].tolist() == pytest.approx([-moves[0], -2 * moves[1], -moves[2]])


def test_the_strategy_of_the_score_runs_as_in_a_lab_of_its_own() -> None:
    lab = sl.blind(sl.demo(), seed=2, strategy=sl.strategies.SmaCross(fast=5, slow=20), sessions=2)
    alone = sl.blind(sl.demo(), seed=2, sessions=2).use(sl.strategies.SmaCross(fast=5, slow=20))
    lab.run(), alone.run()

    assert lab.score.frame.loc["SmaCross"].tolist() == alone.score.frame.loc["you"].tolist()


def test_revealing_ends_the_practice_where_it_stands() -> None:
    lab = blind(strategy=BuysAtTen)
    lab.advance("10:15")
    with pytest.raises(sl.errors.PracticeError, match="once the practice is over"):
        _ = lab.score
    score = lab.reveal()

    assert score.until == INDEX[45]
    assert score.frame["total_return"].iloc[-1] == pytest.approx(CLOSE[44] / OPEN[0] - 1)
    for what in (lab.step, lab.run, lab.run_session, lab.play, lab.restart, lab.fork, lambda: lab.buy("X1", 1)):
        with pytest.raises(sl.errors.PracticeError, match="the practice is over"):
            what()
    with pytest.raises(sl.errors.PracticeError, match="go back"):
        lab.rewind("10:00")
    assert lab.reveal() is score


def test_at_the_last_close_it_is_over_by_itself() -> None:
    lab = blind()
    lab.run()

    assert "AAA" in repr(lab)
    assert lab.score.truth.symbols == {"X1": "AAA"}
    assert lab.run().complete
    assert lab.step().done
    with pytest.raises(sl.errors.PracticeError):
        lab.rewind("10:00")


def test_playing_to_the_end_ends_it_as_well() -> None:
    lab = blind()
    lab.play(speed=0)

    assert lab.state == "done"
    assert lab.score.until == INDEX[-1] + pd.Timedelta("1min")


def test_a_fork_that_reaches_the_end_ends_the_practice_of_all() -> None:
    lab = blind()
    lab.advance("10:00")
    fork = lab.fork()
    fork.run()

    with pytest.raises(sl.errors.PracticeError):
        lab.step()


def test_going_back_is_counted_and_told() -> None:
    lab = blind()
    lab.advance("11:00")
    lab.rewind("10:00")
    lab.step(3)
    lab.step(-1)
    lab.fork().rewind("09:45")
    lab.restart()
    score = lab.reveal()

    assert (score.went_back, score.forked) == (4, 1)
    assert "you went back 4 times" in repr(score)
    assert "you made 1 fork" in score._repr_html_()


def test_the_truth_is_what_was_hidden_and_opens_as_it_was() -> None:
    lab = sl.blind(sl.demo(), seed=9, count=2)
    lab.advance("10:30")
    bars = lab.data["X1"].bars("1m").close
    truth = lab.reveal().truth
    lab = truth.open()
    lab.advance("10:30")

    true = truth.symbols["X1"]
    assert bars == pytest.approx(lab.data[true].bars("1m").close * truth.prices[true], rel=1e-12)
    assert list(truth.dates.values()) == [lab.session.date]
    assert set(truth.symbols.values()) == {"AAPL", "RIVN"}
    assert "synthetic" in repr(truth)
    assert truth.config.session_name == "Demo"


def test_a_strategy_that_fails_leaves_the_score_of_the_person() -> None:
    lab = blind(strategy=Fails())
    lab.run()

    assert lab.score.frame.index.tolist() == ["you", "buy and hold"]
    assert "by design" in str(lab.score.failure)
    assert "the strategy failed" in repr(lab.score)


def test_strategies_of_the_config_are_compared_with_and_do_not_run_in_the_lab() -> None:
    entry = {"module": "sessionlab.strategies:SmaCross", "config": {"fast": 5, "slow": 20}}
    lab = sl.blind(sl.demo().config, seed=1, changes={"session_data_config.strategies": [entry]})
    lab.run()

    assert lab.strategies == ()
    assert lab.score.frame.index.tolist() == ["you", "SmaCross", "buy and hold"]


def test_the_picture_has_a_curve_for_each() -> None:
    lab = blind(strategy=BuysAtTen)
    lab.run()

    assert lab.score.picture().count("<polyline") == 3
    assert lab.score._repr_html_().count("<tr>") == 4
    assert lab._repr_html_().startswith(lab.score._repr_html_())


def test_holding_goes_through_splits_and_dividends() -> None:
    """10 becomes 12, pays 1, splits 2 for 1 and stands at 7: 2 x 7 + 1 for 10."""
    days = [pd.Timestamp(date).date() for date in ("2025-07-02", "2025-07-03", "2025-07-07")]
    prices = [(10.0, 12.0), (11.0, 11.5), (6.0, 7.0)]
    minute = sl.Interval.parse("1m")
    blocks = [
        DayBlock("A", minute, day, Rows.of([i], [i + 1], [[a], [max(a, b)], [min(a, b)], [b], [1.0]]), Rows.empty())
        for i, (day, (a, b)) in enumerate(zip(days, prices, strict=True))
    ]
    known_at, worth = worth_of(blocks, Actions.of([Split(days[2], 2.0)], [Dividend(days[1], 1.0, 12.0)]))

    assert known_at.tolist() == [1, 2, 3]
    assert worth.tolist() == pytest.approx([1.2, 1.25, 1.5])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"count": 3}, "there are 2 symbols and 3 sessions"),
        ({"sessions": 4}, "there are 2 symbols and 3 sessions"),
        ({"count": 0}, "count=0: write a whole number"),
        ({"strategy": 3}, "runs strategies, not a int"),
        ({"changes": {"session_data_config.scanners": [{"module": "a.b:C", "pre_session": True}]}}, "no scanners"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(sl.errors.ConfigError, match=said):
        sl.blind(sl.demo().config, seed=1, **options)


def test_a_lab_takes_no_further_options_and_a_blind_one_is_not_blinded_again() -> None:
    with pytest.raises(sl.errors.ConfigError, match="a lab is taken as it is"):
        sl.blind(sl.demo(), cash=1)
    with pytest.raises(sl.errors.ConfigError, match="blind already"):
        sl.blind(blind())


def test_without_a_seed_one_is_drawn_and_told_at_the_end() -> None:
    first = sl.blind(sl.demo())
    seed = first.reveal().truth.seed
    again = sl.blind(sl.demo(), seed=seed)

    assert again.session == first.session
    assert again.reveal().truth.prices == first.score.truth.prices
