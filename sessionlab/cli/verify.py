"""``sessionlab verify``: a saved run, or a report, against its digests, and against itself, run once more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from rich.console import RenderableType

from sessionlab.cli.answer import file_for, give_document, only_the_document_on_stdout, print_tables, table
from sessionlab.cli.endings import Ending
from sessionlab.cli.notices import Notices
from sessionlab.saving import Verification, is_report, verify_each

_COLUMNS = ["artifact", "row", "column", "saved", "again"]


def verify_run(notices: Notices, path: Path, *, source: str | None, output: str | None, as_json: bool, quiet: bool) -> Ending:
    """Verify, tell, and return whether it came out the same. Files that were changed are bad input."""
    begun = perf_counter()
    file = None if output is None else file_for(output, "verify.json")
    with only_the_document_on_stdout(as_json):
        found = verify_each(path, source=source, progress=False if quiet or as_json else None)
    seconds = perf_counter() - begun
    same = all(one.same for one in found)
    document: dict[str, Any] = {"run": notices.run, "folder": found[0].folder}
    if is_report(path):
        document |= {"same": same, "runs": [_told_of(one) for one in found]}
    else:
        document |= _told_of(found[0])
    give_document(document | {"seconds": seconds}, file, as_json=as_json)
    if not as_json and not quiet:
        whole = "as it was written" if is_report(path) else "every file as it was written"
        print_tables(part for one in found for part in _told(one, seconds / len(found), whole, every=notices.verbose))
    if same:
        return Ending.OK
    for one in found:
        if not one.same:
            which = f" ({one.again.config.session_name})" if len(found) > 1 else ""
            notices.error(f"{path}{which}: {'; '.join(one.words())}", exit_code=Ending.FAILED)
    return Ending.FAILED


def _told_of(found: Verification) -> dict[str, Any]:
    return {
        "same": found.same,
        "differs": [dict(zip(_COLUMNS, map(_plain, one), strict=True)) for one in found.differs],
        "data": list(found.data),
        "raised": found.raised,
        "versions": {name: {"then": then, "now": now} for name, (then, now) in found.versions.items()},
    }


def _told(found: Verification, seconds: float, whole: str, *, every: bool) -> Iterator[RenderableType]:
    if found.differs:
        rows = [[str(_plain(value)) if value is not None else "" for value in one] for one in found.differs]
        frame = pd.DataFrame(rows, columns=_COLUMNS)
        yield table("The first difference of each piece", frame, {name: name for name in _COLUMNS}, every=every)
    result = found.again
    sessions = result.quality["date"].nunique()
    told = "the same" if found.same else "not the same"
    yield f"{result.config.session_name}: {whole}; {sessions} sessions run again: {told}; {seconds:.2f} s"


def _plain(value: Any) -> Any:
    """A value of a table or a document as JSON."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if value is None or isinstance(value, bool | str) or (isinstance(value, int | float) and np.isfinite(value)):
        return value
    return None if pd.isna(value) else str(value)
