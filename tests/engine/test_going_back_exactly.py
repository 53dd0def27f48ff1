"""Going back is exact, or refused with the reason; what fails on the way leaves the lab where it was."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from consumers import ThreadConsumer, bars_of

import sessionlab as sl
from sessionlab.engine import going_back
from sessionlab.errors import NoDataError, RewindError, SourceError

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-02", "2025-07-03", "2025-07-07")]


class Failing(RowsSource):
    """Fails to load the dates that it is told to."""

    fails: tuple[str, ...] = ()

    def load(self, symbol: str, interval: Any, sessions: Any) -> Any:
        if str(sessions.date[0]) in self.fails:
            raise SourceError("the disk is gone")
        return super().load(symbol, interval, sessions)


def opened(slippage: Any = None, **changes: Any) -> sl.Lab:
    rows = {(symbol, "1m"): make_bars(DAYS, seed=seed) for seed, symbol in enumerate("ABC")}
    rows["S", "1s"] = make_bars(DAYS, "1s", seed=9)
    made = config("A B", "1m 5m", "2025-07-02", "2025-07-07", **changes)
    return sl.Lab(made, source=Failing(rows), times=TIMES, slippage=slippage)


@pytest.fixture
def few_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are taken at the first open, and where somebody acted from outside."""
    monkeypatch.setattr(going_back, "SHARE", 10**12)


class Counts(sl.Strategy):
    """Counts its calls; at one of them ``what`` happens, where it is ``ARMED``."""

    at: int = 100
    what: str = ""
    ARMED: ClassVar[list[bool]] = []

    def on_start(self, ctx: Any) -> None:
        self.n = 0

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.n += 1
        if self.n == self.at and self.ARMED:
            if self.what == "raise":
                raise ValueError("from outside")
            if self.what == "stop":
                signal.raise_signal(signal.SIGINT)


class Counting(sl.Scanner):
    """Proposes nothing."""

    def scan(self, ctx: Any) -> list[str]:
        return []


@pytest.fixture(autouse=True)
def nothing_is_armed() -> None:
    Counts.ARMED.clear()


def facts(lab: sl.Lab) -> list[Any]:
    """Where a lab stands, what it holds, and what it knows of its past."""
    tables = [lab.orders, lab.fills, lab.trades, lab.result().symbol_changes, lab.data.quality(), lab.scans]
    counted = [getattr(one, "n", None) for one in lab.strategies]
    books = list(lab._engine.desk.account.books)
    return [lab.now, lab.state, lab.symbols, lab.cash, lab.equity, counted, books, *(table.to_csv() for table in tables)]


class TestWhatFailsOnTheWay:
    """It leaves the lab where it was, also with what was done by hand since."""

    def stand(self, what: str) -> sl.Lab:
        lab = opened()
        lab.use(Counts(what=what))
        lab.advance("09:40")
        lab.add_symbol("C")
        early = lab.buy("A", 2, limit=1.0, tif="gtc")
        lab.run_session()
        lab.run_session()
        lab.advance("10:30")
        lab.cancel(early)
        lab.buy("A", 5, limit=1.0, tif="gtc")
        lab.advance("11:00")
        lab.sell("C", 3)
        lab.step(2)
        lab.remove_symbol("B")
        return lab

    @pytest.mark.parametrize(
        ("what", "fails", "error"),
        [("", ("2025-07-02",), SourceError), ("raise", (), ValueError), ("stop", (), KeyboardInterrupt)],
    )
    def test_leaves_the_lab_where_it_was(self, what: str, fails: tuple[str, ...], error: type[BaseException]) -> None:
        lab, straight = self.stand(what), self.stand("")
        view, held, order = lab.data["C"].bars("1m"), lab.position("C"), lab.open_orders[0]
        before, points = facts(lab), len(lab._engine.going_back.points)
        Counts.ARMED.append(True)
        lab.source.fails = fails  # type: ignore[attr-defined]
        for _ in range(2):
            with pytest.raises(error):
                lab.rewind("2025-07-02 09:35" if fails else "2025-07-02 12:00")
        Counts.ARMED.clear()
        lab.source.fails = ()  # type: ignore[attr-defined]

        assert facts(lab) == before
        assert len(lab._engine.going_back.points) == points
        assert (len(view), float(held), order.status) == (92, -3.0, "accepted")
        for one in (lab, straight):
            one.rewind("10:45")
        assert facts(lab) == facts(straight)
        for one in (lab, straight):
            one.run(progress=False)
        assert facts(lab) == facts(straight)

    def test_also_where_a_later_session_is_to_be_loaded(self, few_copies: None) -> None:
        lab = opened()
        lab.run_session()
        lab.run_session()
        lab.advance("11:00")
        before, view = facts(lab), lab.data["A"].bars("1m")
        lab.source.fails = ("2025-07-03",)  # type: ignore[attr-defined]
        with pytest.raises(SourceError):
            lab.rewind("2025-07-03 10:00")

        assert facts(lab) == before
        assert len(view) == 90
        lab.source.fails = ()  # type: ignore[attr-defined]
        lab.rewind("2025-07-03 10:00")
        assert len(view) == 30

    def test_and_views_show_what_comes_then(self) -> None:
        class Looks(Counts):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                self.last = ctx[symbol].bars("1m").last.close
                super().on_bar(ctx, symbol)

        lab, straight = opened().use(Looks(what="raise")), opened().use(Looks)
        for one in (lab, straight):
            one.run_session()
            one.run_session()
        Counts.ARMED.append(True)
        with pytest.raises(ValueError, match="from outside"):
            lab.rewind("2025-07-02 12:00")
        Counts.ARMED.clear()
        for one in (lab, straight):
            one.advance("10:30")

        assert lab.strategies[0].last == straight.strategies[0].last  # type: ignore[attr-defined]
        assert lab.data["A"].bars("1m").close.tolist() == straight.data["A"].bars("1m").close.tolist()

    def test_strategies_sleep_on_where_they_did(self) -> None:
        lab = opened().use(Counts(what="raise"))
        lab.advance("12:00")
        lab._engine.catching_up.look(10**12, 0)
        Counts.ARMED.append(True)
        with pytest.raises(ValueError, match="from outside"):
            lab.rewind("11:00")

        assert lab._engine.catching_up.lag.gated
        assert lab._engine.hooks.making.asleep


def test_a_view_shows_the_next_session_also_where_that_could_not_be_loaded_at_first() -> None:
    """It has looked at moments of a future that the run went back from: their numbers never come again."""
    lab = opened()
    view = lab.data["A"].bars("1m")
    lab.advance("10:00")
    lab.buy("A", 1, limit=1.0)
    lab.step()
    lab.add_symbol("S")  # in seconds, so all moments get other numbers
    lab.advance("10:30")
    assert len(view) == 60
    lab.rewind("10:00")
    lab.run_session()
    lab.source.fails = ("2025-07-03",)  # type: ignore[attr-defined]
    with pytest.raises(SourceError):
        lab.step()
    lab.source.fails = ()  # type: ignore[attr-defined]
    lab.step(5)

    assert len(view) == 5
    assert view.index[-1] == pd.Timestamp("2025-07-03 09:34", tz="America/New_York")


def test_who_left_a_session_is_known_also_where_the_next_one_could_not_be_loaded() -> None:
    lab = opened()
    lab.advance("10:00")
    lab.remove_symbol("B")
    lab.run_session()
    with pytest.raises(sl.errors.NoDataError) as before:
        lab.data["B"]
    lab.source.fails = ("2025-07-03",)  # type: ignore[attr-defined]
    with pytest.raises(SourceError):
        lab.step()

    assert "left this session at 10:00:00" in str(before.value)
    with pytest.raises(sl.errors.NoDataError) as after:
        lab.data["B"]
    assert str(after.value) == str(before.value)


class TestWhatRaised:
    """A hook that raised, and a run that went on: where the run is replayed it raises again, and nobody is told."""

    class Stumbles(sl.Strategy):
        every = "5m"

        def on_start(self, ctx: Any) -> None:
            self.calls: list[Any] = []

        def on_bar(self, ctx: Any, symbol: str) -> None:
            self.calls.append((ctx.now.value, symbol))
            if ctx.minutes_from_open in (30, 60) and symbol == "A":
                raise ValueError("planned")

    def test_is_gone_over_silently(self, few_copies: None) -> None:
        lab = opened().use(self.Stumbles)
        for _ in range(2):
            with pytest.raises(ValueError, match="planned"):
                lab.run_session()
        lab.run_session()
        calls = list(lab.strategies[0].calls)  # type: ignore[attr-defined]
        fork = lab.fork()
        for one in (lab, fork):
            one.rewind("12:00")
            one.rewind("11:30")
            one.run_session()

        assert lab.strategies[0].calls == fork.strategies[0].calls == calls  # type: ignore[attr-defined]
        lab.rewind("09:45")
        with pytest.raises(ValueError, match="planned"):
            lab.run_session()
        assert f"{lab.now:%H:%M}" == "10:00"

    def test_what_was_done_by_hand_there_stays_done(self) -> None:
        lab = opened().use(self.Stumbles)
        with pytest.raises(ValueError, match="planned"):
            lab.run_session()
        order = lab.buy("A", 7)
        lab.advance("10:20")
        lab.rewind("10:10")

        assert (order.status, float(lab.position("A"))) == ("filled", 7.0)
        lab.rewind("10:00")
        assert (order.status, float(lab.position("A"))) == ("accepted", 0.0)
        assert lab.strategies[0].calls[-1][1] == "B"  # type: ignore[attr-defined]  # that moment was made whole first

    def test_what_was_done_by_hand_there_is_in_a_fork_or_it_is_refused(self) -> None:
        lab = opened().use(self.Stumbles)
        with pytest.raises(ValueError, match="planned"):
            lab.run_session()
        lab.buy("A", 7)

        with pytest.raises(RewindError, match=r"by hand at 2025-07-02 10:00:00, where a hook had raised.*lab\.step\(\)"):
            lab.fork()
        assert lab.fork(at="09:50").open_orders == ()
        lab.step()
        assert float(lab.fork().position("A")) == float(lab.position("A")) == 7.0

    @pytest.mark.parametrize("others", [0, 1], ids=["alone", "with another"])
    @pytest.mark.parametrize("called", [0, 1], ids=["no strategy", "a strategy"])
    def test_what_was_done_by_hand_where_a_scanner_raised_stays_done(self, others: int, called: int) -> None:
        class Fails(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                if ctx.minutes_from_open == 30:
                    raise ValueError("planned")
                return []

        lab = opened().use_scanner(Fails(universe=[]), regular_session="30m")
        for _ in range(others):
            lab.use_scanner(Counting(universe=[]), regular_session="30m")
        for _ in range(called):
            lab.use(Counts)
        with pytest.raises(ValueError, match="planned"):
            lab.run_session()
        lab.add_symbol("C")
        lab.step(5)
        lab.step()
        lab.rewind("10:02")

        assert lab.symbols == ("A", "B", "C")
        assert lab.scans["scanner"].tolist() == ["Fails", *["Counting"] * 2 * others]  # at the open, and at 10:00
        assert [one.n for one in lab.strategies] == [2 * 32 + 2] * called  # type: ignore[attr-defined]
        lab.rewind("10:00")
        lab.step(2)
        assert [one.n for one in lab.strategies] == [2 * 32 + 2] * called  # type: ignore[attr-defined]


class TestWhatCannotBeCopied:
    def test_what_was_done_by_hand_and_not_copied_is_not_gone_over(self) -> None:
        class Locks(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                self.lock = threading.Lock() if 5 <= ctx.minutes_from_open < 40 else None

        lab = opened().use(Locks)
        lab.advance("10:00")
        lab.buy("A", 5)
        lab.advance("10:05")
        with pytest.raises(RewindError, match=r"Locks\.lock is a lock"):
            lab.rewind("10:02")
        lab.advance("10:20")

        with pytest.raises(RewindError, match="what was done by hand at 2025-07-02 10:00:00 could not be copied then"):
            lab.rewind("10:02")
        with pytest.raises(RewindError, match="what was done by hand"):
            lab.fork(at="10:02")
        assert [float(one.position("A")) for one in (lab, lab.fork())] == [5.0, 5.0]
        with pytest.raises(RewindError, match="what was done by hand"):
            lab.fork().rewind("10:02")
        lab.rewind("09:50")
        lab.advance("10:20")
        lab.rewind("10:02")
        assert float(lab.position("A")) == 0.0

    def test_once_its_strategy_is_replaced_all_is_copied_again(self) -> None:
        class Locks(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                self.lock = threading.Lock()

        lab = opened().use(Locks)
        lab.advance("10:00")
        lab.buy("A", 5)
        with pytest.raises(RewindError, match=r"Locks\.lock is a lock"):
            lab.fork()
        lab.use(Counts, name="Locks")
        lab.advance("10:20")
        lab.rewind("10:02")

        assert float(lab.position("A")) == 5.0

    def test_states_and_scanners_are_named(self) -> None:
        class Holds(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                self.thing = [threading.Lock()]

        lab = opened()

        @lab.every("1m")
        def keeps(ctx: sl.Context, symbol: str) -> None:
            ctx.state.feed = (i for i in range(3))

        lab.step(3)
        with pytest.raises(RewindError, match=r"ctx\.state\.feed of keeps is a generator"):
            lab.fork()
        other = opened().use_scanner(Holds(universe=[]), regular_session="1m")
        other.step(3)
        with pytest.raises(RewindError, match=r"Holds\.thing is a list, which cannot be copied"):
            other.fork()
        assert other.step().now > lab.now


class TestSymbolsThatJoinAtAnOpen:
    def test_a_first_session_that_begins_with_them_can_be_gone_back_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Early(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                return ["C"]

        module = ModuleType("scanners_of_a_test")
        module.Early = Early  # type: ignore[attr-defined]
        Early.__module__ = module.__name__
        monkeypatch.setitem(sys.modules, module.__name__, module)
        entry = {"module": f"{module.__name__}:Early", "pre_session": True, "config": {"universe": ["C"]}}
        lab = opened(session_data_config__scanners=[entry])
        lab.run_session()
        lab.step(5)
        lab.rewind("2025-07-02 10:00")

        assert lab.symbols == ("A", "B", "C")
        assert len(lab.data["C"].bars("1m")) == 30
        assert len(lab.scans) == 1

    def test_one_that_left_at_an_open_has_left_when_the_run_goes_back(self) -> None:
        lab = opened()
        lab.remove_symbol("B")
        lab.run_session()
        lab.step()
        lab.rewind("2025-07-02 10:00")

        with pytest.raises(NoDataError, match="'B' left this session at 09:30:00"):
            lab.data["B"]

    def test_their_rows_are_not_kept_for_it(self) -> None:
        lab = opened()
        lab.add_symbol("C")
        lab.run_session()
        lab.step()
        first = lab._engine.going_back.points[0]

        assert (first.number, first.rows, dict(first.joined)) == (0, None, {"C": DAYS[0].open_ns})


class TestStepsBack:
    def test_go_to_the_moments_of_that_session_whoever_takes_part_now(self) -> None:
        lab = opened()
        lab.run_session()
        lab.step()
        lab.add_symbol("S")  # in seconds: today there are sixty moments since the open, yesterday there was one a minute

        assert f"{lab.step(-60).now:%d %H:%M:%S}" == "02 16:00:00"
        assert f"{lab.step(-2).now:%d %H:%M:%S}" == "02 15:58:00"

    def test_from_an_open_they_go_to_the_close_before(self) -> None:
        lab = opened()
        lab.run_session()
        lab.advance("09:30")

        assert f"{lab.now:%d %H:%M}" == "03 09:30"
        assert f"{lab.step(-1).now:%d %H:%M}" == "02 16:00"

    def test_round_the_clock_they_go_over_midnight(self) -> None:
        times = sl.TimeManager("CRYPTO", "CRYPTO")
        days = [times.get_trading_session(date) for date in ("2025-07-02", "2025-07-03")]
        made = config("A", "1m", "2025-07-02", "2025-07-03", group="CRYPTO", asset_class="CRYPTO")
        lab = sl.Lab(made, source=RowsSource({("A", "1m"): make_bars(days)}), times=times)
        lab.run_session()
        lab.step(2)
        stood = [(f"{lab.step(-1).now:%d %H:%M}", lab.state) for _ in range(3)]

        assert stood == [("03 00:01", "open"), ("03 00:00", "closed"), ("02 23:59", "open")]
        lab.run_session()
        lab.step(5)
        lab.rewind("2025-07-03 00:00")
        assert (lab.state, str(lab.session.date)) == ("open", "2025-07-03")
        lab.use(Counts)
        assert f"{lab.step(2).now:%d %H:%M}" == "03 00:02"
        assert f"{lab.step(-2).now:%d %H:%M}" == "03 00:00"
        assert (lab.state, lab.strategies, lab.result().manifest["strategies"]) == ("closed", (), [])


class TestBooks:
    def test_have_the_order_in_which_they_came_also_in_forks(self) -> None:
        lab = opened()
        lab.use(Counts, name="first").use(Counts, name="second")
        lab.step(3)
        fork = lab.fork()
        lab.use(Counts, name="third")
        lab.step()
        lab.rewind("09:32")
        lab.use(Counts, name="fourth").use(Counts, name="third")

        assert list(fork._engine.desk.account.books) == ["hand", "first", "second"]
        assert list(lab._engine.desk.account.books) == ["hand", "first", "second", "fourth", "third"]

    def test_exits_of_a_filled_entry_are_those_of_the_time(self) -> None:
        lab = opened()
        lab.advance("10:00")
        entry = lab.buy("A", 5, stop_loss=50.0, take_profit=200.0)
        lab.advance("10:05")
        lab.buy("B", 1, limit=1.0)  # so that a copy is taken where the entry has filled
        lab.advance("10:10")
        exits = entry.exits
        lab.replace(exits[0], stop=51.0)
        lab.advance("10:20")
        lab.rewind("10:07")

        assert entry.exits == exits
        again = lab.replace(exits[0], stop=52.0)
        assert entry.exits == (again, exits[1])

    def test_no_word_about_a_spread_is_lost(self) -> None:
        def told(goes_back: bool) -> list[str]:
            lab = opened(slippage=lambda slipping: slipping.spread or 0.0)
            lab.advance("10:00")
            lab.buy("A", 5)
            lab.step()
            lab.buy("A", 1, limit=1.0)
            lab.step(5)
            if goes_back:
                lab.step(-2)
            lab.run_session()
            return lab.traded().events["kind"].tolist()

        assert told(True) == told(False) == ["no_spread"]


class TestSubscriptions:
    def test_of_a_symbol_that_takes_no_part_yet_end(self) -> None:
        lab = opened()
        lab.advance("10:00")
        lab.add_symbol("C")
        consumer = ThreadConsumer(lab.subscribe("C", "5m"))
        lab.advance("10:15")
        lab.rewind("09:45")

        assert len(consumer.join()) == 3
        assert lab.subscriptions == ()
        lab.advance("10:20")

    def test_of_a_symbol_that_takes_part_again_go_on(self) -> None:
        lab = opened()
        lab.advance("10:00")
        subscription = lab.subscribe("B", "5m")
        lab.remove_symbol("B")
        assert subscription.wait() is None
        lab.rewind("09:50")
        consumer = ThreadConsumer(subscription)
        while not subscription.ready:
            time.sleep(0.001)
        lab.advance("10:10")
        lab.close()

        starts = [f"{pd.Timestamp(start, tz='America/New_York'):%H:%M}" for start, _, _ in bars_of(consumer.join())]
        assert starts == ["09:50", "09:55", "10:00", "10:05"]

    def test_hear_nothing_of_symbols_that_come_and_go_in_a_replay(self) -> None:
        class Turns(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                if "B" in ctx.symbols:
                    ctx.remove("B")
                    return []
                return ["B"]

        lab = opened().use_scanner(Turns(universe=["B"]), regular_session="10m")
        lab.advance("11:05")
        consumer = ThreadConsumer(lab.subscribe("A", "5m"))
        lab.rewind("10:33")
        lab.advance("10:45")
        lab.close()

        assert [f"{event.moment:%H:%M}" for event in consumer.join()] == ["10:35", "10:40", "10:45"]


def test_a_dear_session_is_not_copied_before_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_back, "DEAR_NS", 0)
    monkeypatch.setattr(going_back, "SHARE", 0)
    lab = opened().use(Counts)
    lab.run_session()
    lab.step(3)

    assert lab.fork(at=DAYS[0].close).state == "closed"


def test_two_forks_of_a_moment_at_which_a_strategy_holds_a_frame() -> None:
    class Keeps(sl.Strategy):
        def on_bar(self, ctx: Any, symbol: str) -> None:
            self.frame = ctx[symbol].bars("1m").frame()

    lab = opened().use(Keeps)
    lab.step(3)
    forks = [lab.fork() for _ in range(2)]

    assert [len(fork.strategies[0].frame) for fork in forks] == [3, 3]  # type: ignore[attr-defined]


def test_before_the_first_bar_no_bar_is_counted() -> None:
    """Bits unpacked of nothing are whatever the memory holds (numpy 2.4)."""
    lab = opened()
    for _ in range(50):
        junk = np.full(390, 7, dtype=np.uint8)
        del junk

        assert lab.result().bar_counts["bars"].sum() == 0
