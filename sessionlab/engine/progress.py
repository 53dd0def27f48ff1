"""How far a run or another long work is, and a bar that shows it where somebody looks.

A notebook that becomes a report has nobody who looks: who runs it names a file in ``SESSIONLAB_PROGRESS_FILE``, and reads there.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol, TypeVar

import pandas as pd

PROGRESS_FILE = "SESSIONLAB_PROGRESS_FILE"
_BETWEEN_SECONDS = 0.5


class Progress(NamedTuple):
    """Where a run stands: sessions begun of all, and the fraction of the run's trading time that has passed."""

    session: int
    sessions: int
    fraction: float
    now: pd.Timestamp

    @property
    def label(self) -> str:
        """The market time."""
        return f"{self.now:%Y-%m-%d %H:%M}"

    def __str__(self) -> str:
        return f"session {self.session} of {self.sessions}, {self.now:%Y-%m-%d %H:%M:%S}, {100 * self.fraction:.1f} %"


class Advancing(Protocol):
    """Where some work stands."""

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        ...

    @property
    def label(self) -> str:
        """At what it is, in a few words."""
        ...


P = TypeVar("P", bound=Advancing)
Told = bool | Callable[[Progress], object] | None


@contextmanager
def shown(where: Callable[[], P], wanted: bool | Callable[[P], object] | None) -> Iterator[Callable[[], object]]:
    """A function to call as the work goes on. ``wanted``: True or False, someone to tell, or None: a bar where somebody looks.

    The bar of a run is over trading time. It shows up after a second, on a terminal or in a notebook.
    """
    if callable(wanted):
        yield lambda: wanted(where())
        return
    if PROGRESS_FILE in os.environ and wanted is not False:
        yield _into(Path(os.environ[PROGRESS_FILE]), where)
        return
    if wanted is False or (wanted is None and not (sys.stderr.isatty() or "ipykernel" in sys.modules)):
        yield lambda: None
        return
    from tqdm.auto import tqdm

    layout = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
    with tqdm(total=1.0, delay=0 if wanted else 1, bar_format=layout, leave=False) as bar:

        def update() -> None:
            progress = where()
            bar.set_description_str(progress.label, refresh=False)
            bar.update(progress.fraction - bar.n)

        yield update


def read_progress(file: Path) -> tuple[str, float] | None:
    """Label and fraction that were last written to ``file``; None where nothing was."""
    try:
        told = json.loads(file.read_bytes())
        return str(told["label"]), float(told["fraction"])
    except (OSError, ValueError, KeyError):
        return None


def _into(file: Path, where: Callable[[], Advancing]) -> Callable[[], object]:
    """Write where it stands to ``file``, a few times a second."""
    told_at = float("-inf")

    def update() -> None:
        nonlocal told_at
        if monotonic() - told_at < _BETWEEN_SECONDS:
            return
        told_at, at = monotonic(), where()
        # Not put_whole: half a second's news need not be on the disk for good, and where nobody can be told the work goes on.
        with suppress(OSError):
            new = file.with_name(f"{file.name}.new")
            new.write_text(json.dumps({"label": at.label, "fraction": at.fraction}), encoding="utf-8")
            new.replace(file)

    return update
