"""In the kernel of a notebook that becomes a report: the runs that its names lead to, and where the clock stood.

It is asked once, after the last cell or the one that failed. So nothing is kept while the notebook runs, and a run in a function,
which no name leads to, is not seen. What the notebook shows last in a cell has a name too: ``Out[3]``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.whole_file import put_whole

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.results import RunResult

MOST_RUNS = 100
_OF_IPYTHON = "interactiveshell.py"
"""The first frame of every error in a cell: it runs the cell."""
_MANY = (list, tuple, set, frozenset)


def write(path: str, namespace: Mapping[str, Any], *, failed: bool) -> None:
    """Write what :func:`collected` finds into the file ``path``."""
    found = json.dumps(collected(namespace, failed=failed), allow_nan=False)
    put_whole(Path(path), lambda file: file.write(found.encode()))


def collected(namespace: Mapping[str, Any], *, failed: bool = False) -> dict[str, Any]:
    """What is to be known of the names in ``namespace``, and of the error where the notebook ``failed``, as JSON.

    ``runs``: documents of runs, ``figures``: the headline of the last one; ``unkept``: why some are not there; ``labs``: market
    time by name; ``failure``: what it failed of.

    >>> import sessionlab as sl
    >>> lab = sl.demo()
    >>> result = lab.run()
    >>> found = collected({"lab": lab, "result": result, "same": [result]})
    >>> len(found["runs"]), found["labs"]
    (1, {'lab': '2025-07-07T16:00:00-04:00'})
    """
    from sessionlab.lab import Lab
    from sessionlab.reports.embedded import run_document
    from sessionlab.results import RunResult
    from sessionlab.results.headline import headline
    from sessionlab.saving.artifacts import TIMING

    things = dict(_things(namespace))
    labs: dict[str, Lab] = {}
    results: list[RunResult] = []
    for name, thing in things.items():
        kind = type(thing)  # asking a stand-in for another thing what it is may raise
        if issubclass(kind, Lab) and not any(thing is lab for lab in labs.values()):
            labs[name] = thing
        if issubclass(kind, RunResult) and not any(thing is result for result in results):
            results.append(thing)
    for lab in labs.values():
        if not _has_begun(lab) or any(one._lab is lab and one.stopped_at == lab.now for one in results):
            continue
        results.append(lab.result())
    runs: dict[str, dict[str, Any]] = {}
    unkept: list[str] = []
    for result in results:
        try:
            document = run_document(result)
        except Exception as why:  # whatever a strategy of the notebook may hold
            unkept.append(f"{result.config.session_name}: {type(why).__name__}: {why}")
            continue
        document["apart"][TIMING] = {"sessions": []}  # equal notebooks have equal bytes
        runs.setdefault(document["digest"], document)
    kept = list(runs.values())[:MOST_RUNS]
    unkept += [f"{len(runs) - MOST_RUNS:,} more runs"] if len(runs) > MOST_RUNS else []
    return {
        "runs": kept,
        "figures": headline(results[-1]) if results else {},
        "unkept": unkept,
        "labs": {name: lab.now.isoformat() for name, lab in labs.items()},
        "failure": _failure(labs) if failed else None,
    }


def _things(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What names lead to, at once or through one list or dict, and what cells showed last."""
    for name, value in list(namespace.items()):
        if not name.startswith("_") and name not in ("In", "Out"):
            yield name, value
            yield from _inside(name, value)
    for number, value in dict(namespace.get("Out") or {}).items():
        yield f"Out[{number}]", value
        yield from _inside(f"Out[{number}]", value)


def _inside(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    if type(value) is dict:
        return [(f"{name}[{key!r}]", one) for key, one in list(value.items())[:MOST_RUNS]]
    if type(value) in _MANY:
        return [(f"{name}[{number}]", one) for number, one in enumerate(list(value)[:MOST_RUNS])]
    return []


def _has_begun(lab: Lab) -> bool:
    return lab.progress.session > 1 or lab.now > lab.session.open


def _failure(labs: Mapping[str, Lab]) -> dict[str, Any] | None:
    from sessionlab.reports.failure import Failure

    error = getattr(sys, "last_value", None)
    if error is None:
        return None
    told = Failure.of(error)
    last = list(labs.values())[-1].now if labs else None
    at = last if told.at is None else told.at.tz_localize(last.tz) if told.at.tz is None and last is not None else told.at
    lines = told.traceback.splitlines()
    lines = lines[2:] if lines and lines[0].startswith(_OF_IPYTHON) else lines
    return replace(told, at=at, traceback="\n".join(lines)).document()
