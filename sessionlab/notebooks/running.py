"""A notebook run from its first cell to its last, or to the one that fails: what it shows then is kept in both cases."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sessionlab.engine.progress import read_progress
from sessionlab.notebooks.given import Given

if TYPE_CHECKING:
    from sessionlab.reports.failure import Failure

FORMAT = "sessionlab-notebook/1"
KEY = "sessionlab"
_VIEW = "application/vnd.jupyter.widget-view+json"
_PAPERMILLS_MARK = "papermill-error-cell-tag"
_INJECTED = "injected-parameters"


class Where(NamedTuple):
    """How far a notebook is: its cell, of how many, and label and fraction of the run in it, if there is one.

    ``told`` is the file into which the kernel tells of that run.
    """

    cell: int
    cells: int
    label: str = ""
    fraction: float = 0.0
    told: Path | None = None

    def so_far(self) -> Where:
        """The same with what the kernel has told by now."""
        last = None if self.told is None else read_progress(self.told)
        return self if last is None else self._replace(label=last[0], fraction=last[1])

    @property
    def done(self) -> float:
        """How much of the notebook is done, 0 to 1."""
        return (self.cell - 1 + self.fraction) / max(1, self.cells)

    def __str__(self) -> str:
        run = f", {self.label}" if self.label else ""
        return f"cell {self.cell} of {self.cells}{run}"


@dataclass
class Executed:
    """An executed ``notebook``, as nbformat has it, what it ``failed`` of, and the documents of the ``runs`` in it.

    ``where`` says in which cell it failed, in words; ``figures`` are the headline of the last run.
    """

    notebook: Any
    failure: Failure | None
    where: str
    runs: list[dict[str, Any]]
    figures: dict[str, Any]

    @property
    def words(self) -> str | None:
        """Where it failed, and of what; None where it did not."""
        return None if self.failure is None else f"{self.where}: {self.failure.words()}"


def execute(given: Given, *, title: str | None = None, progress: Callable[[Where], object] = lambda where: None) -> Executed:
    """Run the notebook in a kernel of its own, in its folder, with what it is ``given``.

    ``progress`` is called at each cell. What ran is written down in the notebook's metadata, under ``sessionlab``, and where it
    failed in a cell on top. It holds no state of widgets. Ctrl-C raises, and ends the kernel.
    """
    import nbformat
    import papermill

    from sessionlab.notebooks.client import ENGINE

    cell = Where(0, len(given.notebook.cells))
    death: Exception | None = None

    with TemporaryDirectory(prefix="sessionlab-report-", ignore_cleanup_errors=True) as folder:
        into, found, told = Path(folder) / "out.ipynb", Path(folder) / "found.json", Path(folder) / "progress.json"

        def at_cell(number: int, count: int) -> None:
            nonlocal cell
            told.unlink(missing_ok=True)  # of the run in the cell before
            cell = Where(number, count, told=told)
            progress(cell)

        try:
            papermill.execute_notebook(
                str(given.path.absolute()),
                str(into),
                parameters=given.parameters,
                engine_name=ENGINE,
                progress_bar=False,
                cwd=str(given.path.absolute().parent),
                kernel_name=_kernel(given.notebook),
                language="python",
                found=found,
                progress=told,
                printed=Path(folder) / "printed.txt",
                on_cell=at_cell,
            )
        except papermill.PapermillExecutionError:
            pass  # what it is stands in the notebook
        except Exception as why:  # a kernel that died, or never came up
            death = why
        notebook = nbformat.read(into, as_version=4) if into.exists() else _not_run(given.notebook)  # type: ignore[no-untyped-call]
        said = json.loads(found.read_bytes()) if found.exists() else {}
        failure = _failure(notebook, said, death, read_progress(told))
    where = _where_it_failed(notebook, cell.cell, failure)
    runs = said.get("runs", [])
    _cleaned(notebook, given)
    if title is not None:
        notebook.metadata["title"] = title
    notebook.metadata[KEY] = {
        "format": FORMAT,
        "notebook": given.path.name,
        "parameters": _plain(given.parameters),
        "failure": None if failure is None else {"where": where, **failure.document()},
        "runs": runs,
        "unkept": said.get("unkept", []),
    }
    if failure is not None:
        from sessionlab.reports.failure_notebook import failure_cell

        notebook.cells.insert(0, failure_cell(failure, where))
    return Executed(notebook, failure, where, runs, said.get("figures", {}))


def _not_run(notebook: Any) -> Any:
    """The same without what it showed when it ran last."""
    made = copy.deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return made


def _kernel(notebook: Any) -> str:
    """The kernel that the notebook names, or, where there is none of that name here, the one of this Python."""
    from jupyter_client.kernelspec import KernelSpecManager

    named: str = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    return named if named in KernelSpecManager().find_kernel_specs() else "python3"


def _failure(notebook: Any, said: dict[str, Any], death: Exception | None, last: tuple[str, float] | None) -> Failure | None:
    from sessionlab.reports.failure import Failure, without_places

    at = None if last is None else _stamp(last[0])
    told = said.get("failure")
    if told is not None:
        return Failure.of_document(told)
    if death is not None:
        return Failure.of(death, at=at, phase="in the kernel")
    error = next((out for cell in notebook.cells for out in cell.get("outputs", ()) if _is_failure(cell, out)), None)
    return None if error is None else Failure(error.ename, without_places(error.evalue), at)


def _is_failure(cell: Any, output: Any) -> bool:
    return output.output_type == "error" and cell.metadata.get("papermill", {}).get("exception") is True


def _where_it_failed(notebook: Any, running: int, failure: Failure | None) -> str:
    """The cell that failed, as people count and as Jupyter numbers it."""
    if failure is None:
        return ""
    cells = [cell for cell in notebook.cells if _PAPERMILLS_MARK not in cell.metadata.get("tags", ())]
    number = next(
        (n for n, cell in enumerate(cells, start=1) if cell.metadata.get("papermill", {}).get("exception") is True), running
    )
    count = cells[number - 1].get("execution_count") if 0 < number <= len(cells) else None
    return f"cell {number} of {len(cells)}" + (f", In [{count}]" if count else "")


def _cleaned(notebook: Any, given: Given) -> None:
    """Take out marks of papermill, state of widgets, places of this machine, and times, so that equal runs have equal bytes."""
    have_ids = given.notebook.nbformat_minor >= 5  # else they were made up by chance on the way
    notebook.cells = [cell for cell in notebook.cells if _PAPERMILLS_MARK not in cell.metadata.get("tags", ())]
    notebook.metadata.pop("widgets", None)
    for number, cell in enumerate(notebook.cells, start=1):
        if not have_ids:
            cell["id"] = f"cell-{number}"
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if _INJECTED in cell.metadata.get("tags", ()):
            cell["id"] = _INJECTED
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(_VIEW, None)
    papermill = notebook.metadata.get("papermill", {})
    kept = {name: papermill[name] for name in ("default_parameters", "parameters", "version") if name in papermill}
    notebook.metadata["papermill"] = {**_plain(kept), "input_path": given.path.name}


def _plain(values: dict[str, Any]) -> Any:
    """The same as JSON, which has no number that is infinite: that is a text in it."""
    return json.loads(json.dumps(values), parse_constant=str)


def _stamp(label: str) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(label)
    except ValueError:
        return None  # of some other work


def write_ipynb(notebook: Any) -> str:
    """The text of ``notebook`` as a file has it."""
    import nbformat

    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)) + "\n"  # type: ignore[no-untyped-call]
