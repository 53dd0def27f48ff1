"""What an audit stands on: what code reaches, which decisions are compared, where the cuts lie; and what it says."""

from __future__ import annotations

import datetime as dt
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sessionlab as sl
from sessionlab.errors import ConfigError
from sessionlab.proof.decisions import Call, Decision, first_change
from sessionlab.proof.held import held_in
from sessionlab.proof.leftovers import Leftovers
from sessionlab.proof.plans import cut_moments
from sessionlab.proof.reach import Place, reachable

DAYS = sl.TimeManager().get_sessions("2025-07-01", "2025-07-03")
HERE = dt.date(2025, 7, 1)


def minutes(count: int) -> pd.DataFrame:
    stamps = pd.date_range("2025-07-01 09:30", periods=count, freq="1min", tz="America/New_York")
    return pd.DataFrame({"x": np.arange(count, dtype=float)}, stamps)


class Peeks(sl.Strategy):
    """Compares with the day's last close, and so with what is to come."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        close = ctx[symbol].bars("1m").close
        whole = close.base[3] if close.base.ndim == 2 else close.base
        ctx.target(symbol, 100 if whole[-1] > close[-1] else 0, tag="<b>")


class TestReach:
    def test_places_are_named_as_a_user_would(self) -> None:
        frame = minutes(3)
        table = {"deep": [frame]}

        class Reaching(sl.Strategy):
            shared = frame

            def on_bar(self, ctx: Any, symbol: str) -> None:
                helper(table, symbol)

        def helper(given: Any, symbol: str, default: Any = frame) -> None:
            given[symbol] = default, HERE

        found = {place.path for place in reachable([Reaching()]) if place.value is frame or place.path == "HERE"}

        assert found == {"table['deep'][0]", "Reaching.shared", "a default of helper", "HERE"}

    def test_what_is_put_there_is_what_the_code_sees_and_is_taken_back(self) -> None:
        frame = minutes(30)

        def reads(ctx: Any, symbol: str) -> pd.DataFrame:
            return frame

        holdings = held_in(reachable([reads]), DAYS, [])
        with holdings.changed(frame.index[9].value, "removed"):
            inside = len(reads(None, ""))

        assert (inside, len(reads(None, ""))) == (9, 30)

    def test_leftovers_are_cleared(self) -> None:
        kept, counts = {"a": 1}, [1, 2]
        places = [Place("kept", kept, lambda value: None, False), Place("counts", counts, lambda value: None, False)]
        leftovers = Leftovers(places)
        kept["b"] = 2
        counts.clear()
        drawn = np.random.rand()  # noqa: NPY002

        leftovers.clear()

        assert (kept, counts) == ({"a": 1}, [1, 2])
        assert np.random.rand() == drawn  # noqa: NPY002


def decision(minute: int, words: str, value: float = 0.0) -> Decision:
    return Decision(Call("S", "on_bar", minute, "A"), "A", words, ("send", value))


class TestDecisions:
    def test_the_first_that_differs_is_told_with_what_became_of_it(self) -> None:
        one = [decision(1, "buy"), decision(3, "sell")]

        change = first_change(one, [decision(1, "buy"), decision(5, "sell")])

        assert change is not None
        assert (change.first.call.time_ns, change.words) == (3, ("sell", "nothing"))

    def test_what_comes_after_the_cut_is_not_looked_at(self) -> None:
        assert first_change([decision(1, "buy"), decision(3, "sell")], [decision(1, "buy")], 2) is None

    def test_last_bits_of_a_number_are_no_difference_and_a_cent_is(self) -> None:
        assert first_change([decision(1, "buy", 0.1 + 0.2)], [decision(1, "buy", 0.3)]) is None
        assert first_change([decision(1, "buy", 100.01)], [decision(1, "buy", 100.02)]) is not None

    def test_cuts_are_spread_and_where_the_first_decisions_are(self) -> None:
        calls = [Call("S", "on_bar", minute, "A") for minute in range(1, 391)]
        made = [decision(minute, "buy") for minute in (7, 9, 11, 300)]

        cuts = cut_moments(calls, made, [0], 4)

        assert sorted(cuts) == [0, 7, 9, 11, 49, 147, 244, 300, 342]
        assert len(set(cuts)) == len(cuts)


class TestWhatIsAsked:
    def test_signals_made_before_are_refused_with_the_way_out(self) -> None:
        series = pd.Series([True], pd.DatetimeIndex(["2025-07-02 10:00"]))

        with pytest.raises(ConfigError, match=r"give a function that makes them.*lambda frame"):
            sl.audit(sl.demo(), sl.Signals(series, ~series))

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"strategy": None}, "needs a strategy"),
            ({"strategy": 7}, "not a int"),
            ({"strategy": Peeks(), "cash": 5}, "the lab has that already"),
            ({"strategy": Peeks(), "source": "synthetic"}, "the lab has that already"),
            ({"strategy": Peeks(), "cuts": 0}, "at least 1"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(ConfigError, match=words):
            sl.audit(sl.demo(), **given)

    def test_a_config_is_audited_on_another_source(self) -> None:
        config = sl.SessionConfig.simple("AAPL", "2025-07-02", "2025-07-02").to_dict()

        assert not sl.audit(config, Peeks, source="synthetic", cuts=1).passed

    def test_an_error_of_the_strategy_s_own_is_raised(self) -> None:
        class Broken(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                raise KeyError(symbol)

        with pytest.raises(KeyError, match="RIVN"):
            sl.audit(sl.demo(), Broken())

    def test_a_run_without_a_decision_says_so(self) -> None:
        report = sl.audit(sl.demo(), sl.Strategy(), cuts=1)

        assert report.passed
        assert "nothing was decided" in report.notes[0]

    def test_a_budget_of_no_time_makes_no_cut_and_says_so(self) -> None:
        report = sl.audit(sl.demo(), sl.strategies.SmaCross(), seconds=0)

        assert report.cuts == ()
        assert "from 0 of" in report.notes[0]

    def test_an_array_that_cannot_be_dated_is_named(self) -> None:
        odd = np.linspace(0.0, 1.0, 123)

        class Uses(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                ctx.target(symbol, 100 if odd[len(ctx[symbol].bars("1m")) % 123] > 0.5 else 0)

        report = sl.audit(sl.demo(), Uses(), cuts=1)

        assert report.passed
        assert report.notes == ("what odd was made from cannot be seen: give a function of the data that makes the strategy",)

    def test_progress_ends_at_one(self) -> None:
        told: list[Any] = []
        sl.audit(sl.demo(), sl.strategies.SmaCross(), cuts=1, progress=told.append)

        assert told[-1].fraction == 1.0
        assert [stage.fraction for stage in told] == sorted(stage.fraction for stage in told)

    def test_the_same_audit_says_the_same(self) -> None:
        one, other = (sl.audit(sl.demo(), sl.strategies.SmaCross(), cuts=2).to_dict() for _ in range(2))

        assert one == other

    def test_what_scanners_propose_is_a_decision(self) -> None:
        class Sees(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                close = ctx["AAPL"].bars("1m").close
                whole = close.base[3] if close.base.ndim == 2 else close.base
                return ["SPY"] if len(close) and whole[-1] > close[-1] else []

        lab = sl.demo()
        lab.use_scanner(Sees(), regular_session="30m")

        report = sl.audit(lab, cuts=4)

        assert {(finding.strategy, finding.hook) for finding in report.findings} == {("Sees", "scan")}
        assert "scanners look at symbols" in report.notes[0]


class TestReport:
    def test_it_is_a_table_a_text_and_a_page(self) -> None:
        report = sl.audit(sl.demo(), Peeks(), cuts=2)

        assert not report.passed
        assert list(report.table.columns[:6]) == ["kind", "moment", "strategy", "hook", "symbol", "what"]
        assert len(report.table) == len(report.findings) == 1
        assert "look ahead: 2025-07-02 09:31:00 Peeks.on_bar" in repr(report)
        assert "Peeks" in report._repr_html_()
        assert report.to_dict()["passed"] is False

    def test_prints_of_a_strategy_are_heard_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        class Prints(sl.Strategy):
            def on_start(self, ctx: Any) -> None:
                print("started")

        sl.audit(sl.demo(), Prints(), cuts=1)

        assert capsys.readouterr().out == "started\n"


class TestOpened:
    """What a hook asks beside files."""

    def kinds(self, act: Any) -> set[tuple[str, str]]:
        class Asks(sl.Strategy):
            def on_session_end(self, ctx: Any) -> None:
                act()

        return {(finding.kind, finding.hook) for finding in sl.audit(sl.demo(), Asks(), cuts=1).findings}

    def test_a_host_a_process_and_a_database_are_findings(self, tmp_path: Path) -> None:
        def opens_a_database() -> None:
            sqlite3.connect(tmp_path / "rows.db").close()

        assert self.kinds(lambda: socket.getaddrinfo("localhost", 80)) == {("network", "on_session_end")}
        assert self.kinds(lambda: subprocess.run([sys.executable, "-c", ""], check=True)) == {("process", "on_session_end")}
        assert self.kinds(opens_a_database) == {("file", "on_session_end")}

    def test_looking_back_and_what_is_installed_are_none(self) -> None:
        class Looks(sl.Strategy):
            every = "60m"

            def on_bar(self, ctx: Any, symbol: str) -> None:
                import zoneinfo

                zoneinfo.ZoneInfo.no_cache("Asia/Tokyo")
                ctx.data.as_of(ctx.session.open)[symbol].bars("1m").history.frame()

        assert sl.audit(sl.demo(), Looks(), cuts=1).passed

    def test_no_reader_stays_watched(self) -> None:
        before = pd.read_parquet, pq.ParquetFile.__init__, time.time, pd.Timestamp.now

        sl.audit(sl.demo(), sl.strategies.SmaCross(), cuts=1)

        assert (pd.read_parquet, pq.ParquetFile.__init__, time.time, pd.Timestamp.now) == before
