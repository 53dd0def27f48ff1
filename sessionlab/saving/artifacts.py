"""What a run is, piece by piece: documents, tables and texts by the name of the file that each goes into.

They tell nothing of the machine, so that equal runs have equal pieces; what is about it stands apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.config.document import Keys, path_of
from sessionlab.config.secrets import without_secrets
from sessionlab.engine.manifest import OF_THE_MACHINE
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.saving.plan_document import plan_document, plan_of
from sessionlab.saving.series_tables import series_of, series_tables
from sessionlab.session.quality_tables import gap_table, quality_table
from sessionlab.trading.traded import Traded

if TYPE_CHECKING:
    from sessionlab.results import RunResult

CONFIG, MANIFEST, PLAN, RESULT = "config.json", "manifest.json", "plan.json", "result.json"
MACHINE, TIMING = "machine.json", "timing.json"
QUALITY = ("quality", "gaps", "incomplete", "bar_counts")
"""Tables that a result makes of its series; they are kept as it showed them."""
TRADED = ("orders", "fills", "trades", "account", "positions", "cash", "events")
_SCANS, _REFUSED, _BENCHMARK = "scans", "refused", "benchmark"


@dataclass
class Artifacts:
    """The pieces of a run. ``documents``, ``tables`` and ``texts`` are compared, what leads to others first; ``apart`` is not."""

    documents: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    apart: dict[str, Any] = field(default_factory=dict)


def artifacts_of(result: RunResult) -> Artifacts:
    """The pieces of ``result``."""
    made = Artifacts()
    config, places, hidden = _config_document(result.config)
    manifest = {name: value for name, value in result.manifest.items() if name not in OF_THE_MACHINE}
    manifest = _sources_to_files(manifest, made.texts)
    made.documents[CONFIG] = config
    made.documents[MANIFEST] = manifest | ({"hidden": hidden} if hidden else {})
    made.documents[PLAN] = plan_document(result.plan)
    traded = result.traded
    made.documents[RESULT] = {
        "complete": result.complete,
        "stopped_at": result.stopped_at.as_unit("ns").value,
        "tz": str(result.stopped_at.tz),
        "starting_cash": traded.starting_cash,
        "strategies": list(traded.strategies),
        "benchmark": None if result.benchmark is None else result.benchmark.name,
    }
    made.tables |= {name: getattr(result, name) for name in QUALITY}
    made.tables |= {_REFUSED: result.refused, _SCANS: result.scans}
    made.tables |= {name: getattr(traded, name) for name in TRADED}
    if result.benchmark is not None:
        made.tables[_BENCHMARK] = result.benchmark.to_frame(_BENCHMARK)
    made.tables |= series_tables(result._series)
    machine = {name: result.manifest[name] for name in OF_THE_MACHINE if name in result.manifest}
    made.apart = {MACHINE: {"manifest": machine, "config": places}, TIMING: {"sessions": result.timing.document()}}
    return made


def result_of(pieces: Artifacts) -> RunResult:
    """The result that :func:`artifacts_of` took apart."""
    from sessionlab.results import RunResult

    said, machine, tables = pieces.documents[RESULT], pieces.apart[MACHINE], pieces.tables
    manifest = {name: value for name, value in pieces.documents[MANIFEST].items() if name != "hidden"}
    stopped_at = pd.Timestamp(said["stopped_at"], unit="ns", tz=said["tz"])
    traded = Traded(said["starting_cash"], **{name: tables[name] for name in TRADED}, strategies=tuple(said["strategies"]))
    benchmark = None if said["benchmark"] is None else tables[_BENCHMARK][_BENCHMARK].rename(said["benchmark"])
    result = RunResult(
        config_of(pieces),
        plan_of(pieces.documents[PLAN]),
        series_of(tables),
        PerformanceMetrics.of_document(pieces.apart[TIMING]["sessions"]),
        tables[_REFUSED],
        _sources_from_files(manifest, pieces.texts) | machine["manifest"],
        stopped_at,
        complete=said["complete"],
        scans=tables[_SCANS],
        traded=traded,
        benchmark=benchmark,
    )
    vars(result).update({name: tables[name] for name in QUALITY})  # as they were shown, not as they would be made today
    quality_table(result.quality), gap_table(result.gaps)
    return result


def config_of(pieces: Artifacts) -> SessionConfig:
    """The config, with the paths that were set apart."""
    config, places = SessionConfig.from_dict(pieces.documents[CONFIG]), pieces.apart[MACHINE]["config"]
    return config.replace(places) if places else config


def _config_document(config: SessionConfig) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """The config without paths of the machine, those by where they stood, and where there was something secret."""
    document, hidden = without_secrets(config.to_dict())
    places: dict[str, str] = {}
    return _without_places(document, (), places), places, hidden


def _without_places(value: Any, at: Keys, places: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(item, (*at, key), places) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_places(item, (*at, i), places) for i, item in enumerate(value)]
    if isinstance(value, str) and at[:1] == ("api_config",) and Path(value).is_absolute():
        places[path_of(at)] = value
        return None
    return value


def _sources_to_files(manifest: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """``manifest`` with the names of files, which go into ``texts``, in the place of sources."""
    return _each_source(manifest, lambda one, folder: _source_to_file(one, folder, texts))


def _sources_from_files(manifest: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    return _each_source(manifest, lambda one, folder: _source_from_file(one, texts))


def _each_source(manifest: dict[str, Any], change: Any) -> dict[str, Any]:
    made = dict(manifest)
    for name in ("strategies", "scanners"):
        made[name] = [change(one, name) for one in manifest.get(name, ())]
    account = dict(manifest.get("account", {}))
    for name in ("costs", "slippage"):
        if account.get(name) is not None:
            account[name] = [change(one, "costs") for one in account[name]]
    return made | {"account": account}


def _source_to_file(one: dict[str, Any], folder: str, texts: dict[str, str]) -> dict[str, Any]:
    plain = re.sub(r"\W+", "_", one["name"], flags=re.ASCII).strip("_") or "unnamed"
    # Some disks take two names for one that differ in their case alone.
    taken = {file.split("/")[1].removesuffix(".py").lower() for file in texts if file.startswith(f"{folder}/")}
    name = next(free for free in (plain, *(f"{plain}_{n}" for n in range(2, len(taken) + 3))) if free.lower() not in taken)
    texts[f"{folder}/{name}.py"] = one["source"]
    modules = {module: f"{folder}/{name}/{module}.py" for module in one["modules"]}
    texts |= {file: one["modules"][module] for module, file in modules.items()}
    return one | {"source": f"{folder}/{name}.py", "modules": modules}


def _source_from_file(one: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    modules = {module: texts[file] for module, file in one["modules"].items()}
    return one | {"source": texts[one["source"]], "modules": modules}
