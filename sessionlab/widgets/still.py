"""The same state without a widget manager: a picture and tables that any page shows, beside the widget or in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    from sessionlab.widgets.surface import Surface

WIDGET = "application/vnd.jupyter.widget-view+json"


def still_bundle(surface: Surface, given: Any) -> Any:
    """What a notebook is given to show: the widget where there is a kernel, and beside it the picture as it stands now."""
    data, *rest = given if isinstance(given, tuple) else (given,)
    bundle = dict(data or {})
    bundle["text/plain"] = repr(surface)
    bundle["text/html"] = still_page(surface)
    if getattr(get_ipython(), "kernel", None) is None:
        bundle.pop(WIDGET, None)
    return (bundle, *rest) if rest else bundle


def still_page(surface: Surface) -> str:
    """Every part as it stands now, as HTML without anything that could run."""
    pages = (part.still() for name, part in surface.made().items() if name not in surface.not_in_still)
    return f'<div class="sl-still">{"".join(pages)}</div>'
