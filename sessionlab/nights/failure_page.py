"""The report of a job of which nothing came: a page, or a notebook, that says what went wrong."""

from __future__ import annotations

import html
import json

_POLICY = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:3rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}.why{border-left:4px solid #d9772b;padding:.3rem 1rem}"
    "pre{white-space:pre-wrap;opacity:.75;font-size:.85em}"
)


def failure_page(title: str, what: str, words: str, printed: str = "") -> str:
    """The page of a report called ``title``, of the config or notebook ``what``, that failed as ``words`` say."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{_POLICY}'
        f"<title>{html.escape(title)}: failed</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>{_told(what, words, printed)}</body></html>\n"
    )


def failure_notebook(title: str, what: str, words: str, printed: str = "") -> str:
    """The same as a notebook of one cell."""
    import nbformat

    told = f"<h1>{html.escape(title)}</h1>{_told(what, words, printed)}".replace("\n", "&#10;")
    cell = nbformat.v4.new_markdown_cell(told, id="sessionlab-failure")  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    return json.dumps(notebook, indent=1) + "\n"


def _told(what: str, words: str, printed: str) -> str:
    last = f"<p>What it printed last:</p><pre>{html.escape(printed.strip())}</pre>" if printed.strip() else ""
    return (
        f'<div class="why"><b>This report failed.</b><p>{html.escape(words)}</p></div><p>It is of {html.escape(what)}.</p>{last}'
    )
