"""A Parquet store kept in order: import, list, verify, repair, versions, export. The command line's ``data`` does the same.

    import sessionlab as sl

    sl.store.import_data("files:data/{symbol}.csv", "store")
    sl.store.verify("store").broken
    plan = sl.store.plan_repair("store")
    sl.store.repair(plan)

Names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.store.exporting import ExportReport, export
    from sessionlab.store.imported import ImportReport
    from sessionlab.store.importing import import_data
    from sessionlab.store.listing import Contents, contents
    from sessionlab.store.repair_plan import RepairPlan, plan_repair
    from sessionlab.store.repairing import RepairReport, repair
    from sessionlab.store.restoring import restore, versions
    from sessionlab.store.store_versions import StoreVersion
    from sessionlab.store.verifying import Verified, verify

_HOMES = {
    "Contents": "listing",
    "ExportReport": "exporting",
    "ImportReport": "imported",
    "RepairPlan": "repair_plan",
    "RepairReport": "repairing",
    "StoreVersion": "store_versions",
    "Verified": "verifying",
    "contents": "listing",
    "export": "exporting",
    "import_data": "importing",
    "plan_repair": "repair_plan",
    "repair": "repairing",
    "restore": "restoring",
    "verify": "verifying",
    "versions": "restoring",
}

__all__ = [
    "Contents",
    "ExportReport",
    "ImportReport",
    "RepairPlan",
    "RepairReport",
    "StoreVersion",
    "Verified",
    "contents",
    "export",
    "import_data",
    "plan_repair",
    "repair",
    "restore",
    "verify",
    "versions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sessionlab.store' has no attribute {name!r}")
    found = getattr(import_module(f"sessionlab.store.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
