"""A report that is wanted, and what came of it: plain values that go from one process to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig

Status = Literal["waiting", "running", "ok", "unchanged", "failed", "timeout", "died", "interrupted"]
GOOD: tuple[Status, ...] = ("ok", "unchanged")
BAD: tuple[Status, ...] = ("failed", "timeout", "died")

Tell = Callable[[str, float], object]
"""Called with a label, which is the market time, and the fraction that is done."""


@dataclass(frozen=True)
class Job:
    """A report called ``name``: of the config, or the notebook, at ``what``; everything about it was checked.

    ``file`` is where it goes, as seen from the night's folder. ``key`` is a digest of all that it is made of but the rows of
    data, None where that is not known. ``row`` is its line in the file of jobs.
    """

    name: str
    what: str
    file: str
    config: SessionConfig | None = None
    strategies: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    title: str | None = None
    key: str | None = None
    row: int | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook that is run."""
        return self.what.lower().endswith(".ipynb")


@dataclass(frozen=True)
class Made:
    """What came of a job: the ``content`` of its report, None where it is as it was, and what is told of it beside.

    ``error`` is where it failed, and of what; ``at`` the market time then. ``figures`` are its headline, numbers by name.
    """

    status: Status
    content: bytes | None = None
    error: str | None = None
    at: str | None = None
    exit_code: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)
