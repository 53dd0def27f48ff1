"""Whether a saved run is what it says: its files as they were written, and the same again when it is run once more.

It lies in a folder, or in a report: what that holds of its runs is enough to make them again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.engine.versions import versions
from sessionlab.errors import BadDataError, ConfigError
from sessionlab.saving.again import run_again
from sessionlab.saving.artifacts import MACHINE, RESULT, Artifacts, artifacts_of
from sessionlab.saving.differences import DATA, Difference, differences
from sessionlab.saving.run_folder import read_run
from sessionlab.saving.table_digest import digest_differences, table_digest

if TYPE_CHECKING:
    from sessionlab.engine.progress import Progress
    from sessionlab.lab import Lab
    from sessionlab.results import RunResult
    from sessionlab.sources.protocol import Source


@dataclass(frozen=True, repr=False)
class Verification:
    """What became of the saved run in ``folder``, which may be a report, when it was run once more.

    ``differs`` has the first difference of each piece that is not the same, the pieces in the order in which one leads to the
    next. ``raised`` is what it raised on the way, where it had come to its end before. ``versions`` are those that changed since,
    by name: then, and now. ``again`` is the result that came out.
    """

    folder: str
    differs: tuple[Difference, ...]
    again: RunResult = field(compare=False)
    raised: str | None = None
    versions: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether everything came out as it was saved."""
        return not self.differs and self.raised is None

    @property
    def data(self) -> tuple[str, ...]:
        """The series of the data that are not what they were: ``AAPL 1m``."""
        return tuple(one.column for one in self.differs if one.artifact == DATA)

    def words(self) -> list[str]:
        """What there is to say, a sentence each."""
        said = [] if self.raised is None else [f"run again, it raised {self.raised}"]
        said += [f"the data changed: {', '.join(self.data)}"] if self.data else []
        others = [one for one in self.differs if one.artifact != DATA]
        said += [f"it differs in {others[0]}"] if others else []
        said += [f"and in {', '.join(one.artifact for one in others[1:])}"] if others[1:] else []
        changed = ", ".join(f"{name} {then} then, {now} now" for name, (then, now) in self.versions.items())
        return [*said, *([f"versions: {changed}"] if changed and not self.same else [])] or ["the same again"]

    def __repr__(self) -> str:
        return f"<Verification of {Path(self.folder).name!r}: {'; '.join(self.words())}>"

    def _repr_html_(self) -> str:
        return f"<p>{repr(self)[1:-1].replace('&', '&amp;').replace('<', '&lt;')}</p>"


def is_report(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is named as a report, and is no folder."""
    return Path(path).suffix.lower() in (".html", ".htm", ".ipynb") and not Path(path).is_dir()


def verify(
    folder: str | os.PathLike[str],
    *,
    source: str | Source | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
    run: int | None = None,
) -> Verification:
    """Look at every file of the saved run in ``folder``, run it once more of these alone, and compare.

    ``folder`` may be a report, ``report.html`` or an executed notebook ``report.ipynb``: of one that holds several runs ``run``
    says which, counted from 0. Its strategies are made of the texts that were saved, so the code in it is run; its data is read
    from where it was, or from ``source``. ``progress`` is as in :meth:`Lab.run`.

    Raises :class:`BadDataError` that names each file that was changed since it was written, :class:`NoDataError` for what is no
    saved run or where its data is gone, :class:`ConfigError` where not all that it was made of is known.

    >>> import tempfile
    >>> import sessionlab as sl
    >>> lab = sl.demo().use(sl.strategies.SmaCross(fast=5, slow=20))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sl.verify(lab.run().save(f"{folder}/cross"))
    <Verification of 'cross': the same again>
    """
    if is_report(folder):
        from sessionlab.reports.runs import runs_in

        documents = runs_in(folder)
        if run is None and len(documents) > 1:
            raise ConfigError(f"{folder} holds {len(documents)} runs; say which with run=0, or verify_each(path) for all of them")
        if not 0 <= (run or 0) < len(documents):
            raise ConfigError(f"{folder} holds {len(documents)} runs, so run is 0 to {len(documents) - 1}, not {run}")
        return _verify_document(documents[run or 0], folder, source, progress)
    pieces = read_run(folder)
    result, raised = run_again(pieces, source, progress)[1:]
    return _verification(folder, pieces, result, raised, differences(pieces, artifacts_of(result)))


def verify_each(
    path: str | os.PathLike[str],
    *,
    source: str | Source | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
) -> list[Verification]:
    """As :func:`verify`, of each run in a folder or a report, in the order in which it holds them."""
    if not is_report(path):
        return [verify(path, source=source, progress=progress)]
    from sessionlab.reports.runs import runs_in

    return [_verify_document(document, path, source, progress) for document in runs_in(path)]


def _verify_document(
    document: dict[str, Any],
    path: str | os.PathLike[str],
    source: str | Source | None,
    progress: bool | Callable[[Progress], object] | None,
) -> Verification:
    """Of the run's tables a report has digests: a difference names the column, and no value of it."""
    from sessionlab.reports.embedded import pieces_of

    pieces = pieces_of(document)
    result, raised = run_again(pieces, source, progress)[1:]
    again = artifacts_of(result)
    told = {name: table_digest(frame) for name, frame in again.tables.items()}
    again.tables = {}
    found = [*differences(pieces, again)]
    found += [Difference(name, None, what, None, None) for name, what in digest_differences(document["tables"], told)]
    return _verification(path, pieces, result, raised, iter(found))


def _verification(
    path: str | os.PathLike[str], pieces: Artifacts, result: RunResult, raised: str | None, found: Iterator[Difference]
) -> Verification:
    then, now = pieces.apart[MACHINE]["manifest"], versions()
    named = {name: (version, now.get(name, "none")) for name, version in then.get("versions", {}).items()}
    changed = {name: pair for name, pair in named.items() if pair[0] != pair[1]}
    if raised is not None and _had_stopped(pieces.documents[RESULT], result):
        raised = None  # as it did when it ran first
    return Verification(str(Path(path).expanduser().resolve()), tuple(found), result, raised, changed)


def lab_of_run(folder: str | os.PathLike[str]) -> Lab:
    """The lab of the saved run in ``folder``, run once more to where it stood.

    Raises as :func:`verify` does, and :class:`BadDataError` where it does not come out the same.
    """
    pieces = read_run(folder)
    again = run_again(pieces)
    first = next(differences(pieces, artifacts_of(again.result)), None)
    if first is not None:
        raise BadDataError(
            f"the run in {folder} does not come out the same when it is run again ({first}), so there is no looking into it; "
            "see sl.verify(folder)"
        )
    return again.lab


def _had_stopped(said: dict[str, object], result: RunResult) -> bool:
    """Whether the run had stopped where this one raised."""
    return not said["complete"] and said["stopped_at"] == result.stopped_at.as_unit("ns").value
