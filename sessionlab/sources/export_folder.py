"""The folder that an export is written into, as a whole.

    export.json                     what JSON can say of it, with a digest of every file and one of itself
    bars/<1s|1m|1d>/<SYMBOL>/       base rows as they were told at the moment, in the layout of a Parquet store
    quotes/<kind>/<SYMBOL>/         recorded quotes, likewise
    corporate_actions/              those whose ex date has come
    corrected.parquet               rows as they stood before they were corrected
    tables/                         what was made of them: see :mod:`sessionlab.session.export_tables`

Equal moments give equal bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.config.document import canonical
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
from sessionlab.whole_folder import WholeFolder

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    import pyarrow as pa

DOCUMENT, CORRECTED, DATE, INTERVAL = "export.json", "corrected.parquet", "date", "interval"


class ExportFolder(WholeFolder):
    """Writes an export to ``folder``; with ``overwrite`` in the place of one that is there."""

    def __init__(self, folder: str | os.PathLike[str], *, overwrite: bool) -> None:
        super().__init__(folder, "export", _files_of, overwrite=overwrite)
        self._files: list[Path] = []

    def put_bars(self, symbol: str, interval: Interval, days: Sequence[KnownDay]) -> None:
        """Bars of one series, a file a month; a day of bars under the midnight that names its date."""
        shelf = Shelf.of(self.part, "bars", str(interval), symbol)
        for month, some in groupby(days, key=lambda day: f"{day.date:%Y-%m}"):
            dated = [(day.date, Rows.join([day.told, day.off_session])) for day in some]
            self._put(shelf.path(f"{month}{SUFFIX}"), _bars_table(symbol, interval, dated))

    def put_quotes(self, symbol: str, kind: str | None, date: dt.date, rows: Rows) -> None:
        """Recorded quotes of one symbol; of a ``kind`` that a store does not know as single ones."""
        if rows.size:
            kind = kind if kind in QUOTE_KINDS else "tick"
            table = to_table(rows._replace(known_at=np.full(rows.size, AT_ITS_END)), QUOTE_COLUMNS, symbol, None)
            self._put(Shelf.of(self.part, "quotes", kind, symbol).path(f"{date}{SUFFIX}"), table)

    def put_actions(self, actions: Mapping[str, Actions | None]) -> None:
        """Corporate actions, as events."""
        for symbol, known in actions.items():
            if known is not None:
                self._put(actions_paths(self.part, symbol)[1], events_table(known))

    def put_corrected(self, days: Mapping[tuple[str, Interval], Sequence[KnownDay]]) -> None:
        """Rows as they stood before they were corrected: ``symbol interval timestamp known_at``, prices, ``date``."""
        import pyarrow as pa

        nothing = _bars_table("", Interval.parse("1m"), [])
        tables = [_named("", "", nothing)]
        for (symbol, interval), some in days.items():
            dated = [(day.date, day.corrected) for day in some if day.corrected.size]
            if dated:
                tables.append(_named(symbol, str(interval), _bars_table(symbol, interval, dated)))
        self._put(self.part / CORRECTED, pa.concat_tables(tables).combine_chunks())

    def put_table(self, name: str, frame: pd.DataFrame) -> None:
        """A table of what is shown."""
        import pyarrow as pa

        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        self._put(self.part / "tables" / f"{name}{SUFFIX}", table)

    def close(self, tree: Mapping[str, Any]) -> None:
        """Write ``tree`` with the digests of all files, and put the folder in its place."""
        digests = {path.relative_to(self.part).as_posix(): file_digest(path) for path in self._files}
        document = {**tree, "files": dict(sorted(digests.items()))}
        text = json.dumps({**document, "digest": document_digest(document)}, indent=1, ensure_ascii=False, allow_nan=False)
        put_whole(self.part / DOCUMENT, lambda file: file.write(f"{text}\n".encode()))
        self.put_in_place()

    def _put(self, path: str | Path, table: pa.Table) -> None:
        replace_file(Path(path), table)
        self._files.append(Path(path))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return sha256(path.read_bytes()).hexdigest()


def document_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document without its own digest, in hex."""
    return sha256(canonical({key: value for key, value in document.items() if key != "digest"}).encode()).hexdigest()


def _files_of(folder: Path) -> set[str] | None:
    """The files that the export in ``folder`` is made of; None where there is none."""
    try:
        said = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or not str(said.get("format", "")).startswith(f"{FORMAT_NAME}/"):
        return None
    return {*said.get("files", ()), DOCUMENT}


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
