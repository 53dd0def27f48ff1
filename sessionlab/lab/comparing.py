"""Labs beside each other: the tree of forks, and how two of them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.errors import ConfigError
from sessionlab.lab.rewinding import Rewinding
from sessionlab.session.browsable import browsable

if TYPE_CHECKING:
    from sessionlab.lab.forks import Forks
    from sessionlab.results.difference import Difference
    from sessionlab.results.first_difference import Side


class Comparing(Rewinding):
    """``forks``, ``diff``."""

    @browsable
    def forks(self) -> Forks:
        """The tree that this lab is of: its forks and theirs, what it was forked from, and where each stands.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> other = lab.fork(name="long")
        >>> [one.name for one in lab.forks], lab.forks["long"] is other
        (['Demo', 'long'], True)
        """
        from sessionlab.lab.forks import Forks

        return Forks(self)  # type: ignore[arg-type]  # every lab is a Lab, of which this is a part

    def diff(self, other: Comparing) -> Difference:
        """How ``other`` differs from this lab: the first moment at which it does, what differs there, and both from there on.

        They are compared up to the earlier of both nows; the later one is gone back to then, in a copy that nobody sees, so
        its strategies go through the stretch before silently, as in :meth:`rewind`. Labs that are not of one family may be
        compared where they begin at the same open; then their data is compared as well.

        Raises :class:`ConfigError` for what is no lab or begins at another open, :class:`BusyError` from inside a hook, and
        where the nows differ, :class:`RewindError` as :meth:`rewind` does.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> _ = lab.advance("10:15")
        >>> other = lab.fork(name="long")
        >>> _ = other.buy("AAPL", 100)
        >>> _ = other.advance("10:20"), lab.advance("10:30")
        >>> found = lab.diff(other)
        >>> found.first.time(), found.until.time(), found.orders["where"].tolist()
        (datetime.time(10, 15), datetime.time(10, 20), ['long'])
        """
        from sessionlab.results.difference import Difference

        self._check_comparable(other)
        a: Comparing = self
        b: Comparing = other
        a_ns, b_ns = a._engine.present.now_ns, b._engine.present.now_ns
        if a_ns > b_ns:
            a = a._gone_back_to(b)
        elif b_ns > a_ns:
            b = b._gone_back_to(a)
        shared = self.root is other.root
        name = other.name if other.name != self.name else f"{other.name} (2)"
        sessions = a._engine.sessions
        opens = {session.date: session.open_ns for session in sessions[: a._engine.number + 1]}
        return Difference(a._side(self.name, shared=shared), b._side(name, shared=shared), opens)

    def _check_comparable(self, other: Any) -> None:
        if not isinstance(other, Comparing):
            raise ConfigError(
                f"diff compares this lab with another one, not with a {type(other).__name__}; for results write "
                'sl.compare({"one": result, "other": result})'
            )
        for lab in (self, other):
            lab._by_hand("compare labs")
            lab._engine.hooks.refuse_when_busy("compare labs")
        begins = [lab._engine.sessions[0].open for lab in (self, other)]
        if begins[0] != begins[1]:
            raise ConfigError(
                f"{self.name!r} begins at {begins[0]:%Y-%m-%d %H:%M %Z} and {other.name!r} at {begins[1]:%Y-%m-%d %H:%M %Z}: "
                "they have no beginning in common; compare their results with sl.compare({...})"
            )

    def _gone_back_to(self, other: Comparing) -> Comparing:
        """A copy of this lab that stands where ``other`` does."""
        self._refuse_going_back(f"compare {self.name!r} with a lab that stands earlier")
        return self._copy(self._engine.going_back.place_of(other.now), self.config)

    def _side(self, name: str, *, shared: bool) -> Side:
        from sessionlab.engine.account_tables import held_frame
        from sessionlab.engine.acts import sent_orders
        from sessionlab.results.first_difference import Side

        engine = self._engine
        today = engine.session.date
        stands_on = engine.loader.kept.stands_on()
        digests = {key: {date: found for date, found in noted.items() if date <= today} for key, noted in stands_on.items()}
        return Side(
            name,
            self._result(None),
            sent_orders(engine.desk),
            tuple(engine.desk.account.ledger),
            tuple(engine.members.changes),
            held_frame(engine.desk.account),
            None if shared else digests,
        )
