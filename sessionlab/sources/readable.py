"""What can be read of some sessions: one that cannot is told with its reason, the others are read all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sessionlab.errors import BadDataError
from sessionlab.tape.block import Refused
from sessionlab.timing import SessionTable

UNREADABLE = "unreadable"
"""The kind under which such a session is refused; it counts sessions, not rows."""

Block = TypeVar("Block")


def load_readable(
    load: Callable[[SessionTable], list[Block]], sessions: SessionTable, without: Callable[[dt.date, Refused], Block]
) -> list[Block]:
    """What ``load`` gives, one block per session; in place of one that cannot be read, the empty one that ``without`` makes."""
    try:
        return load(sessions)
    except BadDataError as why:
        if len(sessions) == 1:
            return [without(sessions[0].date, Refused({UNREADABLE: 1}, {UNREADABLE: str(why)}))]
    half = len(sessions) // 2
    return [*load_readable(load, sessions[:half], without), *load_readable(load, sessions[half:], without)]
