"""A result saved into a folder, and the same result loaded from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.saving.artifacts import artifacts_of, result_of
from sessionlab.saving.run_folder import read_run, write_run

if TYPE_CHECKING:
    from sessionlab.results import RunResult


def save_run(result: RunResult, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write ``result`` into ``folder``, whole or not at all; where it was written. Raises as :func:`write_run`."""
    return write_run(artifacts_of(result), folder, overwrite=overwrite)


def load_run(folder: str | os.PathLike[str]) -> RunResult:
    """The result in ``folder``. Raises as :func:`read_run`."""
    result = result_of(read_run(folder))
    result._saved_in = Path(folder).expanduser().resolve()
    return result
