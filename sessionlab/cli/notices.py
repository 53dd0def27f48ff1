"""Everything that a command says beside its answer, on stderr: errors, warnings, and, when asked, what happens when.

It all goes through the logger ``sessionlab``, where each record gets the run's id and the market time. ``--log json`` makes
each a line of JSON.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

LOGGER = logging.getLogger("sessionlab")
_STYLES = {"warning": "yellow", "error": "bold red"}
_KNOWN_OTHERWISE = "; see lab.refused"  # a notebook's remedy: on the command line the table of refused rows is there


class Notices:
    """While entered, warnings and the records of the logger ``sessionlab`` appear on stderr.

    ``verbose`` shows events too; ``as_json`` shows all as lines of JSON. ``market_time`` is asked for each record.
    """

    def __init__(self, *, verbose: bool = False, as_json: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.run = secrets.token_hex(4)
        self.verbose = verbose
        self.as_json = as_json
        self.market_time: Callable[[], pd.Timestamp | None] = lambda: None

    def event(self, event: str, **facts: Any) -> None:
        """Something happened as it should: ``session opened``."""
        LOGGER.info(event, extra={"facts": facts})

    def warning(self, message: str) -> None:
        """Something that one may not expect, in words."""
        LOGGER.warning(message)

    def error(self, message: str, *, exit_code: int, cause: BaseException | None = None) -> None:
        """The reason why the command ends here; with ``verbose`` also the traceback of what is no mistake of the user's."""
        LOGGER.error(message, extra={"facts": {"exit_code": exit_code}})
        if self.verbose and cause is not None and exit_code == 1:
            LOGGER.debug("where it came from", exc_info=cause)

    def __enter__(self) -> Notices:
        self._handler = _Handler(self)
        self._before = LOGGER.level, LOGGER.propagate
        LOGGER.addHandler(self._handler)
        LOGGER.propagate = False
        LOGGER.setLevel(logging.DEBUG if self.verbose else logging.INFO if self.as_json else logging.WARNING)
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.showwarning = self._warned
        if not sys.warnoptions:
            warnings.simplefilter("default", UserWarning)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._warnings.__exit__(kind, error, trace)
        LOGGER.removeHandler(self._handler)
        LOGGER.level, LOGGER.propagate = self._before

    def _warned(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        told = str(message).removesuffix(_KNOWN_OTHERWISE)
        LOGGER.warning(" ".join(told.split()), extra={"facts": {"kind": category.__name__}})


class _Handler(logging.Handler):
    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self._notices = notices

    def emit(self, record: logging.LogRecord) -> None:
        notices = self._notices
        line = self._json(record) if notices.as_json else self._text(record)
        notices.console.print(line, markup=False, emoji=False, soft_wrap=True)

    def _text(self, record: logging.LogRecord) -> Text:
        level = record.levelname.lower()
        if level in _STYLES:
            return Text.assemble((f"{level}: ", _STYLES[level]), record.getMessage())
        if record.exc_info:
            return Text(logging.Formatter().formatException(record.exc_info).rstrip())
        clock, market = f"{datetime.fromtimestamp(record.created):%H:%M:%S}", self._notices.market_time()
        shown = "" if market is None else f" [{market:%Y-%m-%d %H:%M:%S}]"
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return Text.assemble((f"{clock}{shown} ", "dim"), record.getMessage(), f" {facts}".rstrip())

    def _json(self, record: logging.LogRecord) -> Text:
        level, market = record.levelname.lower(), self._notices.market_time()
        facts = _facts(record)
        said = {"event": record.getMessage()} if level == "info" else {"event": level, "message": record.getMessage()}
        if record.exc_info:
            said["traceback"] = logging.Formatter().formatException(record.exc_info)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "logger": record.name,
            "run": self._notices.run,
            "market_time": None if market is None else market.isoformat(),
            **said,
            **facts,
        }
        return Text(json.dumps(line, default=str))


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = getattr(record, "facts", {})
    return facts
