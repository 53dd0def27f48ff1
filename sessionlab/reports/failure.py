"""What went wrong in a run, in words that may be shown to anybody: no places of the machine, no secrets."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from sessionlab.config.secrets import text_without_secrets
from sessionlab.engine.user_code import MARKET_TIME, hook_of, own_frames

_MOST_FRAMES = 12
_PLACE = re.compile(
    r"(?<![\w:/.*<])/(?:[^\s/'\"`,;:()<>|]+/)+([^\s/'\"`,;:()<>|]*)|\b[A-Za-z]:\\(?:[^\s\\'\"<>|]+\\)+([^\s\\'\"<>|]*)"
)
_OURS = "sessionlab/"


@dataclass(frozen=True)
class Failure:
    """What a run failed of. ``kind`` is the type of the error, ``at`` market time, ``phase`` what was being done.

    ``traceback`` are the lines that led to it, with files by name alone.
    """

    kind: str
    message: str
    at: pd.Timestamp | None = None
    phase: str = ""
    traceback: str = ""

    @classmethod
    def of(cls, error: BaseException, *, at: pd.Timestamp | None = None, phase: str = "") -> Failure:
        """What ``error`` tells; ``at`` and ``phase`` where the engine did not note the hook that raised it.

        >>> Failure.of(ValueError("no such file: /home/me/desk/spy.csv"), phase="opening the data")
        Failure(kind='ValueError', message='no such file: …/spy.csv', at=None, phase='opening the data', traceback='')
        """
        hook = hook_of(error)
        if hook is not None:
            phase, _, stamp = hook.removesuffix(MARKET_TIME).rpartition(" at ")
            at = at if at is not None else pd.Timestamp(stamp)
        lines = _lines(own_frames(error) if hook is not None else traceback.extract_tb(error.__traceback__))
        for cause in _causes(error):
            lines += f"caused by {type(cause).__name__}: {without_places(str(cause))}\n"
        return cls(type(error).__name__, without_places(str(error)), at, phase, lines)

    @classmethod
    def of_document(cls, told: Mapping[str, Any]) -> Failure:
        """What :meth:`document` tells."""
        return cls(**{**told, "at": None if told["at"] is None else pd.Timestamp(told["at"])})

    def document(self) -> dict[str, Any]:
        """All of it as JSON, market time as ISO 8601.

        >>> failure = Failure("ValueError", "no bid", pd.Timestamp("2025-07-02 10:15", tz="America/New_York"))
        >>> failure.document()["at"], Failure.of_document(failure.document()) == failure
        ('2025-07-02T10:15:00-04:00', True)
        """
        return asdict(self) | {"at": None if self.at is None else self.at.isoformat()}

    def words(self) -> str:
        """Where it failed, and of what, in a sentence."""
        when = "" if self.at is None else f" at {self.at:%Y-%m-%d %H:%M:%S}{MARKET_TIME}"
        where = f" {self.phase}" if self.phase else ""
        told = f": {self.message}" if self.message else ""
        return f"Failed{where}{when}: {self.kind}{told}"


def without_places(text: str) -> str:
    r"""``text`` without secrets, and of paths from the root of a disk only their last part.

    >>> without_places("see s3://me:pw@bucket/a/b.csv and C:\\Users\\me\\b.csv")
    'see s3://***@bucket/a/b.csv and …/b.csv'
    """
    return _PLACE.sub(lambda found: f"…/{found[1] or found[2] or ''}", text_without_secrets(text))


def _causes(error: BaseException) -> list[BaseException]:
    """What it came of, the nearest first, each once: ``raise error from error`` goes in a circle."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and not any(cause is one for one in chain):
        chain.append(cause)
    return chain[1:]


def _lines(frames: Iterable[traceback.FrameSummary]) -> str:
    told = []
    for frame in list(frames)[-_MOST_FRAMES:]:
        line = frame.line or linecache.getline(frame.filename, frame.lineno or 0).strip()
        told.append(f"{_file(frame.filename)}, line {frame.lineno}, in {frame.name}\n")
        told += [f"    {without_places(line)}\n"] if line else []
    return "".join(told)


def _file(filename: str) -> str:
    path = PurePosixPath(filename.replace("\\", "/"))
    if filename.startswith("<") or "ipykernel" in filename:
        return "a cell of the notebook"
    inside = path.as_posix().rpartition(f"/{_OURS}")[2]
    return f"{_OURS}{inside}" if inside != path.as_posix() else path.name
