"""What a trading config asks of the data: quotes where half of a spread is charged, and the benchmark's prices.

A spread comes from recorded quotes, never from ones made of closes.
"""

from __future__ import annotations

from collections.abc import Mapping

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.session.plan import Stored


def check_benchmark(config: SessionConfig) -> None:
    """Raise :class:`ConfigError` where the benchmark is none of the symbols, so that its prices are not known."""
    benchmark, symbols = config.trading_config.benchmark, config.session_data_config.symbols
    if benchmark is not None and benchmark not in symbols:
        raise ConfigError(
            f"trading_config.benchmark is {benchmark}, which is none of the symbols ({', '.join(symbols[:5])}); add it to "
            "session_data_config.symbols",
            benchmark=benchmark,
        )


def check_spread(config: SessionConfig, available: Mapping[str, Stored]) -> None:
    """Raise :class:`ConfigError` where ``config`` asks for half spreads of symbols that have no recorded quotes."""
    slippage = config.trading_config.costs.slippage
    if not slippage.half_spread or slippage.spread_bps is not None:
        return
    lacking = [symbol for symbol, stored in available.items() if stored.quotes is None]
    if lacking:
        raise ConfigError(
            f"trading_config.costs.slippage.half_spread needs recorded quotes, and {', '.join(lacking[:5])} "
            f"{'has' if len(lacking) == 1 else 'have'} none (a quote made of closes has no spread); "
            "set slippage.spread_bps as well, or leave half_spread out",
            symbols=lacking,
        )
