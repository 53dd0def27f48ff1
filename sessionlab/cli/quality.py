"""``sessionlab quality``: how complete stored data is, per symbol, interval and day; with ``--fail-under`` as a gate.

Rows are loaded and measured by a run like any other: what it says of a day is what a session of that day would say.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import RenderableType

from sessionlab.cli.answer import file_for, percent, print_json, print_tables, records, table, write_json
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed, read_config
from sessionlab.cli.notices import Notices
from sessionlab.cli.quality_config import quality_config
from sessionlab.cli.run_answer import refused_table
from sessionlab.cli.watch import Watch
from sessionlab.config import SessionConfig
from sessionlab.engine.progress import Progress
from sessionlab.errors import NoDataError
from sessionlab.lab import DataWarning, Lab

_NAMED_ON_FAILURE = 5
_MANY_OUTSIDE = 0.05
"""Of the stored rows; of a store that fits its calendar a few lie outside, of one that does not a quarter and more."""
_COUNTS = {
    "expected": "expected",
    "present": "present",
    "coverage": "coverage %",
    "gap_count": "gaps",
    "longest_gap": "longest",
    "off_session": "off session",
    "refused": "refused",
}


def quality(
    notices: Notices,
    config_file: Path | None,
    *,
    source: str | None,
    symbols: Sequence[str],
    start: str | None,
    end: str | None,
    intervals: Sequence[str],
    calendar: str | None,
    fail_under: float | None,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Measure, tell, and return whether any symbol, interval and day lies below ``fail_under`` percent."""
    file = None if output is None else file_for(output, "quality.json")
    base = None if config_file is None else read_config(config_file)
    found = not symbols and base is None
    config = quality_config(base, source, listed(symbols), start, end, listed(intervals), calendar)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what they tell stands in the tables
        lab = _open(config, source, found)
        notices.market_time = lambda: lab.now
        with Watch(lab, notices, bar=not quiet) as watch:
            rows = measure(lab, watch)
    below = rows[:0] if fail_under is None else rows[rows["coverage"] < fail_under]
    # Of a symbol that is left out there is nothing at all: no gate may pass because a file is absent.
    passed = fail_under is None or (below.empty and not lab.plan.dropped)

    if as_json or file is not None:
        document = _document(lab, rows, below, fail_under, source) | {"passed": passed}
        if file is not None:
            write_json(file, document)
        if as_json:
            print_json(document)
    if not as_json and not quiet:
        print_tables(_tables(lab, rows, every=notices.verbose))
    if fail_under is None or passed:
        return Ending.OK
    notices.error(_why_not(lab, rows, below, fail_under), exit_code=Ending.DATA_GATE)
    return Ending.DATA_GATE


def measure(lab: Lab, watch: Watch) -> pd.DataFrame:
    """Run ``lab`` to its end: its quality by symbol, interval and date, with the rows ``refused`` of the base on each day."""
    until: dict[int, dict[tuple[str, str], int]] = {}

    def see(progress: Progress) -> None:
        watch(progress)
        if lab.state in ("closed", "done"):  # what was refused of a session is told at its close
            refused = lab.refused[lab.refused["kind"] != "out_of_order"]  # those were let in, at their place
            until[progress.session] = refused.groupby(["symbol", "series"])["count"].sum().to_dict()  # type: ignore[assignment]

    watch(lab.progress)
    rows = lab.run(progress=see).quality.copy()
    number = {date: i for i, date in enumerate(rows["date"].unique(), start=1)}
    bases = {(s.symbol, s.stream): (s.symbol, str(s.base)) for symbol in lab.plan.symbols for s in lab.plan.bars(symbol)}
    keys = list(zip(rows["symbol"], rows["interval"], strict=True))
    days = [number[date] for date in rows["date"]]
    rows["refused"] = [
        until[day].get(bases[key], 0) - until.get(day - 1, {}).get(bases[key], 0) for key, day in zip(keys, days, strict=True)
    ]
    order = {key: i for i, key in enumerate(bases)}
    by_series = np.argsort([order[key] for key in keys], kind="stable")
    return rows.iloc[by_series].reset_index(drop=True)


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` summed over days: ``symbol interval days expected present coverage gap_count longest_gap off_session refused``."""
    days = rows.groupby(["symbol", "interval"], sort=False)
    sums = days[["expected", "present", "gap_count", "off_session", "refused"]].sum()
    sums.insert(0, "days", days["date"].count())
    sums.insert(3, "coverage", 100.0 * sums["present"] / sums["expected"].where(sums["expected"] > 0))
    sums.insert(5, "longest_gap", days["longest_gap"].max())
    return sums.reset_index()


def outside_notes(lab: Lab, rows: pd.DataFrame) -> list[str]:
    """Of which symbols many stored rows lie in no session: most often it is the calendar that is another one."""
    told = [row for row in records(lab.refused) if row["kind"] == "outside"]
    sums = {(row["symbol"], row["interval"]): row for row in records(totals(rows))}
    notes = []
    for symbol in lab.plan.symbols:
        stream = lab.plan.bars(symbol)[0]
        base, interval = stream.base, stream.interval
        if base is None or not interval.is_intraday:
            continue
        count = sum(row["count"] for row in told if (row["symbol"], row["series"]) == (symbol, str(base)))
        row = sums[symbol, str(interval)]
        kept = row["present"] * interval.ns // base.ns + row["off_session"]  # under longer bars there may be fewer
        if count > _MANY_OUTSIDE * (count + kept):
            calendar = lab.times.calendar_name
            notes.append(
                f"{count:,} {base} rows of {symbol} lie outside of the sessions of {calendar}; is this the right --calendar?"
            )
    return notes


def _open(config: SessionConfig, source: str | None, found: bool) -> Lab:
    try:
        return Lab(config, source=source)
    except NoDataError as why:
        dates = config.backtest_config
        if not found or dates is None or "symbols" not in why.facts:
            raise
        intervals = ", ".join(config.session_data_config.streams)
        raise NoDataError(
            f"{source} has nothing from {dates.start_date} to {dates.end_date} that {intervals} could be made of; "
            "choose other dates or intervals",
            **why.facts,
        ) from None


def _document(lab: Lab, rows: pd.DataFrame, below: pd.DataFrame, fail_under: float | None, source: str | None) -> dict[str, Any]:
    dates = lab.config.backtest_config
    assert dates is not None
    return {
        "source": source or lab.config.api_config.data_api,
        "calendar": lab.times.calendar_name,
        "start_date": str(dates.start_date),
        "end_date": str(dates.end_date),
        "coverage": _coverage(rows),
        "quality": records(rows),
        "totals": records(totals(rows)),
        "gaps": records(lab.data.gaps()),
        "refused": records(lab.refused),
        "dropped": list(lab.plan.dropped),
        "notes": outside_notes(lab, rows),
        "fail_under": fail_under,
        "below": records(below),
    }


def _tables(lab: Lab, rows: pd.DataFrame, *, every: bool) -> Iterator[RenderableType]:
    key = {"symbol": "symbol", "interval": "bar"}
    yield table("Days", rows, key | {"date": "date"} | _COUNTS, every=every)
    yield table("Totals", totals(rows), key | {"days": "days"} | _COUNTS, every=every)
    if len(lab.refused):
        yield refused_table(lab.refused, every=every)
    if lab.plan.dropped:
        reasons = [note.split(" is left out: ", 1) for note in lab.plan.notes if " is left out: " in note]
        left_out = pd.DataFrame(reasons, columns=["symbol", "reason"])
        yield table("Left out", left_out, {"symbol": "symbol", "reason": "reason"}, every=every)
    for note in outside_notes(lab, rows):
        yield f"note: {note}"
    for interval in rows["interval"].unique():  # never over intervals: a second would weigh as much as a day
        of_it = rows[rows["interval"] == interval]
        gaps, expected = int(of_it["gap_count"].sum()), int(of_it["expected"].sum())
        yield f"{interval}: coverage {percent(_coverage(of_it))} % of {expected:,} bars, {gaps:,} gap{'s' * (gaps != 1)}"


def _coverage(rows: pd.DataFrame) -> float | None:
    expected = int(rows["expected"].sum())
    return 100.0 * int(rows["present"].sum()) / expected if expected else None


def _why_not(lab: Lab, rows: pd.DataFrame, below: pd.DataFrame, fail_under: float) -> str:
    if below.empty:
        return f"nothing at all is stored of {', '.join(lab.plan.dropped)}; name the symbols that count with --symbols"
    worst = records(below.sort_values("coverage", kind="stable").head(_NAMED_ON_FAILURE))
    named = [f"{row['symbol']} {row['interval']} on {row['date']} has {percent(row['coverage'])} %" for row in worst]
    further = f", and {len(below) - len(worst):,} more" if len(below) > len(worst) else ""
    return (
        f"{len(below):,} of {len(rows):,} symbol-days lie below {fail_under:g} %: {', '.join(named)}{further}; "
        "fill the gaps, or lower --fail-under"
    )
