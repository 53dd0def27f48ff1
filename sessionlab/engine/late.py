"""What to say about subscribers that are late, gone, or cannot come to their turn: whose, when, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionlab.engine.subscription import StreamSubscription
from sessionlab.errors import BusyError, OverrunError

Late = Sequence[StreamSubscription]


def too_late(late: Late, clock: str) -> OverrunError:
    """They were not ready while the step waited for them."""
    names = ", ".join(f"{one.title()}{'' if one.has_asked else ', which never asked,'}" for one in late)
    return OverrunError(
        f"{names} was not ready within {late[0].timeout:g} s at {clock} market time. Its consumer must ask for the next event, "
        "in a thread (for event in subscription) or a task (await lab.play(speed=0) lets tasks run); "
        "give it more time with subscribe(..., timeout=...), or close it",
        **_facts(late),
    )


def overrun(late: Late, clock: str) -> OverrunError:
    """They were not ready when something was delivered, and want that raised."""
    return OverrunError(
        f"{_names(late)}: not ready at {clock} market time; what it missed comes with its next event. "
        'Do less per event, play slower, or subscribe with on_overrun="count"',
        **_facts(late),
    )


def has_left(gone: Late, clock: str) -> OverrunError:
    """Their threads have ended, or their tasks are done, and nobody has closed them."""
    return OverrunError(
        f"at {clock} market time, {_names(gone)}: its consumer has ended without closing the subscription, which is taken out; "
        "leave a with block of it, or call its close(), where a consumer ends",
        **_facts(gone),
    )


def held_up(held: Late) -> BusyError:
    """They are tasks of the loop that waits for them."""
    return BusyError(
        f"{_names(held)}: its event loop cannot come to its turn while this call holds it up; "
        "write await lab.play(speed=0), or await asyncio.to_thread(lab.run)",
        **_facts(held),
    )


def _names(some: Late) -> str:
    return ", ".join(one.title() for one in some)


def _facts(some: Late) -> dict[str, Any]:
    return {"subscriptions": [one.title() for one in some]}
