"""Whatever arrives, however late, and whoever looks when: a view shows what a plain list of arrivals says it must.

Two machines: a replay, whose rows are all there before the first step, and a session whose rows are still coming. Both
keep views, frames, arrays and looks back, and hold each to the loops of ``told_by_hand``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from laws.told_by_hand import MINUTE_NS, Arrival, Shown, bars, buckets, latest, runs, there

from sessionlab.session.bars import BarView
from sessionlab.session.data import SessionData, Surroundings
from sessionlab.session.plan import Stream, StreamPlan
from sessionlab.session.present import Present
from sessionlab.session.quality import present_series
from sessionlab.session.session_rows import SessionRows, WindowBlocks
from sessionlab.tape import DayBlock, Rows
from sessionlab.timing import Interval, TradingSession

TZ = "America/New_York"
BASE = Interval.parse("1m")
WIDTHS = {"1m": 1, "3m": 3, "7m": 7, "1d": None}
SYMBOLS = ("B", "A")
PARTS = ("today", "history", "all")
OPEN = pd.Timestamp("2025-07-02 09:30", tz=TZ).value
YESTERDAY = TradingSession(dt.date(2025, 7, 1), OPEN - 1440 * MINUTE_NS, OPEN - 1434 * MINUTE_NS, TZ)

waits = st.sampled_from([0, 0, 1, 2, 3])


def some_values(number: int) -> tuple[float, float, float, float, float]:
    """A bar that no other arrival has: prices in quarters, whole shares."""
    a, b, c, d = ((number * prime) % 997 / 4 + 100 for prime in (101, 211, 307, 401))
    return (a, max(a, b, c, d), min(a, b, c, d), b, float(number % 500))


def some_session(luck: Random) -> TradingSession:
    """One to sixteen minutes, about half of them with a break of one to three."""
    minutes = luck.randint(1, 16)
    close = OPEN + minutes * MINUTE_NS
    if minutes < 4 or luck.random() < 0.5:
        return TradingSession(dt.date(2025, 7, 2), OPEN, close, TZ)
    pause = OPEN + luck.randint(1, minutes - 2) * MINUTE_NS
    ended = min(pause + luck.randint(1, 3) * MINUTE_NS, close - MINUTE_NS)
    return TradingSession(dt.date(2025, 7, 2), OPEN, close, TZ, pause, ended)


def some_arrivals(luck: Random, session: TradingSession, latest_ns: int) -> list[Arrival]:
    """Rows of a whole session, as a file may have them: some absent, some late, some told again; of one in three none."""
    bad = ("on time", "absent", "late", "told again", "late, told again")
    kinds = luck.choice([("on time",), ("on time", "on time", "absent"), bad])
    found: list[Arrival] = []
    for i, bucket in enumerate(buckets(session, 1)):
        kind = luck.choice(kinds)
        delays = [] if kind == "absent" else [0 if "late" not in kind else luck.randint(1, latest_ns)]
        if "again" in kind:
            delays.append(delays[0] + luck.randint(1, latest_ns))
        found += [Arrival(i, bucket.end + delay, some_values(luck.randint(1, 10_000))) for delay in delays]
    return sorted(found, key=lambda row: row.known_at)


@dataclass
class Kept:
    """Something taken at a moment, and a copy of what it held."""

    thing: Any
    copy: Any


@dataclass
class Look:
    """Data whose clock stands still at ``instant``."""

    data: SessionData
    instant: int
    views: list[tuple[BarView, str, str, str]] = field(default_factory=list)


class Laws(RuleBasedStateMachine):
    """What both machines share: views of every kind, and the model that they are held to."""

    arriving: bool
    rows: SessionRows
    present: Present

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        """Everything that will ever arrive follows from the seed; when somebody looks is hypothesis's to choose."""
        self.luck = luck = Random(seed)
        self.session = session = some_session(luck)
        self.incomplete = luck.choice(["build", "skip"])
        self.windows = {width for width in WIDTHS if luck.random() < 0.5}
        self.coming = {symbol: some_arrivals(luck, session, 5 * MINUTE_NS) for symbol in SYMBOLS}
        self.yesterday = {symbol: self.yesterdays(some_arrivals(luck, YESTERDAY, 5 * MINUTE_NS)) for symbol in SYMBOLS}
        self.kept: list[Kept] = []
        self.looks: list[Look] = []
        streams = tuple(
            Stream(symbol, width, "STREAMED" if width == "1m" else "GENERATED", BASE, "")
            for symbol in SYMBOLS
            for width in WIDTHS
        )
        earlier = {symbol: _block(symbol, YESTERDAY, self.yesterday[symbol]) for symbol in SYMBOLS}
        today = {symbol: _block(symbol, session, self.arrivals(symbol)) for symbol in SYMBOLS}
        self.rows = SessionRows(
            session,
            first=5,
            plan=StreamPlan(streams, ()),
            today={(symbol, BASE): block for symbol, block in today.items()},
            windows={
                (symbol, Interval.parse(width)): WindowBlocks(BASE, [YESTERDAY], [earlier[symbol]])
                for symbol in SYMBOLS
                for width in self.windows
            },
            incomplete=self.incomplete,
            arriving=self.arriving,
        )
        self.present = Present(self.rows, self.rows.first)
        self.data = SessionData(self.present, Surroundings(lambda: self.now, self._back, list, (True, True), False))
        self.held = [(self.data[symbol].bars(width), symbol, width, "today") for symbol in SYMBOLS for width in WIDTHS]

    def arrivals(self, symbol: str) -> list[Arrival]:
        """Today's arrivals of ``symbol``, in order: all of a replay, those so far of a session still coming."""
        raise NotImplementedError

    def yesterdays(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Yesterday's arrivals, where only a replay can know of those that came today."""
        raise NotImplementedError

    def wait(self, moves: int) -> None:
        """Let time pass."""
        raise NotImplementedError

    @property
    def now(self) -> int:
        return self.present.now_ns

    def _back(self, instant: int) -> Present:
        return Present(self.rows, self.rows.moments.at(instant), instant)

    # -- what a user does ------------------------------------------------------------------------------------------

    @rule(n=st.integers(1, 6))
    def go_on(self, n: int) -> None:
        self.wait(n)

    @rule(wait=waits, symbol=st.sampled_from(SYMBOLS), width=st.sampled_from(list(WIDTHS)), part=st.sampled_from(PARTS))
    def keep_a_view(self, wait: int, symbol: str, width: str, part: str) -> None:
        self.wait(wait)
        view = self.data[symbol].bars(width)
        self.held.append((view if part == "today" else getattr(view, part), symbol, width, part))
        del self.held[:-12]

    @rule(wait=waits, which=st.integers(0, 30), n=st.integers(0, 6))
    def take_frames_and_arrays(self, wait: int, which: int, n: int) -> None:
        self.wait(wait)
        view, symbol, width, part = self.held[which % len(self.held)]
        self._check_tables(view, symbol, width, part, self.now)
        for frame in (view.frame(), view.tail(n) if n % 2 else view[-n:]):
            self.kept.append(Kept(frame, frame.copy(deep=True)))
        for array in (view.close, view.volume, view.count, view.complete):
            if array is not None:
                self.kept.append(Kept(array, array.copy()))
        if view.last is not None:
            bar = view.last
            self.kept.append(Kept(bar, (bar.start, bar.known_at, bar.open, bar.high, bar.low, bar.close, bar.volume)))

    @rule(wait=waits, share=st.floats(0, 1), symbol=st.sampled_from(SYMBOLS), width=st.sampled_from(list(WIDTHS)))
    def look_back(self, wait: int, share: float, symbol: str, width: str) -> None:
        self.wait(wait)
        instant = self.session.open_ns + int(share * (self.now - self.session.open_ns))
        data = self.data.as_of(instant)
        note(f"look back at {(instant - OPEN) / 1e9} s")
        view = data[symbol].bars(width)
        self.looks.append(Look(data, instant, [(view, symbol, width, "today"), (view.all, symbol, width, "all")]))
        del self.looks[:-4]

    @precondition(lambda self: self.now < self.session.close_ns)
    @rule(symbol=st.sampled_from(SYMBOLS))
    def ask_for_the_future(self, symbol: str) -> None:
        from sessionlab.errors import LookAheadError

        view = self.data[symbol].bars("1m")
        ahead = self.now + (-(self.now - self.session.open_ns)) % MINUTE_NS
        try:
            view[pd.Timestamp(ahead, tz="UTC")]
        except LookAheadError:
            return
        raise AssertionError("a bar that starts now or later was handed out")

    # -- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def views_show_what_came(self) -> None:
        for view, symbol, width, part in self.held:
            self._check(view, symbol, width, part, self.now)

    @invariant()
    def looks_back_stand_still(self) -> None:
        for look in self.looks:
            assert look.data.now.value == look.instant
            for view, symbol, width, part in look.views:
                self._check(view, symbol, width, part, look.instant)

    @invariant()
    def the_last_close_and_the_day_are_those_of_the_base(self) -> None:
        for symbol in SYMBOLS:
            told = list(latest(self.arrivals(symbol), self.now).values())
            day = self.data[symbol].day
            assert day.volume == sum(row.values[4] for row in told)
            if told:
                assert (day.high, day.low) == (max(r.values[1] for r in told), min(r.values[2] for r in told))
            window = list(latest(self.yesterday[symbol], self.now).values()) if "1m" in self.windows else []
            quote = self.data[symbol].quote
            known = [*window, *told]
            assert (quote is None) == (not known)
            if quote is not None:
                assert (quote.bid_price, quote.timestamp.value) == (known[-1].values[3], known[-1].known_at)
            quotes = self.data[symbol].quotes
            assert quotes.last == (quote if told else None)
            assert quotes.frame().index.asi8.tolist() == closes_as_they_came(self.arrivals(symbol), self.now)

    @invariant()
    def late_are_the_bars_that_were_not_whole_when_they_were_due(self) -> None:
        """Due is a bar at the first moment at or after its end."""
        instants = self.rows.moments.instants.tolist()
        for one in present_series(self.present):
            minutes, came = WIDTHS[str(one.interval)], self.arrivals(one.symbol)
            ended = [bucket for bucket in buckets(self.session, minutes) if bucket.end <= self.now]
            due = [min(instant for instant in instants if instant >= bucket.end) for bucket in ended]
            in_time = [all(i in latest(came, at) for i in bucket.members) for bucket, at in zip(ended, due, strict=True)]
            now = there(self.session, came, self.now, minutes)
            assert one.there.tolist() == now
            filled = [False] * len(now) if one.late is None else one.late.tolist()
            assert filled == [is_there and not was for is_there, was in zip(now, in_time, strict=True)]

    @invariant()
    def nothing_is_seen_before_it_is_known(self) -> None:
        for view, *_ in self.held:
            cut, n = view._now()
            assert (cut.rows.known_at[:n] <= self.now).all()

    def teardown(self) -> None:
        if not hasattr(self, "rows"):
            return
        for kept in self.kept:
            if isinstance(kept.copy, pd.DataFrame):
                pd.testing.assert_frame_equal(kept.thing, kept.copy)
            elif isinstance(kept.copy, np.ndarray):
                np.testing.assert_array_equal(kept.thing, kept.copy)
                assert not kept.thing.flags.writeable
            else:
                bar = kept.thing
                assert (bar.start, bar.known_at, bar.open, bar.high, bar.low, bar.close, bar.volume) == kept.copy

    def _shown(self, symbol: str, width: str, part: str, now: int) -> list[Shown]:
        minutes = WIDTHS[width]
        found: list[Shown] = []
        if part != "today" and not self.windows.isdisjoint({width, "1m"}):  # what was not asked for has its base's
            found += bars(YESTERDAY, self.yesterday[symbol], now, minutes, self.incomplete)
        if part != "history":
            instants = self.rows.moments.instants.tolist()
            found += bars(self.session, self.arrivals(symbol), now, minutes, self.incomplete, instants)
        return found

    def _check(self, view: BarView, symbol: str, width: str, part: str, now: int) -> None:
        expected, where = self._shown(symbol, width, part, now), f"{symbol} {width} {part} at {(now - OPEN) / 1e9} s"
        assert contents(view) == [(b.start, b.known_at, *b.values, b.count, b.complete) for b in expected], where
        last = view.last
        assert (last is None) == (not expected)
        if last is not None:
            assert (last.close, last.count) == (expected[-1].values[3], expected[-1].count)
        if part == "today":
            present = there(self.session, self.arrivals(symbol), now, WIDTHS[width])
            assert view.coverage == (100 * sum(present) / len(present) if present else None), where

    def _check_tables(self, view: BarView, symbol: str, width: str, part: str, now: int) -> None:
        expected, minutes = self._shown(symbol, width, part, now), WIDTHS[width]
        frame, values = view.frame(), contents(view)
        for i, column in enumerate((view.open, view.high, view.low, view.close, view.volume)):
            assert column.tolist() == [row[2 + i] for row in values]
        assert frame.index.as_unit("ns").asi8.tolist() == [bar.start for bar in expected]
        assert frame.iloc[:, :5].to_numpy().tolist() == [list(bar.values) for bar in expected]
        if width != "1m":
            assert list(frame["count"]) == [bar.count for bar in expected]
            assert list(frame["complete"]) == [bar.complete for bar in expected]
        if part == "today":
            gaps = view.gaps
            found = list(zip(gaps["start"].astype("int64"), gaps["end"].astype("int64"), gaps["count"], strict=True))
            assert found == runs(self.session, there(self.session, self.arrivals(symbol), now, minutes), minutes)


class Replay(Laws):
    """All of today's rows are there before the first step."""

    arriving = False

    def arrivals(self, symbol: str) -> list[Arrival]:
        return self.coming[symbol]

    def yesterdays(self, arrivals: list[Arrival]) -> list[Arrival]:
        over_night = OPEN - YESTERDAY.close_ns
        moved = [replace(row, known_at=row.known_at + (over_night if row.known_at % MINUTE_NS else 0)) for row in arrivals]
        return sorted(moved, key=lambda row: row.known_at)

    def wait(self, moves: int) -> None:
        self.present.k = min(self.present.k + moves, self.rows.moments.last)
        self.present.instant_ns = None

    @rule(seconds=st.integers(1, 400))
    def advance(self, seconds: int) -> None:
        instant = min(self.now + seconds * 10**9, self.session.close_ns)
        self.present.k, self.present.instant_ns = self.rows.moments.at(instant), instant

    @rule()
    def go_back_to_the_open(self) -> None:
        self.present.k, self.present.instant_ns = self.rows.first, None

    @invariant()
    def the_moments_are_the_calendar_and_what_came_off_it(self) -> None:
        """A step at each bar's end, and one more wherever something late arrived; none of them outside the session."""
        grid = {self.session.open_ns, *(bucket.end for bucket in buckets(self.session, 1))}
        came = {row.known_at for symbol in SYMBOLS for row in self.arrivals(symbol)}
        if self.windows:
            came |= {row.known_at for symbol in SYMBOLS for row in self.yesterday[symbol]}
        inside = {instant for instant in came if OPEN < instant <= self.session.close_ns}
        assert self.rows.moments.instants.tolist() == sorted(grid | inside)

    def teardown(self) -> None:
        """Each bar was first seen at the moment at which loops find it first."""
        super().teardown()
        if not hasattr(self, "rows"):
            return
        moments = self.rows.moments
        for symbol in SYMBOLS:
            for width, minutes in WIDTHS.items():
                first: dict[int, int] = {}
                for k in range(moments.first, moments.until):
                    for bar in bars(self.session, self.arrivals(symbol), moments[k], minutes, self.incomplete):
                        first.setdefault(bar.start, k)
                start, k = self.rows.first_seen(symbol, Interval.parse(width))
                assert dict(zip(start.tolist(), k.tolist(), strict=True)) == first


class Arriving(Laws):
    """Nothing of today is there at the open; rows come in pieces, each at the moment at which somebody looked for it."""

    arriving = True

    def arrivals(self, symbol: str) -> list[Arrival]:
        return self._so_far.setdefault(symbol, [])

    def yesterdays(self, arrivals: list[Arrival]) -> list[Arrival]:
        self._so_far: dict[str, list[Arrival]] = {}
        return arrivals

    def wait(self, moves: int) -> None:
        for _ in range(moves):
            self.receive(self.luck.choice([0.5, 2, 30, 60, 60, 61, 62, 150]))

    def receive(self, seconds: float) -> None:
        """What came within so many seconds, in one piece for each symbol."""
        if self.now == self.session.close_ns:
            return
        before, now = self.now, min(self.now + int(seconds * 1e9), self.session.close_ns)
        pieces: dict[tuple[str, Interval], Rows] = {}
        for symbol in SYMBOLS:
            rows = [replace(row, known_at=now) for row in self.coming[symbol] if before < row.known_at <= now]
            self.arrivals(symbol).extend(rows)
            if rows:
                pieces[symbol, BASE] = _rows(self.session, rows)
        self.present.k = self.rows.receive(pieces, now)
        assert self.now == now

    def teardown(self) -> None:
        """Preloaded, the same arrivals show the same at every moment: any chunking gives the same rows."""
        super().teardown()
        if not hasattr(self, "rows"):
            return
        whole = SessionRows(
            self.session,
            first=5,
            plan=self.rows.plan,
            today={(symbol, BASE): _block(symbol, self.session, self.arrivals(symbol)) for symbol in SYMBOLS},
            windows=self.rows.windows,
            incomplete=self.incomplete,
        )
        for k in range(self.rows.moments.first, self.rows.moments.until):
            instant = self.rows.moments[k]
            for symbol in SYMBOLS:
                for width in WIDTHS:
                    for part in PARTS:
                        a, b = (
                            BarView(present, symbol, Interval.parse(width), (True, True), part)
                            for present in (Present(self.rows, k), Present(whole, whole.moments.at(instant), instant))
                        )
                        # but for known_at: a bucket closes at a moment, and a replay has one at each bar's end
                        assert [row[:1] + row[2:] for row in contents(a)] == [row[:1] + row[2:] for row in contents(b)]
                        assert a.coverage == b.coverage


def closes_as_they_came(arrivals: list[Arrival], now: int) -> list[int]:
    """The instants up to ``now`` at which another close became the last known one, or the same one was corrected."""
    instants = sorted({row.known_at for row in arrivals if row.known_at <= now})
    last = [list(latest(arrivals, at).values())[-1] for at in instants]
    return [at for at, row in zip(instants, last, strict=True) if row.known_at == at]


def contents(view: BarView) -> list[tuple[float, ...]]:
    """The bars of a view: start, known_at, open, high, low, close, volume, count, complete."""
    cut, n = view._now()
    rows = cut.rows.take(slice(0, n))
    counts = [1] * n if rows.base_count is None else rows.base_count.tolist()
    complete = [True] * n if rows.complete is None else rows.complete.tolist()
    return list(zip(rows.start.tolist(), rows.known_at.tolist(), *rows.values.tolist(), counts, complete, strict=True))


def _rows(session: TradingSession, arrivals: list[Arrival]) -> Rows:
    starts = [bucket.start for bucket in buckets(session, 1)]
    values = np.array([row.values for row in arrivals], dtype=float).reshape(-1, 5).T
    return Rows.of([starts[row.i] for row in arrivals], [row.known_at for row in arrivals], values)


def _block(symbol: str, session: TradingSession, arrivals: list[Arrival]) -> DayBlock:
    """A day block as a source makes it: by start, then by ``known_at``; of two that came together only the last."""
    kept = list({(row.i, row.known_at): row for row in arrivals}.values())
    kept.sort(key=lambda row: (row.i, row.known_at))
    ends = [bucket.end for bucket in buckets(session, 1)]
    on_time = all(row.known_at == ends[row.i] for row in kept) and len({row.i for row in kept}) == len(kept)
    return DayBlock(symbol, BASE, session.date, _rows(session, kept), Rows.empty(), on_time)


TestReplay = Replay.TestCase
TestArriving = Arriving.TestCase
TestReplay.settings = settings(max_examples=60, stateful_step_count=8)
TestArriving.settings = settings(max_examples=40, stateful_step_count=8)
