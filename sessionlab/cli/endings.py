"""How a command ends: its exit code, and one answer on stderr for whatever went wrong.

A mistake of the user never ends in a traceback; a strategy's own failure shows the lines of the strategy, and no others.
"""

from __future__ import annotations

import sysconfig
import traceback
from enum import IntEnum
from pathlib import Path

import sessionlab
from sessionlab.errors import (
    BadDataError,
    BrokerError,
    CalendarError,
    ConfigError,
    NoDataError,
    SessionlabError,
    SourceError,
)

_OURS = str(Path(sessionlab.__file__).parent)
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_MARKET_TIME = " market time"


class Ending(IntEnum):
    """Exit codes."""

    OK = 0
    FAILED = 1
    """It ran, and failed on the way: a strategy raised."""
    BAD_INPUT = 2
    """What was asked for cannot be meant, or the data for it is not there or not sound."""
    DATA_GATE = 3
    """The data lies below ``--fail-under``."""
    OUTSIDE = 4
    """A source or a broker failed."""
    INTERRUPTED = 130


def ending_of(error: BaseException) -> Ending:
    """The exit code for ``error``."""
    if isinstance(error, KeyboardInterrupt):
        return Ending.INTERRUPTED
    if hook_of(error) is not None:
        return Ending.FAILED
    if isinstance(error, (ConfigError, CalendarError, NoDataError, BadDataError)):
        return Ending.BAD_INPUT
    return Ending.OUTSIDE if isinstance(error, (SourceError, BrokerError)) else Ending.FAILED


def hook_of(error: BaseException) -> str | None:
    """The strategy's hook that raised ``error``, and when, as the engine noted it; None for all other errors."""
    notes: list[str] = getattr(error, "__notes__", [])
    return next((note for note in notes if note.endswith(_MARKET_TIME)), None)


def answer_to(error: BaseException) -> str:
    """What to say about ``error``: its message, for a strategy's failure with the lines that led to it."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    hook = hook_of(error)
    if hook is not None:
        lines = "".join(traceback.format_list(own_frames(error))).rstrip()
        return f"the strategy raised {named(error)}\n  {hook}\n{lines}"
    if isinstance(error, SessionlabError):
        return str(error)
    last = own_frames(error)[-1:]
    where = "".join(f" ({Path(frame.filename).name}:{frame.lineno})" for frame in last)
    return f"sessionlab itself failed: {named(error)}{where}; run it again with -v for the traceback, and report it"


def named(error: BaseException) -> str:
    """``KeyError: 'AAPL'``: the error's kind and message."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The user's frames on the way to ``error``: the first outside of sessionlab, and all others outside of libraries."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if not frame.filename.startswith((_OURS, "<frozen "))]
    return [frame for i, frame in enumerate(outside) if i == 0 or not frame.filename.startswith(_LIBRARIES)]
