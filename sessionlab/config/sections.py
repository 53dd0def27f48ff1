"""The whole document as models: the fields of a config, their kinds, their defaults.

What holds between fields stands in ``rules``; a :class:`Document` by itself has not been held against them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sessionlab.config.allowed import OneOf
from sessionlab.config.document import Frozen
from sessionlab.config.kinds import Count, Date, Free, NotNegative, Seed, Text
from sessionlab.config.names import Exchange, SourceName
from sessionlab.config.section import Section
from sessionlab.config.session_data import SessionDataConfig
from sessionlab.config.trading_section import TradingConfig

ASSET_CLASS = {"US_EQUITY": "EQUITY", "CRYPTO": "CRYPTO", "FOREX": "FOREX", "COMMODITIES": "FUTURES"}
"""The asset class of each exchange group. An exchange's own code trades equities where nothing else is said."""


class BacktestConfig(Section):
    """Which sessions are replayed, and how fast."""

    start_date: Date = Field(description="A date such as 2025-07-02; the first session is the first one on or after it.")
    end_date: Date = Field(description="A date such as 2025-07-07; the last session is the last one on or before it.")
    speed_multiplier: NotNegative = Field(default=0.0, description="Market time per wall time when paced; 0 waits for data only.")
    prefetch_days: Count = Field(
        default=1, description="Sessions loaded ahead, the current one included; results never depend on it."
    )


class ApiConfig(Section):
    """Where rows come from and where orders go. Keys never stand in a config: they come from environment or keyring."""

    data_api: SourceName = Field(default="alpaca", description="alpaca, local, files, lean, synthetic, or an installed plug-in.")
    trade_api: Annotated[Literal["alpaca", "simulated"], OneOf()] = Field(
        default="alpaca", description="Who fills orders when live."
    )
    account: Annotated[Literal["paper", "live"], OneOf()] = Field(default="paper", description="Which account orders go to.")
    data_path: Text | None = Field(default=None, description="Folder, template or URL that the source reads.")
    data_options: Free = Field(default=Frozen(), description="Options of the source.")


class Document(Section):
    """A sessionlab config: what a run means."""

    session_name: Text = Field(description="What people call it.")
    exchange_group: Exchange = Field(
        default="US_EQUITY", description="US_EQUITY, CRYPTO, FOREX, COMMODITIES, or a code of exchange_calendars."
    )
    asset_class: Annotated[Literal["EQUITY", "CRYPTO", "FOREX", "FUTURES"], OneOf()] = Field(
        default="EQUITY", description="With the group it gives calendar and zone. Left out: what the group trades."
    )
    mode: Annotated[Literal["backtest", "live"], OneOf()] = Field(default="backtest", description="Replay, or live.")
    seed: Seed = Field(default=0, description="Of every random generator of the run.")
    backtest_config: BacktestConfig | None = Field(default=None, description="Required in backtest.")
    session_data_config: SessionDataConfig = Field(description="What a session holds.")
    trading_config: TradingConfig = Field(description="Limits, cash, costs, fills.")
    api_config: ApiConfig = Field(default=ApiConfig(), description="Where rows come from and where orders go.")
    metadata: Free = Field(default=Frozen(), description="Anything; the lab does not look at it.")

    @model_validator(mode="before")
    @classmethod
    def _asset_class_of_group(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "asset_class" in given or not isinstance(given.get("exchange_group"), str):
            return given
        return {**given, "asset_class": ASSET_CLASS.get(given["exchange_group"], "EQUITY")}
