"""A notebook open in JupyterLab, as a test drives it: run cells, see their outputs, ask the kernel behind them.

Cells report errors at once, as a ``KernelError`` with the traceback, so that a failing cell is no time-out of whatever looks at
its output. The kernel is asked past the cells, by an expression of a silent execution: nothing in the notebook changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from browser.asking import Asking, KernelError
from browser.served import Server
from browser.windows import Window
from playwright.sync_api import Locator

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


class NotebookPage(Asking):
    """A notebook in a page of the browser, and the kernel behind it. Calling it runs a cell and gives what the cell shows."""

    def __init__(self, window: Window, server: Server, name: str, pictures: Path) -> None:
        super().__init__(window, pictures)
        self.path = server.folder / name
        self._server = server
        self._theme = "light"
        self.page.goto(f"{server.url}/lab/tree/{name}?reset")
        self.page.wait_for_function(READY, timeout=SLOW)
        self._wait_for_the_splash_to_go()
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    def __call__(self, source: str) -> Locator:
        """Run ``source`` in a fresh cell at the end, wait until it is through, and give the area of its output.

        Raises KernelError where the cell raised. What the output holds may still be drawn: look through the locator, which waits.
        """
        index, errors = self.page.evaluate(RUN_NEW_CELL, source)
        _raise_first(errors)
        return self.page.locator(f"[data-test-cell='{index}'] .jp-Cell-outputArea")

    def run_all(self) -> None:
        """Run every cell, and wait until all are through. Raises KernelError for the first that raised."""
        _raise_first(self.page.evaluate(RUN_ALL))

    def output(self, index: int) -> Locator:
        """The area of the output of the cell at ``index``."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def answer(self, expression: str, patience: float) -> dict[str, Any]:
        answer: dict[str, Any] = self.page.evaluate(ASK, [expression, patience * 1000])
        return answer

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
        if name == self._theme:
            return
        self._theme = name
        theme = f"JupyterLab {name.title()}"
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        light = str(name == "light").lower()
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        self._wait_for_the_splash_to_go()

    def save(self) -> Any:
        """Save the notebook as a person does, and read the file."""
        self.page.evaluate(SAVE)
        return nbformat.read(self.path, as_version=4)

    def _wait_for_the_splash_to_go(self) -> None:
        """JupyterLab shows it while it starts and while a theme comes, and takes it away twice where the two meet."""
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=SLOW)


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """A notebook of code ``cells`` at ``path``."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in cells], metadata=PYTHON)
    nbformat.write(notebook, path)
    return path


def _raise_first(errors: Sequence[dict[str, Any]]) -> None:
    if errors:
        first = errors[0]
        raise KernelError(f"{first['ename']}: {first['evalue']}\n" + COLORS.sub("", "\n".join(first["traceback"])))
