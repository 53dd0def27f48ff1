"""Whether a saved run is what it says: its files as they were written, and the same again when it is run once more."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.engine.versions import versions
from sessionlab.errors import BadDataError
from sessionlab.saving.again import run_again
from sessionlab.saving.artifacts import MACHINE, RESULT, artifacts_of
from sessionlab.saving.differences import DATA, Difference, differences
from sessionlab.saving.run_folder import read_run

if TYPE_CHECKING:
    from sessionlab.engine.progress import Progress
    from sessionlab.lab import Lab
    from sessionlab.results import RunResult
    from sessionlab.sources.protocol import Source


@dataclass(frozen=True, repr=False)
class Verification:
    """What became of the saved run in ``folder`` when it was run once more.

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


def verify(
    folder: str | os.PathLike[str],
    *,
    source: str | Source | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
) -> Verification:
    """Look at every file of the saved run in ``folder``, run it once more of these alone, and compare.

    Its strategies are made of the texts in the folder, so the code in it is run; its data is read from where it was, or from
    ``source``. ``progress`` is as in :meth:`Lab.run`.

    Raises :class:`BadDataError` that names each file that was changed since it was written, :class:`NoDataError` for what is no
    saved run or where its data is gone, :class:`ConfigError` where not all that it was made of is known.

    >>> import tempfile
    >>> import sessionlab as sl
    >>> lab = sl.demo().use(sl.strategies.SmaCross(fast=5, slow=20))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sl.verify(lab.run().save(f"{folder}/cross"))
    <Verification of 'cross': the same again>
    """
    pieces = read_run(folder)
    result, raised = run_again(pieces, source, progress)[1:]
    found = tuple(differences(pieces, artifacts_of(result)))
    then, now = pieces.apart[MACHINE]["manifest"], versions()
    named = {name: (version, now.get(name, "none")) for name, version in then.get("versions", {}).items()}
    changed = {name: pair for name, pair in named.items() if pair[0] != pair[1]}
    if raised is not None and _had_stopped(pieces.documents[RESULT], result):
        raised = None  # as it did when it ran first
    return Verification(str(Path(folder).expanduser().resolve()), found, result, raised, changed)


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
