"""Look-aheads planted on purpose, one of each kind that people make: an audit finds every one, on real minutes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import sessionlab as sl

DAYS = ("2013-10-07", "2013-10-08")
Make = Callable[[pd.DataFrame], sl.Strategy]


@pytest.fixture(scope="module")
def spy(real_data: Path) -> pd.DataFrame:
    """Two sessions of SPY, minutes stamped by their start in exchange time."""
    files = [real_data / "bars" / "1m" / "SPY" / f"{day}.parquet" for day in DAYS]
    frame = pd.concat([pd.read_parquet(file) for file in files])
    frame.index = pd.DatetimeIndex(frame["timestamp"]).tz_convert("America/New_York")
    return frame.between_time("09:30", "15:59")[["open", "high", "low", "close", "volume"]].astype(float)


def hold(ctx: Any, symbol: str, wanted: bool) -> None:
    """Hold a hundred shares while it is ``wanted``."""
    if wanted and not ctx.position(symbol):
        ctx.buy(symbol, 100)
    elif not wanted and ctx.position(symbol):
        ctx.close(symbol)


def whole_day(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The column behind a view, as far as it reaches."""
    base = column.base
    assert isinstance(base, np.ndarray)
    return base[3] if base.ndim == 2 else base


class NextClose(sl.Strategy):
    """The array behind the view of closes."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        close = ctx[symbol].bars("1m").close
        later = whole_day(close)[len(close) :]
        hold(ctx, symbol, bool(len(later) and later[0] > close[-1]))


class DayHigh(sl.Strategy):
    """The same at the open, of the whole day, and kept for later."""

    def on_session_start(self, ctx: Any) -> None:
        self.middle: dict[str, float] = {}

    def on_bar(self, ctx: Any, symbol: str) -> None:
        close = ctx[symbol].bars("1m").close
        if symbol not in self.middle:
            self.middle[symbol] = float(np.median(whole_day(close)))
        hold(ctx, symbol, close[-1] > self.middle[symbol])


class Scaled(sl.Strategy):
    """Numbers of the whole day to scale by, through the frame's memory."""

    every = "5m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        close = ctx[symbol].bars("5m").close
        day = whole_day(close)
        hold(ctx, symbol, (close[-1] - day.mean()) / day.std() > 0.5)


class Restless(sl.Strategy):
    """An order's limit, rather than whether there is one, depends on what comes."""

    every = "30m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        close = ctx[symbol].bars("1m").close
        ctx.buy(symbol, 1, limit=round(float(whole_day(close).min()), 2))


class Holding(sl.Strategy):
    """A series of signs by stamp, given as a parameter."""

    signs: Any = None

    def on_bar(self, ctx: Any, symbol: str) -> None:
        last = ctx[symbol].bars("1m").last
        hold(ctx, symbol, bool(self.signs.get(last.start, False)))


class Reading(sl.Strategy):
    """A file of the whole day, opened in a hook."""

    path: str = ""
    how: str = "pandas"

    def on_session_start(self, ctx: Any) -> None:
        if self.how == "pandas":
            self.frame = pd.read_parquet(self.path)
        elif self.how == "pyarrow":
            import pyarrow.parquet as pq

            self.frame = pq.read_table(self.path).to_pandas()
        elif self.how == "ParquetFile":
            from pyarrow.parquet import ParquetFile

            self.frame = ParquetFile(self.path).read().to_pandas()
        elif self.how == "polars":
            self.frame = pl.read_parquet(self.path).to_pandas()
        else:
            with Path(self.path).open("rb") as file:
                self.frame = file.read()

    def on_bar(self, ctx: Any, symbol: str) -> None:
        hold(ctx, symbol, ctx[symbol].bars("1m").last.close > 0)


def the_look_ahead(report: sl.Audit) -> Any:
    """The one finding that says so."""
    found = [finding for finding in report.findings if finding.kind == "look_ahead"]
    assert len(found) == 1, report
    return found[0]


class TestBehindAView:
    def test_the_next_close_behind_a_view_is_found_at_its_first_decision(self, spy: pd.DataFrame) -> None:
        """What comes next decides about the very first bar whose next close is higher."""
        rises = (spy["close"].shift(-1) > spy["close"])[:380]

        finding = the_look_ahead(sl.audit({"SPY": spy}, NextClose()))

        assert finding.moment == rises.idxmax() + pd.Timedelta("1min")
        assert (finding.strategy, finding.hook, finding.symbol) == ("NextClose", "on_bar", "SPY")
        assert any("SPY bars('1m').close" in read for read in finding.reads)
        assert any(".base" in line for line in finding.suspects)

    @pytest.mark.parametrize("strategy", [DayHigh(), Scaled(), Restless()])
    def test_numbers_of_the_whole_day_are_found(self, spy: pd.DataFrame, strategy: sl.Strategy) -> None:
        finding = the_look_ahead(sl.audit({"SPY": spy}, strategy, bars="1m 5m"))

        assert (finding.strategy, finding.hook) == (strategy.name, "on_bar")


class TestSignalsMadeOfTheData:
    """Functions that make signals of a whole frame, with the mistakes that such functions have."""

    @pytest.mark.parametrize(
        ("mistake", "line"),
        [
            (lambda f: f["close"].shift(-1) > f["close"], "shift"),
            (lambda f: f["close"] > f["close"].rolling(5, center=True).mean(), "center"),
            (lambda f: (f["close"] - f["close"].mean()) / f["close"].std() > 0, "over all rows"),
            (lambda f: f["close"] > f["close"].resample("5min").last().reindex(f.index, method="ffill"), "longer bar"),
            (lambda f: f["close"] < f["high"].groupby(f.index.date).transform("max") - 0.5, None),
            (lambda f: f["close"].where(f.index.minute % 5 == 4).bfill() > f["open"], "later rows"),
            (lambda f: f["volume"].rank(pct=True) > 0.6, None),
            (lambda f: pd.Series(np.gradient(f["close"]) > 0, f.index), None),
        ],
        ids=["shift", "center", "scaled on all", "longer bar early", "day's high", "bfill", "rank", "gradient"],
    )
    def test_entries_that_rise_before_their_cause_are_found(
        self, spy: pd.DataFrame, mistake: Callable[[pd.DataFrame], Any], line: str | None
    ) -> None:
        def make(frame: pd.DataFrame) -> sl.Strategy:
            wanted = mistake(frame)
            return sl.Signals(wanted, ~wanted, quantity=10)

        finding = the_look_ahead(sl.audit(spy, make, symbols=None))

        assert finding.strategy == "Signals"
        assert "known after" in finding.cut
        if line is not None:
            assert any(line in suspect for suspect in finding.suspects)

    def test_the_same_function_without_a_mistake_passes(self, spy: pd.DataFrame) -> None:
        def make(frame: pd.DataFrame) -> sl.Strategy:
            wanted = frame["close"] > frame["close"].rolling(5).mean()
            return sl.Signals(wanted, ~wanted, quantity=10)

        report = sl.audit(spy, make)

        assert report.passed, report
        assert report.decisions > 100


NEXT_UP: Any = None
NEXT_CLOSES: Any = None
TABLE: dict[str, Any] = {}


class Global(sl.Strategy):
    """A frame of the whole run in a global."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        start = ctx[symbol].bars("1m").last.start
        coming = NEXT_UP["close"].loc[start:]
        hold(ctx, symbol, len(coming) > 1 and coming.iloc[1] > coming.iloc[0])


class GlobalArray(sl.Strategy):
    """Closes of the whole run without a stamp, in a global dict."""

    def on_start(self, ctx: Any) -> None:
        self.i = -1

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.i += 1
        closes = TABLE["closes"]
        hold(ctx, symbol, self.i + 1 < len(closes) and closes[self.i + 1] > closes[self.i])


class TestHeldData:
    def test_a_frame_in_a_global_is_found_and_named(self, spy: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(globals(), "NEXT_UP", spy)

        finding = the_look_ahead(sl.audit({"SPY": spy}, Global()))

        assert "through NEXT_UP" in finding.what

    def test_a_frame_that_a_function_closes_over_is_found_and_named(self, spy: pd.DataFrame) -> None:
        lab = sl.Lab.from_frames({"SPY": spy})
        frame = spy

        @lab.every("1m")
        def closes_over(ctx: Any, symbol: str) -> None:
            now = ctx.now - pd.Timedelta("1min")
            hold(ctx, symbol, frame["close"].asof(now + pd.Timedelta("3min")) > frame["close"].asof(now))

        finding = the_look_ahead(sl.audit(lab))

        assert "through frame" in finding.what
        assert finding.strategy == "closes_over"

    def test_an_array_of_closes_in_a_dict_of_a_global_is_found_and_named(self, spy: pd.DataFrame) -> None:
        TABLE["closes"] = spy["close"].to_numpy()

        finding = the_look_ahead(sl.audit({"SPY": spy}, GlobalArray()))

        assert "through TABLE['closes']" in finding.what
        assert "dated as bars of SPY" in finding.what

    @pytest.mark.parametrize(
        "shape",
        [lambda signs: signs, lambda signs: dict(zip(signs.index, signs.astype(int), strict=True))],
        ids=["a Series", "a dict by stamp"],
    )
    def test_a_reader_of_the_row_at_hand_passes_and_of_the_next_row_does_not(
        self, spy: pd.DataFrame, shape: Callable[[Any], Any]
    ) -> None:
        """The table is the same. What differs is which of its rows is asked for."""

        class Next(Holding):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                start = ctx[symbol].bars("1m").last.start + pd.Timedelta("1min")
                hold(ctx, symbol, bool(self.signs.get(start, False)))

        signs = shape(spy["close"] > spy["open"])

        assert sl.audit({"SPY": spy}, Holding(signs=signs)).passed
        assert "through Next.signs" in the_look_ahead(sl.audit({"SPY": spy}, Next(signs=signs))).what

    def test_a_daily_frame_whose_row_of_today_is_read_is_found(self, spy: pd.DataFrame) -> None:
        daily = spy.groupby(spy.index.normalize()).agg({"high": "max", "low": "min"})

        class Daily(sl.Strategy):
            every = "10m"

            def on_bar(self, ctx: Any, symbol: str) -> None:
                today = daily.loc[ctx.now.normalize()]
                hold(ctx, symbol, ctx[symbol].bars("1m").close[-1] < (today["high"] + today["low"]) / 2)

        assert "through daily" in the_look_ahead(sl.audit({"SPY": spy}, Daily())).what

    def test_a_frame_of_polars_is_cut_too(self, spy: pd.DataFrame) -> None:
        frame = pl.from_pandas(spy.reset_index(names="start"))

        class Polars(sl.Strategy):
            every = "5m"

            def on_bar(self, ctx: Any, symbol: str) -> None:
                coming = frame.filter(pl.col("start") >= ctx.now)["close"]
                hold(ctx, symbol, len(coming) > 3 and coming[3] > coming[0])

        assert "through frame" in the_look_ahead(sl.audit({"SPY": spy}, Polars())).what

    def test_what_is_trusted_by_name_is_left_alone(self, spy: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(globals(), "NEXT_UP", spy)

        assert sl.audit({"SPY": spy}, Global(), trust=["NEXT_UP"]).passed

    def test_a_cache_that_the_first_run_filled_hides_nothing(self, spy: pd.DataFrame) -> None:
        kept: dict[Any, float] = {}

        class Caching(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                close = ctx[symbol].bars("1m").close
                day = kept.setdefault(ctx.session.date, float(whole_day(close).mean()))
                hold(ctx, symbol, close[-1] > day)

        the_look_ahead(sl.audit({"SPY": spy}, Caching()))


class TestOpened:
    @pytest.mark.parametrize("how", ["pandas", "pyarrow", "ParquetFile", "polars", "open"])
    def test_a_file_read_in_a_hook_is_a_finding_whoever_opens_it(self, real_data: Path, spy: pd.DataFrame, how: str) -> None:
        path = str(real_data / "bars" / "1m" / "SPY" / "2013-10-08.parquet")

        report = sl.audit({"SPY": spy}, Reading(path=path, how=how), cuts=1)

        (finding,) = report.findings
        assert (finding.kind, finding.hook) == ("file", "on_session_start")
        assert path in finding.what
        assert finding.moment == pd.Timestamp("2013-10-07 09:30", tz="America/New_York")

    def test_a_file_that_is_trusted_may_be_read(self, real_data: Path, spy: pd.DataFrame) -> None:
        path = str(real_data / "bars" / "1m" / "SPY" / "2013-10-08.parquet")

        assert sl.audit({"SPY": spy}, Reading(path=path), cuts=1, trust=["*/SPY/*.parquet"]).passed

    def test_a_reader_that_a_module_imported_by_name_is_seen(
        self, real_data: Path, spy: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "my_reader.py").write_text(
            "import sessionlab as sl\n"
            "from pyarrow.csv import read_csv\n"
            "class Reads(sl.Strategy):\n"
            "    path: str = ''\n"
            "    def on_start(self, ctx):\n"
            "        self.table = read_csv(self.path)\n"
        )
        (tmp_path / "day.csv").write_text("close\n1.0\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        module = importlib.import_module("my_reader")

        report = sl.audit({"SPY": spy}, module.Reads(path=str(tmp_path / "day.csv")), cuts=1)
        sys.modules.pop("my_reader")

        assert [(finding.kind, finding.hook) for finding in report.findings] == [("file", "on_start")]

    def test_a_file_read_by_the_function_that_makes_signals_is_a_finding(self, spy: pd.DataFrame, tmp_path: Path) -> None:
        spy.to_parquet(tmp_path / "day.parquet")

        def make(frame: pd.DataFrame) -> sl.Strategy:
            whole = pd.read_parquet(tmp_path / "day.parquet")
            wanted = whole["close"] > whole["close"].mean()
            return sl.Signals(wanted, ~wanted, quantity=10)

        assert {finding.kind for finding in sl.audit(spy, make, cuts=1).findings} == {"file"}


class TestOwnIndicators:
    def test_an_indicator_that_is_not_causal_ends_the_run_and_is_a_finding(self, spy: pd.DataFrame) -> None:
        def centered(bars: Any) -> Any:
            return pd.Series(bars.close).rolling(5, center=True).mean().to_numpy()

        class Centered(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                hold(ctx, symbol, ctx[symbol].bars("1m").last.close > ctx[symbol][sl.indicator(centered, "1m")].last)

        finding = the_look_ahead(sl.audit({"SPY": spy}, Centered()))

        assert "centered" in finding.what
