"""Where a run stands: in one of its sessions, at an instant. Instants alone do not tell: one close may be the next open."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """``instant_ns`` (UTC) of session ``number``. Places come in the order in which a run goes through them."""

    number: int
    instant_ns: int
