"""The runs that a report on the disk carries: one of a config's, any number of an executed notebook's."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sessionlab.errors import BadDataError, NoDataError
from sessionlab.reports.embedded import RUN, carried, check_run, embedded_run

KEY = "sessionlab"
"""In the metadata of a notebook, where its runs stand."""
_RUNS = "runs"


def runs_in(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The documents of runs, as :func:`embedded_run` gives them, in the report at ``path``, ``.html`` or ``.ipynb``.

    Raises :class:`NoDataError` where there is no report, or no run in it, :class:`BadDataError` for one that was changed since it
    was written, :class:`ConfigError` for one of a newer format.
    """
    file = Path(path).expanduser()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        told = f"{file} does not exist; give a report that sessionlab made, or the folder of a saved run"
        raise NoDataError(told, path=str(file)) from None
    except (OSError, ValueError) as why:
        raise BadDataError(f"{file} cannot be read ({why}); take it from a copy, or make it again", path=str(file)) from why
    try:
        return _runs_of_notebook(text) if file.suffix.lower() == ".ipynb" else runs_in_page(text)
    except (NoDataError, BadDataError) as why:
        raise type(why)(f"{file}: {why}", **why.facts) from None


def runs_in_page(page: str) -> list[dict[str, Any]]:
    """The same of the text of a page."""
    said = carried(page, RUN)
    if isinstance(said, dict) and _RUNS in said:
        return _checked(said)
    return [embedded_run(page)]


def _runs_of_notebook(text: str) -> list[dict[str, Any]]:
    try:
        said = json.loads(text)["metadata"].get(KEY)
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise BadDataError(f"it cannot be read as a notebook ({why}); take it from a copy, or make it again") from why
    if not isinstance(said, dict):
        raise NoDataError("this notebook carries no run; give one that sessionlab report made")
    return _checked(said)


def _checked(said: dict[str, Any]) -> list[dict[str, Any]]:
    runs = said.get(_RUNS)
    if isinstance(said.get("unkept"), list) and said["unkept"] and not runs:
        raise NoDataError(f"no run of this notebook could be kept ({said['unkept'][0]}), so there is nothing to run again")
    if not isinstance(runs, list) or not runs:
        raise NoDataError("no run of a lab is in this notebook, so there is nothing to run again")
    for one in runs:
        check_run(one)
    return runs
