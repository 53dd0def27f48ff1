"""What ``sessionlab quality`` shows: tables of days, totals and quotes without the columns that say nothing, and the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table

from sessionlab.cli.answer import ROWS, fitting_tables, is_blank, percent, records, table
from sessionlab.markup.text import counted
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.checks import DataCheck

_MANY_OUTSIDE = 0.05
"""Of the stored rows; of a store that fits its calendar a few lie outside, of one that does not a quarter and more."""
_KEY = {"symbol": "symbol", "interval": "bar"}
_ALWAYS = {"expected": "expected", "present": "present", "coverage": "coverage %"}
_FIRST = ("gap_count", "longest_gap", "off_session")
_WORDS = {
    "gap_count": "gaps",
    "longest_gap": "longest",
    "not_a_number": "NaN",
    "bad_price": "bad price",
    "high_below_low": "high below low",
    "split_like_jumps": "split-like jumps",
    "one_sided": "one-sided",
    "one_sided_in_session": "one-sided in session",
    "longest_silence": "silence s",
    "hours_late": "hours late",
}
_USUAL = ("heavy_at", "volume_fit", "spread_bps", "longest_silence")
"""What stands on every day, good or bad; it comes before what is wrong."""
_ABOUT_ROWS = ("gap", "flat_run", "split_like_jump", "crossed", "one_sided")
"""Kinds of examples that are no rows refused or sorted in."""


def tables_of(found: DataCheck, worst: int | None, usually: int, *, every: bool) -> Iterator[RenderableType]:
    """All of it; the ``worst`` days where they are asked for, or ``usually`` so many where not all days are shown."""
    yield from _table("Days", found.table, _KEY | {"date": "date"}, _ALWAYS, every=every)
    yield from _table("Totals", totals(found.table), _KEY, {"days": "days"} | _ALWAYS, every=every)
    shown = worst if worst is not None else 0 if every or len(found.table) <= ROWS else usually
    bad = found.worst(shown)
    if len(bad):
        yield from _table(
            f"The {len(bad)} worst days" if len(bad) > 1 else "The worst day", bad, _KEY | {"date": "date"}, _ALWAYS
        )
    if len(found.quotes):
        key = {"symbol": "symbol", "kind": "quotes", "date": "date"}
        yield from _table("Quotes", found.quotes, key, {"quotes": "count", "in_session": "in session"}, every=every)
    if found.missing:
        yield _left_out(found, every)
    findings = found.findings[len(found.missing) :]  # what is missing is told first, and stands in the table above
    if findings:
        yield _listed(findings, every)
    for note in calendar_notes(found):
        yield f"note: {note}"
    # Never over intervals: a second would weigh as much as a day.
    for interval in sorted(found.table["interval"].unique(), key=Interval.parse):
        of_it = found.table[found.table["interval"] == interval]
        gaps, expected = int(of_it["gap_count"].sum()), int(of_it["expected"].sum())
        covered = percent(100.0 * int(of_it["present"].sum()) / expected)
        yield f"{interval}: coverage {covered} % of {expected:,} bars, {counted(gaps, 'gap')}"


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` of all days, by symbol and interval: sums; the longest gap and flat run; the mean fit of volume; suspect days."""
    how = dict.fromkeys((name for name in rows if rows[name].dtype.kind in "ib"), "sum")
    how |= {"longest_gap": "max", "longest_flat": "max", "volume_fit": "mean"}
    days = rows.assign(hours_late=rows["hours_late"] != 0).groupby(["symbol", "interval"], sort=False)
    sums = days.agg(how | {"hours_late": "sum"})
    sums.insert(0, "days", days["date"].count())
    sums.insert(3, "coverage", 100.0 * sums["present"] / sums["expected"].where(sums["expected"] > 0))
    return sums.rename(columns={"hours_late": "days_hours_late", "end_labelled": "days_end_labelled"}).reset_index()


def with_refused(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with a last column ``refused``: all rows of the day that were not let in. Those out of order were."""
    at, end = table.columns.get_loc("duplicates"), table.columns.get_loc("flat_runs")
    kinds = [name for name in table.columns[at:end] if name != "out_of_order"]
    return table.assign(refused=table[kinds].sum(axis=1))


def refused_rows(found: DataCheck) -> pd.DataFrame:
    """What was refused or sorted in, over all days: ``symbol series kind count example``."""
    some = found.examples[~found.examples["kind"].isin(_ABOUT_ROWS)].rename(columns={"interval": "series", "first": "example"})
    return some.groupby(["symbol", "series", "kind"], sort=False).agg({"count": "sum", "example": "first"}).reset_index()


def calendar_notes(found: DataCheck) -> list[str]:
    """Of which symbols many stored rows lie in no session: most often it is the calendar that is another one."""
    notes = []
    rows = records(totals(found.table))
    for row in {row["symbol"]: row for row in reversed(rows)}.values():  # of each symbol the shortest interval
        interval = Interval.parse(row["interval"])
        base = Interval.parse(found.built.get(f"{row['symbol']} {interval}", interval))
        if not base.is_intraday:
            continue
        width_ns = interval.ns or base.ns  # a built day may hold many rows; one at least
        kept = row["present"] * width_ns // base.ns + row["off_session"]  # under longer bars there may be fewer
        if row["outside"] > _MANY_OUTSIDE * (row["outside"] + kept):
            notes.append(
                f"{row['outside']:,} {base} rows of {row['symbol']} lie outside of the sessions of {found.calendar}; "
                "is this the right --calendar?"
            )
    return notes[::-1]


def _table(
    title: str, frame: pd.DataFrame, key: Mapping[str, str], always: Mapping[str, str], *, every: bool = False
) -> Iterator[Table]:
    """``frame`` without the columns in which nothing stands, in words."""
    said = frame.drop(columns="heavy_bar", errors="ignore")
    if "flat_runs" in said:
        said["longest_flat"] = said["longest_flat"].where(said["flat_runs"] > 0, 0)  # two alike are no run
    if "hours_late" in said:
        said["hours_late"] = [f"{hours:+g}" if hours else "" for hours in said["hours_late"]]
        said["end_labelled"] = said["end_labelled"].map({True: "yes", False: ""})
    fixed = {**key, **always}
    further = [str(name) for name in said if name not in fixed and not said[name].map(is_blank).all()]
    further.sort(key=lambda name: 1 if name in _USUAL else 0 if name in _FIRST else 2)
    headers = fixed | {name: _WORDS.get(name, name.replace("_", " ")) for name in further}
    yield from fitting_tables(title, said, headers, list(key), _USUAL, every=every)


def _left_out(found: DataCheck, every: bool) -> Table:
    import pandas as pd

    left_out = pd.DataFrame(list(found.missing.items()), columns=["what", "reason"])
    return table("Left out", left_out, {"what": "what", "reason": "reason"}, every=every)


def _listed(findings: tuple[str, ...], every: bool) -> Table:
    made = Table.grid(padding=(0, 1))
    made.title, made.title_justify, made.title_style = "Findings", "left", "bold"
    some = findings if every else findings[:ROWS]
    for sentence in some:
        made.add_row("-", sentence)
    if len(findings) > len(some):
        made.add_row("-", f"and {len(findings) - len(some):,} more; -v shows all")
    return made
