"""An executed notebook as one page that opens without a network: every plot, no widgets, nothing from elsewhere.

Plotly figures, which a notebook keeps as JSON, are drawn by one copy of plotly.js in the page. What was a widget shows what its
output has beside it: a picture, a table, words. The page forbids itself to ask any other place for anything.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import BadDataError, NoDataError
from sessionlab.reports.embedded import RUN, element
from sessionlab.reports.json_text import json_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

_PLOTLY, _VIEW = "application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"
_STATIC = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown")
_CARRIED = "sessionlab"
"""Of the notebook's metadata, what goes into the page as the run that it carries."""
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; media-src data:; worker-src blob:; form-action 'none'; base-uri 'none'"
)
_ELSEWHERE = re.compile(r"<(script|link)\b[^>]*\b(?:src|href)\s*=\s*(['\"])(?:https?:)?//[^>]*>(?:\s*</script>)?", re.IGNORECASE)
_LOOK = """
.sl-plot{min-height:320px;width:100%}.sl-widget{color:#5b6876;font-style:italic;margin:.4em 0}
@media print{.jp-Cell,figure,table,svg,.sl-plot{break-inside:avoid}}
"""


def notebook_html(notebook: NotebookNode | str | os.PathLike[str], *, title: str | None = None) -> str:
    """The HTML of an executed ``notebook``, a node of nbformat or the path of an ``.ipynb``.

    ``title`` is by default what the notebook says, or its name. What stands under ``sessionlab`` in its metadata is carried as
    a report carries its run. Raises :class:`NoDataError` where there is no such file, :class:`BadDataError` for what is no
    notebook.
    """
    import nbformat
    from nbconvert import HTMLExporter

    path = None if isinstance(notebook, dict) else Path(notebook)
    node = nbformat.from_dict(notebook) if path is None else _read(path)  # type: ignore[no-untyped-call]
    node.metadata.pop("widgets", None)
    plots = 0
    for number, cell in enumerate(node.cells):
        for at, output in enumerate(cell.get("outputs", ())):
            bundle = output.get("data")
            if bundle is not None:
                plots += _make_static(bundle, f"sl-plot-{number}-{at}")
    exporter = HTMLExporter()  # type: ignore[no-untyped-call]
    exporter.require_js_url = exporter.mathjax_url = exporter.mermaid_js_url = exporter.jquery_url = ""
    page, _ = exporter.from_notebook_node(node)
    named = title or node.metadata.get("title") or (path.stem if path is not None else "Notebook")
    head = f"<style>{_LOOK}</style>"
    head += f"<script>{_plotly_js()}</script>" if plots else ""
    carried = node.metadata.get(_CARRIED)
    head += element(RUN, carried) if carried is not None else ""
    return _framed(_ELSEWHERE.sub("", page), html.escape(str(named)), head)


def _read(path: Path) -> Any:
    import nbformat

    try:
        node = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError as why:
        raise NoDataError(f"there is no notebook {path}", path=str(path)) from why
    except Exception as why:  # whatever nbformat makes of what is no notebook
        raise BadDataError(f"{path} is no notebook that can be read: {why}", path=str(path)) from why
    if not isinstance(node.get("cells"), list):
        raise BadDataError(f"{path} is no notebook that can be read: it has no list of cells", path=str(path))
    return node


def _make_static(bundle: dict[str, Any], name: str) -> bool:
    """Put into the ``bundle`` of an output what a page can show by itself; whether that is a plot, in an element ``name``."""
    figure = bundle.pop(_PLOTLY, None)
    view = bundle.pop(_VIEW, None)
    if figure is not None:
        for kind in _STATIC:
            bundle.pop(kind, None)
        bundle["text/html"] = _plot(figure, name)
        return True
    if view is not None and not any(kind in bundle for kind in _STATIC):
        told = bundle.get("text/plain", "")
        words = "".join(told) if isinstance(told, list) else str(told)
        bundle["text/html"] = f'<p class="sl-widget">A widget of the running notebook: {html.escape(words) or "no words"}</p>'
    return False


def _plot(figure: Mapping[str, Any], name: str) -> str:
    config = {"responsive": True, **(figure.get("config") or {}), "displaylogo": False, "showSendToCloud": False}
    document = {"data": figure.get("data") or [], "layout": figure.get("layout") or {}, "config": config}
    text = json_text(json.loads(json.dumps(document), parse_constant=lambda _: None))  # some notebooks have NaN, JSON has not
    draw = f'(function(f){{Plotly.newPlot("{name}",f.data,f.layout,f.config)}})({text})'
    return f'<div id="{name}" class="sl-plot"></div><script>{draw}</script>'


def _plotly_js() -> str:
    """The copy of plotly.js that plotly has with it; nothing in it can end the element that it stands in."""
    import plotly

    script = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)


def _framed(page: str, title: str, head: str) -> str:
    """``page`` with its policy before anything that it could ask for, its title, and ``head`` at the end of its head."""
    page = re.sub(r"<title>.*?</title>", lambda _: f"<title>{title}</title>", page, count=1, flags=re.DOTALL)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    page = re.sub(r"<head>", lambda _: f"<head>{policy}", page, count=1)
    return page.replace("</head>", f"{head}</head>", 1)
