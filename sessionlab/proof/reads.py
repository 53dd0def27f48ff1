"""What a hook looked at: each view, indicator and table that it asked ``ctx`` for in one call, and in which of its lines.

Python tells of each call as it is made (``sys.setprofile``), so nothing stands between the hook and the real views.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import sessionlab
from sessionlab.engine.context import Looking
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Bar
from sessionlab.session.data import SessionData, SymbolData
from sessionlab.session.indicators import IndicatorView
from sessionlab.session.quotes import QuoteView
from sessionlab.tape import BAR_COLUMNS

MOST = 20
_OURS = str(Path(sessionlab.__file__).parent)
_KINDS = (BarView, IndicatorView, QuoteView, Bar, SymbolData, SessionData, Looking)
_QUIET = {"__init__", "__getitem__", "__contains__", "__len__", "__iter__", "bars", "data", "now", "state", "symbol", "symbols"}
"""Ways to a view, which tell nothing of what was read of it; but an item of a view does."""
_ACTS = {
    "buy",
    "sell",
    "target",
    "target_value",
    "target_percent",
    "close",
    "close_all",
    "cancel",
    "cancel_all",
    "replace",
    "oco",
}
"""What ``ctx`` does, and does not show."""


@contextmanager
def noting_reads(found: list[str]) -> Iterator[None]:
    """While entered, what the user's code reads is added to ``found``, each once, as far as :data:`MOST`."""

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(_OURS) or len(found) >= MOST:
            return
        caller = frame.f_back
        if caller is None or (caller.f_code.co_filename.startswith(_OURS) and not _is_example(caller)):
            return
        told = _told(frame)
        if told:
            text = f"{told} ({Path(caller.f_code.co_filename).name}:{caller.f_lineno})"
            if text not in found:
                found.append(text)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def _told(frame: FrameType) -> str:
    code = frame.f_code
    thing = frame.f_locals.get("self", frame.f_locals.get("ctx"))
    if not isinstance(thing, _KINDS) or not code.co_argcount:
        return ""
    name = code.co_name
    if name == "read":  # a column of bars: its function is made once for each
        name = BAR_COLUMNS[frame.f_locals["i"]] if "i" in frame.f_locals else "column"
    if name in _QUIET and not (name == "__getitem__" and isinstance(thing, (BarView, IndicatorView, QuoteView))):
        return ""
    if isinstance(thing, Looking) and name in _ACTS:
        return ""
    name = f"[{frame.f_locals.get('at')!r}]" if name == "__getitem__" else f".{name}"
    return f"{_what(thing)}{name}"


def _what(thing: Any) -> str:
    if isinstance(thing, BarView):
        part = "" if thing._part == "today" else f".{thing._part}"
        return f"{thing._symbol} bars({str(thing.interval)!r}){part}"
    if isinstance(thing, IndicatorView):
        return f"{thing._symbol} {thing.recipe}"
    if isinstance(thing, QuoteView):
        return f"{thing._symbol} quotes"
    if isinstance(thing, Bar):
        return "a bar"
    if isinstance(thing, SymbolData):
        return thing.symbol
    return "data" if isinstance(thing, SessionData) else "ctx"


def _is_example(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(str(Path(_OURS, "strategies")))
