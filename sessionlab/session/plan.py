"""What will be streamed, what generated, what ignored, and why: decided before the first step.

``plan_streams`` is a pure function from what a config asks for and what a source has. Two stored bases are never mixed in
one series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from sessionlab.derive.indicators.makers import from_config
from sessionlab.derive.indicators.table_recipe import TableRecipe
from sessionlab.derive.trailing import Trailing
from sessionlab.errors import NoDataError
from sessionlab.session.indicator_needs import without_bars, without_window
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.config import SessionConfig

Action = Literal["STREAMED", "GENERATED", "IGNORED"]
BASES = tuple(Interval.parse(name) for name in ("1s", "1m", "1d"))
SECOND, MINUTE, DAY = BASES


@dataclass(frozen=True, slots=True)
class Stored:
    """What a source has of one symbol.

    ``intervals``: the bar widths that it stores, as it names them (``1s 1m 1d``, perhaps ``1h``), each with whether
    any row of it lies in the sessions asked about. ``quotes``: the finest kind of recorded quotes, or None.
    """

    intervals: Mapping[str, bool] = field(default_factory=dict)
    quotes: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One requested stream of one symbol: what is done with it, from which base, and the reason in words."""

    symbol: str
    stream: str
    action: Action
    base: Interval | None
    reason: str

    @property
    def interval(self) -> Interval:
        """The bars' width. Not for quotes."""
        return Interval.parse(self.stream)


@dataclass(frozen=True, slots=True)
class Window:
    """Trailing ``days`` sessions of one symbol and interval before every session, made of stored ``base`` bars.

    With another ``unit`` those that lie within so many calendar weeks (``w``), months (``mo``) or years (``y``) before it.
    One that historical indicators stand on may be shorter than asked: they tell what they lack.
    """

    symbol: str
    interval: Interval
    days: int
    base: Interval
    needed_by: str
    unit: str = "d"
    for_indicators: bool = False

    @property
    def period(self) -> str:
        """``10d``, ``3mo``."""
        return f"{self.days}{self.unit}"


@dataclass(frozen=True, slots=True, repr=False)
class StreamPlan:
    """The table of streams and windows. ``dropped`` are symbols without data that the config said to leave out.

    Of several windows of one interval, a view of bars shows the first; ``historical`` are the indicators made of the rest.
    ``indicators`` are the session indicators of the config.
    """

    streams: tuple[Stream, ...]
    windows: tuple[Window, ...]
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    historical: tuple[Trailing, ...] = ()
    indicators: tuple[TableRecipe, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that take part, as configured, then in the order in which they joined."""
        return tuple(dict.fromkeys(stream.symbol for stream in self.streams))

    def bars(self, symbol: str) -> list[Stream]:
        """The bar streams of ``symbol`` that are streamed or generated, from short to long."""
        found = [s for s in self.streams if s.symbol == symbol and s.action != "IGNORED" and s.stream != "quotes"]
        return sorted(found, key=lambda stream: stream.interval)

    def bases(self, symbol: str) -> list[Interval]:
        """The stored intervals that today's bars of ``symbol`` come from, from short to long."""
        return sorted({stream.base for stream in self.bars(symbol) if stream.base is not None})

    def windows_of(self, symbol: str) -> list[Window]:
        """The windows of ``symbol``."""
        return [window for window in self.windows if window.symbol == symbol]

    def joined_by(self, other: StreamPlan) -> StreamPlan:
        """The plan of these symbols and of those of ``other``, last; of one in both it is that of ``other``."""
        before, symbols = self.without(*other.symbols), other.symbols
        dropped = tuple(symbol for symbol in self.dropped if symbol not in symbols)
        notes = tuple(dict.fromkeys([*self.notes, *other.notes]))
        return StreamPlan(before.streams + other.streams, before.windows + other.windows, dropped, notes, self.historical)

    def without(self, *symbols: str) -> StreamPlan:
        """The plan of all symbols but these."""
        streams = tuple(stream for stream in self.streams if stream.symbol not in symbols)
        return replace(self, streams=streams, windows=tuple(w for w in self.windows if w.symbol not in symbols))

    def frame(self) -> pd.DataFrame:
        """The streams as a table: ``symbol stream action base reason``."""
        import pandas as pd

        rows = [(s.symbol, s.stream, s.action, "" if s.base is None else str(s.base), s.reason) for s in self.streams]
        return pd.DataFrame(rows, columns=["symbol", "stream", "action", "base", "reason"])

    def windows_frame(self) -> pd.DataFrame:
        """The windows as a table: ``symbol interval days base needed_by``. ``days`` are sessions, or a span such as ``3mo``."""
        import pandas as pd

        rows = [
            (w.symbol, str(w.interval), w.days if w.unit == "d" else w.period, str(w.base), w.needed_by) for w in self.windows
        ]
        return pd.DataFrame(rows, columns=["symbol", "interval", "days", "base", "needed_by"])

    def indicators_frame(self) -> pd.DataFrame:
        """The config's indicators, of sessions and historical, as a table: ``indicator kind interval meaning``."""
        import pandas as pd

        rows = [(str(one), "session", str(one.interval), one.group) for one in self.indicators]
        rows += [(one.name, "historical", str(one.interval), one.meaning) for one in self.historical]
        return pd.DataFrame(rows, columns=["indicator", "kind", "interval", "meaning"])

    def __repr__(self) -> str:
        return self.frame().to_string(index=False)

    def _repr_html_(self) -> str:
        from sessionlab.session.plan_page import plan_page

        return plan_page(self)


def plan_streams(
    config: SessionConfig, availability: Mapping[str, Stored], *, symbols: Sequence[str] | None = None, how_to_get: str = ""
) -> StreamPlan:
    """What is done with each requested stream of each symbol: of those of the config, or of ``symbols`` in their place.

    ``how_to_get`` ends the message about a symbol without its base. Raises :class:`NoDataError` that names every such
    symbol, unless the config says ``on_missing: drop``.
    """
    data = config.session_data_config
    historical = _historical(config)
    trailing = _trailing_needs(historical)
    streams: list[Stream] = []
    windows: list[Window] = []
    missing: list[tuple[str, str]] = []
    needs: dict[str, list[str]] = {}
    wanted = data.symbols if symbols is None else tuple(symbols)
    for symbol in wanted:
        stored = availability.get(symbol, Stored())
        bases = [base for base in BASES if stored.intervals.get(str(base))]
        planned = [_plan_bar(symbol, interval, config.intervals, bases) for interval in config.intervals]
        lacking = [p for p in planned if isinstance(p, str)]
        if not lacking and all(isinstance(p, Stream) and p.action == "IGNORED" for p in planned):
            lacking = [f"nothing of what is asked for can be streamed: {p.reason}" for p in planned if isinstance(p, Stream)]
        if lacking:
            missing += [(symbol, reason) for reason in lacking]
            continue
        streams += [p for p in planned if isinstance(p, Stream)]
        if config.wants_quotes:
            streams.append(_plan_quotes(symbol, stored))
        streams += [
            Stream(symbol, name, "IGNORED", None, "stored, but only 1s, 1m and 1d are read")
            for name in stored.intervals
            if name not in ("1s", "1m", "1d")
        ]
        base_of = _base_among(planned)
        missing += [(symbol, reason) for reason in without_bars(data.indicators, base_of)]
        needed = [(*need, False) for need in _window_needs(config, symbol)] + [(*need, True) for need in trailing]
        for interval, days, unit, needed_by, for_indicators in needed:
            base = _window_base(interval, config.intervals, [b for b in BASES if str(b) in stored.intervals])
            if base is None:
                missing.append((symbol, f"a window of {interval} bars (needed by {needed_by}) has nothing to be made of"))
            else:
                windows.append(Window(symbol, interval, days, base, needed_by, unit, for_indicators))
        have = {window.interval for window in windows if window.symbol == symbol}
        for need in without_window(data.indicators, base_of, have):
            needs.setdefault(need, []).append(symbol)
    without = tuple(dict.fromkeys(symbol for symbol, _ in missing))
    if without and (data.on_missing == "fail" or len(without) == len(wanted)):
        lines = "\n".join(f"  {symbol}: {reason}" for symbol, reason in missing)
        raise NoDataError(
            f"data for {', '.join(without)} is missing:\n{lines}\n{how_to_get}".rstrip()
            + ('\nor set session_data_config.on_missing to "drop"' if len(without) < len(wanted) else ""),
            symbols=without,
        )
    kept = tuple(stream for stream in streams if stream.symbol not in without)
    notes = [f"{symbol} is left out: {reason}" for symbol, reason in missing]
    notes += [f"{', '.join(symbols)}: {need}" for need, symbols in needs.items()]
    indicators = tuple(from_config(entry) for entry in data.indicators)
    return StreamPlan(kept, tuple(w for w in windows if w.symbol not in without), without, tuple(notes), historical, indicators)


def _base_among(planned: Sequence[Stream | str]) -> Callable[[Interval], Interval | None]:
    """What says of an interval which of the bases of the ``planned`` streams its bars are made of."""
    bases = {p.interval: p.base for p in planned if isinstance(p, Stream) and p.base is not None}
    loaded = sorted({base for base in bases.values() if base is not None})
    return lambda interval: bases.get(interval) or base_for(interval, loaded, loaded)


def base_for(interval: Interval, asked: Iterable[Interval], stored: Sequence[Interval]) -> Interval | None:
    """The stored base that bars of ``interval`` are made of, None where nothing stored divides it.

    It is the longest one asked for that divides it, else stored 1m, else stored 1s.
    """
    if interval in stored:
        return interval
    if interval.is_intraday:
        usable = [base for base in stored if base.divides(interval)]
    elif interval == DAY:
        usable = [base for base in stored if base.is_intraday]
    else:
        return None
    wanted = [base for base in usable if base in set(asked)]
    return max(wanted or usable, default=None)


def _plan_bar(symbol: str, interval: Interval, asked: Sequence[Interval], stored: Sequence[Interval]) -> Stream | str:
    name = str(interval)
    if not interval.is_intraday and interval != DAY:
        return Stream(
            symbol, name, "IGNORED", None, f"bars longer than one session are not streamed; ask for 1d instead of {name}"
        )
    intraday = [base for base in stored if base.is_intraday]
    if interval == DAY and intraday and any(other.is_intraday for other in asked):
        base = base_for(interval, asked, intraday)
        return Stream(symbol, name, "GENERATED", base, f"today's is built from {base} and appears at the close")
    if interval in stored:
        return Stream(symbol, name, "STREAMED", interval, "stored")
    base = base_for(interval, asked, stored)
    if base is None:
        have = ", ".join(map(str, stored)) or "no bars in the run's sessions"
        return f"{name} needs stored {_could_be(interval)}; stored: {have}"
    why = "the longest asked-for base that divides it" if base in asked else "not asked for, but stored"
    return Stream(symbol, name, "GENERATED", base, f"built from {base}: {why}")


def _could_be(interval: Interval) -> str:
    return " or ".join(
        str(base) for base in BASES if base == interval or base.divides(interval) or (interval == DAY and base.is_intraday)
    )


def _plan_quotes(symbol: str, stored: Stored) -> Stream:
    if stored.quotes:
        why = f"recorded {stored.quotes} quotes; in a session without, the next kind"
        return Stream(symbol, "quotes", "STREAMED", None, why)
    return Stream(symbol, "quotes", "GENERATED", None, "made from the last known close: zero spread, sizes 0")


def _window_needs(config: SessionConfig, symbol: str) -> list[tuple[Interval, int, str, str]]:
    """The longest window that anything asks for, by interval."""
    needs: dict[Interval, tuple[int, str]] = {}
    for i, wanted in enumerate(config.session_data_config.historical.data):
        if wanted.apply_to != "all" and symbol not in wanted.apply_to:
            continue
        for name in wanted.intervals:
            interval = Interval.parse(name)
            if wanted.trailing_days > needs.get(interval, (0, ""))[0]:
                needs[interval] = (wanted.trailing_days, f"historical.data[{i}]")
    return [(interval, days, "d", by) for interval, (days, by) in sorted(needs.items(), key=lambda item: item[0])]


def _historical(config: SessionConfig) -> tuple[Trailing, ...]:
    """The historical indicators of the config."""
    return tuple(
        Trailing(
            name, given.type, given.period.count, given.period.unit, given.granularity == "minute", given.field,
            given.skip_early_close,
        )
        for name, given in config.session_data_config.historical.indicators.items()
    )  # fmt: skip


def _trailing_needs(historical: Sequence[Trailing]) -> list[tuple[Interval, int, str, str]]:
    """A window per interval and period that historical indicators stand on, the longest of each interval first."""
    needs: dict[tuple[Interval, int, str], list[str]] = {}
    for recipe in historical:
        needs.setdefault((recipe.interval, recipe.count, recipe.unit), []).append(f"historical.indicators.{recipe.name}")
    sessions = {"d": 1.0, "w": 5.0, "mo": 21.0, "y": 252.0}
    ordered = sorted(needs.items(), key=lambda need: (need[0][0].rank, -need[0][1] * sessions[need[0][2]]))
    return [(*need, ", ".join(names)) for need, names in ordered]


def _window_base(interval: Interval, asked: Sequence[Interval], stored: Sequence[Interval]) -> Interval | None:
    """For days and longer, stored 1d, then 1m, then 1s; else as today's bars."""
    if not interval.is_intraday:
        return next((base for base in (DAY, MINUTE, SECOND) if base in stored), None)
    return base_for(interval, asked, stored)
