"""Which symbols a source has bars of, where it can tell: of a Parquet store, from the names of its folders and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sessionlab.sources.local import LocalStore
from sessionlab.sources.protocol import Source
from sessionlab.sources.store_layout import SUFFIX
from sessionlab.sources.symbol_files import symbol_of


def listed_symbols(source: Source) -> list[str] | None:
    """The symbols of ``source``, sorted; None where it has no list of them. Others tell theirs in a method ``symbols``."""
    ask: Any = getattr(source, "symbols", None)
    if callable(ask):
        return sorted(ask())
    return _stored(source.path) if isinstance(source, LocalStore) else None


def _stored(root: Path) -> list[str]:
    """The symbols under ``root/bars`` of any interval. Hidden files and the like name none."""
    bars = root / "bars"
    widths = [entry for entry in bars.iterdir() if entry.is_dir()] if bars.is_dir() else []
    names = {
        entry.name if entry.is_dir() else entry.name.removesuffix(SUFFIX)
        for width in widths
        for entry in width.iterdir()
        if entry.is_dir() or entry.name.endswith(SUFFIX)
    }
    return sorted(symbol_of(name) for name in names if not name.startswith((".", "_")))
