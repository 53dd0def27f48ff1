"""All parts together, arranged for a notebook's cell and for a page of its own: one widget, one frame for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.widgets.blotter import BlotterPart
from sessionlab.widgets.player import PlayerPart
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.ticket import TicketPart

if TYPE_CHECKING:
    from sessionlab.lab import Lab


class Dashboard(Surface):
    """Player, chart, ticket, blotter, metrics and quality of ``lab``."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"player": PlayerPart, "ticket": TicketPart, "blotter": BlotterPart}, "dashboard")
