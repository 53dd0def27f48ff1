"""Where a lab stands, as few numbers as tell whether something has changed since a browser was last told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.session.session_rows import SessionRows


class Standing(NamedTuple):
    """Two of them are equal where nothing has changed that a picture could show.

    ``turned`` counts how often the run went back or began again, ``rows`` are those of the session at hand: where either differs,
    what is known now need not begin with what was known then. ``entries`` of the ledger, ``orders`` and ``resting`` ones count
    what was traded.
    """

    turned: int
    rows: SessionRows
    k: int
    now_ns: int
    ended: bool
    entries: int
    orders: int
    resting: int
    state: str
    why: str
    speed: float

    @classmethod
    def of(cls, lab: Lab) -> Standing:
        """Where ``lab`` stands now."""
        engine, pacing = lab._engine, lab.pacing
        present, desk = engine.present, engine.desk
        return cls(
            engine.turned, present.rows, present.k, present.now_ns, engine.ended, len(desk.account.ledger), len(desk.orders),
            len(desk.broker.open), pacing.state, pacing.why, pacing.speed,
        )  # fmt: skip

    def goes_on_from(self, before: Standing | None) -> bool:
        """Whether all that was known at ``before`` is still known, so that telling the rest is enough."""
        return before is not None and before.turned == self.turned and before.rows is self.rows
