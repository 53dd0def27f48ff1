"""What a run is made of, written down: enough to make it again, and to tell whether it is the same.

Of the machine it ran on there is only what stands under :data:`OF_THE_MACHINE`: two machines agree on all the rest.
"""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.engine.deeds import Deed
from sessionlab.engine.source_code import source_of
from sessionlab.engine.source_code.values import document_of
from sessionlab.engine.versions import versions
from sessionlab.sources.place import place_of
from sessionlab.tape import combined_digest
from sessionlab.trading.costs import CostModel
from sessionlab.trading.limits import Limits

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator

OF_THE_MACHINE = ("sessionlab", "versions", "command", "place")
"""Keys about where and with what a run was made; none of them is compared."""


def manifest_of(engine: SessionCoordinator) -> dict[str, Any]:
    """The manifest of the run of ``engine`` so far, as JSON.

    ``config_digest``, ``seed``, ``source`` (its name), ``data_digest`` and ``data`` (by symbol and series), ``symbols`` and their
    changes, ``strategies`` and ``scanners`` with parameters, source and digest and since when, ``account`` (limits and costs that
    the config does not say), ``by_hand`` (what nobody can do again from here). ``honest``: what a hook sees was known by then.
    """
    config, data = engine.config, engine.loader.kept.digests()
    named = {f"{symbol} {series}": bytes.fromhex(found) for symbol, each in data.items() for series, found in each.items()}
    done = engine.deeds.done
    return {
        "sessionlab": versions()["sessionlab"],
        "honest": True,
        "config_digest": config.digest(),
        "source": engine.source.name,
        "data_digest": combined_digest(named).hex(),
        "data": data,
        "seed": config.seed,
        "symbols": {
            "configured": list(config.session_data_config.symbols),
            "changes": [change._asdict() | {"at": change.at.isoformat()} for change in engine.members.changes],
        },
        "strategies": [_used(deed, engine) for deed in done if deed.kind == "strategy"],
        "scanners": [_used(deed, engine) | _when(deed) for deed in done if deed.kind == "scanner"],
        "account": _account(engine),
        "by_hand": [{"at": _stamp(deed.at_ns, engine), "what": deed.what} for deed in done if deed.kind == "hand"],
        "versions": versions(),
        "command": "notebook" if _in_notebook() else "python",
        "place": place_of(engine.source, config),
    }


def _in_notebook() -> bool:
    kernel = getattr(sys.modules.get("ipykernel.kernelapp"), "IPKernelApp", None)
    return kernel is not None and bool(kernel.initialized())


def _used(deed: Deed, engine: SessionCoordinator) -> dict[str, Any]:
    assert deed.source is not None
    from_the_start = deed.at_ns == engine.sessions[0].open_ns
    return deed.source.document() | {"since": None if from_the_start else _stamp(deed.at_ns, engine)}


def _when(deed: Deed) -> dict[str, Any]:
    windows = [{"start": one.start.text, "end": one.end.text, "interval": str(one.interval)} for one in deed.windows]
    return {"pre_session": deed.pre_session, "regular_session": windows}


def _account(engine: SessionCoordinator) -> dict[str, Any]:
    """Limits and costs that were given in code; None for those of the config."""
    trading, desk = engine.config.trading_config, engine.desk
    said, costs = CostModel.of(trading.costs), desk.costs
    own = {
        name: None if given == of_config else [source_of(model).document() for model in given]
        for name, given, of_config in (
            ("costs", costs.commissions, said.commissions),
            ("slippage", costs.slippages, said.slippages),
        )
    }
    limits = {name: document_of(value) for name, value in asdict(desk.limits).items()}
    return {"limits": None if desk.limits == Limits.of(trading) else limits, **own}


def _stamp(instant_ns: int, engine: SessionCoordinator) -> str:
    return pd.Timestamp(instant_ns, tz=dt.UTC).tz_convert(engine.session.tz).isoformat()
