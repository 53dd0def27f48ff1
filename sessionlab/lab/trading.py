"""Trading by hand, and looking at the account: the same rules, limits and ledger as strategies have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from sessionlab.lab.seat import Seat

if TYPE_CHECKING:
    from sessionlab.engine.trader import Trader
    from sessionlab.session.drawing import Picture
    from sessionlab.trading.account import Position
    from sessionlab.trading.order import Order
    from sessionlab.trading.traded import Traded

_T = TypeVar("_T")


class Trading(Seat):
    """Orders by hand go into a book of their own, called ``hand``; tables tell of all books."""

    def buy(self, symbol: str, quantity: float | None = None, **how: Any) -> Order:
        """Send an order to buy by hand, from between two steps; it comes back accepted or rejected, with the reason.

        ``how`` is as in a strategy's ``ctx.buy``: ``value percent risk limit stop stop_loss take_profit trail tif tag``.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> _ = lab.advance("10:00")
        >>> order = lab.buy("AAPL", 100, stop_loss=60.0)
        >>> order.status, bool(lab.position("AAPL"))
        ('accepted', False)
        >>> lab.step().fills[0].quantity, order.status
        (100.0, 'filled')
        """
        return self._hand("buy", lambda hand: hand.buy(symbol, quantity, **how))

    def sell(self, symbol: str, quantity: float | None = None, **how: Any) -> Order:
        """Send an order to sell by hand, as :meth:`buy`."""
        return self._hand("sell", lambda hand: hand.sell(symbol, quantity, **how))

    def target(self, symbol: str, quantity: float, **how: Any) -> Order | None:
        """Lead the book by hand to a position of ``quantity`` shares; None where nothing is to do."""
        return self._hand("send an order", lambda hand: hand.target(symbol, quantity, **how))

    def target_value(self, symbol: str, value: float, **how: Any) -> Order | None:
        """Lead the book by hand to a position worth ``value`` dollars."""
        return self._hand("send an order", lambda hand: hand.target_value(symbol, value, **how))

    def target_percent(self, symbol: str, percent: float, **how: Any) -> Order | None:
        """Lead the book by hand to a position of ``percent`` of equity: 0.1 is a tenth."""
        return self._hand("send an order", lambda hand: hand.target_percent(symbol, percent, **how))

    def close_position(self, symbol: str, **how: Any) -> Order | None:
        """Close the position of the book by hand; None where it is flat. :meth:`close` is about the lab itself."""
        return self._hand("send an order", lambda hand: hand.close(symbol, **how))

    def close_all(self, **how: Any) -> list[Order]:
        """Close every position of the book by hand."""
        return self._hand("send an order", lambda hand: hand.close_all(**how))

    def cancel(self, order: Order | int) -> bool:
        """Cancel an order, of any book; whether it was still open."""
        return self._hand("cancel an order", lambda hand: hand.cancel(order))

    def replace(self, order: Order | int, **how: Any) -> Order:
        """Another order in the place of an open one: ``quantity limit stop trail``; what is not given stays."""
        return self._hand("replace an order", lambda hand: hand.replace(order, **how))

    def oco(self, *orders: Order | int) -> None:
        """One cancels the other: a fill of one of these open orders cancels the rest."""
        self._hand("link orders", lambda hand: hand.oco(*orders))

    def position(self, symbol: str) -> Position:
        """The position of the book by hand; false when flat. It follows the clock."""
        return self._engine.hand.position(symbol)

    @property
    def cash(self) -> float:
        """Cash of the account, dollars."""
        return self._engine.desk.account.cash

    @property
    def equity(self) -> float:
        """Cash and all positions at their last known closes, dollars."""
        return self._engine.desk.account.equity

    @property
    def orders(self) -> pd.DataFrame:
        """A row per order of all books so far: ``sent symbol side type quantity limit stop tif status reason id`` and more."""
        from sessionlab.engine.account_tables import order_rows, orders_frame

        return orders_frame(order_rows(self._engine.desk.orders), self._tz)

    @property
    def open_orders(self) -> tuple[Order, ...]:
        """The orders at rest, of all books, in the sequence of sending."""
        return tuple(sorted(self._engine.desk.broker.open.values(), key=lambda order: order.id))

    @property
    def fills(self) -> pd.DataFrame:
        """A row per fill so far: ``time known_at symbol side quantity price fee ambiguous order_id strategy`` and more."""
        from sessionlab.engine.account_tables import fills_frame

        return fills_frame(self._engine.desk.fills, self._tz)

    @property
    def trades(self) -> pd.DataFrame:
        """A row per lot closed so far, first in first out, and open ones last; ``pnl`` net of ``fees``."""
        return self.traded().trades

    @property
    def positions(self) -> pd.DataFrame:
        """What is held now: ``strategy symbol quantity average_price price value unrealized``."""
        from sessionlab.engine.account_tables import held_frame

        return held_frame(self._engine.desk.account)

    def chart(self, symbols: Any = None, interval: Any = None, **options: Any) -> Picture:
        """The picture of ``lab.data.chart`` with what was traded in it: fills, trades, and open orders as lines."""
        mine = {"fills": self.fills, "trades": self.trades, "orders": self.orders}
        return self._engine.data.chart(symbols, interval, **{**mine, **options})

    def traded(self) -> Traded:
        """All that the account did so far, as tables."""
        return self._engine.traded()()

    @property
    def _tz(self) -> str:
        return self._engine.session.tz

    def _hand(self, what: str, act: Callable[[Trader], _T]) -> _T:
        """Let the book by hand ``act``, from between two steps. What was refused with an error was not done."""
        engine = self._engine
        engine.hooks.refuse_when_busy(what, "a hook trades with its ctx, as in ctx.buy(...)")
        engine.going_back.acted()
        done = act(engine.hand)
        engine.deeds.by_hand(what)
        return done
