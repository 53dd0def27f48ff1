"""What a person at a browser can wish for: each is a move of the lab that a cell could make as well, with the same rules.

A wish that cannot be granted raises what the same call in a cell would raise; the browser shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.engine.desk import BY_HAND
from sessionlab.errors import ConfigError

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.trading.order import Order

Wish = Callable[..., object]


def play(lab: Lab, speed: float | None = None) -> None:
    """Play, at ``speed`` times the wall's time; 0: as fast as it can."""
    lab.play(speed=speed)


def pause(lab: Lab) -> None:
    """Hold."""
    lab.pause()


def toggle(lab: Lab, speed: float | None = None) -> None:
    """Hold where it plays, play where it stands: the kernel knows which, also where the picture is a moment behind."""
    if lab.pacing.state == "playing":
        lab.pause()
    else:
        lab.play(speed=speed)


def speed(lab: Lab, speed: float) -> None:
    """Change the speed, whether it plays or stands."""
    if lab.pacing.state == "playing":
        lab.play(speed=speed)
    else:
        lab._the_player().speed = float(speed)


def step(lab: Lab, n: int = 1) -> None:
    """Go ``n`` moments on, or back."""
    lab.pause()
    lab.step(n)


def go(lab: Lab, by: str) -> None:
    """Go on by trading time, as in ``"5m"``; back with a minus."""
    lab.pause()
    if by.startswith("-"):
        lab.rewind(max(lab.now - pd.Timedelta(by[1:]), lab.session.open))
    else:
        lab.advance(by)


def seek(lab: Lab, at: float) -> None:
    """Go to the instant ``at``, ms since 1970 UTC, on or back."""
    lab.pause()
    instant = pd.Timestamp(int(at), unit="ms", tz="UTC")
    if instant < lab.now:
        lab.rewind(instant)
    elif instant > lab.now:
        lab.advance(instant)


def to_open(lab: Lab) -> None:
    """Go back to the open of the session; at it, to that of the session before."""
    lab.pause()
    before = lab._engine.number - 1
    if lab.now > lab.session.open:
        lab.rewind(lab.session.open)
    elif before >= 0:
        lab.rewind(lab._engine.sessions[before].open)


def to_close(lab: Lab) -> None:
    """Go on to the close of the session."""
    lab.pause()
    if lab.state not in ("closed", "done"):
        lab.run_session()


def next_session(lab: Lab) -> None:
    """Go on to the open of the next session."""
    lab.pause()
    if lab.state not in ("closed", "done"):
        lab.run_session()
    if lab.state != "done":
        lab.advance("open")


def next_(lab: Lab, what: str) -> None:
    """Go on to the next ``bar``, ``gap``, ``fill`` or ``order``."""
    lab.pause()
    lab.next(what)  # type: ignore[arg-type]  # it says what it takes


def rewind(lab: Lab, at: float) -> None:
    """Go back to the instant ``at``, ms since 1970 UTC."""
    lab.pause()
    lab.rewind(pd.Timestamp(int(at), unit="ms", tz="UTC"))


def order(lab: Lab, side: str, symbol: str, **how: Any) -> dict[str, Any]:
    """Send an order by hand: ``how`` as in ``lab.buy``."""
    if side not in ("buy", "sell"):
        raise ConfigError(f"side is {side!r}; write buy or sell", side=side)
    return _told((lab.buy if side == "buy" else lab.sell)(symbol, **how))


def cancel(lab: Lab, id: int) -> None:
    """Cancel an order."""
    lab.cancel(id)


def cancel_all(lab: Lab) -> None:
    """Cancel every order by hand that is open."""
    for one in lab.open_orders:
        if one.strategy == BY_HAND:
            lab.cancel(one)


def flatten(lab: Lab, symbol: str) -> dict[str, Any] | None:
    """Close the position by hand in ``symbol``."""
    sent = lab.close_position(symbol)
    return None if sent is None else _told(sent)


def _told(order: Order) -> dict[str, Any]:
    """What became of an order when it was sent, for who sent it."""
    return {"id": order.id, "status": order.status, "reason": order.reason}


WISHES: Mapping[str, Wish] = {
    "play": play, "pause": pause, "toggle": toggle, "speed": speed, "step": step, "go": go, "seek": seek, "open": to_open,
    "close": to_close, "session": next_session, "next": next_, "rewind": rewind, "order": order, "cancel": cancel,
    "cancel_all": cancel_all, "flatten": flatten,
}  # fmt: skip


def grant(lab: Lab, name: str, how: Mapping[str, Any]) -> object:
    """What the wish ``name`` brought. Raises as the same call in a cell does."""
    wish = WISHES.get(name)
    if wish is None:
        raise ConfigError(f"{name!r} is nothing to wish for; there are {', '.join(WISHES)}", wish=name)
    return wish(lab, **how)
