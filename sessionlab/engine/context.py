"""What a hook may see and do: one context per strategy, always at the engine's now."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pandas as pd

from sessionlab.engine.trader import Trader
from sessionlab.session.data import SessionData, SymbolData
from sessionlab.timing import TradingSession

if TYPE_CHECKING:
    import numpy as np

    from sessionlab.engine.desk import Desk


class Looking:
    """What any hook may see: ``ctx.now``, ``ctx.data``, ``ctx[symbol]``; ``ctx.state`` for its own; ``ctx.rng`` for chance."""

    def __init__(self, data: SessionData, seed: int, name: str) -> None:
        self.data = data
        self.state = SimpleNamespace()
        self._seed = seed
        self._name = name
        self._rng: np.random.Generator | None = None

    @property
    def name(self) -> str:
        """What the strategy is called."""
        return self._name

    @property
    def now(self) -> pd.Timestamp:
        """The instant at which the clock stands, in the exchange's zone: a strategy's only clock."""
        return self.data.now

    @property
    def session(self) -> TradingSession:
        """The trading session that now lies in."""
        return self.data.session

    @property
    def minutes_from_open(self) -> float:
        """Minutes since the session's open, by the clock."""
        present = self.data._present
        return (present.now_ns - present.rows.session.open_ns) / 60e9

    @property
    def minutes_to_close(self) -> float:
        """Minutes until the session's close, right on half days too."""
        present = self.data._present
        return (present.rows.session.close_ns - present.now_ns) / 60e9

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that take part, as configured."""
        return self.data.symbols

    @property
    def rng(self) -> np.random.Generator:
        """This strategy's own generator, seeded by the config's seed and the strategy's name."""
        if self._rng is None:
            import numpy as np

            digest = hashlib.sha256(f"{self._seed}|{self._name}".encode()).digest()
            self._rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
        return self._rng

    def __getitem__(self, symbol: str) -> SymbolData:
        try:
            return self.data._symbols[symbol]  # as self.data[symbol] does: one call less at each bar
        except KeyError:
            return self.data[symbol]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.data.symbols)

    def __repr__(self) -> str:
        return f"<Context of {self._name} at {self.now:%Y-%m-%d %H:%M:%S}>"


class Context(Looking, Trader):
    """What a strategy's hooks see and do.

    Beside ``ctx.now data state rng`` and ``ctx[symbol]``: orders by ``ctx.buy sell target close cancel replace``, its own book in
    ``ctx.position(symbol)``, ``ctx.positions`` and ``ctx.orders``, the account's ``ctx.cash`` and ``ctx.equity``.
    """

    def __init__(self, data: SessionData, seed: int, name: str, desk: Desk) -> None:
        Looking.__init__(self, data, seed, name)
        Trader.__init__(self, desk, name)

    @property
    def replaying(self) -> bool:
        """Whether this call was made before: the lab has gone back, and the run goes again through what it went through."""
        return self._desk.is_replaying
