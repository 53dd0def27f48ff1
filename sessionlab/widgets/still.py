"""The same state without a widget manager: a picture and tables that any page shows, beside the widget or in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from sessionlab.markup.text import escaped

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


def still_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """A table of such a page; nothing where there are no rows. What people wrote is text in it."""
    body = "".join(f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(f"<th>{escaped(name)}</th>" for name in columns)
    above = f"<caption>{escaped(caption)}</caption>" if caption else ""
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
