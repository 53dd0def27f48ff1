"""What a run was made of, and what it took: config, strategies, digests, versions; the engine's timing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.engine.metrics import PARTS
from sessionlab.markup.text import Markup
from sessionlab.reports.elements import Column, Section, block, details, frame_table, joined, pairs, paragraph, table
from sessionlab.saving.artifacts import CONFIG, MACHINE, MANIFEST, PLAN

if TYPE_CHECKING:
    from sessionlab.results import RunResult

_TIMING = {
    "part": Column("part"),
    "count": Column("count", "trades"),
    "total_ms": Column("total, ms", "sharpe"),
    "mean_us": Column("mean, µs", "sharpe"),
    "max_us": Column("longest, µs", "sharpe"),
    "note": Column("note"),
    "what": Column("what it is"),
}


def timing_section(result: RunResult) -> Section:
    """What each part of the engine's work took. It differs from run to run."""
    frame = result.timing.frame()
    frame = frame[frame["count"] > 0].rename_axis("part").reset_index()
    frame["what"] = [PARTS[part] for part in frame["part"]]
    return Section(
        "timing", "Timing", frame_table("What the engine's parts took; it differs from run to run", frame, _TIMING), varies=True
    )


def manifest_section(document: Mapping[str, Any]) -> Section:
    """All that the run was made of, as the page carries it."""
    manifest, machine = document["documents"][MANIFEST], document["apart"][MACHINE]["manifest"]
    versions = ", ".join(f"{name} {version}" for name, version in machine.get("versions", {}).items())
    facts = [
        ("source", str(manifest["source"])), ("seed", str(manifest["seed"])), ("config", manifest["config_digest"]),
        ("data", manifest["data_digest"]), ("this run", document["digest"]), ("versions", versions),
    ]  # fmt: skip
    told = [pairs(facts, long=True)]
    if manifest["by_hand"]:
        first = manifest["by_hand"][0]
        told.append(paragraph(f"Done by hand, so it cannot be run again of this page: {first['what']} at {first['at']}."))
    told += [_strategy(one, document["texts"]) for one in (*manifest["strategies"], *manifest["scanners"])]
    plan = document["documents"][PLAN]
    streams = [(one["symbol"], one["stream"], one["action"], one["base"] or "", one["reason"]) for one in plan["streams"]]
    heads = [Column(name) for name in ("symbol", "stream", "action", "from", "why")]
    told.append(details("Plan: what was streamed and what generated", table("Streams", heads, streams, most=300)))
    told.append(details("Config", block(_pretty(document["documents"][CONFIG]), "Config as JSON")))
    told.append(details("Manifest", block(_pretty(manifest), "Manifest as JSON")))
    again = "This page carries all of it, with digests of every table of the result; sessionlab.reports.embedded_run reads it."
    return Section("manifest", "Manifest", joined([*told, paragraph(again, quiet=True)]))


def _strategy(one: Mapping[str, Any], texts: Mapping[str, str]) -> Markup:
    """A strategy or scanner with its source, and that of modules of one's own that it imports."""
    files = [one["source"], *one["modules"].values()]
    since = "" if one.get("since") is None else f", from {one['since']}"
    sources = [block(texts[file], f"Source: {file}") for file in files]
    missing = [paragraph(f"Not kept: {', '.join(map(str, one['missing']))}", quiet=True)] if one.get("missing") else []
    return details(f"{one.get('repr') or one['name']}{since}: {one['digest'][:12]}", *sources, *missing)


def _pretty(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
