"""What became of a night, for programs: ``summary.json``.

It is written anew when a report ends, so it is there also when the night is killed; the next one goes on from it.

:data:`SCHEMA` says what is in it, as a JSON Schema.
"""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sessionlab.engine.versions import versions
from sessionlab.nights.job import BAD, Job, Status
from sessionlab.results.headline import HEADLINE

FORMAT_NAME, FORMAT_VERSION = "sessionlab-night", 1
NAME = "summary.json"

_TEXT, _NUMBER, _COUNT = {"type": "string"}, {"type": "number"}, {"type": "integer", "minimum": 0}
_MAYBE_TEXT, _MAYBE_NUMBER = {"type": ["string", "null"]}, {"type": ["number", "null"]}
_STAMP = {"type": "string", "format": "date-time", "description": "UTC, ISO 8601"}
_MAYBE_STAMP = {**_STAMP, "type": ["string", "null"]}


def _object(properties: dict[str, Any], **further: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False, **further}


_REPORT = _object(
    {
        "name": {**_TEXT, "description": "what the report is called"},
        "row": {"type": ["integer", "null"], "description": "its line in the file of jobs, the header being line 1"},
        "what": {**_TEXT, "description": "the config or the notebook that it is of"},
        "status": {
            "enum": list(get_args(Status)),
            "description": "ok: made; unchanged: whole and as it would come out again; failed: it, or its data, raised; timeout: "
            "killed when its time was over; died: its process did; interrupted, waiting: the night ended before it did",
        },
        "file": {**_MAYBE_TEXT, "description": "the report, as seen from this file; null where there is none"},
        "sha256": {**_MAYBE_TEXT, "description": "of that file"},
        "key": {
            **_MAYBE_TEXT,
            "description": "digest of config, strategies, parameters and versions; null: made anew each night",
        },
        "made": {**_MAYBE_STAMP, "description": "when it was made, also in an earlier night"},
        "seconds": {**_MAYBE_NUMBER, "description": "how long it took then"},
        "error": {**_MAYBE_TEXT, "description": "where it failed, and of what"},
        "at": {**_MAYBE_TEXT, "description": "market time at which it failed, or was last seen"},
        "exit_code": {"type": ["integer", "null"], "description": "what sessionlab report of it alone would end with"},
        "printed": {**_MAYBE_TEXT, "description": "of one that did not end well, the end of what it printed"},
        "figures": {
            "type": "object",
            "additionalProperties": _MAYBE_NUMBER,
            "description": f"{', '.join(HEADLINE)}: fractions, but coverage in percent; of a notebook those of its last run",
        },
    }
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "summary.json of a night of reports",
    **_object(
        {
            "format": {"const": f"{FORMAT_NAME}/{FORMAT_VERSION}"},
            "run": {**_TEXT, "description": "the id that log lines have"},
            "host": _TEXT,
            "versions": {"type": "object", "additionalProperties": _TEXT},
            "date": {**_MAYBE_TEXT, "description": "what --date meant"},
            "ending": {"enum": ["running", "ok", "failed", "interrupted"]},
            "exit_code": {
                "type": ["integer", "null"],
                "description": "0 all well, 1 some failed, 130 interrupted; null while it runs",
            },
            "started": _STAMP,
            "ended": _MAYBE_STAMP,
            "seconds": _NUMBER,
            "counts": {"type": "object", "additionalProperties": _COUNT, "description": "how many reports have which status"},
            "reports": {"type": "array", "items": _REPORT, "description": "one a row of the file of jobs, in its order"},
        }
    ),
}

Ending = Literal["running", "ok", "failed", "interrupted"]


@dataclass
class Row:
    """What became of one report; the fields are those of the schema."""

    name: str
    row: int | None
    what: str
    status: Status = "waiting"
    file: str | None = None
    sha256: str | None = None
    key: str | None = None
    made: str | None = None
    seconds: float | None = None
    error: str | None = None
    at: str | None = None
    exit_code: int | None = None
    printed: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> Row:
        """The row of a job that waits."""
        return cls(job.name, job.row, job.what, key=job.key)


@dataclass
class Summary:
    """A night so far."""

    run: str
    rows: list[Row]
    date: str | None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    ending: Ending = "running"
    exit_code: int | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return ((self.ended or datetime.now(UTC)) - self.started).total_seconds()

    @property
    def failed(self) -> list[Row]:
        """Those that did not end well."""
        return [row for row in self.rows if row.status in BAD]

    def counts(self) -> dict[str, int]:
        """How many reports have which status."""
        return dict(Counter(row.status for row in self.rows))

    def words(self) -> str:
        """The same in a sentence: ``49 ok, 1 failed``.

        >>> Summary("a", [Row("x", 2, "x.json", "ok"), Row("y", 3, "y.json", "unchanged")], None).words()
        '1 ok, 1 unchanged'
        """
        counts = self.counts()
        return ", ".join(f"{counts[one]:,} {one}" for one in get_args(Status) if one in counts)

    def document(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "format": f"{FORMAT_NAME}/{FORMAT_VERSION}",
            "run": self.run,
            "host": socket.gethostname(),
            "versions": versions(),
            "date": self.date,
            "ending": self.ending,
            "exit_code": self.exit_code,
            "started": self.started.isoformat(timespec="milliseconds"),
            "ended": None if self.ended is None else self.ended.isoformat(timespec="milliseconds"),
            "seconds": round(self.seconds, 3),
            "counts": self.counts(),
            "reports": [asdict(row) for row in self.rows],
        }


def rows_before(content: bytes | None) -> dict[str, Row]:
    """The rows of a former night's ``summary.json`` by name; none where there was none, or none that can be read."""
    try:
        told = json.loads(content or b"")
        if told["format"] != f"{FORMAT_NAME}/{FORMAT_VERSION}":
            return {}
        return {one["name"]: Row(**one) for one in told["reports"]}
    except (ValueError, TypeError, KeyError):
        return {}
