"""How a command ends: its exit code, and one answer on stderr for whatever went wrong.

A mistake of the user never ends in a traceback; the failure of a strategy or a scanner shows its own lines, and no others.
"""

from __future__ import annotations

import traceback
from enum import IntEnum
from pathlib import Path

from sessionlab.engine.user_code import hook_of, named, own_frames
from sessionlab.errors import (
    BadDataError,
    BrokerError,
    CalendarError,
    ConfigError,
    NoDataError,
    SessionlabError,
    SourceError,
)


class Ending(IntEnum):
    """Exit codes."""

    OK = 0
    FAILED = 1
    """It ran, and failed on the way: a strategy, or a scanner, raised."""
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


def answer_to(error: BaseException) -> str:
    """What to say about ``error``: its message, for a strategy's or a scanner's failure with the lines that led to it."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    hook = hook_of(error)
    if hook is not None:
        lines = "".join(traceback.format_list(own_frames(error))).rstrip()
        whose = "scanner" if hook.startswith("in scanner ") else "strategy"
        return f"the {whose} raised {named(error)}\n  {hook}\n{lines}"
    if isinstance(error, SessionlabError):
        return str(error)
    last = own_frames(error)[-1:]
    where = "".join(f" ({Path(frame.filename).name}:{frame.lineno})" for frame in last)
    return f"sessionlab itself failed: {named(error)}{where}; run it again with -v for the traceback, and report it"
