"""``sl.blind``: a lab on a session that nobody can look up, to practice reading and trading it honestly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, NoDataError, RewindError
from sessionlab.lab.backtest import open_lab, use_all
from sessionlab.lab.lab import Lab
from sessionlab.practice.disguise import Disguise
from sessionlab.practice.hidden_source import HiddenSource
from sessionlab.practice.score import Score
from sessionlab.timing import Interval, SessionTable

if TYPE_CHECKING:
    from sessionlab.engine.strategy import Strategy

_TRIES = 60


class BlindLab(Lab):
    """A lab whose symbols, dates, price levels and volumes are hidden until :meth:`reveal`.

    All else is as in any lab: data, indicators, orders, limits, costs. Going back is possible, and counted.
    """

    _hidden: tuple[Disguise, Any]
    _went_back = 0
    _rivals: tuple[Any, ...] = ()

    def rewind(self, to: str | pd.Timestamp) -> None:
        """As in any lab; the score says how often."""
        super().rewind(to)
        self._went_back += 1

    def _step_back(self, n: int) -> Any:
        step = super()._step_back(n)
        self._went_back += 1
        return step

    def reveal(self) -> Score:
        """End the practice: what was hidden, and how you did against the strategy and against buying and holding.

        All are scored up to the moment at which the lab stands. Afterwards it can be looked at, and not go on.
        """
        self._by_hand("reveal")
        disguise, costs = self._hidden
        results = {"you": self.result()}
        for rival in self._rivals:
            other = Lab(self.config, source=self.source, times=self.times, **costs)
            use_all(other, [rival])
            _go_to(other, self.now)
            name = other.strategies[0].name
            results[name if name not in results else f"{name} (strategy)"] = other.result()
        self._engine.desk.has_ended = True
        self.close()
        return Score(self._truth(disguise), results, self._held(), self._went_back)

    def _refuse_when_revealed(self) -> None:
        if self._is_closed:
            raise RewindError("the practice is over: what was hidden is revealed; sl.blind(...) begins another one")

    def _by_hand(self, what: str) -> None:
        self._refuse_when_revealed()
        super()._by_hand(what)

    def _truth(self, disguise: Disguise) -> pd.DataFrame:
        sessions = self._engine.sessions.date.tolist()
        rows = []
        for true, shown in disguise.names.items():
            for date in sessions:
                session = disguise.true_session(date)
                rows.append(
                    (shown, true, date, None if session is None else session.date, disguise.price[true], disguise.volume[true])
                )
        return pd.DataFrame(rows, columns=["shown", "symbol", "shown_date", "date", "price_factor", "volume_factor"])

    def _held(self) -> pd.Series[float]:
        """Buying all symbols in equal parts at their first open and holding on, as a multiple, by moment."""
        parts = []
        for symbol in self.symbols:
            width = self._engine.rows.finest(symbol)
            frames = []
            for date in self._engine.sessions.date.tolist():
                session = self.times.get_trading_session(date)
                if session.open < self.now:
                    frames.append(self.data.as_of(min(session.close, self.now))[symbol].bars(width).frame())
            bars = pd.concat(frames) if frames else pd.DataFrame()
            if len(bars):
                known = bars["close"] / bars["open"].iloc[0]
                parts.append(known.set_axis(known.index + pd.Timedelta(width.ns, "ns")))
        return pd.concat(parts, axis=1).ffill().mean(axis=1) if parts else pd.Series(dtype=float)


def blind(
    data: Any,
    *,
    seed: int | None = None,
    strategy: Strategy | type[Strategy] | None = None,
    symbols: int = 1,
    sessions: int = 1,
    among: str | Sequence[str] | None = None,
    **options: Any,
) -> BlindLab:
    """A lab on so many ``sessions`` and ``symbols`` of ``data``, chosen by ``seed`` and hidden until ``lab.reveal()``.

    ``data`` and ``options`` are as in :func:`sl.backtest`: a frame, frames by symbol, a path, a source, a config. Symbols are
    chosen ``among`` those named, by default among all, and called ``X1``, ``X2``; dates are others of the same calendar with the
    same hours; prices and volumes are on other scales, in reprs, errors, exports and results too. Returns, gaps and indicators
    without a scale are those of the true session. ``strategy`` is who you are scored against, beside buying and holding.
    Without a ``seed`` nobody knows which session comes.

    What can still give it away: the smallest step of prices (a tick times the hidden factor), a split, famous days that you know
    by their shape, and attributes whose names begin with an underscore.
    Raises :class:`NoDataError` where no session of the data has bars, :class:`ConfigError` for more symbols than there are.

    >>> import sessionlab as sl
    >>> lab = sl.blind(sl.demo().config, seed=3, strategy=sl.strategies.SmaCross(fast=5, slow=20))
    >>> lab.symbols, lab.config.session_name
    (('X1',), 'blind practice')
    >>> _ = lab.advance("10:30")
    >>> order = lab.buy("X1", 10)
    >>> score = lab.run_session() and lab.reveal()
    >>> score.frame.index.tolist(), score.truth["symbol"].item() in ("AAPL", "RIVN")
    (['you', 'SmaCross', 'buy and hold'], True)
    """
    truth = open_lab(data, symbols=among, **options)
    luck = np.random.default_rng(seed)
    names = list(truth.config.session_data_config.symbols)
    if not 1 <= symbols <= len(names):
        raise ConfigError(f"symbols={symbols}: the data has {len(names)}; ask for 1 to {len(names)}", symbols=symbols)
    engine = truth._engine
    table = engine.sessions
    if not 1 <= sessions <= len(table):
        raise ConfigError(f"sessions={sessions}: the data has {len(table)}; ask for 1 to {len(table)}", sessions=sessions)
    chosen, first, levels = _choose(truth, names, symbols, sessions, luck)
    last = table.date[first + sessions - 1].item()
    disguise = Disguise.of(chosen, table.date[first].item(), last, levels, truth.times, luck)
    config = _config(truth.config, disguise, table[first : first + sessions])
    models = {"costs": list(engine._costs.commissions) or None, "slippage": list(engine._costs.slippages) or None}
    costs: dict[str, Any] = {**models, "limits": engine._limits}
    lab = BlindLab(config, source=HiddenSource(engine.source, disguise), times=truth.times, **costs)
    lab._hidden = disguise, costs
    lab._rivals = () if strategy is None else (strategy,)
    return lab


def _choose(
    truth: Lab, names: list[str], symbols: int, sessions: int, luck: np.random.Generator
) -> tuple[list[str], int, dict[str, tuple[float, float]]]:
    """Symbols, the number of the first session, and a price and a mean volume of each, of those that have bars."""
    engine = truth._engine
    for _ in range(_TRIES):
        chosen = sorted(str(name) for name in luck.choice(names, symbols, replace=False))
        first = int(luck.integers(len(engine.sessions) - sessions + 1))
        levels = {}
        for symbol in chosen:
            base: Interval = min(engine.plan.bases(symbol))
            (block,) = engine.source.load(symbol, base, SessionTable.of([engine.sessions[first]]))
            if block.rows.size:
                levels[symbol] = float(block.rows.values[0, 0]), float(block.rows.values[4].mean())
        if len(levels) == symbols:
            return chosen, first, levels
    raise NoDataError(f"none of {_TRIES} sessions that were looked at has bars of all symbols; give data with fewer holes")


def _config(config: SessionConfig, disguise: Disguise, table: SessionTable) -> SessionConfig:
    """The config of the practice: the same streams, windows, indicators and account, and no word of the truth."""
    document = config.to_dict(full=True)
    data = document["session_data_config"]
    data["symbols"] = list(disguise.names.values())
    data["strategies"], data["scanners"] = [], []
    windows = data.get("historical", {}).get("data", [])
    for window in windows:
        if window.get("apply_to", "all") != "all":
            window["apply_to"] = [disguise.names[symbol] for symbol in window["apply_to"] if symbol in disguise.names]
    data.get("historical", {})["data"] = [window for window in windows if window.get("apply_to", "all")]
    dates = [disguise.shown_date(date) for date in table.date.tolist()]
    return SessionConfig.from_dict(
        {
            "session_name": "blind practice",
            "exchange_group": document["exchange_group"],
            "asset_class": document["asset_class"],
            "backtest_config": {"start_date": str(dates[0]), "end_date": str(dates[-1])},
            "session_data_config": data,
            "trading_config": {**document["trading_config"], "benchmark": None},
            "api_config": {"data_api": "files"},
            "metadata": {"made_from": "blind"},
        }
    )


def _go_to(lab: Lab, moment: pd.Timestamp) -> None:
    while lab.session.close < moment or (lab.state == "closed" and lab.now < moment):
        lab.run_session()
        if lab.state == "done":
            return
    if lab.now < moment:
        lab.advance(moment)
