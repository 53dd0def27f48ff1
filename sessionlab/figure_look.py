"""How every plotly figure looks: clear ink and no paper, legible on a light page and on a dark one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

INK = "#7d8794"
GRID = "rgba(125,135,148,0.22)"
GAIN, LOSS = "#3b8ec2", "#d9772b"
"""Blue and orange: told apart also by those who do not see red and green."""
LINES = ("#3b8ec2", "#d9772b", "#3aa17e", "#b06fc4", "#c9a227", "#d0577e", "#5a7fd6", "#8a8f3c")


def legible(figure: Figure, title: str, subtitle: str = "", **layout: Any) -> Figure:
    """``figure`` with its title and this look; ``layout`` is what plotly's ``update_layout`` takes besides."""
    figure.update_layout(
        title={"text": title, "subtitle": {"text": subtitle}, "x": 0, "xref": "paper"},
        margin={"t": 90, "r": 20},
        template="plotly_white",
        font={"color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": INK, "activecolor": INK},
    )
    return figure.update_layout(**layout)
