"""The lab you can see: player, chart, quality, metrics, blotter and ticket, each alone or together as a dashboard.

A widget follows its lab, whoever moves it: a cell, another widget, or time that is played. It moves nothing by itself.
"""

from sessionlab.widgets.blotter import Blotter
from sessionlab.widgets.chart import Chart
from sessionlab.widgets.dashboard import Dashboard
from sessionlab.widgets.metrics import Metrics
from sessionlab.widgets.player import Player
from sessionlab.widgets.quality import Quality
from sessionlab.widgets.ticket import Ticket
from sessionlab.widgets.timing import Timing

__all__ = ["Blotter", "Chart", "Dashboard", "Metrics", "Player", "Quality", "Ticket", "Timing"]
