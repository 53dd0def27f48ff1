"""The folder that an export is written into: made beside it and renamed when it is whole, so nobody ever sees half of one.

    export.json                     what JSON can say of it, with a digest of every file and one of itself
    bars/<1s|1m|1d>/<SYMBOL>/       base rows as they were told at the moment, in the layout of a Parquet store
    quotes/<kind>/<SYMBOL>/         recorded quotes, likewise
    corporate_actions/              those whose ex date has come
    corrected.parquet               rows as they stood before they were corrected
    tables/                         what was made of them: see :mod:`sessionlab.session.export_tables`

Equal moments give equal bytes. A folder that is no export, or holds a file of somebody else's, is never replaced. One that
is replaced stands aside for an instant, as ``.NAME.….old``: a process killed just then loses nothing.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.config.document import canonical
from sessionlab.errors import ConfigError, SourceError
from sessionlab.session.export_tree import FORMAT_NAME
from sessionlab.session.foundation import KnownDay
from sessionlab.sources.parquet_file import KNOWN_AT, STAMP, SYMBOL, replace_file
from sessionlab.sources.quote_kinds import QUOTE_KINDS
from sessionlab.sources.row_checks import AT_ITS_END
from sessionlab.sources.store_layout import SUFFIX, Shelf, actions_paths
from sessionlab.sources.stored_actions import events_table
from sessionlab.sources.trading_day import DAY_NS
from sessionlab.sources.upsert import to_table
from sessionlab.tape import BAR_COLUMNS, QUOTE_COLUMNS, Rows
from sessionlab.tape.actions import Actions
from sessionlab.timing import Interval
from sessionlab.whole_file import put_whole

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    import pyarrow as pa

DOCUMENT, CORRECTED, DATE, INTERVAL = "export.json", "corrected.parquet", "date", "interval"


class ExportFolder:
    """Writes an export to ``folder``; with ``overwrite`` in the place of one that is there.

    Raises :class:`ConfigError` for a folder that may not be replaced, :class:`SourceError` where the disk refuses. What was
    there before is then still there.
    """

    def __init__(self, folder: str | os.PathLike[str], *, overwrite: bool) -> None:
        self.folder = Path(folder).expanduser().resolve()
        self._check_free(overwrite)
        self._part = self.folder.with_name(f".{self.folder.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
        self._files: list[Path] = []

    def __enter__(self) -> ExportFolder:
        try:
            self._part.mkdir(parents=True)
        except OSError as why:
            raise self._refused(why) from why
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self._part, ignore_errors=True)
        if isinstance(error, OSError):
            raise self._refused(error) from error
        if isinstance(error, SourceError) and isinstance(error.__cause__, OSError):
            raise self._refused(error.__cause__) from error

    def put_bars(self, symbol: str, interval: Interval, days: Sequence[KnownDay]) -> None:
        """Bars of one series, a file a month; a day of bars under the midnight that names its date."""
        shelf = Shelf.of(self._part, "bars", str(interval), symbol)
        for month, some in groupby(days, key=lambda day: f"{day.date:%Y-%m}"):
            dated = [(day.date, Rows.join([day.told, day.off_session])) for day in some]
            self._put(shelf.path(f"{month}{SUFFIX}"), _bars_table(symbol, interval, dated))

    def put_quotes(self, symbol: str, kind: str | None, date: dt.date, rows: Rows) -> None:
        """Recorded quotes of one symbol; of a ``kind`` that a store does not know as single ones."""
        if rows.size:
            kind = kind if kind in QUOTE_KINDS else "tick"
            table = to_table(rows._replace(known_at=np.full(rows.size, AT_ITS_END)), QUOTE_COLUMNS, symbol, None)
            self._put(Shelf.of(self._part, "quotes", kind, symbol).path(f"{date}{SUFFIX}"), table)

    def put_actions(self, actions: Mapping[str, Actions | None]) -> None:
        """Corporate actions, as events."""
        for symbol, known in actions.items():
            if known is not None:
                self._put(actions_paths(self._part, symbol)[1], events_table(known))

    def put_corrected(self, days: Mapping[tuple[str, Interval], Sequence[KnownDay]]) -> None:
        """Rows as they stood before they were corrected: ``symbol interval timestamp known_at``, prices, ``date``."""
        import pyarrow as pa

        nothing = _bars_table("", Interval.parse("1m"), [])
        tables = [_named("", "", nothing)]
        for (symbol, interval), some in days.items():
            dated = [(day.date, day.corrected) for day in some if day.corrected.size]
            if dated:
                tables.append(_named(symbol, str(interval), _bars_table(symbol, interval, dated)))
        self._put(self._part / CORRECTED, pa.concat_tables(tables).combine_chunks())

    def put_table(self, name: str, frame: pd.DataFrame) -> None:
        """A table of what is shown."""
        import pyarrow as pa

        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        self._put(self._part / "tables" / f"{name}{SUFFIX}", table)

    def close(self, tree: Mapping[str, Any]) -> None:
        """Write ``tree`` with the digests of all files, and put the folder in its place."""
        digests = {path.relative_to(self._part).as_posix(): file_digest(path) for path in self._files}
        document = {**tree, "files": dict(sorted(digests.items()))}
        text = json.dumps({**document, "digest": document_digest(document)}, indent=1, ensure_ascii=False, allow_nan=False)
        put_whole(self._part / DOCUMENT, lambda file: file.write(f"{text}\n".encode()))
        old = self._part.with_suffix(".old")
        if self.folder.exists():
            self.folder.rename(old)
        try:
            self._part.rename(self.folder)
        except BaseException:
            with suppress(FileNotFoundError):
                old.rename(self.folder)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _put(self, path: str | Path, table: pa.Table) -> None:
        replace_file(Path(path), table)
        self._files.append(Path(path))

    def _check_free(self, overwrite: bool) -> None:
        folder = self.folder
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
        if not folder.is_dir():
            raise ConfigError(f"{folder} is a file; give the name of a folder", path=str(folder))
        document = folder / DOCUMENT
        files = _files_of(document)
        if files is None:
            raise ConfigError(
                f"{folder} is there and is no export, so it is left as it is; give another folder", path=str(folder)
            )
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        others = sorted(there - files - {DOCUMENT})
        if others:
            raise ConfigError(
                f"{folder} holds {others[0]}, which is no part of the export in it; move it, or give another folder",
                path=str(folder),
            )
        if not overwrite:
            raise ConfigError(
                f"{folder} holds an export already; give overwrite=True (--overwrite), or another folder", path=str(folder)
            )

    def _refused(self, why: OSError) -> SourceError:
        return SourceError(
            f"{self.folder} could not be written: {why.strerror or why}; what was there before is unchanged, free the disk or "
            "give a folder that you may write",
            path=str(self.folder),
        )


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return sha256(path.read_bytes()).hexdigest()


def document_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document without its own digest, in hex."""
    return sha256(canonical({key: value for key, value in document.items() if key != "digest"}).encode()).hexdigest()


def _files_of(document: Path) -> set[str] | None:
    """The files that the export in ``document`` is made of; None where it is no export."""
    try:
        said = json.loads(document.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or not str(said.get("format", "")).startswith(f"{FORMAT_NAME}/"):
        return None
    return set(said.get("files", ()))


def _bars_table(symbol: str, interval: Interval, dated: Sequence[tuple[dt.date, Rows]]) -> pa.Table:
    """Bars with ``known_at`` in every row, and the trading ``date`` that each is of."""
    import pyarrow as pa

    rows = Rows.join([part for _, part in dated]) if dated else Rows.empty()
    days = np.array([date for date, _ in dated], dtype="datetime64[D]").astype(np.int64)
    day = np.repeat(days, [part.size for _, part in dated])
    stamp = rows.start if interval.is_intraday else day * DAY_NS
    order = np.lexsort((rows.known_at, stamp))
    table = to_table(Rows.of(stamp, rows.known_at, rows.values).take(order), BAR_COLUMNS, symbol, None)
    if KNOWN_AT not in table.column_names:  # no rows
        table = table.append_column(KNOWN_AT, pa.array([], table.schema.field(STAMP).type))
    return table.append_column(DATE, pa.array(day[order].astype(np.int32), pa.date32()))


def _named(symbol: str, interval: str, table: pa.Table) -> pa.Table:
    import pyarrow as pa

    for at, (name, value) in enumerate(((SYMBOL, symbol), (INTERVAL, interval))):
        table = table.add_column(at, name, pa.array([value] * table.num_rows, pa.string()))
    return table
