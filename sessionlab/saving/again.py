"""A saved run once more, of what was saved alone: config, place of the data, seed, and the source of all that was called.

What was done from outside at a moment of the run (strategies that were set, symbols that joined) is done at that moment again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sessionlab.engine.going_back import replay
from sessionlab.engine.scan_windows import windows_of
from sessionlab.engine.source_code import StrategySource, strategy_from
from sessionlab.engine.user_code import named
from sessionlab.errors import ConfigError, SessionlabError
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
        try:
            for at_ns, act in _acts(pieces.documents[MANIFEST], pieces.texts, lab):
                replay(lab._engine, at_ns)
                act()
            if said["complete"]:
                lab.run(progress=progress)
            else:
                replay(lab._engine, said["stopped_at"])
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
    if source is None:
        place = machine.get("place")
        if place is None:
            raise ConfigError(
                f"the rows of this run lay in memory ({manifest['source']}), so they are not saved with it; give them as "
                "source=, as in sl.verify(folder, source=sl.sources.Frames(frames))"
            )
        source = open_place(place, config)
    account = manifest["account"]
    costs, slippage = (
        None if account[name] is None else tuple(_made(one, pieces.texts) for one in account[name])
        for name in ("costs", "slippage")
    )
    limits = None if account["limits"] is None else Limits(**account["limits"])
    return Lab(config.replace(empty) if empty else config, source=source, costs=costs, slippage=slippage, limits=limits)


def _acts(manifest: Mapping[str, Any], texts: Mapping[str, str], lab: Lab) -> Iterator[tuple[int, Callable[[], object]]]:
    """What was done from outside, by the moment at which it was; those of one moment in the order of their kinds."""
    engine = lab._engine
    opened_ns = engine.sessions[0].open_ns
    acts: list[tuple[int, Callable[[], object]]] = []
    for change in manifest["symbols"]["changes"]:
        if change["by"] == "lab":
            do = engine.add_symbol if change["kind"] == "join" else engine.remove_symbol
            acts.append((_ns(change["at"], opened_ns), lambda do=do, symbol=change["symbol"]: do(symbol)))  # type: ignore[misc]
    for one in manifest["scanners"]:
        windows = windows_of(one["regular_session"])
        acts.append((_ns(one["since"], opened_ns), _using(engine.use_scanner, one, texts, pre_session=one["pre_session"],
                                                          windows=windows, name=one["name"])))  # fmt: skip
    for one in manifest["strategies"]:
        acts.append((_ns(one["since"], opened_ns), _using(engine.use, one, texts)))
    yield from sorted(acts, key=lambda act: act[0])


def _using(use: Callable[..., object], one: Mapping[str, Any], texts: Mapping[str, str], **how: Any) -> Callable[[], object]:
    made = _made(one, texts)
    return lambda: use(made, **how)


def _made(one: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    modules = {module: texts[file] for module, file in one["modules"].items()}
    return strategy_from(StrategySource.of_document({**one, "source": texts[one["source"]], "modules": modules}))


def _ns(at: str | None, opened_ns: int) -> int:
    return opened_ns if at is None else int(pd.Timestamp(at).as_unit("ns").value)
