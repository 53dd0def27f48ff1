"""The comparisons of an audit: the run as it is against all others, and what there is to tell where two of them part."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import pandas as pd

from sessionlab.engine.progress import shown
from sessionlab.errors import LookAheadError
from sessionlab.proof import runs
from sessionlab.proof.cut_rows import WAYS, Way
from sessionlab.proof.decisions import Call, Change, first_change
from sessionlab.proof.other_clock import another_time
from sessionlab.proof.plans import cut_moments
from sessionlab.proof.reads import noting_reads
from sessionlab.proof.report import Audit, Finding
from sessionlab.proof.runner import NotMade, Runner
from sessionlab.proof.runs import Record
from sessionlab.proof.suspects import suspects_in

ARRIVING = 4000
"""Rows are let arrive one moment at a time for so many moments: that costs more than a replay."""
_STEPS = {"step by step": (1,), "in steps of several sizes": (7, 2, 31, 1, 3)}


class Stage(NamedTuple):
    """Where an audit stands."""

    fraction: float
    label: str


class Auditor:
    """One audit: the runs made, and what they found. ``found`` are changes under another future, by who decided."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.subject = runner.subject
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.found: dict[tuple[str, str], tuple[Change, int, Way, int]] = {}
        self.parted: Change | None = None
        self.not_made: list[str] = []

    def audit(self, name: str, count: int, seconds: float | None, progress: bool | Callable[[Stage], object] | None) -> Audit:
        """All comparisons, and the report; ``count`` cuts are spread over the run, none is begun after ``seconds``."""
        begun = perf_counter()
        stage = Stage(0.0, "as it is")
        made: list[int] = []
        with shown(lambda: stage, progress) as tell:
            base = self._base()
            self._about_opened()
            if base.error is None and self._is_repeatable(base):
                stage = Stage(0.0, "other step sizes")
                tell()
                self._delivered_otherwise(base)
                planned = self._planned(base, count)
                for i, cut in enumerate(planned):
                    if seconds is not None and perf_counter() - begun > seconds:
                        self.notes.append(f"the future was changed from {i} of {len(planned)} moments: {seconds:g} s were over")
                        break
                    stage = Stage(i / len(planned), f"another future from {self._clock(cut)}")
                    tell()
                    self._cut_at(base, cut)
                    made.append(cut)
                self.findings += [self._told(base, *one) for one in self.found.values()]
            stage = Stage(1.0, "done")
            tell()
        self._note_what_is_unseen(base)
        moments = tuple(self._stamp(cut) for cut in sorted(made))
        self.findings.sort(key=lambda one: (one.moment is None, one.moment))
        taken = perf_counter() - begun
        return Audit(name, tuple(self.findings), tuple(self.notes), len(base.decisions), moments, self.runner.count, taken)

    # -- runs ------------------------------------------------------------------------------------------------------

    def _base(self) -> Record:
        """The run as it is, while it is watched what hooks open."""
        base = self.runner.first()
        if base.error is not None and not isinstance(base.error, LookAheadError):
            raise base.error
        if base.error is not None:
            call = base.decisions[-1].call
            self._add("look_ahead", call, call.symbol, str(base.error), suspects=self._suspects())
            self.notes.append("the run ended with that error, so nothing after it was looked at")
        return base

    def _is_repeatable(self, base: Record) -> bool:
        """Whether the run can be made again at all; what differs is told."""
        change = first_change(base.decisions, self.runner.run(clear=False).decisions)
        if change is not None:
            again = first_change(base.decisions, self.runner.run().decisions)
            why = (
                "chance without a seed (ctx.rng has one), or the clock on the wall"
                if again is not None
                else "what it keeps outside of itself (globals, class attributes, caches, random's shared generator)"
            )
            self._differs("not_repeatable", change, "the same run again", why)
            if again is not None:
                self.notes.append("other futures were not tried: without them the run differs already")
                return False
        with another_time(self.runner.places):
            change = first_change(base.decisions, self.runner.run().decisions)
        if change is not None:
            self._differs("wall_clock", change, "at another time of day on the wall", "take time from ctx.now alone")
        return True

    def _delivered_otherwise(self, base: Record) -> None:
        for words, sizes in _STEPS.items():
            change = first_change(base.decisions, self.runner.run(runs.in_steps(sizes)).decisions)
            if change is not None:
                self._differs("delivery", change, words, "a run is the same by any steps")
                return
        dates = self.subject.config.backtest_config
        ahead = 1 if dates is not None and dates.prefetch_days > 1 else min(5, len(self.subject.engine.sessions))
        if dates is not None and ahead != dates.prefetch_days:
            other = self.runner.run(changes={"backtest_config.prefetch_days": ahead})
            change = first_change(base.decisions, other.decisions)
            if change is not None:
                self._differs("delivery", change, f"with prefetch_days={ahead}", "a run is the same for every value")

    def _planned(self, base: Record, count: int) -> list[int]:
        """The moments to cut at, first that at which a run with arriving rows differs, if one does."""
        subject = self.subject
        planned = cut_moments(base.calls, base.decisions, subject.engine.sessions.open.tolist(), count)
        if subject.engine.scanning.posts:
            self.notes.append("rows were not let arrive moment by moment: scanners look at symbols that do not arrive")
            return planned
        twin = subject.run([])
        reached = [0]

        def go(engine: Any) -> None:
            try:
                runs.arriving(twin, ARRIVING)(engine)
            finally:
                reached[0] = engine.present.now_ns

        other = self.runner.run(go, arriving=True)
        change = first_change(base.decisions, other.decisions, reached[0])
        if change is None:
            return planned
        # Where it parts is a moment to look at, and no finding: only another future tells what it depends on.
        self.parted = change
        moment = change.first.call.time_ns
        return [moment, *(cut for cut in planned if cut != moment)]

    def _cut_at(self, base: Record, cut: int) -> None:
        for way in WAYS:
            try:
                other = self.runner.run(runs.until(cut), cut, way)
            except NotMade as why:
                self.not_made.append(f"{self._clock(cut)} {way} ({why})")
                continue
            change = first_change(base.decisions, other.decisions, cut)
            if change is not None:
                self._keep(change, cut, way)
                return

    # -- findings --------------------------------------------------------------------------------------------------

    def _keep(self, change: Change, cut: int, way: Way) -> None:
        """Keep the earliest change of each hook."""
        call = change.first.call
        key = call.strategy, call.hook
        kept = self.found.get(key)
        if kept is None or call.time_ns < kept[0].first.call.time_ns:
            self.found[key] = change, cut, way, 1 if kept is None else kept[3] + 1
        else:
            self.found[key] = (*kept[:3], kept[3] + 1)

    def _told(self, base: Record, change: Change, cut: int, way: Way, seen: int) -> Finding:
        """The finding, with the reads behind it, and through what it came."""
        first = change.first
        was, became = change.words
        later = f"rows known after {self._clock(cut)} {way}"
        through = self._through(base, cut, way)
        what = f"{was}; with {later}: {became}{through}"
        reads: list[str] = []

        def inside(call: Call) -> Any:
            return noting_reads(reads) if call == first.call else ExitStack()

        self.runner.run(runs.until(first.call.time_ns), inside=inside)
        symbol = first.symbol or first.call.symbol
        finding = self._finding("look_ahead", first.call, symbol, what, suspects=self._suspects())
        return replace(finding, cut=later, seen=seen, reads=tuple(reads))

    def _through(self, base: Record, cut: int, way: Way) -> str:
        """Which held data alone makes the difference, in words; "" where it is the rows of the source."""
        if not self.runner.holdings.held:
            return ""
        alone = self.runner.run(runs.until(cut), cut, way, held=False)
        if first_change(base.decisions, alone.decisions, cut) is not None:
            return ""
        for one in self.runner.holdings.held:
            other = self.runner.run(runs.until(cut), cut, way, held=one.place.path, rows=False)
            if first_change(base.decisions, other.decisions, cut) is not None:
                return f"; through {one.place.path}, which the code holds (dated {one.how})"
        return "; through what the code holds"

    def _differs(self, kind: str, change: Change, words: str, why: str) -> None:
        was, became = change.words
        first = change.first
        what = f"{was}; {words}: {became}; {why}"
        self._add(kind, first.call, first.symbol or first.call.symbol, what)

    def _about_opened(self) -> None:
        for one in self.runner.watch.opened:
            call = one.call
            told = {"file": "reads", "network": "asks", "process": "starts"}[one.kind]
            what = f"{told} {one.what} ({one.where}): what it says there may not have been known then"
            if call is not None:
                self._add(one.kind, call, call.symbol, what)
            else:
                self.findings.append(Finding(one.kind, None, "the function that makes it", "called", "", what))

    def _add(self, kind: str, call: Call, symbol: str, what: str, suspects: tuple[str, ...] = ()) -> None:
        """Add a finding; of several of one kind in one hook the first."""
        same = [one for one in self.findings if (one.kind, one.strategy, one.hook) == (kind, call.strategy, call.hook)]
        if any(one.what == what or kind != "file" for one in same):
            return
        self.findings.append(self._finding(kind, call, symbol, what, suspects))

    def _finding(self, kind: str, call: Call, symbol: str, what: str, suspects: tuple[str, ...] = ()) -> Finding:
        return Finding(kind, self._stamp(call.time_ns), call.strategy, call.hook, symbol, what, suspects=suspects)

    def _note_what_is_unseen(self, base: Record) -> None:
        for path in dict.fromkeys(self.runner.holdings.unseen):
            self.notes.append(f"what {path} was made from cannot be seen: give a function of the data that makes the strategy")
        if self.not_made:
            count = len(self.not_made)
            self.notes.append(f"of {count} other futures no strategy could be made, the first from {self.not_made[0]}")
        if self.parted is not None and not self.found:
            first, (was, became) = self.parted.first, self.parted.words
            self.notes.append(
                f"with rows that arrive moment by moment {first.call.strategy} parts at {self._clock(first.call.time_ns)} "
                f"({was}; {became}), but no other future changes what it decides there"
            )
        if not base.decisions:
            self.notes.append("nothing was decided in the run, so there was little to compare")

    def _suspects(self) -> tuple[str, ...]:
        return suspects_in(self.runner.code())

    def _stamp(self, instant_ns: int) -> pd.Timestamp:
        return pd.Timestamp(instant_ns, tz="UTC").tz_convert(self.subject.engine.session.tz)

    def _clock(self, instant_ns: int) -> str:
        return f"{self._stamp(instant_ns):%Y-%m-%d %H:%M:%S}"
