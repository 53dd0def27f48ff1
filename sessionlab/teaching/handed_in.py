"""What a student handed in: the records in a notebook's outputs, or in a file of answers. No code of it is run.

Points, pages and anything else that stands in an output are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sessionlab.errors import AnswerError
from sessionlab.teaching.record import MARK, Record, read_record

NOTEBOOK, ANSWERS = ".ipynb", ".json"
LARGEST_FILE = 50_000_000
_CHECKPOINTS = ".ipynb_checkpoints"


class HandedIn(NamedTuple):
    """The records of a file, in their order, and what is wrong with it, in words."""

    records: list[Record]
    problems: list[str]


def files_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Notebooks and files of answers in ``folder`` and below it, and the other files there; Jupyter's own copies are neither."""
    files = (file for file in folder.rglob("*") if file.is_file() or file.is_symlink())  # a link to nothing is told
    found = sorted(file for file in files if _CHECKPOINTS not in file.parts and not file.is_dir())
    usable = [file for file in found if file.suffix in (NOTEBOOK, ANSWERS) and not file.name.startswith(".")]
    return usable, [file for file in found if file not in set(usable)]


def read_handed_in(file: Path) -> HandedIn:
    """Read a notebook or a file of answers. Whatever is wrong with it is told, and never raised."""
    try:
        document = _json(file)
        told = list(_in_notebook(document) if file.suffix == NOTEBOOK else _in_answers(document))
    except AnswerError as why:
        return HandedIn([], [str(why)])
    records, problems = [], []
    for number, one in enumerate(told, 1):
        try:
            records.append(read_record(one))
        except (AnswerError, RecursionError) as why:
            what = str(why) if isinstance(why, AnswerError) else "a record that is nested too deep"
            problems.append(what if len(told) == 1 else f"record {number}: {what}")
    if not told:
        problems.append(_nothing_in(document))
    return HandedIn(records, problems)


def _json(file: Path) -> Any:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise AnswerError(f"cannot be read: it has more than {LARGEST_FILE // 1_000_000} MB; save it without large outputs")
        return json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as why:
        raise AnswerError(f"cannot be read: {why.strerror or why}") from why
    except RecursionError:
        raise AnswerError("cannot be read: it is nested too deep") from None
    except ValueError as why:  # no UTF-8, no JSON
        raise AnswerError(f"cannot be read: it is no JSON, {why}") from why


def _in_notebook(document: Any) -> Iterator[Any]:
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise AnswerError("cannot be read: it is no notebook of format 4; open it in Jupyter and save it again")
    for output in _outputs(cells):
        data = output.get("data")
        if isinstance(data, dict) and MARK in data:
            yield data[MARK]


def _outputs(cells: list[Any]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else []:
            if isinstance(output, dict):
                yield output


def _in_answers(document: Any) -> Iterator[Any]:
    yield from document if isinstance(document, list) else [document]


def _nothing_in(document: Any) -> str:
    """Why there is no record in a notebook, or in an empty list of answers."""
    cells = document.get("cells", []) if isinstance(document, dict) else []
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if code and not any(cell.get("execution_count") for cell in code):
        return "no mark: no cell of it was run; run it and save it with its outputs"
    if any(output.get("output_type") == "error" for output in _outputs(cells)):
        return "no mark: a cell ended in an error before an answer was checked"
    return "no mark: lesson.check(answer) has to be the last line of a cell that was run, so that its output is kept"
