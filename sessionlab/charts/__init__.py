"""Charts: a session's market data as one picture, described as a scene of plain numbers, and written as SVG or PNG.

What draws a scene needs nothing else, so Python writes the same picture that a canvas in a browser would draw.
"""

from sessionlab.charts.chart import Chart, side_by_side
from sessionlab.charts.frame_chart import frame_chart
from sessionlab.charts.scene import Scene
from sessionlab.charts.session_chart import session_chart

__all__ = ["Chart", "Scene", "frame_chart", "session_chart", "side_by_side"]
