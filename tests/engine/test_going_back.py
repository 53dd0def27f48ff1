"""What cannot be gone back to is refused, and the lab stays where it was."""

from __future__ import annotations

import threading
from typing import Any

import pandas as pd
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.errors import BusyError, LookAheadError, RewindError, SourceError

TIMES = sl.TimeManager("US_EQUITY", "EQUITY")
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-02", "2025-07-03", "2025-07-07")]


class Failing(RowsSource):
    """Fails where it is told to."""

    fails = False

    def load(self, *asked: Any) -> Any:
        if self.fails:
            raise SourceError("the disk is gone")
        return super().load(*asked)


def opened() -> sl.Lab:
    rows = {("A", "1m"): make_bars(DAYS)}
    return sl.Lab(config("A", "1m", "2025-07-02", "2025-07-07"), source=Failing(rows), times=TIMES)


@pytest.mark.parametrize(
    ("to", "kind", "words"),
    [
        ("2025-07-01 12:00", RewindError, "lies before the run, which begins at 2025-07-02 09:30"),
        ("15:00", LookAheadError, "lies ahead of 2025-07-02 12:00:00; go there with lab.advance"),
        ("2025-07-03 10:00", LookAheadError, "lies ahead"),
        ("soon", sl.errors.ConfigError, "is not a moment"),
    ],
)
def test_what_is_not_the_past_is_refused(to: str, kind: type[Exception], words: str) -> None:
    lab = opened()
    lab.advance("12:00")

    with pytest.raises(kind, match=words):
        lab.rewind(to)
    with pytest.raises(kind, match=words):
        lab.fork(at=to)
    assert f"{lab.now:%H:%M}" == "12:00"


def test_inside_a_hook_and_on_a_closed_lab() -> None:
    lab = opened()

    @lab.every("1m")
    def goes_back(ctx: sl.Context, symbol: str) -> None:
        with pytest.raises(BusyError, match="from inside a hook"):
            lab.rewind("open")
        ctx.state.tried = True

    lab.step(3)
    assert lab._engine.books[0].ctx.state.tried
    lab.close()
    with pytest.raises(RewindError, match="the lab is closed"):
        lab.rewind("open")


def test_a_live_run_offers_the_replay_of_the_day() -> None:
    engine = sl.SessionCoordinator(config("A", "1m"), RowsSource({("A", "1m"): make_bars(DAYS[0])}), TIMES, arriving=True)

    with pytest.raises(RewindError, match=r"a live run's orders are facts.*replay the day"):
        engine.rewind(engine.here)


def test_what_cannot_be_copied_is_named_and_the_lab_goes_on() -> None:
    class Opens(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if ctx.minutes_from_open == 5:
                self.lock = threading.Lock()

    lab = opened()
    lab.use(Opens)
    lab.advance("10:00")
    lab.use(Opens, name="another")  # an act by hand: a copy is due before the next step
    lab.step()

    with pytest.raises(RewindError, match=r"Opens\.lock is a lock, which cannot be copied"):
        lab.rewind("09:45")
    assert f"{lab.step().now:%H:%M}" == "10:02"


def test_where_a_strategy_raised_going_back_is_the_way_out() -> None:
    class Stumbles(sl.Strategy):
        at: int = 20

        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if ctx.minutes_from_open == self.at:
                raise ValueError("planned")

    lab = opened()
    lab.use(Stumbles)
    with pytest.raises(ValueError, match="planned"):
        lab.run_session()
    lab.rewind("09:45")
    lab.use(Stumbles(at=1000))
    lab.run_session()

    assert lab.state == "closed"


def test_a_source_that_fails_leaves_the_lab_where_it_was() -> None:
    lab = opened()
    lab.run_session()
    lab.advance("10:00")
    lab.source.fails = True
    with pytest.raises(SourceError, match="the disk is gone"):
        lab.rewind("2025-07-02 11:00")

    assert str(lab.now) == "2025-07-03 10:00:00-04:00"
    assert len(lab.data["A"].bars("1m")) == 30
    lab.source.fails = False
    lab.rewind("2025-07-02 11:00")
    assert len(lab.data["A"].bars("1m")) == 90
    lab.run()
    assert lab.state == "done"


def test_nights_and_breaks_stand_at_the_close_before() -> None:
    lab = opened()
    lab.run_session()
    lab.run_session()
    lab.advance("10:00")
    lab.rewind("2025-07-04 12:00")

    assert lab.now == DAYS[1].close
    assert lab.state == "closed"
    assert lab.step().now == DAYS[2].open + pd.Timedelta("1min")


def test_steps_back_go_over_the_open_to_the_close_before() -> None:
    lab = opened()
    lab.run_session()
    lab.step(2)
    times = [f"{lab.step(-1).now:%d %H:%M}" for _ in range(4)]

    assert times == ["03 09:31", "02 16:00", "02 15:59", "02 15:58"]


def test_replaying_is_told_to_the_strategy() -> None:
    class Prints(sl.Strategy):
        seen: int = 0

        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            SAID.append(ctx.replaying)

    SAID.clear()
    lab = opened()
    lab.use(Prints)
    lab.step(5)
    lab.rewind("09:33")

    assert SAID == [False] * 5 + [True] * 3


SAID: list[bool] = []


def test_subscriptions_of_a_symbol_that_left_go_on_once_it_is_there_again() -> None:
    rows = {(symbol, "1m"): make_bars(DAYS, seed=i) for i, symbol in enumerate("AB")}
    lab = sl.Lab(config("A B", "1m 5m", "2025-07-02", "2025-07-07"), source=RowsSource(rows), times=TIMES)
    lab.advance("10:00")
    subscription = lab.subscribe("B", "5m")
    lab.remove_symbol("B")
    assert subscription not in lab.subscriptions

    lab.rewind("09:50")

    assert subscription in lab.subscriptions


def test_subscriptions_of_a_symbol_that_has_not_joined_yet_end() -> None:
    rows = {(symbol, "1m"): make_bars(DAYS, seed=i) for i, symbol in enumerate("ABC")}
    lab = sl.Lab(config("A B", "1m 5m", "2025-07-02", "2025-07-07"), source=RowsSource(rows), times=TIMES)
    lab.advance("10:00")
    lab.add_symbol("C")
    lab.advance("10:30")
    subscription = lab.subscribe("C", "5m")

    lab.rewind("09:45")
    lab.advance("10:10")

    assert subscription not in lab.subscriptions
