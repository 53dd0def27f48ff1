"""What ``sessionlab run`` tells of trading: statistics, P&L by symbol, and why orders were rejected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from sessionlab.cli.answer import records, table

if TYPE_CHECKING:
    from sessionlab.results import RunResult

_DOLLARS = ("starting_cash", "final_equity", "pnl", "expectancy", "fees", "slippage", "dividends_and_borrow")
_SHARES = ("total_return", "annual_return", "annual_volatility", "max_drawdown", "win_rate", "exposure", "turnover")
_RATIOS = ("sharpe", "sortino", "calmar", "profit_factor")
_COUNTS = ("trades", "open_trades", "orders", "fills", "rejected", "ambiguous_fills")


def trading_document(result: RunResult) -> dict[str, Any] | None:
    """The account as JSON values; None where nothing was sent."""
    if not result.did_trade:
        return None
    return {
        "stats": records(result.stats.to_frame().T.infer_objects())[0],
        "by_symbol": records(result.by_symbol().reset_index()),
        "by_session": records(result.by_session().reset_index()),
        "rejections": records(result.rejections.reset_index()),
        "trades": records(result.trades),
    }


def trading_tables(result: RunResult, *, every: bool = False) -> Iterator[RenderableType]:
    """The same for people; nothing where nothing was sent."""
    import pandas as pd

    if not result.did_trade:
        return
    stats = result.stats
    shown = [(name, f"{stats[name]:,.2f}") for name in _DOLLARS]
    shown += [(name, f"{100 * stats[name]:,.2f} %") for name in _SHARES]
    shown += [(name, f"{stats[name]:,.2f}") for name in _RATIOS] + [(name, f"{int(stats[name]):,}") for name in _COUNTS]
    words = pd.DataFrame([(name.replace("_", " "), "–" if "nan" in value else value) for name, value in shown])
    half = -(-len(words) // 2)
    left, right = words[:half].reset_index(drop=True), words[half:].reset_index(drop=True)
    both = pd.concat([left, right], axis=1).fillna("")
    both.columns = ["what", "value", "and", "its value"]
    yield table("Trading", both, {"what": "", "value": " ", "and": "  ", "its value": "   "}, every=True)
    by_symbol = result.by_symbol().reset_index()[["symbol", "trades", "open", "pnl", "fees", "win_rate"]]
    yield table("P&L by symbol", by_symbol, {str(name): str(name).replace("_", " ") for name in by_symbol}, every=every)
    rejections = result.rejections.reset_index()
    if len(rejections):
        wanted = [name for name in ("reason", "count", "example") if name in rejections]
        yield table("Rejected orders", rejections[wanted], {name: name for name in wanted}, every=every)
