"""``sl.backtest``: a strategy over all that some data holds, in one line. No file, no limits to fill in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.lab.lab import Lab

if TYPE_CHECKING:
    from sessionlab.engine.progress import Progress
    from sessionlab.engine.strategy import Strategy
    from sessionlab.results import RunResult
    from sessionlab.sources.protocol import Source

_CONFIGS = (".json", ".toml")


def backtest(
    data: Any,
    strategy: Strategy | type[Strategy] | Sequence[Strategy],
    *,
    cash: float = 100_000.0,
    costs: Any = None,
    slippage: Any = None,
    benchmark: str | None = None,
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
    bars: str | Sequence[str] | None = None,
    symbols: str | Sequence[str] | None = None,
    window: int = 0,
    flatten_at_close: bool = False,
    limits: Mapping[str, float] | None = None,
    tz: str | None = None,
    label: Literal["start", "end", "auto"] | None = None,
    exchange_group: str | None = None,
    columns: Mapping[str, str] | None = None,
    changes: Mapping[str, Any] | None = None,
    seed: int | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
) -> RunResult:
    """Run ``strategy`` over ``data``, with ``cash`` dollars to begin with, and return the result.

    ``data`` is a frame or ``{symbol: frame}`` (as in :meth:`Lab.from_frames`), a path (a store, a folder or template of files,
    a single file, a config), a source such as ``"local:PATH"`` or an object, or a :class:`SessionConfig`. Symbols, dates and
    ``bars`` are by default all that is there. ``window`` is how many sessions before each are its history.

    ``costs``: a number is basis points of the notional; else a section as in ``trading_config.costs``, such as
    ``{"per_share": 0.005, "slippage": {"bps": 1}}``, or a model of ``sl.costs`` or of one's own. ``slippage``: a number is basis
    points of the price, else a model. ``benchmark`` is a symbol of the data to compare with. ``limits`` are those of
    ``trading_config``; of those left out each dollar limit is the account's equity at that moment, so there is no leverage, and
    positions may be any number. ``changes`` are further values of the config by dotted path.

    >>> import pandas as pd
    >>> import sessionlab as sl
    >>> index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
    >>> close = pd.Series([100 + 0.01 * i for i in range(390)], index)
    >>> frame = pd.DataFrame({"Open": close, "High": close, "Low": close, "Close": close, "Volume": 1000})
    >>> result = sl.backtest(frame, sl.strategies.SmaCross(fast=2, slow=5), cash=50_000)
    >>> len(result.trades), result.trades["entry_price"].tolist()
    (1, [100.05])
    """
    strategies = [strategy] if not isinstance(strategy, Sequence) else list(strategy)
    if not strategies:
        raise ConfigError("a backtest needs a strategy, as in sl.backtest(frame, Cross(fast=5))")
    lab = open_lab(
        data,
        cash=cash,
        costs=costs,
        slippage=slippage,
        benchmark=benchmark,
        start=start,
        end=end,
        bars=bars,
        symbols=symbols,
        window=window,
        flatten_at_close=flatten_at_close,
        limits=limits,
        tz=tz,
        label=label,
        exchange_group=exchange_group,
        columns=columns,
        changes=changes,
        seed=seed,
    )
    use_all(lab, strategies)
    return lab.run(progress=progress)


def open_lab(
    data: Any,
    *,
    cash: float = 100_000.0,
    costs: Any = None,
    slippage: Any = None,
    benchmark: str | None = None,
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
    bars: str | Sequence[str] | None = None,
    symbols: str | Sequence[str] | None = None,
    window: int = 0,
    flatten_at_close: bool = False,
    limits: Mapping[str, float] | None = None,
    tz: str | None = None,
    label: Literal["start", "end", "auto"] | None = None,
    exchange_group: str | None = None,
    columns: Mapping[str, str] | None = None,
    changes: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Lab:
    """The lab that :func:`backtest` runs, at its first open and without a strategy."""
    config, source = _config_and_source(
        data, symbols, bars, (start, end), exchange_group, window, {"tz": tz, "label": label, "columns": columns}
    )
    given = isinstance(data, SessionConfig) or _is_config(data)
    section, commission, slips = _costs(costs, slippage)
    values: dict[str, Any] = {} if given and cash == 100_000.0 else {"trading_config.starting_cash": cash}
    values |= {"trading_config.costs": section} if section else {}
    values |= {"trading_config.benchmark": benchmark} if benchmark is not None else {}
    values |= {"trading_config.flatten_at_close": True} if flatten_at_close else {}
    values |= {f"trading_config.{name}": value for name, value in (limits or {}).items()}
    config = config.replace({**values, **(changes or {})}) if values or changes else config
    from sessionlab.trading.limits import Limits

    names = ("max_buying_power", "max_per_trade", "max_per_symbol", "max_open_positions")
    stated = {**{name.removeprefix("trading_config."): value for name, value in (changes or {}).items()}, **(limits or {})}
    rules = None if given else Limits(**{name: stated[name] for name in names if name in stated})
    return Lab(config, source=source, seed=seed, costs=commission, slippage=slips, limits=rules)


def use_all(lab: Lab, strategies: Sequence[Strategy | type[Strategy]]) -> None:
    """Set ``strategies``, of which the second and further ones of one class get a number to their name."""
    for i, one in enumerate(strategies):
        same = sum(type(other) is type(one) for other in strategies[:i])
        lab.use(one, name=f"{_name(one)} {same + 1}" if same else None)


def _config_and_source(
    data: Any,
    symbols: str | Sequence[str] | None,
    bars: str | Sequence[str] | None,
    dates: tuple[str | dt.date | None, str | dt.date | None],
    exchange_group: str | None,
    window: int,
    frames: Mapping[str, Any],
) -> tuple[SessionConfig, str | Source | None]:
    from sessionlab.sources.protocol import Source

    if isinstance(data, SessionConfig) or _is_config(data):
        config = data if isinstance(data, SessionConfig) else SessionConfig.from_file(Path(data))
        named = {"start_date": dates[0], "end_date": dates[1]}
        changes = {f"backtest_config.{name}": value for name, value in named.items() if value is not None}
        return (config.replace(changes) if changes else config), None
    if isinstance(data, str | PathLike | Source):
        from sessionlab.sources.whole_source import config_of_source, named_place

        odd = [name for name, value in frames.items() if value is not None]
        if odd:
            raise ConfigError(
                f"{', '.join(odd)} tell how frames are to be read; for files write sl.sources.Files(path, {odd[0]}=...)"
            )
        place = data if isinstance(data, Source) else named_place(data)
        return config_of_source(place, symbols, bars, dates, exchange_group, window)
    from sessionlab.sources.frames import lab_config_and_source

    if symbols is not None:
        from sessionlab.sources.asked_names import asked_names

        wanted = asked_names(symbols, "symbols")
        data = {symbol: data[symbol] for symbol in wanted} if isinstance(data, Mapping) else data
    return lab_config_and_source(
        data, bars, frames["tz"], frames["label"], dates[0], dates[1], exchange_group, frames["columns"], window
    )


def _costs(costs: Any, slippage: Any) -> tuple[dict[str, Any], Any, Any]:
    """A section of the config, and models of a user's own, that ``costs`` and ``slippage`` mean."""
    section: dict[str, Any] = {}
    commission = slips = None
    if isinstance(costs, int | float) and not isinstance(costs, bool):
        section["bps"] = costs
    elif isinstance(costs, Mapping):
        section.update(costs)
    else:
        commission = costs
    if isinstance(slippage, int | float) and not isinstance(slippage, bool):
        section["slippage"] = {"bps": slippage}
    elif isinstance(slippage, Mapping):
        section["slippage"] = dict(slippage)
    else:
        slips = slippage
    return section, commission, slips


def _is_config(data: Any) -> bool:
    return isinstance(data, str | PathLike) and Path(data).suffix in _CONFIGS


def _name(strategy: Any) -> str:
    return strategy.__name__ if isinstance(strategy, type) else str(strategy.name)
