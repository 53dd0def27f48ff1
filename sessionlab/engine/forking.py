"""Forks: another run that stands where this one stands, or stood, and goes on by itself.

Rows are shared, for nobody changes them. What happened so far is the fork's own, and what strategies remember is made of a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.engine import checkpoint, kept_desk
from sessionlab.engine.accounting import Accounting
from sessionlab.engine.deeds import Deeds
from sessionlab.engine.going_back import GoingBack
from sessionlab.engine.place import Place
from sessionlab.engine.replaying import replay, silently
from sessionlab.session.present import Present
from sessionlab.trading.costs import CostModel
from sessionlab.trading.limits import Limits

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.coordinator import SessionCoordinator


def fork_of(engine: SessionCoordinator, config: SessionConfig, place: Place) -> SessionCoordinator:
    """Another run that stands at ``place`` as that of ``engine`` did, by ``config``.

    Raises :class:`~sessionlab.errors.RewindError` where nothing leads there, and in a live run.
    """
    engine.refuse_live("fork the lab")
    engine.hooks.refuse_when_busy("fork the lab")
    back = engine.going_back
    if not engine.hooks.is_undone and (back.by_hand or not back.points or place == engine.here):
        back.keep(by_hand=back.by_hand)
    point = back.before(place)
    other = type(engine).__new__(type(engine))
    other.config, other.clock, other.times, other.turned = config, engine.clock, engine.times, 0
    same = config.trading_config == engine.config.trading_config
    other._costs = engine._costs if same else CostModel.of(config.trading_config.costs)
    other._limits = engine._limits if same else Limits.of(config.trading_config)
    other.loader = engine.loader.forked(config)
    other.metrics = other._fresh_metrics(engine.clock.ns())
    other.present = Present(engine.rows, engine.rows.first)
    other._assemble()
    other.subscribers.mode = engine.subscribers.mode
    other.members.changes = list(engine.members.changes)
    other.deeds = Deeds(lambda: other.here, engine.deeds.until(place))
    other.past = list(engine.past)
    other.back = engine.back.forked(other.loader, other.present)
    other.accounting = Accounting(other.desk)
    _share_history(engine, other)
    other.going_back = GoingBack(other)
    other.going_back.share(back, point, place)
    with silently(other):
        other.stand_in(point)
        checkpoint.restore(point, other, may_sleep=True)
        replay(other, place, point.stumbles)
    other.hooks.stand_again()
    return other


def _share_history(engine: SessionCoordinator, other: SessionCoordinator) -> None:
    """Give ``other`` what happened so far: orders of its own, the rest as it is."""
    kept_desk.share_orders(engine.desk, other.desk)
    other.desk.events = list(engine.desk.events)
    other.desk.account.ledger = list(engine.desk.account.ledger)
    other.accounting.pieces, other.accounting.trades = list(engine.accounting.pieces), list(engine.accounting.trades)
    other.accounting.held, other.accounting.benchmark = list(engine.accounting.held), list(engine.accounting.benchmark)
    other.scanning.scans = list(engine.scanning.scans)
