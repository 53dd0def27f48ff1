"""A failure as a notebook shows it: the cell on top of one that failed, and a notebook of what left no run at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sessionlab.markup.text import escaped
from sessionlab.reports.elements import tag

if TYPE_CHECKING:
    from sessionlab.markup.text import Markup
    from sessionlab.reports.failure import Failure

_MARK = "sessionlab-failure"
_LOOK = "border-left:4px solid #b3261e;padding:.6em 1em;margin:1em 0"


def failure_cell(failure: Failure, where: str) -> Any:
    """The cell, of nbformat, that says ``where`` a notebook failed, and of what; what ran until then stands below it."""
    told = tag("b", f"This report failed in {where}.")
    text = _in_one_line(f"{told}<br>{escaped(failure.words())}{_trace(failure)}Below is what there was until then.")
    return _cell(f'<div style="{_LOOK}">{text}</div>', {"tags": [_MARK]})


def failure_notebook(failure: Failure, *, title: str, more: str) -> str:
    """The text of a notebook of what failed before there was a run to tell of; ``more`` is why there is nothing of it."""
    import nbformat

    told = [tag("h1", title), tag("p", tag("b", failure.words())), tag("p", more), _trace(failure)]
    cell = _cell(_in_one_line("".join(told)), {})
    return json.dumps(nbformat.v4.new_notebook(cells=[cell]), indent=1) + "\n"  # type: ignore[no-untyped-call]


def _trace(failure: Failure) -> Markup | str:
    return tag("pre", failure.traceback.rstrip()) if failure.traceback else ""


def _in_one_line(text: str) -> str:
    """An empty line would end the block of HTML, and Markdown begin."""
    return "&#10;".join(text.splitlines())


def _cell(text: str, metadata: dict[str, Any]) -> Any:
    import nbformat

    return nbformat.v4.new_markdown_cell(text, id=_MARK, metadata=metadata)  # type: ignore[no-untyped-call]
