"""The indicators that are ours: of each its function, how many bars it needs, and which bars stand under a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sessionlab.derive.indicators import channels, session_indicators
from sessionlab.derive.indicators.recipe import Outputs, bars_of_session, bars_of_two_sessions, every_bar
from sessionlab.tape.block import Int64s
from sessionlab.timing import TradingSession

NOT_A_NUMBER = "its last value is not a number"
_WHERE = "session_data_config.historical.data"


def _no_session_before(before: Sequence[TradingSession]) -> str:
    lacks = "no bar of the session before is in its window"
    if before:
        return f"{lacks}: {before[-1].date} was asked for, and no bar of it is known"
    return f"{lacks}, as it has none; ask for one in {_WHERE} (trailing_days 1), or name an interval that has a window"


def _no_sample(before: Sequence[TradingSession]) -> str:
    lacks = "no session of its window has this bar"
    if before:
        named = f"{before[0].date} to {before[-1].date} were" if len(before) > 1 else f"{before[0].date} was"
        return f"{lacks}, or none traded a share in it: {named} asked for"
    return f"{lacks}, as it has no window; ask for one in {_WHERE}, or name an interval that has a window"


class Own(NamedTuple):
    """``compute(columns, **params)`` gives the outputs, ``under(columns, **params)`` the first bar under each value.

    ``needs(**params)`` says how many bars it takes, ``lacks``, also as a function of the sessions of its window, why there
    may be no number although they are there. What ``stands_on_session`` takes the finest bars where no interval is given.
    """

    compute: Callable[..., Outputs]
    under: Callable[..., Int64s] = bars_of_session
    needs: Callable[..., int] = lambda **_: 1
    lacks: str | Callable[[Sequence[TradingSession]], str] = NOT_A_NUMBER
    stands_on_session: bool = True


OWN: Mapping[str, Own] = MappingProxyType(
    {
        "VWAP": Own(session_indicators.vwap, lacks="no share was traded since the open"),
        "TWAP": Own(session_indicators.twap),
        "OPENING_RANGE": Own(
            session_indicators.opening_range,
            lacks="its range is not over yet, or none of its bars is there, or the session is shorter than it",
        ),
        "SESSION_HIGH": Own(session_indicators.session_high),
        "SESSION_LOW": Own(session_indicators.session_low),
        "CUMULATIVE_VOLUME": Own(session_indicators.cumulative_volume),
        "PIVOTS": Own(session_indicators.pivots, bars_of_two_sessions, lacks=_no_session_before),
        "GAP": Own(session_indicators.gap, bars_of_two_sessions, lacks=_no_session_before),
        "RELATIVE_VOLUME": Own(
            session_indicators.relative_volume,
            every_bar,
            lacks=_no_sample,
        ),
        "KELTNER": Own(channels.keltner, every_bar, channels.keltner_needs, stands_on_session=False),
        "DONCHIAN": Own(channels.donchian, channels.donchian_under, channels.donchian_needs, stands_on_session=False),
        "HULL": Own(channels.hull, channels.hull_under, channels.hull_needs, stands_on_session=False),
    }
)
"""Ours, by the capitals of the table."""
