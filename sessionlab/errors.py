"""Everything that can go wrong, in one tree.

    SessionlabError
    ├── ConfigError         what was asked for cannot be meant (config, argument, option)
    │   └── AnswerError         an answer that has not the form its lesson asks for
    ├── CalendarError       a date or a time that the calendar does not have
    ├── NoDataError         a source has no rows for what was asked
    ├── BadDataError        rows or files that cannot be trusted
    │   └── OutOfOrderError     rows that came before rows already there
    ├── LookAheadError      something asked for the future
    ├── RewindError         a past that cannot be gone back to
    ├── PracticeError       what a blind practice does not allow: its truth too early, going on after it
    ├── SourceError         a source of market data failed
    ├── BrokerError         a broker failed
    ├── OverrunError        a consumer was not ready in time
    └── BusyError           the engine is in the middle of a step

Each message says what was asked, what is true and what to do. The values behind it are attributes of the error.
Expected outcomes (no bar this minute, an order rejected) are values with a reason, never errors.
"""

from __future__ import annotations

from typing import Any


class SessionlabError(Exception):
    """The root of the tree. ``facts`` are the values behind the message, and attributes of the error.

    >>> SessionlabError("2025-07-04 is not a session of XNYS", calendar="XNYS").calendar
    'XNYS'
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, self.facts)


def _revive(kind: type[SessionlabError], args: tuple[str], facts: dict[str, Any]) -> SessionlabError:
    return kind(*args, **facts)


class ConfigError(SessionlabError):
    """What was asked for cannot be meant: a config, an argument, an option."""


class AnswerError(ConfigError):
    """An answer that has not the form its lesson asks for, or cannot be read at all."""


class CalendarError(SessionlabError):
    """A date or a time that the calendar does not have."""


class NoDataError(SessionlabError):
    """A source has no rows for what was asked."""


class BadDataError(SessionlabError):
    """Rows or files that cannot be trusted."""


class OutOfOrderError(BadDataError):
    """Rows that came before rows already there."""


class LookAheadError(SessionlabError):
    """Something asked for the future."""


class RewindError(SessionlabError):
    """A past that cannot be gone back to."""


class PracticeError(SessionlabError):
    """What a blind practice does not allow: its truth before the end, going on after it."""


class SourceError(SessionlabError):
    """A source of market data failed."""


class BrokerError(SessionlabError):
    """A broker failed."""


class OverrunError(SessionlabError):
    """A consumer was not ready in time."""


class BusyError(SessionlabError):
    """The engine is in the middle of a step."""
