"""The top of a report: what was run, where it failed if it did, and the figures that matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.markup.text import Markup, counted
from sessionlab.reports.elements import Section, block, details, joined, pairs, paragraph, tag, tiles
from sessionlab.results.statistics import UNITS
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    from sessionlab.reports.failure import Failure
    from sessionlab.results import RunResult

_MOST_SYMBOLS = 12
_HEAD = (
    ("Return", "total_return", "{} dollars", "pnl"),
    ("Sharpe", "sharpe", "Sortino {}", "sortino"),
    ("Max drawdown", "max_drawdown", "at any moment {}", "max_drawdown_intraday"),
    ("Trades", "trades", "win rate {}", "win_rate"),
    ("Profit factor", "profit_factor", "{} dollars a trade", "expectancy"),
    ("Fees", "fees", "and slippage {}", "slippage"),
    ("Coverage", "coverage", "{} ambiguous fills", "ambiguous_fills"),
    ("Rejected", "rejected", "of {} orders", "orders"),
)
"""Of each figure its name and label, and what else is said of it."""


def masthead(result: RunResult, title: str) -> Markup:
    """The name of the run, and of what it was."""
    facts = joined(tag("li", tag("span", name), " ", words) for name, words in _facts(result, title))
    lead = tag("p", ", ".join(result.told()), class_="lead")
    kicker, name, told = tag("p", "Session report", class_="kicker"), tag("h1", title), tag("ul", facts, class_="facts")
    return tag("header", kicker, name, lead, told, class_="masthead")


def ended_early(result: RunResult, failure: Failure | None) -> Markup:
    """Where the run failed or was stopped, above everything else; nothing where it came to its end."""
    if failure is None and result.complete:
        return Markup("")
    stopped = f"{result.stopped_at:%Y-%m-%d %H:%M:%S} market time"
    if failure is None:
        told = f"The run was stopped at {stopped}, before its end. What follows is up to there."
        return tag("aside", tag("h2", "Stopped before its end"), paragraph(told), class_="failure", id="failure")
    return failure_box(failure, f"The clock stands at {stopped}{_progress(result)}. What follows is up to there.")


def _progress(result: RunResult) -> str:
    """In which session of how many."""
    dates = result.config.backtest_config
    if dates is None:
        return ""
    begun, every = result.quality["date"].nunique(), result.times.count_trading_days(dates.start_date, dates.end_date)
    return f", in session {begun:,} of {max(every, begun):,}"


def failure_box(failure: Failure, more: str) -> Markup:
    """A failure as it is shown on top of a page."""
    lines = details("The lines that led to it", block(failure.traceback, "Traceback"), is_open=True) if failure.traceback else ""
    when = "" if failure.at is None else f" at {failure.at:%Y-%m-%d %H:%M:%S} market time"
    where = f"Failed {failure.phase}{when}".replace("  ", " ") if failure.phase or when else "Failed"
    told = tag("p", tag("code", failure.kind), f": {failure.message}" if failure.message else "")
    return tag("aside", tag("h2", where), told, paragraph(more, quiet=True), lines, class_="failure", id="failure")


def not_honest(result: RunResult) -> Markup:
    """What is to be known of a run that saw the future on purpose."""
    if result.manifest.get("honest", True):
        return Markup("")
    told = "This run saw what was not known yet: it was made to show what goes wrong, and none of its figures proves anything."
    return tag("aside", tag("h2", "This run looked ahead"), paragraph(told), class_="failure", id="honesty")


def summary_section(result: RunResult) -> Section:
    """The figures that matter, and all others folded away."""
    if not result.did_trade:
        return Section("summary", "Summary", joined([tiles(_data_tiles(result)), paragraph(_watched(result), quiet=True)]))
    stats = result.stats
    shown = [(name, figure_text(label, stats[label]), more.format(figure_text(of, stats[of]))) for name, label, more, of in _HEAD]
    every = pairs((label.replace("_", " "), figure_text(label, stats[label])) for label in UNITS)
    per_year = f"{result.sessions_per_year:g} sessions a year, risk-free rate 0; returns are per session."
    return Section("summary", "Summary", joined([tiles(shown), details("All figures", every, paragraph(per_year, quiet=True))]))


def _watched(result: RunResult) -> str:
    if result.manifest.get("strategies"):
        return "No order was sent in this run, so there is no account to tell of; the data that it saw follows."
    return "This run watched the market and traded nothing; the data that it saw follows."


def _data_tiles(result: RunResult) -> Iterator[tuple[str, str, str]]:
    quality, gaps = result.quality, result.gaps
    absent = gaps[gaps["status"] == "absent"]
    bars, symbols = int(result.bar_counts["bars"].sum()), quality["symbol"].nunique()
    yield "Sessions", f"{quality['date'].nunique():,}", f"of {counted(symbols, 'symbol')}"
    yield "Bars", f"{bars:,}", f"in {len(result.bar_counts):,} series"
    yield "Coverage", "not measured" if result.coverage is None else f"{result.coverage:.2f} %", "of what the calendar expects"
    yield "Gaps", f"{len(absent):,}", f"longest {int(absent['count'].max()) if len(absent) else 0:,} bars"


def _facts(result: RunResult, title: str) -> Iterator[tuple[str, str]]:
    if title != result.config.session_name:
        yield "Session", result.config.session_name
    dates = pd.DatetimeIndex(result.quality["date"].unique())
    if len(dates):
        first, last = f"{dates.min():%Y-%m-%d}", f"{dates.max():%Y-%m-%d}"
        yield "Dates", f"{first if first == last else f'{first} to {last}'}, {counted(len(dates), 'session')}"
    symbols = list(result.plan.symbols)
    more = f" and {len(symbols) - _MOST_SYMBOLS:,} more" if len(symbols) > _MOST_SYMBOLS else ""
    yield "Symbols", ", ".join(symbols[:_MOST_SYMBOLS]) + more
    strategies = result.manifest.get("strategies", [])
    yield "Strategies", ", ".join(_called(one) for one in strategies) or "none"
    config = result.config
    yield "Data", f"{result.manifest.get('source', config.api_config.data_api)}, {config.exchange_group} {config.asset_class}"
    if result.benchmark is not None:
        yield "Benchmark", str(result.benchmark.name)


def _called(strategy: Mapping[str, Any]) -> str:
    told = str(strategy.get("repr") or strategy["name"])
    return told if told.startswith(strategy["name"]) else f"{strategy['name']}: {told}"
