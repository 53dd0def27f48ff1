"""``sl.backtest``: a strategy over all that some data holds, in one line. No file, no limits to fill in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.lab.backtest_options import cost_options, limit_options
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
    cash: float | None = None,
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

    ``cash`` is by default 100,000, and of a config what it says.

    ``data`` is a frame or ``{symbol: frame}`` (as in :meth:`Lab.from_frames`), a path (a store, a folder or template of files,
    a single file, a config), a source such as ``"local:PATH"`` or an object, or a :class:`SessionConfig`. Symbols, dates and
    ``bars`` are by default all that is there. ``window`` is how many sessions before each are its history.

    ``costs``: a number is basis points of the notional; else a section as in ``trading_config.costs``, such as
    ``{"per_share": 0.005, "slippage": {"bps": 1}}``, or a model of ``sl.costs`` or of one's own, or several. ``slippage``: a
    number is basis points of the price, else a section or a model. Of a config each replaces its own part, and no other.
    ``benchmark`` is a symbol of the data to compare with. ``limits`` are those of ``trading_config``; of those left out each
    dollar limit is the account's equity at that moment, so there is no leverage, and positions may be any number; those of a
    config stay. ``changes`` are further values of the config by dotted path.

    >>> import pandas as pd
    >>> import sessionlab as sl
    >>> index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
    >>> close = pd.Series([100 + 0.01 * i for i in range(390)], index)
    >>> frame = pd.DataFrame({"Open": close, "High": close, "Low": close, "Close": close, "Volume": 1000})
    >>> result = sl.backtest(frame, sl.strategies.SmaCross(fast=2, slow=5), cash=50_000)
    >>> len(result.trades), result.trades["entry_price"].tolist()
    (1, [100.05])
    """
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
    use_all(lab, made_strategies(strategy))
    return lab.run(progress=progress)


def open_lab(data: Any, *, seed: int | None = None, **how: Any) -> Lab:
    """The lab that :func:`backtest` runs, at its first open and without a strategy. ``how`` is that of :func:`lab_of`."""
    config, options = lab_of(data, **how)
    return Lab(config, seed=seed, **options)


def lab_of(
    data: Any,
    *,
    cash: float | None = None,
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
) -> tuple[SessionConfig, dict[str, Any]]:
    """What the lab of :func:`backtest` is made of: its config, and the options ``source costs slippage limits``."""
    read = {"tz": tz, "label": label, "columns": columns}
    given = _given_config(data)
    if given is not None:
        _refuse_what_a_config_says(
            {"symbols": symbols, "bars": bars, "window": window or None, "exchange_group": exchange_group, **read}
        )
        config, source = _of_dates(given, start, end), None
    else:
        config, source = _config_and_source(data, symbols, bars, (start, end), exchange_group, window, read)
    values, commission, slips = cost_options(costs, slippage, given=given is not None)
    if cash is not None or given is None:
        values["trading_config.starting_cash"] = 100_000.0 if cash is None else cash
    values |= {"trading_config.benchmark": benchmark} if benchmark is not None else {}
    values |= {"trading_config.flatten_at_close": True} if flatten_at_close else {}
    stated, rules = limit_options(limits or {}, changes or {}, given=given is not None)
    config = config.replace({**values, **stated, **(changes or {})})
    return config, {"source": source, "costs": commission, "slippage": slips, "limits": rules}


def use_all(lab: Lab, strategies: Sequence[Strategy | type[Strategy]]) -> None:
    """Set ``strategies``, of which the second and further ones of one name get a number to it."""
    from sessionlab.engine.configured import free_name

    names: set[str] = set()
    for one in made_strategies(list(strategies)):
        name = free_name(one.name, names)
        names.add(name)
        lab.use(one, name=name)


def made_strategies(given: Any) -> list[Strategy]:
    """What is to be run, made where a class is given."""
    from sessionlab.engine.strategy import Strategy

    strategies = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if not strategies:
        raise ConfigError("a backtest needs a strategy, as in sl.backtest(frame, Cross(fast=5))")
    made = [one() if isinstance(one, type) and issubclass(one, Strategy) else one for one in strategies]
    for one in made:
        if not isinstance(one, Strategy):
            kind = one.__name__ if isinstance(one, type) else type(one).__name__
            of_function = "; a function needs its times: lab = sl.Lab.from_frames(frame), then @lab.every(...), lab.run()"
            raise ConfigError(
                f"a backtest runs strategies, not a {kind}; subclass sl.Strategy, as in sl.backtest(frame, Cross(fast=5))"
                + (of_function if isinstance(one, FunctionType) else ""),
                value=kind,
            )
    return made


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


def _given_config(data: Any) -> SessionConfig | None:
    """The config that ``data`` is, or is a file of; None where it is something else."""
    if isinstance(data, SessionConfig):
        return data
    if isinstance(data, Mapping) and "session_data_config" in data:
        return SessionConfig.from_dict(dict(data))
    is_file = isinstance(data, str | PathLike) and Path(data).suffix in _CONFIGS
    return SessionConfig.from_file(Path(data)) if is_file else None


def _of_dates(config: SessionConfig, start: Any, end: Any) -> SessionConfig:
    """The same from ``start`` to ``end``, where they are given."""
    named = {"start_date": start, "end_date": end}
    changes = {f"backtest_config.{name}": value for name, value in named.items() if value is not None}
    return config.replace(changes) if changes else config


def _refuse_what_a_config_says(options: Mapping[str, Any]) -> None:
    odd = [name for name, value in options.items() if value is not None]
    if odd:
        raise ConfigError(
            f"{', '.join(odd)}: a config says that itself; change it with changes={{...}}, by dotted path", options=odd
        )
