"""A saved run once more, of what was saved alone: config, place of the data, seed, and the source of all that was called.

What was done from outside at a moment of the run (strategies that were set, symbols that joined) is done at that moment again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sessionlab.engine.replaying import go_on
from sessionlab.engine.scan_windows import windows_of
from sessionlab.engine.source_code import StrategySource, strategy_from
from sessionlab.engine.source_code.values import from_document
from sessionlab.engine.user_code import named
from sessionlab.errors import ConfigError, NoDataError, SessionlabError, SourceError
from sessionlab.saving.artifacts import MACHINE, MANIFEST, RESULT, Artifacts, config_of
from sessionlab.sources.place import open_place
from sessionlab.trading.limits import Limits

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.progress import Progress
    from sessionlab.lab import Lab
    from sessionlab.results import RunResult
    from sessionlab.sources.protocol import Source

_CALLED_IN_CONFIG = ("strategies", "scanners")


class Again(NamedTuple):
    """The ``lab`` in which it was run once more, its ``result``, and what it ``raised`` on the way, in words."""

    lab: Lab
    result: RunResult
    raised: str | None


def run_again(
    pieces: Artifacts,
    source: str | Source | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
) -> Again:
    """Run what ``pieces`` tell of once more, on ``source`` where its data lies elsewhere now.

    Raises :class:`ConfigError` where not all that it was made of is known, and as sources do where the data is not there.
    """
    from sessionlab.lab import DataWarning

    config, said = config_of(pieces), pieces.documents[RESULT]
    raised = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # they were said when it ran first
        lab = _lab(pieces, config, source)
        acts = sorted(_acts(pieces.documents[MANIFEST], pieces.texts, lab), key=lambda act: act[0])
        try:
            for at_ns, act in acts:
                go_on(lab._engine, at_ns)
                act()
            if said["complete"]:
                lab.run(progress=progress)
            else:
                go_on(lab._engine, said["stopped_at"])
        except SessionlabError as why:
            raised = str(why)
        except Exception as why:  # whatever a strategy may do
            raised = named(why)
    result = lab.result()
    result.config = config
    result.manifest |= {name: pieces.documents[MANIFEST][name] for name in ("config_digest", "source")}
    return Again(lab, result, raised)


def _lab(pieces: Artifacts, config: SessionConfig, source: str | Source | None) -> Lab:
    """A lab at the first open, in which nobody is at work yet."""
    from sessionlab.lab import Lab

    manifest, machine = pieces.documents[MANIFEST], pieces.apart[MACHINE]["manifest"]
    if manifest["by_hand"]:
        first, more = manifest["by_hand"][0], len(manifest["by_hand"]) - 1
        others = f", and {more:,} more" if more else ""
        raise ConfigError(
            f"the run cannot be made again of what was saved: {first['what']} by hand at {first['at']}{others}; "
            "put what was done by hand into a strategy"
        )
    sections = config.session_data_config
    empty: dict[str, Any] = {f"session_data_config.{name}": [] for name in _CALLED_IN_CONFIG if getattr(sections, name)}
    account = manifest["account"]
    costs, slippage = (
        None if account[name] is None else tuple(_made(one, pieces.texts) for one in account[name])
        for name in ("costs", "slippage")
    )
    limits = (
        None if account["limits"] is None else Limits(**{name: from_document(value) for name, value in account["limits"].items()})
    )
    try:
        source = _source(manifest, machine, config) if source is None else source
        return Lab(config.replace(empty) if empty else config, source=source, costs=costs, slippage=slippage, limits=limits)
    except (NoDataError, SourceError) as why:
        told = f"the data of the run is not where it was: {why}; say where it lies now, with source= (--source)"
        raise type(why)(told, **why.facts) from why


def _source(manifest: Mapping[str, Any], machine: Mapping[str, Any], config: SessionConfig) -> Source:
    place = machine.get("place")
    if place is None:
        raise ConfigError(
            f"the rows of this run lay in memory ({manifest['source']}), so they are not saved with it; give them as "
            "source=, as in sl.verify(folder, source=sl.sources.Frames(frames))"
        )
    return open_place(place, config)


def _acts(manifest: Mapping[str, Any], texts: Mapping[str, str], lab: Lab) -> Iterator[tuple[int, Callable[[], object]]]:
    """What was done from outside, each with its moment."""
    engine = lab._engine
    opened_ns = engine.sessions[0].open_ns
    for change in manifest["symbols"]["changes"]:
        if change["by"] == "lab":
            do = engine.add_symbol if change["kind"] == "join" else engine.remove_symbol
            yield _ns(change["at"], opened_ns), partial(do, change["symbol"])
    for one in manifest["scanners"]:
        when = {"pre_session": one["pre_session"], "windows": windows_of(one["regular_session"]), "name": one["name"]}
        yield _ns(one["since"], opened_ns), partial(engine.use_scanner, _made(one, texts), **when)
    for one in manifest["strategies"]:
        yield _ns(one["since"], opened_ns), partial(engine.use, _made(one, texts))


def _made(one: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    modules = {module: texts[file] for module, file in one["modules"].items()}
    return strategy_from(StrategySource.of_document({**one, "source": texts[one["source"]], "modules": modules}))


def _ns(at: str | None, opened_ns: int) -> int:
    return opened_ns if at is None else int(pd.Timestamp(at).as_unit("ns").value)


def data_digests(pieces: Artifacts, source: str | Source | None = None) -> dict[str, dict[str, str]]:
    """What the data of the run that ``pieces`` tell of is now, as ``manifest["data"]``: every row is read, and nothing run.

    It is comparable where no symbol joined or left on the way. Raises as :func:`run_again` does.
    """
    from sessionlab.lab import DataWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        loader = _lab(pieces, config_of(pieces), source)._engine.loader
    for number in range(1, len(loader.sessions)):
        loader.activate(number, 0)
    return loader.kept.digests()
