"""Which series a store has, from the names of its folders and files: nothing is opened."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.quote_kinds import QUOTE_KINDS
from sessionlab.sources.store_layout import Shelf, symbols_in
from sessionlab.sources.symbol_files import symbol_of
from sessionlab.store.hidden import HIDDEN
from sessionlab.store.record import SeriesRecord
from sessionlab.timing import Interval

KINDS = ("bars", "quotes", "corporate_actions")
_ACTIONS = re.compile(r"([^._].*)_(factors|events)\.parquet")


@dataclass(frozen=True, slots=True)
class Series:
    """Files of one ``symbol`` and one ``kind``; ``width`` is that of bars as their folder has it, or the kind of quotes."""

    symbol: str
    kind: str
    width: str

    @property
    def title(self) -> str:
        """``1m bars``."""
        return f"{self.width} {self.kind}" if self.width else "actions"

    def files(self, root: Path) -> list[Path]:
        """Its files, in order of their names."""
        if self.kind == "corporate_actions":
            from sessionlab.sources.store_layout import actions_paths

            return [path for path in sorted(actions_paths(root, self.symbol)) if path.is_file()]
        shelf = Shelf.of(root, self.kind, self.width, self.symbol)
        return [Path(shelf.path(name)) for name in shelf.names()]

    def record(self, root: Path) -> SeriesRecord:
        """What is recorded of it."""
        return SeriesRecord.read(root, self.symbol, self.kind, self.width)


def all_series(root: Path, symbols: Collection[str] | None = None) -> list[Series]:
    """Every series that has files or a record, by symbol, bars from short to long before quotes; of ``symbols`` if given.

    Raises :class:`NoDataError` where no store is, and for symbols that it does not know.
    """
    check_store(root)
    found = sorted({*_on_disk(root), *_recorded(root)}, key=_order)
    if symbols is None:
        return found
    unknown = [symbol for symbol in symbols if symbol not in {series.symbol for series in found}]
    if unknown:
        raise NoDataError(f"{root} has nothing of {', '.join(unknown)}; leave it out, or import it first", symbols=unknown)
    return [series for series in found if series.symbol in symbols]


def check_store(root: Path) -> None:
    """Raises :class:`NoDataError` where no store is."""
    if not root.is_dir():
        what = "is a file, not a store" if root.exists() else "does not exist"
        raise NoDataError(f"{root} {what}; give the folder of a store, or import one first", path=str(root))
    if not any((root / kind).is_dir() for kind in (*KINDS, HIDDEN)):
        raise NoDataError(f"{root} has none of the folders {', '.join(KINDS)}: it is no store; import one first", path=str(root))


def relative(root: Path, file: Path) -> str:
    """The name of ``file`` in records: its path in the store, with slashes."""
    return file.relative_to(root).as_posix()


def _on_disk(root: Path) -> Iterator[Series]:
    for kind in ("bars", "quotes"):
        for folder in _folders(root / kind):
            if not _is_width(kind, folder.name):
                continue
            for symbol in symbols_in(folder):
                if Shelf.of(root, kind, folder.name, symbol).exists():
                    yield Series(symbol, kind, folder.name)
    actions = root / "corporate_actions"
    for entry in actions.iterdir() if actions.is_dir() else ():
        if match := _ACTIONS.fullmatch(entry.name):
            yield Series(symbol_of(match[1]), "corporate_actions", "")


def _recorded(root: Path) -> Iterator[Series]:
    records = root / HIDDEN / "records"
    for file in sorted(records.rglob("*.json")) if records.is_dir() else ():
        if file.name.startswith("."):
            continue
        kind, *rest, name = file.relative_to(records).parts
        yield Series(symbol_of(name.removesuffix(".json")), kind, rest[0] if rest else "")


def _folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def _is_width(kind: str, name: str) -> bool:
    if kind == "quotes":
        return name in QUOTE_KINDS
    try:
        Interval.parse(name)
    except ConfigError:
        return False
    return True


def _order(series: Series) -> tuple[object, ...]:
    if series.kind == "bars":
        return series.symbol, 0, Interval.parse(series.width).rank
    if series.kind == "quotes":
        return series.symbol, 1, (QUOTE_KINDS.index(series.width), 0)
    return series.symbol, 2, (0, 0)
