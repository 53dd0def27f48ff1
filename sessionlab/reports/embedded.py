"""What a report carries to be run again: the run's documents and sources, and digests of its tables, as JSON in the page.

    documents     config.json manifest.json plan.json result.json, as in the folder of a saved run
    texts         the sources of strategies, scanners, costs, by the name of the file that each would go into
    tables        rows, digest, and a digest of every column, by the name of the table
    failure       what the run failed of, or null
    apart         machine.json and timing.json, which differ from one run to the next; no digest is about them

What differs stands in an element of its own, so equal runs on one machine have equal pages but for what is marked as timing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sessionlab.config.document import canonical
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.reports.json_text import json_text
from sessionlab.saving.artifacts import MACHINE, TIMING, Artifacts, artifacts_of
from sessionlab.saving.table_digest import table_digest

if TYPE_CHECKING:
    from sessionlab.reports.failure import Failure
    from sessionlab.results import RunResult

FORMAT_NAME, FORMAT_VERSION = "sessionlab-report", 1
RUN, RUN_TIMING = "sessionlab-run", "sessionlab-timing"
VARIES, VARIES_END = "<!--varies-->", "<!--/varies-->"
"""Around what differs from one run to the next. Text of a run is escaped, so it cannot hold them."""
_NOT_DIGESTED = ("digest", "apart")


def run_document(result: RunResult, failure: Failure | None = None) -> dict[str, Any]:
    """All that a report of ``result`` carries, as JSON."""
    pieces = artifacts_of(result)
    document: dict[str, Any] = {
        "format": f"{FORMAT_NAME}/{FORMAT_VERSION}",
        "documents": pieces.documents,
        "texts": pieces.texts,
        "tables": {name: table_digest(frame) for name, frame in pieces.tables.items()},
        "failure": None if failure is None else failure.document(),
    }
    return {**document, "digest": _own_digest(document), "apart": pieces.apart}


def elements(document: Mapping[str, Any]) -> str:
    """``document`` as elements of a page, what differs from run to run between its marks."""
    apart = dict(document["apart"])
    timing = apart.pop(TIMING)
    return f"{element(RUN, {**document, 'apart': apart})}\n{VARIES}{element(RUN_TIMING, timing)}{VARIES_END}"


def element(name: str, document: Any) -> str:
    """A JSON ``document`` in an element of a page: nothing in it can end the element, or begin another one."""
    return f'<script type="application/json" id="{name}">{json_text(document)}</script>'


def embedded_run(page: str) -> dict[str, Any]:
    """What the report ``page`` carries, the text of its HTML. See the beginning of this module for what is in it.

    Raises :class:`NoDataError` for a page that carries no run, :class:`BadDataError` for one that was changed since it was
    written, :class:`ConfigError` for one of a newer format.
    """
    said = carried(page, RUN)
    if said is None:
        raise NoDataError("this page carries no run; give a report that result.report(...) or sessionlab report made")
    check_run(said)
    timing = carried(page, RUN_TIMING) or {"sessions": []}
    return {**said, "apart": {**said["apart"], TIMING: timing}}


def check_run(said: Any) -> None:
    """Raise as :func:`embedded_run` does where ``said`` is no document of a run, or was changed since it was written."""
    name, _, version = str(said.get("format") if isinstance(said, dict) else None).partition("/")
    if name != FORMAT_NAME or not version.isdigit():
        raise NoDataError("what this page carries is no run of sessionlab; give a report that result.report(...) made")
    if int(version) > FORMAT_VERSION:
        raise ConfigError(
            f"the report is of format {version}, made by a newer sessionlab; this one reads up to {FORMAT_VERSION}: update it",
            format=said["format"],
        )
    if not _is_whole(said):
        raise BadDataError("what the report carries of its run was changed since it was written; make the report again")


def pieces_of(document: Mapping[str, Any]) -> Artifacts:
    """The pieces of the run as a saved run has them, but for its tables, of which there are digests alone."""
    return Artifacts(dict(document["documents"]), {}, dict(document["texts"]), dict(document["apart"]))


def stable_part(page: str) -> str:
    """The report ``page`` without what differs from one run to the next: equal for equal runs on one machine."""
    return re.sub(f"{re.escape(VARIES)}.*?{re.escape(VARIES_END)}", "", page, flags=re.DOTALL)


def carried(page: str, name: str) -> Any:
    """What stands in the element ``name`` of ``page``, None where there is none; :class:`BadDataError` for what is no JSON."""
    found = re.search(f'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    if found is None:
        return None
    try:
        return json.loads(found[1])
    except ValueError as why:
        raise BadDataError(f"what the report carries of its run cannot be read ({why}); make the report again") from why


def _is_whole(said: Mapping[str, Any]) -> bool:
    """Whether it is as its digest says; of what no digest is about, whether it is there."""
    apart = said.get("apart")
    machine = apart.get(MACHINE) if isinstance(apart, dict) else None
    if not isinstance(machine, dict) or not isinstance(machine.get("manifest"), dict):
        return False
    try:
        return bool(said.get("digest") == _own_digest(said))
    except ValueError:  # a number that JSON has not
        return False


def _own_digest(document: Mapping[str, Any]) -> str:
    text = canonical({key: value for key, value in document.items() if key not in _NOT_DIGESTED})
    return sha256(text.encode()).hexdigest()
