"""The record of one series: every file that was written, what was imported, what a repair moved.

One small document per symbol and series, written after the files that it tells of. What it does not name was put there by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sessionlab.errors import BadDataError
from sessionlab.store.facts import FileFacts
from sessionlab.store.hidden import read_document, record_file, write_document

FORMAT = 1


class Imported(NamedTuple):
    """Dates ``first`` to ``last`` as they came from ``source`` when its files were in state ``version``; now in ``files``."""

    source: str
    first: str
    last: str
    version: str
    files: tuple[str, ...]


@dataclass(slots=True)
class SeriesRecord:
    """What is recorded of ``width`` ``kind`` of ``symbol``. Files are named by their path in the store, with slashes.

    ``imported`` is what need not be imported again; ``moved`` says of which dates a repair moved the rows, and how;
    ``writing`` are recorded files that an import may just be replacing.
    """

    symbol: str
    kind: str
    width: str
    calendar: str = "US_EQUITY"
    files: dict[str, FileFacts] = field(default_factory=dict)
    imported: list[Imported] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    writing: tuple[str, ...] = ()

    @classmethod
    def read(cls, root: Path, symbol: str, kind: str, width: str) -> SeriesRecord:
        """The record as it stands, an empty one where there is none. Raises :class:`BadDataError`."""
        file = record_file(root, kind, width, symbol)
        found = read_document(file)
        return cls(symbol, kind, width) if found is None else cls.parse(found, str(file))

    @classmethod
    def parse(cls, document: dict[str, Any], where: str) -> SeriesRecord:
        """From a document that lay at ``where``. Raises :class:`BadDataError`."""
        if document.get("format") != FORMAT:
            raise BadDataError(
                f"{where} is of format {document.get('format')!r}, and this version reads {FORMAT}; update sessionlab", path=where
            )
        try:
            return cls(
                document["symbol"],
                document["kind"],
                document["width"],
                document["calendar"],
                {path: FileFacts.parse(facts) for path, facts in document["files"].items()},
                [Imported(a, b, c, d, tuple(files)) for a, b, c, d, files in document["imported"]],
                dict(document["moved"]),
                tuple(document["writing"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as why:
            raise BadDataError(f"{where} lacks {why}; delete it, and record the files anew", path=where) from why

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": FORMAT,
            "symbol": self.symbol,
            "kind": self.kind,
            "width": self.width,
            "calendar": self.calendar,
            "files": {path: self.files[path].document() for path in sorted(self.files)},
            "imported": [[*row[:4], list(row.files)] for row in sorted(self.imported)],
            "moved": dict(sorted(self.moved.items())),
            "writing": list(self.writing),
        }

    def write(self, root: Path) -> None:
        """Put it in its place as a whole."""
        write_document(record_file(root, self.kind, self.width, self.symbol), self.document())

    @property
    def version(self) -> int:
        """The store's version in which any of its files was last written by a repair; 1 where none was."""
        return max((facts.version for facts in self.files.values()), default=1)
