"""Symbols of a lab that come and go, by hand and as scanners propose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.lab.seat import Seat

if TYPE_CHECKING:
    from sessionlab.engine.scanner import Scanner
    from sessionlab.lab.lab import Lab
    from sessionlab.session.data import SymbolData
    from sessionlab.timing import Interval


class Membership(Seat):
    """``add_symbol``, ``remove_symbol``, and scanners."""

    def add_symbol(self, symbol: str) -> SymbolData:
        """Let ``symbol`` take part from now on, in later sessions too; its data.

        It is there with its window, its day so far, indicators, coverage and quotes, as if it had been there from the start;
        strategies are called for it from its next bar on. Nothing of the other symbols changes. One that takes part already
        stays as it is. Raises :class:`NoDataError` where the source lacks its base, and :class:`BusyError` from inside a hook
        and while it plays; then nothing has changed.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> lab.advance("11:00").now.hour
        11
        >>> len(lab.add_symbol("SPY").bars("1m")), lab.symbols[-1]
        (90, 'SPY')
        """
        self._by_hand("add a symbol")
        self._engine.add_symbol(symbol)
        self._warn()
        return self.data[symbol]

    def remove_symbol(self, symbol: str) -> None:
        """Let ``symbol`` take no part from now on. What was measured of it stays in the result; views of it raise.

        Its subscriptions end. It may join again. Raises :class:`NoDataError` where it takes no part, :class:`ConfigError` for
        the last symbol.
        """
        self._by_hand("remove a symbol")
        self._engine.remove_symbol(symbol)

    def use_scanner(
        self,
        scanner: Scanner,
        *,
        pre_session: bool = False,
        regular_session: str | Interval | Sequence[Mapping[str, Any]] = (),
    ) -> Lab:
        """Set a copy of ``scanner``, or replace the one of its name, from now on.

        With ``pre_session`` it scans when a session is opened, at once where this one has not begun. ``regular_session`` says
        when it scans within a session: windows as in a config, ``[{"start": "open", "end": "11:00", "interval": "5m"}]``, or
        an interval for the whole session. Scans come at the boundaries of bars of that width, before strategies.
        """
        from sessionlab.engine.scan_windows import windows_of
        from sessionlab.engine.scanner import Scanner

        self._by_hand("use a scanner")
        if isinstance(scanner, type) and issubclass(scanner, Scanner):
            scanner = scanner()
        windows = windows_of(regular_session)
        if not windows and not pre_session:
            raise ConfigError('when is it to scan? write pre_session=True, or regular_session="5m", or both')
        self._engine.use_scanner(scanner, pre_session=pre_session, windows=windows)
        self._warn()
        return cast("Lab", self)

    @property
    def scanners(self) -> tuple[Scanner, ...]:
        """The scanners at work, in the order in which they come to their turn."""
        return tuple(post.scanner for post in self._engine.scanning.posts)

    @property
    def scans(self) -> pd.DataFrame:
        """A row per scan so far: ``time scanner proposed joined left refused reason``.

        ``proposed`` to ``refused`` are tuples of symbols; ``reason`` says why those were refused.
        """
        return self._engine.scanning.frame()
