"""What ``sessionlab run`` tells of a result: a JSON document with all of it, and tables with what matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from sessionlab.cli.answer import duration, percent, records, table
from sessionlab.cli.trading_answer import trading_document, trading_tables
from sessionlab.markup.text import counted

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.results import RunResult
    from sessionlab.session.plan import StreamPlan
    from sessionlab.timing import TimeManager

LONGEST_GAPS = 5
_BARS = {
    "symbol": "symbol",
    "interval": "interval",
    "action": "action",
    "bars": "bars",
    "expected": "expected",
    "coverage": "coverage %",
    "gaps": "gaps",
    "longest_gap": "longest",
    "off_session": "off session",
}


def document_of(result: RunResult, times: TimeManager) -> dict[str, Any]:
    """All that a run left behind, as JSON values. ``quality``: a row per session, symbol and interval."""
    gaps = result.gaps["status"].value_counts()
    return {
        "session_name": result.config.session_name,
        "complete": result.complete,
        "stopped_at": result.stopped_at.isoformat(),
        "coverage": result.coverage,
        "plan": plan_document(result.plan),
        "sessions": records(sessions_frame(result, times)),
        "bars": records(result.bar_counts),
        "quality": records(result.quality),
        "gaps": {status: int(gaps.get(status, 0)) for status in ("absent", "filled")},
        "incomplete": records(incomplete_counts(result)),
        "refused": records(result.refused),
        "symbols": records(result.symbol_changes.assign(at=[at.isoformat() for at in result.symbol_changes["at"]])),
        "scans": _scans(result),
        "trading": trading_document(result),
        "timing": records(result.timing.frame().reset_index(names="part")),
        "manifest": result.manifest,
        "config": result.config.to_dict(),
    }


def tables_of(result: RunResult, times: TimeManager, *, every: bool = False) -> Iterator[RenderableType]:
    """The same for people; what did not happen has no table. ``every`` leaves no row out."""
    yield from plan_tables(result.plan, every=every)
    yield _sessions_table(result, times, every)
    if len(result.symbol_changes):
        yield _changes_table(result, every)
    yield table("Bars", result.summary(), _BARS, every=every)
    if (result.gaps["status"] == "absent").any():
        yield _gaps_table(result)
    short = incomplete_counts(result)
    if len(short):
        yield table("Longer bars that lack base bars", short, _same(short), every=every)
    if len(result.refused):
        yield refused_table(result.refused, every=every)
    yield from trading_tables(result, every=every)
    yield _timing_table(result)


def plan_document(plan: StreamPlan) -> dict[str, Any]:
    """The plan as JSON values."""
    return {
        "streams": records(plan.frame()),
        "windows": records(plan.windows_frame()),
        "indicators": records(plan.indicators_frame()),
        "dropped": list(plan.dropped),
        "notes": list(plan.notes),
    }


def plan_tables(plan: StreamPlan, *, every: bool = False) -> Iterator[RenderableType]:
    """Streams and windows, symbols of which the same is said in one row, and indicators."""
    streams = _by_symbols(plan.frame(), every)
    yield table("Plan", streams, _same(streams), every=every)
    if plan.windows:
        windows = _by_symbols(plan.windows_frame(), every)
        headers = _same(windows) | {"days": "sessions", "needed_by": "needed by"}
        yield table("Windows before every session", windows, headers, every=every)
    indicators = plan.indicators_frame()
    if len(indicators):
        yield table("Indicators", indicators, _same(indicators), every=every)
    for note in plan.notes:
        yield f"note: {note}"
    if plan.notes:
        yield ""


def sessions_frame(result: RunResult, times: TimeManager) -> pd.DataFrame:
    """A row per session of the run so far: ``date open close early_close expected present coverage gap_count``."""
    import pandas as pd

    days = result.quality.groupby("date")
    counts = days[["expected", "present", "gap_count"]].sum()
    sessions = [times.get_trading_session(date) for date in counts.index]
    frame = pd.DataFrame({"date": [str(session.date) for session in sessions]})
    frame["open"] = [session.open.isoformat() for session in sessions]
    frame["close"] = [session.close.isoformat() for session in sessions]
    frame["early_close"] = [session.is_early_close for session in sessions]
    for name in ("expected", "present"):
        frame[name] = counts[name].to_numpy()
    measured = (days["coverage"].count() > 0).to_numpy()
    frame["coverage"] = (100.0 * frame["present"] / frame["expected"]).where(measured)
    frame["gap_count"] = counts["gap_count"].to_numpy()
    return frame


def incomplete_counts(result: RunResult) -> pd.DataFrame:
    """How many longer bars lack base bars: ``symbol interval built skipped``."""
    found = result.incomplete
    counts = found.groupby(["symbol", "interval"], sort=False)["status"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=["built", "skipped"], fill_value=0)
    return counts.rename_axis(columns=None).reset_index()


def refused_table(refused: pd.DataFrame, *, every: bool = False) -> RenderableType:
    """Rows that the source did not let in, and those that it had to sort in."""
    told = refused.assign(kind=refused["kind"].str.replace("_", " "))
    return table("Rows refused or out of order", told, _same(told) | {"count": "rows", "example": "first"}, every=every)


def headline(result: RunResult) -> str:
    """What the run was, in one line."""
    dates, symbols = result.quality["date"], result.plan.symbols
    when = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    sessions, many = dates.nunique(), len(symbols)
    return f"{result.config.session_name}: {many} symbol{'s' * (many != 1)}, {sessions} session{'s' * (sessions != 1)}, {when}"


def last_line(result: RunResult, seconds: float) -> str:
    """What came out, in one line."""
    bars, gaps = int(result.bar_counts["bars"].sum()), int((result.gaps["status"] == "absent").sum())
    covered = "coverage not measured" if result.coverage is None else f"coverage {percent(result.coverage)} %"
    traded = "".join(f"{words}; " for words in [", ".join(result.words())] if words)
    return f"{traded}{bars:,} bars, {covered}, {counted(gaps, 'gap')}; {seconds:.2f} s"


def _sessions_table(result: RunResult, times: TimeManager, every: bool) -> RenderableType:
    frame = sessions_frame(result, times)
    frame["hours"] = frame["open"].str[11:16] + "-" + frame["close"].str[11:16]
    frame["note"] = frame["early_close"].map({True: "early close", False: ""})
    headers = {"date": "date", "hours": "hours", "note": "", "expected": "expected", "present": "present"}
    return table("Sessions", frame, headers | {"coverage": "coverage %", "gap_count": "gaps"}, every=every)


def _changes_table(result: RunResult, every: bool) -> RenderableType:
    """Who joined and who left, and when."""
    changes = result.symbol_changes
    times = changes["at"].map(lambda at: f"{at:%Y-%m-%d %H:%M:%S}")
    words = changes["kind"].map({"join": "joined", "leave": "left"})
    shown = changes.assign(at=times, kind=words)
    return table("Symbols that joined and left", shown, _same(shown) | {"at": "market time", "kind": ""}, every=every)


def _scans(result: RunResult) -> list[dict[str, Any]]:
    """The scans as JSON objects."""
    told: list[dict[str, Any]] = []
    for row in result.scans.to_dict("records"):
        plain = {str(name): list(value) if isinstance(value, tuple) else value for name, value in row.items()}
        told.append(plain | {"time": row["time"].isoformat()})
    return told


def _gaps_table(result: RunResult) -> RenderableType:
    """The longest gaps, of each symbol's finest interval: the others repeat them."""
    finest = {symbol: result.plan.bars(symbol)[0].stream for symbol in result.plan.symbols}
    gaps = result.gaps
    gaps = gaps[(gaps["symbol"].map(finest) == gaps["interval"]) & (gaps["status"] == "absent")].drop(columns="status")
    longest = gaps.sort_values("count", ascending=False, kind="stable").head(LONGEST_GAPS)
    longest = longest.assign(**{name: longest[name].dt.strftime("%Y-%m-%d %H:%M:%S") for name in ("start", "end")})
    of = "" if len(gaps) <= LONGEST_GAPS else f": the {LONGEST_GAPS} longest of {len(gaps):,}"
    return table(f"Gaps{of}", longest, _same(longest) | {"start": "from", "end": "to", "count": "bars"})


def _timing_table(result: RunResult) -> RenderableType:
    import pandas as pd

    timed = result.timing.frame().query("count > 0").reset_index(names="part")
    shown = {"total_ms": ("total", 1e6), "min_us": ("least", 1e3), "mean_us": ("mean", 1e3), "max_us": ("most", 1e3)}
    frame = pd.DataFrame({"part": timed["part"], "count": timed["count"]})
    for name, (header, size_ns) in shown.items():
        frame[header] = [duration(value * size_ns) for value in timed[name]]
    frame["note"] = timed["note"]
    return table("Timing", frame, _same(frame) | {"note": ""}, every=True)


def _by_symbols(frame: pd.DataFrame, every: bool) -> pd.DataFrame:
    """Rows that differ in their symbol alone as one, with the ``symbols`` listed first."""
    others = [name for name in frame if name != "symbol"]
    grouped = frame.groupby(others, sort=False)["symbol"].agg(list).reset_index()
    grouped.insert(0, "symbols", [_some(symbols, every) for symbols in grouped.pop("symbol")])
    return grouped


def _same(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(name) for name in frame}


def _some(symbols: list[str], every: bool) -> str:
    return " ".join(symbols) if every or len(symbols) <= 4 else f"{' '.join(symbols[:3])} and {len(symbols) - 3} more"
