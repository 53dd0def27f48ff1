"""What happens to an account between two sessions: splits and dividends of what is held, borrow fees, and what rests.

All of it falls due at the open, before any bar. A dividend goes to those who held the shares when the session before ended;
a short position pays it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sessionlab.brokers.simulated import NEVER, rest_over_night
from sessionlab.engine.desk import Desk
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import TradingSession
from sessionlab.trading.ledger import CashMove, SplitMove

_YEAR_DAYS = 365.0


def open_session(desk: Desk, number: int, before: TradingSession | None, known: Callable[[str], Actions | None]) -> None:
    """Session ``number`` begins; ``before`` is the one before it, None at the first. ``known`` tells a symbol's actions."""
    rows = desk.present.rows
    session = rows.session
    desk.marks.renew()
    if before is not None:
        _charge_borrow(desk, session, before)
        for symbol in sorted({*desk.account.held, *(order.symbol for order in desk.broker.open.values()), *desk.marks.carried}):
            actions = known(symbol)
            if actions is not None:
                _act(desk, symbol, actions.between(before.date, session.date), session)
    desk.broker.open_session(number)
    desk.flatten_k = NEVER
    if desk.config.flatten_at_close and not rows.arriving:
        desk.flatten_k = desk.flatten_moment()


def close_session(desk: Desk) -> None:
    """The session is at its close: what was good for the day expires, and its last prices are carried on."""
    desk.broker.close_session()
    desk.flatten_k = NEVER
    if desk.config.flatten_at_close:
        for strategy, book in desk.account.books.items():
            for symbol, position in book.items():
                if position:
                    desk.note(
                        "open_at_close", symbol, strategy, f"{position.quantity:g} shares stay open: no bar to close them on"
                    )
    for symbol in sorted(desk.broker.unspread):
        desk.note("no_spread", symbol, "", "no recorded quote with two sides was known, so no half spread was charged")
    desk.broker.unspread.clear()
    desk.marks.carry()


def end_run(desk: Desk) -> None:
    """The last session is over: what still rests expires, and nothing can be sent."""
    for order in list(desk.broker.open.values()):
        desk.broker.end(order, "expired", "the run has ended")
    desk.has_ended = True


def _act(desk: Desk, symbol: str, actions: Actions, session: TradingSession) -> None:
    every: list[tuple[dt.date, int, Any]] = [(one.ex_date, 0, one) for one in actions.dividends]
    every += [(one.ex_date, 1, one) for one in actions.splits]
    for _, _, action in sorted(every, key=lambda one: one[:2]):
        for strategy, book in desk.account.books.items():
            held = book[symbol].quantity if symbol in book else 0.0
            if not held:
                continue
            if isinstance(action, Dividend):
                note = f"{action.amount:g} a share on {held:g} shares"
                desk.account.add(CashMove(session.open_ns, "dividend", symbol, held * action.amount, strategy, note))
                desk.note("dividend", symbol, strategy, note)
            elif isinstance(action, Split):
                desk.account.add(SplitMove(session.open_ns, symbol, action.ratio, strategy, str(action)))
                desk.note("split", symbol, strategy, f"{action}: {held:g} shares became {held * action.ratio:g}")
        if isinstance(action, Split):
            rest_over_night(desk.broker.open.values(), symbol, action.ratio)
            desk.marks.split(symbol, action.ratio)


def _charge_borrow(desk: Desk, session: TradingSession, before: TradingSession) -> None:
    """A short position pays for the nights since the session before, at the close that it ended with."""
    rate = desk.costs.borrow_bps * 1e-4
    if not rate:
        return
    days = (session.date - before.date).days
    for strategy, symbol, value in list(_shorts(desk)):
        fee = value * rate * days / _YEAR_DAYS
        note = f"{desk.costs.borrow_bps:g} bps a year on {value:,.2f} for {days} days"
        desk.account.add(CashMove(session.open_ns, "borrow", symbol, -fee, strategy, note))


def _shorts(desk: Desk) -> Sequence[tuple[str, str, float]]:
    return [
        (strategy, symbol, -position.value)
        for strategy, book in desk.account.books.items()
        for symbol, position in book.items()
        if position.quantity < 0
    ]
