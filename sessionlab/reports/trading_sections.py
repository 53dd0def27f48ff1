"""What was traded in tables: sessions, symbols and strategies, what is in doubt, limits that were hit, costs, the benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sessionlab.markup.text import counted
from sessionlab.reports.elements import Column, Section, frame_table, joined, pairs, paragraph, table
from sessionlab.reports.long_runs import months_table
from sessionlab.results.data_tables import of_base
from sessionlab.results.robust import robustness
from sessionlab.results.trade_statistics import slippage_of
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    from sessionlab.results import RunResult

_MOST_SESSIONS, _MOST_FILLS, _MOST_EVENTS = 2000, 50, 50
_GROUP = {
    "trades": Column("trades", "trades"),
    "open": Column("open", "open_trades"),
    "pnl": Column("P&L", "pnl"),
    "fees": Column("fees", "fees"),
    "dividends_and_borrow": Column("dividends, borrow", "dividends_and_borrow"),
    "win_rate": Column("win rate", "win_rate"),
    "average_trade": Column("average", "expectancy"),
    "best_trade": Column("best", "best_trade"),
    "worst_trade": Column("worst", "worst_trade"),
}
_SESSION = {
    "date": Column("session"),
    "equity": Column("equity", "final_equity"),
    "return": Column("return", "total_return"),
    "pnl": Column("P&L", "pnl"),
    "trades": Column("trades", "trades"),
    "open": Column("open", "open_trades"),
    "win_rate": Column("win rate", "win_rate"),
    "fees": Column("fees", "fees"),
    "turnover": Column("turnover", "turnover"),
    "coverage": Column("coverage", "coverage"),
}
_DOUBT = {
    "case": Column("case"),
    "trades": Column("trades", "trades"),
    "pnl": Column("P&L", "pnl"),
    "difference": Column("difference", "pnl"),
    "total_return": Column("return", "total_return"),
    "sharpe": Column("Sharpe", "sharpe"),
}
_FILLS = {
    "time": Column("bar", "stamp"),
    "symbol": Column("symbol"),
    "side": Column("side"),
    "quantity": Column("shares", "quantity"),
    "price": Column("price", "price"),
    "reason": Column("reason"),
    "strategy": Column("strategy"),
}
_LIMITS = {
    "reason": Column("limit or reason"),
    "count": Column("orders", "trades"),
    "symbols": Column("symbols"),
    "first": Column("first", "stamp"),
    "last": Column("last", "stamp"),
    "example": Column("the first in words"),
}
_EVENTS = {
    "kind": Column("what"),
    "symbol": Column("symbol"),
    "count": Column("times", "trades"),
    "first": Column("first", "stamp"),
    "last": Column("last", "stamp"),
    "example": Column("the first in words"),
}
_BENCHMARK = ("total_return", "benchmark_return", "alpha", "beta", "correlation")


def sessions_section(result: RunResult) -> Section:
    """A row for each session."""
    frame = result.by_session()
    quality = result.quality[of_base(result.quality, result._series)]
    bars = quality[quality["coverage"].notna()].groupby("date")[["present", "expected"]].sum()
    frame["coverage"] = (100.0 * bars["present"] / bars["expected"].where(bars["expected"] > 0)).reindex(frame.index)
    frame.insert(0, "date", pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d"))
    shown = frame_table("Every session: what equity made of it", frame, _SESSION, most=_MOST_SESSIONS)
    return Section("sessions", "Sessions", joined([months_table(result), shown]))


def groups_section(result: RunResult) -> Section:
    """By symbol, and by strategy where there are several."""
    symbols = frame_table(
        "By symbol", result.by_symbol().rename_axis("symbol").reset_index(), {"symbol": Column("symbol"), **_group(result)}
    )
    strategies = frame_table(
        "By strategy",
        result.by_strategy().rename_axis("strategy").reset_index(),
        {"strategy": Column("strategy"), **_group(result)},
    )
    return Section("groups", "Symbols and strategies", joined([symbols, strategies]))


def _group(result: RunResult) -> dict[str, Column]:
    """The columns of a table of groups, without what there is none of."""
    return {name: column for name, column in _GROUP.items() if name != "dividends_and_borrow" or len(result.cash)}


def doubt_section(result: RunResult) -> Section:
    """What the result hangs on: ambiguous fills, gaps under trades, costs, one lucky day."""
    cases = frame_table("What is left if something is taken away", robustness(result).frame.reset_index(), _DOUBT)
    covered = result.by_coverage().rename_axis("coverage").reset_index()
    names = {name: column for name, column in _GROUP.items() if name != "dividends_and_borrow"}
    coverage = frame_table("Trades by the coverage of the bars under them", covered, {"coverage": Column("coverage"), **names})
    fills = result.fills[result.fills["ambiguous"].astype(bool)]
    if len(fills):
        both = "Both exits lay within one bar, so which was met first is not known; the worse one was taken."
        told = joined([frame_table("Ambiguous fills", fills, _FILLS, most=_MOST_FILLS), paragraph(both, quiet=True)])
    else:
        told = paragraph("No fill is ambiguous: of no bar were both exits of a position within reach.")
    return Section("doubt", "What is in doubt", joined([cases, coverage, told]))


def limits_section(result: RunResult) -> Section:
    """Orders that were rejected, by limit, and what else happened beside orders."""
    rejected = result.rejections.rename_axis("reason").reset_index()
    trading = result.config.trading_config
    names = ("max_buying_power", "max_per_trade", "max_per_symbol", "max_open_positions")
    own = (result.manifest.get("account") or {}).get("limits")
    said = "; ".join(f"{name} {_limit(own, name, getattr(trading, name))}" for name in names)
    limits = paragraph(f"The limits: {said}.", quiet=True)
    orders = counted(len(result.orders), "order")
    if len(rejected):
        count = int(rejected["count"].sum())
        shown = joined(
            [paragraph(f"{count:,} of {orders} rejected."), frame_table("Limits hit, and other reasons", rejected, _LIMITS)]
        )
    else:
        shown = paragraph(f"None of {orders} was rejected.")
    trimmed = int(result.orders["trimmed_from"].notna().sum())
    more = [paragraph(f"{counted(trimmed, 'order')} trimmed to the limits.")] if trimmed else []
    told = [frame_table("What happened beside orders", _events(result), _EVENTS, most=_MOST_EVENTS)] if len(result.events) else []
    return Section("limits", "Limits", joined([shown, *more, limits, *told]))


def costs_section(result: RunResult) -> Section:
    """Fees, slippage, dividends and borrowing by symbol."""
    fills = result.fills
    by = fills["symbol"]
    notional = (fills["quantity"] * fills["price"]).groupby(by, sort=True).sum()
    fees, slippage = fills["fee"].groupby(by, sort=True).sum(), slippage_of(fills).groupby(by, sort=True).sum()
    cash = result.cash.groupby("symbol")["amount"].sum() if len(result.cash) else pd.Series(dtype="float64")
    rows = []
    for symbol in sorted({*notional.index, *cash.index}):
        paid = [float(part.get(symbol, 0.0)) for part in (notional, fees, slippage, cash)]
        rows.append((symbol, int((by == symbol).sum()), *paid, _bps(paid[1] + paid[2], paid[0])))
    sums = [sum(row[at] for row in rows) for at in range(1, 6)]
    rows.append(("all", *sums, _bps(sums[2] + sums[3], sums[1])))
    columns = [
        Column("symbol"), Column("fills", "fills"), Column("notional", "final_equity"), Column("fees", "fees"),
        Column("slippage", "slippage"), Column("dividends, borrow", "dividends_and_borrow"), Column("bps of notional", "sharpe"),
    ]  # fmt: skip
    pnl = float(result.stats["pnl"])
    costs = sums[2] + sums[3]
    told = f"Before fees and slippage of {figure_text('fees', costs)} dollars the run made {figure_text('pnl', pnl + costs)}."
    return Section("costs", "Costs", joined([table("Costs by symbol", columns, rows), paragraph(told, quiet=True)]))


def benchmark_section(result: RunResult) -> Section:
    """The run beside its benchmark."""
    if result.benchmark is None:
        how = 'No benchmark was asked for; name a symbol, as in trading_config.benchmark or sl.backtest(..., benchmark="SPY").'
        return Section("benchmark", "Benchmark", paragraph(how, quiet=True))
    stats = result.stats
    named = {"total_return": "return of the run", "benchmark_return": f"return of {result.benchmark.name}"}
    shown = pairs((named.get(label, label), figure_text(label, stats[label])) for label in _BENCHMARK)
    run, held = stats["total_return"], stats["benchmark_return"]
    beaten = "more than" if run > held else "less than" if run < held else "as much as"
    told = f"The run returned {beaten} holding {result.benchmark.name} from the first open to the last close."
    return Section("benchmark", "Benchmark", joined([shown, paragraph(told)]))


def _events(result: RunResult) -> pd.DataFrame:
    """What happened beside orders, by kind and symbol."""
    events = result.events
    grouped = events.groupby([events["kind"], events["symbol"].fillna("")], sort=False)
    columns = {"first": grouped["time"].min(), "last": grouped["time"].max(), "example": grouped["reason"].first()}
    return pd.DataFrame({"count": grouped.size(), **columns}).reset_index()


def _limit(own: dict[str, object] | None, name: str, configured: object) -> str:
    value = configured if own is None else own.get(name)
    if value is None:
        return "any number" if name == "max_open_positions" else "equity at that moment"
    return f"{value:,}"


def _bps(costs: float, notional: float) -> float:
    return 1e4 * costs / notional if notional else float("nan")
