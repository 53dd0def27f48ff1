"""Which symbols a Parquet store has bars of, from the names of its folders and files."""

from __future__ import annotations

from pathlib import Path

from sessionlab.sources.store_layout import SUFFIX
from sessionlab.sources.symbol_files import symbol_of


def stored_symbols(root: Path) -> list[str]:
    """The symbols under ``root/bars`` of any interval, sorted. Hidden files and the like name none."""
    bars = root / "bars"
    widths = [entry for entry in bars.iterdir() if entry.is_dir()] if bars.is_dir() else []
    names = {
        entry.name if entry.is_dir() else entry.name.removesuffix(SUFFIX)
        for width in widths
        for entry in width.iterdir()
        if entry.is_dir() or entry.name.endswith(SUFFIX)
    }
    return sorted(symbol_of(name) for name in names if not name.startswith((".", "_")))
