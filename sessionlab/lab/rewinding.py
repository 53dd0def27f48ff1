"""Going back, and forks: another run from the same moment on, to change one thing and see both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.errors import ConfigError, RewindError
from sessionlab.lab.finishing import Finishing

if TYPE_CHECKING:
    from sessionlab.engine.step import Step


class Rewinding(Finishing):
    """``rewind``."""

    def rewind(self, to: str | pd.Timestamp) -> None:
        """Go back to an earlier moment of the run, also of an earlier session: all stands as it did then.

        ``to`` is a clock time of this session (``"09:45"``, ``"open+15m"``) or a timestamp; in a night or a break it stands at
        the close before. Strategies, orders, the ledger, symbols that had joined, generators and subscriptions are as they were;
        what lives outside of a strategy (globals, prints, files) is not. What was done by hand at that very moment stays done.
        Going on from there is the same as never having gone back.

        Raises :class:`RewindError` before the first open, in a live run, on a closed lab, and where a strategy holds what
        cannot be copied (it names the attribute); :class:`LookAheadError` for a moment after now; :class:`BusyError` from
        inside a hook.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> _ = lab.advance("10:15")
        >>> order = lab.buy("AAPL", 100)
        >>> _ = lab.advance("11:00")
        >>> lab.rewind("10:15")
        >>> lab.now.hour, lab.now.minute, order.status
        (10, 15, 'accepted')
        """
        self._refuse_going_back("go back")
        self._engine.rewind(self._engine.going_back.instant_of(to))

    def _step_back(self, n: int) -> Step:
        self._refuse_going_back("step back")
        self._engine.rewind(self._engine.going_back.stepped_back(n))
        return self._step([])

    def _step(self, legs: list[Any], *, done: bool = False) -> Step:
        raise NotImplementedError

    def _refuse_going_back(self, what: str) -> None:
        self._by_hand(what)
        if self.config.mode == "live":
            raise RewindError(
                f"cannot {what}: a live run's orders are facts; look back with lab.data.as_of(moment), or replay the day from "
                "its journal and go back there"
            )
        if self._is_closed:
            raise RewindError(f"cannot {what}: the lab is closed; open another one, or look back with lab.data.as_of(moment)")

    def _changed_config(self, config: Mapping[str, Any]) -> Any:
        odd = [name for name in config if not name.startswith(("trading_config", "metadata", "session_name"))]
        if odd:
            raise ConfigError(
                f"{', '.join(odd)}: a fork shares its rows and its past with the lab, so it may differ in trading_config, "
                "session_name and metadata; for other data open a lab on lab.config.replace({...})",
                config=odd,
            )
        return self.config.replace(dict(config)) if config else self.config
