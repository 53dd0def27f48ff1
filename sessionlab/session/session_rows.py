"""Everything that one trading session stands on: its moments, and its tapes over window and today.

Tapes are put together from day blocks when they are first looked at, never past the session's close. So every number of
a session is a function of the config and of the data up to that session alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sessionlab.config.problems import nearest
from sessionlab.derive.coverage import Coverage, Gaps, complete_buckets, find_gaps, presence
from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.derive.indicators.watched import Watched
from sessionlab.derive.longer import LongerTape, stored_window
from sessionlab.derive.trailing import Trail, Trailing
from sessionlab.derive.window_tape import WindowTape
from sessionlab.errors import NoDataError
from sessionlab.session.plan import StreamPlan, base_for
from sessionlab.session.repairs import Repair
from sessionlab.session.windows import NO_WINDOW, Trails, WindowBlocks
from sessionlab.tape import DayBlock, Moments, QuoteBlock, Rows, StoredTape, Tape, untimely
from sessionlab.tape.actions import Split
from sessionlab.tape.block import Bools, Int64s
from sessionlab.timing import Interval, TradingSession


@dataclass(slots=True)
class SessionRows:
    """The rows of ``session``. ``first`` is the number of its open among the moments of the run.

    ``today`` holds a block per symbol and base interval, ``windows`` the blocks before it per symbol and interval,
    ``quotes`` the recorded quotes per symbol (absent: they are made from closes). ``splits`` are those known per symbol since
    its windows began; ``adjusted`` says that the windows are told in today's shares. While rows are ``arriving`` there are
    only the moments so far; else the calendar says them all. ``trails`` are the historical indicators; ``repairs`` the bars
    of all windows that stand in for absent ones. ``joined`` are the instants, in ns UTC, at which symbols joined after the
    open, ``left`` those at which symbols left.
    """

    session: TradingSession
    first: int
    plan: StreamPlan
    today: Mapping[tuple[str, Interval], DayBlock]
    windows: Mapping[tuple[str, Interval], WindowBlocks] = field(default_factory=dict)
    quotes: Mapping[str, QuoteBlock] = field(default_factory=dict)
    incomplete: str = "build"
    arriving: bool = False
    splits: Mapping[str, tuple[Split, ...]] = field(default_factory=dict)
    adjusted: bool = False
    trails: Trails = field(default_factory=Trails)
    repairs: Sequence[Repair] = ()
    joined: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    moments: Moments = field(init=False)
    bases: Mapping[str, tuple[Interval, ...]] = field(init=False)
    told_quotes: dict[str, object] = field(init=False, default_factory=dict)  # what views made of quotes, by symbol
    _tapes: dict[tuple[str, Interval], Tape] = field(init=False, default_factory=dict)
    _watched: dict[tuple[str, FunctionRecipe], Watched] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        bases: dict[str, list[Interval]] = {}
        for symbol, interval in self.today:
            bases.setdefault(symbol, []).append(interval)
        self.bases = {symbol: tuple(sorted(intervals)) for symbol, intervals in bases.items()}
        if self.arriving:
            self.moments = Moments(self.first, np.array([self.session.open_ns]))
            return
        finest = min((interval for _, interval in self.today), default=Interval.parse("1d"))
        late = [untimely(block, self.session) for block in self.today.values() if not block.on_time]
        late += [instants for symbol in self.bases for instants in self._late_of_windows(symbol)]
        self.moments = Moments.of_replay(self.first, self.session, finest, late)

    def without_rows(self) -> SessionRows:
        """The same session, moments and symbols, with no row: what stands for it while the next one is loaded."""
        bare = SessionRows(
            self.session, self.first, self.plan, {}, incomplete=self.incomplete, joined=self.joined, left=self.left
        )
        bare.moments, bare.bases = self.moments, self.bases
        return bare

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that take part, as configured, then in the order in which they joined."""
        return tuple(self.bases)

    def woken_after(self, symbol: str, k: int) -> int:
        """What is due of ``symbol`` after moment ``k``: nothing of the time before it joined."""
        joined_ns = self.joined.get(symbol)
        return k if joined_ns is None else max(k, self.moments.at(joined_ns))

    def bases_of(self, symbol: str) -> tuple[Interval, ...]:
        """The stored intervals of ``symbol`` in use, from short to long. Raises :class:`NoDataError` where it takes no part."""
        try:
            return self.bases[symbol]
        except (KeyError, TypeError):  # a list, say
            raise self._not_here(symbol) from None

    def tape(self, symbol: str, interval: Interval) -> Tape:
        """The tape of ``symbol`` in ``interval``: as stored, or made of the base that divides it.

        Raises :class:`NoDataError` for what cannot be made of what is loaded.
        """
        found = self._tapes.get((symbol, interval))
        if found is None:
            found = self._tapes[symbol, interval] = self._make(symbol, interval)
        return found

    def base_tape(self, symbol: str, interval: Interval) -> StoredTape:
        """The stored tape that the bars of ``interval`` come from."""
        tape = self._tapes.get((symbol, interval)) or self.tape(symbol, interval)
        if isinstance(tape, StoredTape):
            return tape
        assert isinstance(tape, LongerTape)
        return self.base_tape(symbol, tape.base.interval)

    def finest(self, symbol: str) -> Interval:
        """The shortest stored interval of ``symbol`` in use."""
        return self.bases_of(symbol)[0]

    def present(self, symbol: str, interval: Interval, k: int, instant_ns: int) -> Bools:
        """Which of the bars that ended by ``instant_ns`` are there and, if longer, complete. Shape (expected,)."""
        base = self.base_tape(symbol, interval)
        telling = base.telling(k)
        positions = self.session.positions(telling.today.start[: telling.visible(k)], base.interval)
        expected, total = self.session.expected(base.interval, instant_ns), self.session.expected(base.interval)
        on_grid = presence(positions, expected, total)
        tape = self.tape(symbol, interval)
        if not isinstance(tape, LongerTape):
            return on_grid
        return complete_buckets(on_grid, tape.grid.expected)[: self.session.expected(interval, instant_ns)]

    def came_late(self, symbol: str, interval: Interval, k: int, instant_ns: int) -> Bools | None:
        """Which bars there (if longer: complete) at moment ``k`` were not when they were due, (expected,). None: none."""
        base = self.base_tape(symbol, interval)
        if len(base.turns) == 1:
            return None
        start, seen = base.first_seen()
        positions, total = self.session.positions(start, base.interval), self.session.expected(base.interval)
        tape = self.tape(symbol, interval)
        grid = tape.grid if isinstance(tape, LongerTape) else None
        due = self.session.ends(base.interval)[positions] if grid is None else grid.end[grid.bucket_of(start)]
        on_time = presence(positions[seen <= self.moments.after(due)], total, total)
        on_time = on_time if grid is None else complete_buckets(on_time, grid.expected)
        there = self.present(symbol, interval, k, instant_ns)
        return there & ~on_time[: len(there)]

    def coverage(self, symbol: str, interval: Interval, k: int, instant_ns: int) -> Coverage:
        """Bars present of bars expected at moment ``k``."""
        tape = self.tape(symbol, interval)
        if isinstance(tape, LongerTape):
            return _share(self.present(symbol, interval, k, instant_ns))
        return Coverage(self.session.expected(interval, instant_ns), tape.telling(k).visible(k))

    def gaps(self, symbol: str, interval: Interval, k: int, instant_ns: int) -> Gaps:
        """The runs of absent (if longer: absent or incomplete) bars at moment ``k``."""
        return find_gaps(self.present(symbol, interval, k, instant_ns))

    def off_session(self, symbol: str, interval: Interval, instant_ns: int) -> int:
        """Rows of today outside the session that were known by ``instant_ns``: counted, and left out of everything."""
        block = self.today[symbol, self.base_tape(symbol, interval).interval]
        return int(np.count_nonzero(block.extended.known_at <= instant_ns))

    def splits_in_window(self, symbol: str, interval: Interval) -> tuple[Split, ...]:
        """The splits within the window of ``interval`` bars, up to today's open."""
        return self.window_of(symbol, interval).splits(self.splits.get(symbol, ()))

    def unadjusted(self, symbol: str, interval: Interval) -> tuple[Split, ...]:
        """The splits within the window that its prices jump at, because nothing was adjusted for them."""
        return () if self.adjusted else self.splits_in_window(symbol, interval)

    def _not_here(self, symbol: str) -> NoDataError:
        left_ns = self.left.get(symbol) if isinstance(symbol, str) else None
        if left_ns is not None:
            left = f"{pd.Timestamp(left_ns, tz='UTC').tz_convert(self.session.tz):%H:%M:%S}"
            what = f"{symbol!r} left this session at {left}; lab.add_symbol({symbol!r}) lets it join again"
            return NoDataError(what, symbol=symbol)
        near = nearest(str(symbol), self.symbols)
        hint = "" if near is None else f" (did you mean {near}?)"
        return NoDataError(f"{symbol!r} is not in this session; it has {', '.join(self.symbols)}{hint}", symbol=symbol)

    def _make(self, symbol: str, interval: Interval) -> Tape:
        self.bases_of(symbol)  # says so where it is not here
        if not self.today:
            raise NoDataError(f"{symbol}: the next session is being loaded; ask again when it has opened", symbol=symbol)
        window = self.window_of(symbol, interval)
        base = self._base(symbol, interval)
        if base is None:
            absent = self._absent(symbol, interval, window)
            if not window.sessions:
                raise NoDataError(absent, symbol=symbol, interval=str(interval))
            earlier = window.bars(interval, self.incomplete)
            return WindowTape(self.moments, interval, earlier, self._late_of_windows(symbol), absent)
        if base == interval:
            late = self._late_of_windows(symbol)
            return StoredTape(self.session, self.moments, self.today[symbol, interval], window.blocks, late)
        earlier = stored_window(window.blocks) if window.base == interval else window.bars(interval, self.incomplete)
        return LongerTape(self.session, self.moments, self.tape(symbol, base), interval, self.incomplete, earlier)

    def _absent(self, symbol: str, interval: Interval, window: WindowBlocks) -> str:
        """Why there are no bars of ``interval`` today, and what to do."""
        have = ", ".join(str(base) for base in self.bases[symbol])
        if not window.sessions:
            where = "their base to session_data_config.streams" if interval.is_intraday else "a window to historical.data"
            return f"{interval} bars of {symbol} cannot be made of {have}; add {where}"
        if window.spans is not None:
            return f"{interval} bars of {symbol} hold several sessions, so there is none of today; read .history"
        return (
            f"{interval} bars of {symbol} are there in the window alone, as today's cannot be made of {have}; "
            f"read .history, or add {interval} to session_data_config.streams"
        )

    def absent_today(self, symbol: str, interval: Interval) -> str | None:
        """Why there are bars of ``interval`` in the window alone; None where there may be some of today."""
        tape = self.tape(symbol, interval)
        return tape.absent if isinstance(tape, WindowTape) else None

    def trail(self, symbol: str, recipe: Trailing) -> Trail:
        """The historical indicator ``recipe`` of ``symbol``, as known at the open."""
        self.bases_of(symbol)  # says so where it is not here
        return self.trails.of(symbol, recipe, self.session, self.incomplete)

    def unadjusted_trail(self, symbol: str, recipe: Trailing) -> tuple[Split, ...]:
        """The splits within the sessions that ``recipe`` stands on, which it was not adjusted for."""
        self.bases_of(symbol)
        return () if self.adjusted else self.trails.window(symbol, recipe).splits(self.splits.get(symbol, ()))

    def sessions_of(self, symbol: str, interval: Interval) -> list[TradingSession]:
        """The sessions of the window of ``interval`` bars, and today's."""
        return [*self.window_of(symbol, interval).sessions, self.session]

    def watched(self, symbol: str, recipe: FunctionRecipe, interval: Interval) -> Watched:
        """What a function of a user's own says in this session of the bars of ``symbol``."""
        found = self._watched.get((symbol, recipe))
        if found is None:
            sessions = self.sessions_of(symbol, interval)
            found = self._watched[symbol, recipe] = Watched(recipe, interval, sessions, self.moments)
        return found

    def _late_of_windows(self, symbol: str) -> list[Int64s]:
        """Instants after the open at which rows of the windows of ``symbol`` came."""
        blocks = [block for (of, _), window in self.windows.items() if of == symbol for block in window.blocks]
        came = [block.rows.known_at for block in blocks if not block.on_time]
        return [instants[instants > self.session.open_ns] for instants in came]

    def window_of(self, symbol: str, interval: Interval) -> WindowBlocks:
        """The blocks of the window of ``interval`` bars; where none was asked for, of the base that they are made of."""
        found = self.windows.get((symbol, interval))
        if found is not None:
            return found
        base = self._base(symbol, interval)
        if base is None:  # nothing of it is streamed, but a window of shorter bars may be there
            stored = [of for (one, of), window in self.windows.items() if one == symbol and of == window.base]
            base = base_for(interval, (), sorted(stored))
        return NO_WINDOW if base is None else self.windows.get((symbol, base), NO_WINDOW)

    def _base(self, symbol: str, interval: Interval) -> Interval | None:
        """The loaded base that today's bars of ``interval`` come from, None where they cannot be made of any."""
        bases = self.bases_of(symbol)
        planned = next((s for s in self.plan.streams if s.symbol == symbol and s.stream == str(interval)), None)
        if planned is not None and planned.base is not None:
            return planned.base
        intraday = [base for base in bases if base.is_intraday]
        return base_for(interval, bases, bases if interval.is_intraday or not intraday else intraday)

    def receive(self, arrivals: Mapping[tuple[str, Interval], Rows], at_ns: int) -> int:
        """Take in base rows that came by ``at_ns``, the next moment; returns its number. ``known_at`` becomes ``at_ns``."""
        k = self.moments.append(at_ns)
        for (symbol, interval), rows in arrivals.items():
            self.base_tape(symbol, interval).append(rows, k)
        return k

    def first_seen(self, symbol: str, interval: Interval) -> tuple[Int64s, Int64s]:
        """Starts of today's bars and the moments at which each was first seen. For the engine only."""
        return self.tape(symbol, interval).first_seen()

    def last_close(self, symbol: str, k: int) -> tuple[float, int] | None:
        """The last known close of the finest base, today's or the window's, and when it became known. None if none."""
        telling = self.tape(symbol, self.finest(symbol)).telling(k)
        n = telling.visible(k)
        rows: Rows = telling.today if n else telling.window
        i = n - 1 if n else rows.size - 1
        return None if i < 0 else (float(rows.values[3, i]), int(rows.known_at[i]))


def _share(there: Bools) -> Coverage:
    return Coverage(len(there), int(np.count_nonzero(there)))
