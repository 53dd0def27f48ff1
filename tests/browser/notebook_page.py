"""A notebook open in JupyterLab, as a test drives it: run cells, see their outputs, ask the kernel behind them.

Cells report errors at once, as a ``CellError`` with the traceback, so that a failing cell is no time-out of whatever looks at its
output. The kernel is asked past the cells, by an expression of a silent execution: nothing in the notebook changes.
"""

from __future__ import annotations

import ast
import contextlib
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from browser.served import Server
from browser.windows import Window
from playwright.sync_api import Locator, Page

SLOW = 60_000  # milliseconds for what a cold machine may need
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
COLORS = re.compile(r"\x1b\[[0-9;]*m")

READY = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const context = panel && panel.sessionContext;
    return !!(context && context.isReady && panel.context.isReady && context.session?.kernel?.status === 'idle');
}"""

RUN_ALL = """async () => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
    const outputs = notebook.model.toJSON().cells.flatMap(cell => cell.outputs ?? []);
    return outputs.filter(output => output.output_type === 'error');
}"""

RUN_NEW_CELL = """async source => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const index = notebook.model.cells.length;
    notebook.model.sharedModel.insertCell(index, {cell_type: 'code', source, metadata: {}, outputs: []});
    notebook.activeCellIndex = index;
    notebook.mode = 'command';
    await window.jupyterapp.commands.execute('notebook:run-cell');
    const cell = notebook.widgets[index];
    cell.node.dataset.testCell = index;
    const errors = cell.model.toJSON().outputs.filter(output => output.output_type === 'error');
    return [index, errors];
}"""

NO_CELLS = """async () => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const cells = notebook.model.sharedModel;
    cells.deleteCellRange(0, cells.cells.length);
}"""

ASK = """async ([expression, patience]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const asked = kernel.requestExecute({code: '', silent: true, store_history: false, user_expressions: {asked: expression}});
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error('no answer: ' + expression)), patience));
    const answer = (await Promise.race([asked.done, late])).content;
    return answer.user_expressions?.asked ?? {status: 'error', ename: answer.status, evalue: JSON.stringify(answer)};
}"""

SAVE = "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"


class CellError(AssertionError):
    """A cell, or an expression asked of the kernel, raised."""


class NotebookPage:
    """A notebook in a page of the browser, and the kernel behind it. Calling it runs a cell and gives what the cell shows.

    ``page`` is playwright's, for what this does not cover.
    """

    def __init__(self, window: Window, server: Server, name: str, pictures: Path) -> None:
        self.window = window
        self.page: Page = window.page
        self.path = server.folder / name
        self._server = server
        self._pictures = pictures
        self.page.goto(f"{server.url}/lab/tree/{name}?reset")
        self.page.wait_for_function(READY, timeout=SLOW)
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    def __call__(self, source: str) -> Locator:
        """Run ``source`` in a fresh cell at the end, wait until it is through, and give the area of its output.

        Raises CellError where the cell raised. What the output holds may still be drawn: look through the locator, which waits.
        """
        index, errors = self.page.evaluate(RUN_NEW_CELL, source)
        _raise_first(errors)
        return self.page.locator(f"[data-test-cell='{index}'] .jp-Cell-outputArea")

    def run_all(self) -> None:
        """Run every cell, and wait until all are through. Raises CellError for the first that raised."""
        _raise_first(self.page.evaluate(RUN_ALL))

    def output(self, index: int) -> Locator:
        """The area of the output of the cell at ``index``."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def ask(self, expression: str, patience: float = 30) -> Any:
        """The value of ``expression`` in the kernel: a Python value where its repr is a literal, else that repr.

        Raises CellError where it raised, and when there is no answer within ``patience`` seconds.
        """
        answer = self.page.evaluate(ASK, [expression, patience * 1000])
        if answer["status"] != "ok":
            raise CellError(f"{expression}: {answer.get('ename')}: {answer.get('evalue')}")
        text = answer["data"]["text/plain"]
        with contextlib.suppress(ValueError, SyntaxError):
            return ast.literal_eval(text)
        return text

    def until(self, expression: str, timeout: float = 10) -> Any:
        """Ask for ``expression`` again and again until it is true, and give its value. Fails after ``timeout`` seconds.

        The kernel's state comes to be after the picture changed, or before: never assert on it at once.
        """
        end = time.monotonic() + timeout
        while not (value := self.ask(expression)):
            assert time.monotonic() < end, f"{expression} is still {value!r} after {timeout} s"
            self.page.wait_for_timeout(30)
        return value

    def clear(self) -> None:
        """Remove every cell, and let the kernel forget the widgets they showed."""
        self.page.evaluate(NO_CELLS)
        self.ask("__import__('ipywidgets').Widget.close_all()")

    def kernel(self) -> str:
        """Where the server tells of the kernel."""
        name = self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id")
        return f"{self._server.url}/api/kernels/{name}"

    def theme(self, name: str) -> None:
        """Wear the ``"light"`` or the ``"dark"`` theme."""
        theme = f"JupyterLab {name.title()}"
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        light = str(name == "light").lower()
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")

    def width(self, pixels: int) -> None:
        """Make the window ``pixels`` wide."""
        height = (self.page.viewport_size or {"height": 1000})["height"]
        self.page.set_viewport_size({"width": pixels, "height": height})

    def save(self) -> Any:
        """Save the notebook as a person does, and read the file."""
        self.page.evaluate(SAVE)
        return nbformat.read(self.path, as_version=4)

    def screenshot(self, name: str) -> Path:
        """A picture of the window, in the folder that ``SESSIONLAB_SCREENSHOTS`` names, else in one of the test run's own."""
        path = self._pictures / f"{name}.png"
        self.page.screenshot(path=path)
        return path


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """A notebook of code ``cells`` at ``path``."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in cells], metadata=PYTHON)
    nbformat.write(notebook, path)
    return path


def _raise_first(errors: Sequence[dict[str, Any]]) -> None:
    if errors:
        first = errors[0]
        raise CellError(f"{first['ename']}: {first['evalue']}\n" + COLORS.sub("", "\n".join(first["traceback"])))
