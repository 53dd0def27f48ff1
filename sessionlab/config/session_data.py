"""The section ``session_data_config``: symbols, streams, windows, indicators, and the code that looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from sessionlab.config.allowed import OneOf
from sessionlab.config.document import Frozen
from sessionlab.config.kinds import (
    HISTORICAL_FIELD,
    AtLeastOne,
    BarInterval,
    Clock,
    Count,
    Flag,
    Free,
    LookBack,
    NotNegative,
    Positive,
    Retries,
    Stream,
)
from sessionlab.config.names import ApplyTo, ClassPath, IndicatorName, SeriesName, Symbol
from sessionlab.config.section import Section

Intervals = Annotated[tuple[BarInterval, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True})]


class HistoricalWindow(Section):
    """Bars of the trading days before each session."""

    trailing_days: Count = Field(description="Trading days before the session.")
    intervals: Intervals = Field(description="Bar intervals that the window holds.")
    apply_to: ApplyTo = Field(default="all", description='"all", or some of the symbols.')


class HistoricalIndicator(Section):
    """A number, or one per minute of the session, made of the sessions before. ``field`` follows from ``type``."""

    type: Annotated[Literal["trailing_average", "trailing_max", "trailing_min"], OneOf()] = Field(
        description="What is made of the days."
    )
    period: LookBack = Field(description="How far back: 10d sessions, or 2w, 3mo, 1y of the calendar.")
    granularity: Annotated[Literal["daily", "minute"], OneOf()] = Field(
        default="daily", description="One number, or one per minute of the session (trailing_average only)."
    )
    field: Annotated[Literal["open", "high", "low", "close", "volume"], OneOf()] = Field(
        default="volume",
        description="Left out: volume for trailing_average, high for trailing_max, low for trailing_min.",
    )
    skip_early_close: Flag = Field(
        default=False, description="Leave out sessions that closed early; no earlier ones take their place."
    )

    @model_validator(mode="before")
    @classmethod
    def _field_of_type(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "field" in given or not isinstance(given.get("type"), str):
            return given
        return {**given, "field": HISTORICAL_FIELD.get(given["type"], "volume")}


class Historical(Section):
    """What is known of the time before each session."""

    enable_quality: Flag = Field(default=True, description="Measure the coverage of windows; off, it is None.")
    data: tuple[HistoricalWindow, ...] = Field(default=(), description="Windows of bars.")
    indicators: Annotated[Mapping[SeriesName, HistoricalIndicator], AfterValidator(Frozen)] = Field(
        default=Frozen(), description="Historical indicators by name."
    )


class SessionIndicator(Section):
    """An indicator over window and today. ``period`` is TA-Lib's ``timeperiod``; None means the indicator's default."""

    name: IndicatorName = Field(description="An indicator of TA-Lib or of ours, in capitals.")
    interval: BarInterval = Field(description="The bars it stands on.")
    period: Count | None = Field(default=None, description="How many bars back; the indicator's default where left out.")
    params: Free = Field(default=Frozen(), description="Further parameters by name.")


class Bars(Section):
    """How longer bars treat missing base bars."""

    incomplete: Annotated[Literal["build", "skip"], OneOf()] = Field(
        default="build",
        description="Build a longer bar of the base bars that are there, or skip it when one is missing.",
    )


class GapFiller(Section):
    """How gaps are asked for again, live only."""

    max_retries: Retries = Field(default=5, description="Then the gap is marked as one that cannot be filled.")
    retry_interval_seconds: AtLeastOne = Field(default=60.0, description="Seconds between two tries.")
    enable_session_quality: Flag = Field(default=True, description="Measure the coverage of the running session.")


class Streaming(Section):
    """How a session keeps up with its data."""

    catchup_threshold_seconds: Positive = Field(default=60.0, description="Lag from which strategies sleep until data caught up.")
    catchup_check_interval: Count = Field(default=10, description="Bars between two looks at the lag.")
    settle_seconds: NotNegative = Field(default=2.0, description="How long a live boundary waits for its rows.")


class StrategyEntry(Section):
    """A strategy, as ``package.module:Class``; ``config`` are its parameters."""

    module: ClassPath = Field(description="package.module:Class")
    enabled: Flag = Field(default=True, description="Whether it runs.")
    config: Free = Field(default=Frozen(), description="The strategy's parameters by name.")


class ScanWindow(Section):
    """When a scanner runs within a session."""

    start: Clock = Field(default="open", description="A clock time: open, open+15m, 10:15.")
    end: Clock = Field(default="close", description="A clock time: close, close-10m, 15:45.")
    interval: BarInterval = Field(description="How often, on the session's grid.")


class ScannerEntry(Section):
    """A scanner, as ``package.module:Class``; ``config`` are its parameters."""

    module: ClassPath = Field(description="package.module:Class")
    enabled: Flag = Field(default=True, description="Whether it runs.")
    config: Free = Field(default=Frozen(), description="The scanner's parameters by name.")
    pre_session: Flag = Field(default=False, description="Run before each session opens.")
    regular_session: tuple[ScanWindow, ...] = Field(default=(), description="When to run within the session.")


class SessionDataConfig(Section):
    """What a session holds, and who looks at it."""

    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True})] = Field(
        description="Symbols, in the order in which their rows of one moment are told."
    )
    streams: Annotated[
        tuple[Stream, ...],
        Field(min_length=1, json_schema_extra={"uniqueItems": True, "contains": {"pattern": "^[1-9]"}}),
    ] = Field(description='Bar intervals and "quotes".')
    historical: Historical = Field(default=Historical(), description="Windows and historical indicators.")
    indicators: tuple[SessionIndicator, ...] = Field(default=(), description="Session indicators.")
    bars: Bars = Field(default=Bars(), description="How longer bars are made.")
    gap_filler: GapFiller = Field(default=GapFiller(), description="Asking for gaps again, live only.")
    streaming: Streaming = Field(default=Streaming(), description="Lag, and waiting for rows.")
    on_missing: Annotated[Literal["fail", "drop"], OneOf()] = Field(
        default="fail", description="What to do about a symbol of which the source has nothing in the whole run."
    )
    adjust: Annotated[Literal["none", "splits", "all"], OneOf()] = Field(
        default="none", description="What windows are adjusted for, as of each session."
    )
    extended_hours: Flag = Field(default=False, description="Keep pre- and post-market rows, readable in .extended.")
    strategies: tuple[StrategyEntry, ...] = Field(default=(), description="Strategies.")
    scanners: tuple[ScannerEntry, ...] = Field(default=(), description="Scanners that propose symbols.")
