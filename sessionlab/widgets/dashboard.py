"""All parts together, arranged for a notebook's cell and for a page of its own: one widget, one frame for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.widgets.blotter import BlotterPart
from sessionlab.widgets.chart import ChartPart
from sessionlab.widgets.metrics import MetricsPart
from sessionlab.widgets.player import PlayerPart
from sessionlab.widgets.quality import QualityPart
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.ticket import TicketPart
from sessionlab.widgets.timing import TimingPart

if TYPE_CHECKING:
    from sessionlab.lab import Lab

PARTS = {
    "player": PlayerPart,
    "chart": ChartPart,
    "ticket": TicketPart,
    "blotter": BlotterPart,
    "metrics": MetricsPart,
    "quality": QualityPart,
    "timing": TimingPart,
}


class Dashboard(Surface):
    """Player, chart and ticket of ``lab``, and below them in turn blotter, metrics, quality and timing."""

    # Measured times are of one run alone: a stored page that was run again would always differ.
    not_in_still = frozenset({"timing"})

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, PARTS, "dashboard")
