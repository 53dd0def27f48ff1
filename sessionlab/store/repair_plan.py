"""``sl.store.plan_repair``: what is wrong with stored rows and can be mended, day by day, before anything is touched."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.checks import DataCheck, check
from sessionlab.checks.scope import ended_sessions
from sessionlab.engine.progress import shown
from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError
from sessionlab.markup.text import counted
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.held_files import file_states
from sessionlab.sources.holdings import Kind
from sessionlab.sources.local import LocalStore
from sessionlab.sources.local_holdings import shelf_holdings
from sessionlab.sources.store_layout import Shelf
from sessionlab.store.hidden import writing
from sessionlab.store.mended_series import MendedSeries
from sessionlab.store.page import page
from sessionlab.store.progress import Progress, Told
from sessionlab.store.quotes_plan import quotes_treatment
from sessionlab.store.series import Series, all_series, check_store
from sessionlab.store.store_versions import complete_pending, read_versions
from sessionlab.store.treatment import CONFIRMED, HOUR_NS, REPAIRS, Treatment, treatment_of
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, TimeManager

Day = dt.date | str
States = tuple[tuple[str, int, int], ...]
"""Path, time of writing and size of each file of a series."""
_UNMENDED = ("not_a_number", "bad_price", "high_below_low", "negative_volume", "off_grid", "known_early", "outside", "unreadable")


class Finding(NamedTuple):
    """Days ``first`` to ``last`` of one series with one thing to mend: ``days`` of them have it, in ``rows``.

    ``interval`` is that of bars; of quotes it is their kind, as in ``1s quotes``.
    """

    symbol: str
    interval: str
    first: dt.date
    last: dt.date
    days: int
    kind: str
    wrong: str
    action: str
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRepair:
    """What is to be done to the files of one series; ``states`` are those of its files when that was found out."""

    series: Series
    treatment: Treatment
    states: States


@dataclass
class RepairPlan:
    """What :func:`plan_repair` found. ``left`` tells what cannot be mended, ``notes`` what was not looked at, and why."""

    store: str
    findings: list[Finding] = field(default_factory=list)
    repairs: list[SeriesRepair] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def table(self) -> pd.DataFrame:
        """``symbol interval first last days wrong action rows``."""
        frame = pd.DataFrame(self.findings, columns=list(Finding._fields)).drop(columns="kind")
        return frame.astype({"days": "int64", "rows": "int64"})

    @property
    def needs_confirmation(self) -> bool:
        """Whether stamps would be moved, which is a conclusion from volumes: somebody should look at the plan first."""
        return any(finding.kind in CONFIRMED for finding in self.findings)

    def __bool__(self) -> bool:
        return bool(self.repairs)

    def __repr__(self) -> str:
        rows = sum(finding.rows for finding in self.findings)
        return f"<RepairPlan of {self.store}: {rows:,} rows in {len(self.repairs)} series, {len(self.left)} things left>"

    def _repr_html_(self) -> str:
        return page(repr(self), {"What would be done": self.table}, [*self.left, *self.notes])


def plan_repair(
    store: str | os.PathLike[str],
    symbols: str | Sequence[str] | None = None,
    start: Day | None = None,
    end: Day | None = None,
    *,
    intervals: str | Sequence[str] | None = None,
    quotes: bool = True,
    only: str | Sequence[str] = REPAIRS,
    exchange_group: str | None = None,
    progress: Told = None,
) -> RepairPlan:
    """Check the bars and ``quotes`` in ``store`` and say what can be mended; nothing is changed. ``repair(plan)`` does it.

    ``only``: ``duplicates``, ``order``, ``label`` (stamps that are ends of bars are moved back by one) and ``hours`` (stamps
    that are hours off the calendar are moved by these); of quotes the first two, and of ``tick`` quotes alone the order: the
    same one may come twice. ``exchange_group``: by default the one that a series was imported with. A repair that was
    interrupted is completed first.

    Raises :class:`ConfigError` for what cannot be meant, :class:`NoDataError` where there is nothing.
    """
    root = Path(store).expanduser()
    check_store(root)
    kinds = asked_names(only, "only")
    if unknown := [kind for kind in kinds if kind not in REPAIRS]:
        raise ConfigError(f"{unknown[0]!r} is nothing that is mended; use {', '.join(REPAIRS)}", value=unknown[0])
    widths = None if intervals is None else {Interval.parse(width) for width in asked_names(intervals, "intervals")}
    plan = RepairPlan(str(root))
    if any(not version.in_place for version in read_versions(root)):
        with writing(root):
            plan.notes += complete_pending(root)
    asked = None if symbols is None else asked_names(symbols, "symbols")
    found = [series for series in all_series(root, asked) if _is_asked(series, widths, quotes) and series.files(root)]
    if not found:
        also = " and no quotes" if quotes else ""
        raise NoDataError(f"{root} has no bars{also} of what was asked for; see data list", path=str(root))
    where = [Progress(0.0, found[0].symbol, "", "", 0)]
    calendars: dict[str, TimeManager] = {}
    with shown(lambda: where[0], progress) as update:
        for at, series in enumerate(found):
            where[0] = Progress(at / len(found), series.symbol, series.title, "", 0)
            update()
            group = exchange_group or series.record(root).calendar
            times = calendars.get(group) or calendars.setdefault(group, TimeManager(group))
            states = file_states_of(root, series)
            made = _treatment(plan, root, series, times, start, end, kinds)
            if made is not None and made.touched.any():
                _plan_series(plan, root, series, made, states)
        where[0] = where[0]._replace(fraction=1.0)
        update()
    return plan


def file_states_of(root: Path, series: Series) -> States:
    """What tells the present state of the files of ``series`` from another."""
    return tuple(file_states(map(str, series.files(root))))


def _is_asked(series: Series, widths: Collection[Interval] | None, quotes: bool) -> bool:
    if series.kind == "bars":
        return widths is None or Interval.parse(series.width) in widths
    return series.kind == "quotes" and quotes


def _treatment(
    plan: RepairPlan, root: Path, series: Series, times: TimeManager, start: Day | None, end: Day | None, kinds: Collection[str]
) -> Treatment | None:
    """What is done to ``series``; what cannot be mended is told in ``plan``. None where there is nothing between the dates."""
    kind: Kind = "bars" if series.kind == "bars" else "quotes"
    try:
        held = shelf_holdings([(kind, series.width, Shelf.of(root, kind, series.width, series.symbol))], times)
        if not held:
            return None
        first, last = start or held[0].first, end or held[0].last
        if kind == "quotes":
            made, left = quotes_treatment(root, series, ended_sessions(times, first, last), kinds)
            plan.left += left
            return made
        interval = Interval.parse(series.width)
        checked = check(
            LocalStore(root), first, last, [series.symbol], intervals=[str(interval)], quotes=False,
            exchange_group=times.exchange_group, progress=False,
        )  # fmt: skip
    except (CalendarError, NoDataError):
        return None
    except BadDataError as why:
        plan.left.append(f"{series.symbol} {_name(series)}: {why}")
        return None
    plan.left += _left(checked, series)
    return treatment_of(checked, interval, times, kinds)


def _plan_series(plan: RepairPlan, root: Path, series: Series, treatment: Treatment, states: States) -> None:
    """Look at what the treatment does, and take it into the plan if it does anything."""
    name = _name(series)
    try:
        mended = MendedSeries(root, series, treatment)
        counts = mended.look()
    except BadDataError as why:
        plan.left.append(f"{series.symbol} {name}: {why}")
        return
    kept = treatment.shift_ns != mended.treatment.shift_ns
    if kept.any():
        dates = treatment.sessions.date[kept]
        days = counted(len(dates), "day")
        plan.left.append(
            f"{series.symbol} {name}: stamps of {days} look wrong (first {dates[0]}) and are not moved: they would fall on "
            "rows that are there"
        )
    findings = list(_findings(series.symbol, name, mended.treatment, counts))
    if findings:
        plan.findings += findings
        plan.repairs.append(SeriesRepair(series, mended.treatment, states))


def _name(series: Series) -> str:
    """The width of bars, ``1m``; of quotes ``1s quotes``."""
    return str(Interval.parse(series.width)) if series.kind == "bars" else series.title


def _findings(symbol: str, interval: str, treatment: Treatment, counts: dict[str, Int64s]) -> Iterator[Finding]:
    words = {
        "duplicate": ("rows that stand twice", "dropped"),
        "correction": ("rows told again otherwise", "the later one is taken"),
        "copy": ("rows of another file's dates", "dropped there"),
        "out_of_order": ("rows out of order", "sorted in"),
    }
    for kind, (wrong, action) in words.items():
        days = np.flatnonzero(counts[kind])
        if len(days):
            yield _finding(symbol, interval, treatment, days, kind, wrong, action, counts[kind])
    for inferred in (False, True):
        also = ", as their neighbours" if inferred else ""
        for by in np.unique(treatment.hours_ns[treatment.hours_ns != 0]).tolist():
            days = np.flatnonzero((treatment.hours_ns == by) & (counts["hours"] > 0) & (treatment.inferred == inferred))
            hours, late = f"{abs(by) / HOUR_NS:g} h", "late" if by > 0 else "early"
            if len(days):
                moved = f"moved {'back' if by > 0 else 'forth'} by {hours}"
                yield _finding(symbol, interval, treatment, days, "hours", f"stamps {hours} {late}{also}", moved, counts["hours"])
        days = np.flatnonzero((treatment.label_ns != 0) & (counts["label"] > 0) & (treatment.inferred == inferred))
        if len(days):
            wrong = f"stamps are ends of bars{also}"
            yield _finding(symbol, interval, treatment, days, "label", wrong, f"moved back by {interval}", counts["label"])


def _finding(
    symbol: str, interval: str, treatment: Treatment, days: Int64s, kind: str, wrong: str, action: str, rows: Int64s
) -> Finding:
    dates = treatment.sessions.date[days].tolist()
    return Finding(symbol, interval, dates[0], dates[-1], len(days), kind, wrong, action, int(rows[days].sum()))


def _left(checked: DataCheck, series: Series) -> Iterator[str]:
    examples = checked.examples
    for kind in _UNMENDED:
        mine = examples[examples["kind"] == kind]
        if len(mine):
            what = f"{int(mine['count'].sum()):,} {'days' if kind == 'unreadable' else 'rows'} {kind.replace('_', ' ')}"
            yield f"{series.symbol} {series.width}: {what} (first: {mine['first'].iloc[0]})"
