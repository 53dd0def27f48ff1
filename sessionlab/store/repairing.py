"""``sl.store.repair``: a plan carried out, as a new version of the store. What it replaces is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sessionlab.engine.progress import shown
from sessionlab.errors import BusyError, NoDataError
from sessionlab.store.facts import FileFacts
from sessionlab.store.hidden import read_document, writing
from sessionlab.store.mended_series import MendedSeries
from sessionlab.store.progress import Progress, Told
from sessionlab.store.repair_plan import RepairPlan, SeriesRepair, file_states_of
from sessionlab.store.series import relative
from sessionlab.store.store_versions import Stage, StoreVersion, complete_pending, record_name
from sessionlab.store.treatment import HOUR_NS


@dataclass(frozen=True, slots=True)
class RepairReport:
    """The ``version`` that a repair made, of how many ``rows`` and ``files``; ``notes`` on what was completed before it."""

    version: StoreVersion
    rows: int
    files: int
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<RepairReport: {self.rows:,} rows mended in {self.files:,} files, {self.version!r}>"


def repair(plan: RepairPlan, *, progress: Told = None) -> RepairReport:
    """Do what ``plan`` says, all of it or nothing: the new files are all written before the first takes its place.

    Interrupted after that, the next repair, import or restore completes it. Raises :class:`NoDataError` for an empty plan,
    :class:`BusyError` where files are others than when the plan was made, :class:`SourceError` where the disk refuses.
    """
    if not plan:
        raise NoDataError("the plan has nothing to mend", store=plan.store)
    root = Path(plan.store)
    with writing(root):
        notes = complete_pending(root)
        for one in plan.repairs:
            if file_states_of(root, one.series) != one.states:
                what = f"{one.series.symbol} {one.series.title}"
                raise BusyError(f"files of {what} are others than when the repair was planned; plan it again", store=plan.store)
        stage = Stage(root)
        before: dict[str, dict[str, Any] | None] = {}
        after: dict[str, dict[str, Any]] = {}
        where = [Progress(0.0, "", "", "", 0)]
        try:
            with shown(lambda: where[0], progress) as update:
                for at, one in enumerate(plan.repairs):
                    where[0] = Progress(at / len(plan.repairs), one.series.symbol, one.series.title, "", 0)
                    update()
                    _stage(stage, one, before, after)
        except BaseException:
            stage.drop()
            raise
        version = stage.decide("repair", _reason(plan), before, after)
    rows = sum(finding.rows for finding in plan.findings)
    return RepairReport(version, rows, len(version.changes), tuple(notes))


def _stage(stage: Stage, one: SeriesRepair, before: dict[str, dict[str, Any] | None], after: dict[str, dict[str, Any]]) -> None:
    series = one.series
    mended = MendedSeries(stage.root, series, one.treatment)
    mended.look()
    record = series.record(stage.root)
    gone: set[str] = set()
    for name, table in mended.files():
        path = relative(stage.root, mended.path(name))
        if table is None:
            stage.remove(path)
            gone.add(path)
            record.files.pop(path, None)
        else:
            record.files[path] = FileFacts.of(
                stage.put(path, table), series.kind, f"repair, version {stage.number}", stage.number
            )
    record.imported = [imported._replace(files=tuple(f for f in imported.files if f not in gone)) for imported in record.imported]
    for date, hours, label in zip(
        one.treatment.sessions.date.tolist(), one.treatment.hours_ns.tolist(), one.treatment.label_ns.tolist(), strict=True
    ):
        if hours or label:
            record.moved[str(date)] = " and ".join(
                part for part in (f"by {hours / HOUR_NS:g} h" if hours else "", f"by {series.width}" if label else "") if part
            )
    file = record_name(record)
    before[file] = read_document(stage.root / file)
    after[file] = record.document()


def _reason(plan: RepairPlan) -> str:
    """What was mended, in one line."""
    kinds: dict[str, int] = {}
    for finding in plan.findings:
        said = f"{finding.wrong.removesuffix(', as their neighbours')}: {finding.action}"
        kinds[said] = kinds.get(said, 0) + finding.rows
    return "; ".join(f"{said} ({rows:,} rows)" for said, rows in kinds.items())
