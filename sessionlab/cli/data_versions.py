"""``sessionlab data versions`` and ``data restore``: what a store was before a repair."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sessionlab.cli.answer import print_json, print_tables, table
from sessionlab.cli.data_answer import size
from sessionlab.cli.endings import Ending
from sessionlab.cli.notices import Notices
from sessionlab.markup.text import counted
from sessionlab.store import StoreVersion, restore, versions

_HEADERS = {"version": "version", "when": "when (UTC)", "files": "files", "kept": "kept", "what": "what"}


def data_versions(notices: Notices, store: Path, *, as_json: bool, quiet: bool) -> Ending:
    """List them."""
    found = versions(store)
    if as_json:
        print_json({"store": str(store), "current": found[-1].number if found else 1, "versions": [_told(one) for one in found]})
    elif not quiet:
        rows = [{"version": 1, "when": "", "files": 0, "kept": "", "what": "as it was before the first repair"}]
        rows += [_row(one) for one in found]
        now = f"the store is in version {found[-1].number if found else 1}"
        print_tables([table("Versions", pd.DataFrame(rows), _HEADERS, every=notices.verbose), now])
    return Ending.OK


def data_restore(notices: Notices, store: Path, version: int, *, as_json: bool, quiet: bool) -> Ending:
    """Bring one back."""
    made = restore(store, version)
    if as_json:
        print_json({"store": str(store), **_told(made)})
    elif not quiet:
        files = counted(len(made.changes), "file")
        print_tables([f"version {version} is back, in {files}, as version {made.number}"])
    return Ending.OK


def _told(version: StoreVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "made_by": version.made_by,
        "reason": version.reason,
        "when": version.when,
        "in_place": version.in_place,
        "files": [change.path for change in version.changes],
        "bytes_kept": _kept(version),
    }


def _row(version: StoreVersion) -> dict[str, Any]:
    what = version.reason if version.in_place else f"{version.reason} (not yet in place)"
    when = version.when[:19].replace("T", " ")
    return {"version": version.number, "when": when, "files": len(version.changes), "kept": size(_kept(version)), "what": what}


def _kept(version: StoreVersion) -> int:
    changes: Sequence[Any] = version.changes
    return sum(change.bytes_before for change in changes)
