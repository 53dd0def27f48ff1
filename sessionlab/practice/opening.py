"""``sl.blind``: symbols and sessions are drawn out of some data, and a lab is opened that does not tell which."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.engine.configured import configured_strategies
from sessionlab.engine.loader import sessions_of
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.lab import Lab
from sessionlab.lab.backtest import lab_of, made_strategies
from sessionlab.practice.blind_lab import BlindLab
from sessionlab.practice.blind_source import BlindSource, asked
from sessionlab.practice.date_choice import choose_dates
from sessionlab.practice.retold import retold
from sessionlab.practice.scale import Scale, scale_of
from sessionlab.practice.scoring import Practice
from sessionlab.practice.true_costs import true_costs
from sessionlab.practice.truth import Truth
from sessionlab.session.plan import BASES, plan_streams
from sessionlab.sources.opening import open_source
from sessionlab.sources.protocol import TellsActions
from sessionlab.tape import DayBlock
from sessionlab.tape.actions import NO_ACTIONS, Actions
from sessionlab.timing import Interval, SessionTable, TimeManager
from sessionlab.trading.costs import CostModel

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.strategy import Strategy
    from sessionlab.practice.other_dates import OtherDates
    from sessionlab.session.plan import Stored
    from sessionlab.sources.protocol import Source

NAME = "Blind practice"


def blind(
    data: Any,
    seed: int | None = None,
    *,
    strategy: Strategy | type[Strategy] | Sequence[Strategy] | None = None,
    count: int = 1,
    sessions: int = 1,
    **how: Any,
) -> BlindLab:
    """Open a lab that hides symbol, date, price level and volume, to practice reading and trading a session honestly.

    ``data`` is what :func:`sl.backtest` takes (frames, a path, a source, a config), or a lab; ``how`` are its further options
    (``cash costs slippage start end bars symbols window limits changes`` and more). Out of it ``count`` symbols and as many
    ``sessions`` in a row are drawn by ``seed``, by chance where it is None. Symbols are called ``X1 X2``; sessions are told on
    other dates of the same calendar, with the same hours and mostly on the same days of the week, prices start near 100 and
    volumes near 10,000 a bar. Nothing is rounded: returns, gaps, coverage, spreads in percent, relative volume and every
    indicator that is free of scale are those of the truth. Splits and dividends are told in the same scale.

    At the last close, or with ``lab.reveal()``, the practice is over: ``lab.score`` tells the truth and compares with buy and
    hold and with ``strategy``, by default those of the config, run over the same hidden rows; they do not run in the lab itself.
    A config with scanners is refused: they name symbols.

    Costs per share and ``volume_share`` are charged by the true shares, so that they weigh as they do. Orders sized in dollars
    or percent are rounded to whole shares of the told price. Told volumes do not tell how many dollars change hands, unless
    ``trading_config.fills.max_participation`` is set: fills go by them, so dollars are the truth's then. A window of weeks,
    months or years may hold some sessions more or fewer where no other date has as many; these have no rows.
    A strategy that compares two prices without a margin may decide an exact tie otherwise: the last bit may differ.

    **What can still give the truth away.** The calendar, and hours that are rare, as of an early close. Prices as multiples of
    the tick: their common divisor is the tick times the factor. Fees per share, for who knows what they truly are. Ratios of
    splits, and the shape of a well-known day. A config in which names of indicators or limits speak of a symbol. Who calls
    ``sl.blind`` with the same data and seed and reveals it knows it all, and so does who reads names that begin with an
    underscore, in a debugger or in a traceback that shows variables. How a session goes on is shown by a fork that runs ahead,
    by going back, which the score counts, and by ``sl.pitfalls(lab)``, which it does not.

    Raises :class:`ConfigError` for more symbols or sessions than there are, :class:`NoDataError` where none have bars.

    >>> import sessionlab as sl
    >>> lab = sl.blind(sl.demo(), seed=3)
    >>> lab.symbols, lab.state
    (('X1',), 'ready')
    >>> _ = lab.advance("10:00")
    >>> _ = lab.buy("X1", percent=0.1)
    >>> _ = lab.run_session()
    >>> lab.score.frame.index.tolist()
    ['you', 'buy and hold']
    >>> lab.score.truth.symbols["X1"] in ("AAPL", "RIVN")
    True
    """
    config, source, times, model, limits = _of_lab(data, how) if isinstance(data, Lab) else _of_data(data, how)
    _check(config, count, sessions)
    seed = secrets.randbelow(2**32) if seed is None else seed
    drawn = _draw(config, source, times, np.random.default_rng([seed, 0]), count, sessions)
    first, last = (drawn.sessions[i].date for i in (0, len(drawn.sessions) - 1))
    true = retold(config, {symbol: symbol for symbol in drawn.symbols}, first, last)
    plan = asked("the plan", lambda: plan_streams(true, drawn.available))
    dates, told_times = choose_dates(times, drawn.sessions, plan.windows, np.random.default_rng([seed, 1]))
    names = {f"X{i}": symbol for i, symbol in enumerate(drawn.symbols, 1)}
    scales = _scales(config, source, times, names, drawn.available, dates, np.random.default_rng([seed, 2]))
    told = {symbol: name for name, symbol in names.items()}
    played = dates.told[dates.depth :]
    hidden = {"session_name": NAME, "api_config": {"data_api": "files"}, "metadata": {}}
    own = {"costs": list(model.commissions), "slippage": list(model.slippages), "limits": limits}
    truth = Truth(
        names,
        {date: dates.true_date(date) for date in played.date.tolist()},
        scales,
        true,
        {"source": source, "times": times, **own},
        seed,
    )
    blinded = {"source": BlindSource(source, names, dates, scales, times), "times": told_times}
    practice = Practice(
        truth,
        dates,
        retold(config, told, played[0].date, played[len(played) - 1].date, **hidden),
        {**blinded, **true_costs(model, scales), "limits": limits},
        configured_strategies(config.session_data_config.strategies) if strategy is None else made_strategies(strategy),
    )
    return BlindLab(practice)


class _Drawn(NamedTuple):
    symbols: list[str]
    sessions: SessionTable
    available: Mapping[str, Stored]


def _of_data(data: Any, how: Mapping[str, Any]) -> tuple[Any, ...]:
    config, options = lab_of(data, **how)
    model = CostModel.of(config.trading_config.costs).with_models(options["costs"], options["slippage"])
    times = TimeManager(config.exchange_group, config.asset_class)
    return config, open_source(options["source"], config), times, model, options["limits"]


def _of_lab(lab: Lab, how: Mapping[str, Any]) -> tuple[Any, ...]:
    if how:
        raise ConfigError(f"{', '.join(how)}: a lab is taken as it is; give its config, or the data itself", options=list(how))
    if isinstance(lab, BlindLab):
        raise ConfigError("this lab is blind already; give the data, or the config, that it was made of")
    engine = lab._engine
    return lab.config, engine.source, engine.times, engine._costs, engine._limits


def _check(config: SessionConfig, count: int, sessions: int) -> None:
    for name, number in (("count", count), ("sessions", sessions)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ConfigError(f"{name}={number!r}: write a whole number, 1 or more", value=number)
    if config.mode != "backtest":
        raise ConfigError('a blind practice replays sessions: set mode to "backtest" and give its dates', mode=config.mode)
    if config.session_data_config.scanners:
        raise ConfigError(
            "a blind lab has no scanners, since they name symbols; leave them out with "
            'changes={"session_data_config.scanners": []}'
        )


def _draw(
    config: SessionConfig, source: Source, times: TimeManager, dice: np.random.Generator, count: int, length: int
) -> _Drawn:
    """The symbols and sessions to play: the first stretch, in an order by the dice, of which enough symbols have bars."""
    every, symbols = sessions_of(config, times), list(config.session_data_config.symbols)
    if count > len(symbols) or length > len(every):
        raise ConfigError(
            f"count={count} and sessions={length}: there are {len(symbols)} symbols and {len(every)} sessions to draw from; "
            "ask for less, or give more",
            count=count,
            sessions=length,
        )
    for first in dice.permutation(len(every) - length + 1).tolist():
        stretch = every[first : first + length]
        available = source.availability(symbols, stretch)
        held = [symbol for symbol in symbols if _can_be_played(config, symbol, available)]
        if len(held) >= count:
            drawn = dice.permutation(len(held))[:count].tolist()
            return _Drawn([held[i] for i in drawn], stretch, {held[i]: available[held[i]] for i in drawn})
    raise NoDataError(
        f"in no {length} sessions in a row have {count} of the {len(symbols)} symbols bars; {source.describe()}", count=count
    )


def _can_be_played(config: SessionConfig, symbol: str, available: Mapping[str, Stored]) -> bool:
    try:
        plan = plan_streams(config, available, symbols=[symbol])
    except NoDataError:
        return False
    return symbol in plan.symbols


def _scales(
    config: SessionConfig,
    source: Source,
    times: TimeManager,
    names: Mapping[str, str],
    available: Mapping[str, Stored],
    dates: OtherDates,
    dice: np.random.Generator,
) -> dict[str, Scale]:
    around = dates.true[max(dates.depth - 1, 0) : dates.depth + 1]
    found = {}
    for told, true in names.items():
        base = next(base for base in BASES if available[true].intervals.get(str(base)))
        question = partial(_rows_and_actions, source, true, base, around, times)
        blocks, actions = asked(f"what the scale of {told} is made of", question)
        since = (actions or NO_ACTIONS).adjustment(blocks[0].date, blocks[-1].date, "splits")
        as_traded = config.trading_config.fills.max_participation is not None
        found[told] = scale_of(blocks[0] if dates.depth else None, blocks[-1], since, dice, as_traded=as_traded)
    return found


def _rows_and_actions(
    source: Source, symbol: str, base: Interval, sessions: SessionTable, times: TimeManager
) -> tuple[list[DayBlock], Actions | None]:
    actions = source.actions(symbol, times) if isinstance(source, TellsActions) else None
    return source.load(symbol, base, sessions), actions
