"""How papermill runs a notebook here: in its folder, told where to tell of its progress, and asked at the end what ran in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from sessionlab.engine.progress import PROGRESS_FILE

ENGINE = "sessionlab"
_LONGEST_SOCKET = 90
"""Characters of a path that every system takes for a socket, with a number after it."""


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill ships no types
    """Runs the cells, then lets the kernel write down what :mod:`sessionlab.notebooks.in_kernel` finds."""

    found: Path
    on_cell: Callable[[int, int], object]

    def create_kernel_manager(self) -> Any:
        """One whose kernel nobody else can talk to: over sockets in a folder of its own, where there are such."""
        manager = super().create_kernel_manager()
        sockets = str(self.found.parent / "kernel")  # Jupyter's own name for them is the same for every kernel
        if os.name == "posix" and len(sockets) < _LONGEST_SOCKET:
            manager.transport, manager.ip = "ipc", sockets
        return manager

    def papermill_execute_cells(self) -> None:
        """Every cell up to the one that fails, and after it the question what ran."""
        super().papermill_execute_cells()
        failed = any(cell.metadata.get("papermill", {}).get("exception") is True for cell in self.nb.cells)
        code = f"from sessionlab.notebooks import in_kernel; in_kernel.write({str(self.found)!r}, globals(), failed={failed})"
        asked = self.kc.execute(code, silent=True, store_history=False)
        said = self.wait_for_reply(asked)["content"]
        if said["status"] == "error":
            self.found.write_text(json.dumps({"unkept": [f"{said['ename']}: {said['evalue']}"]}))

    def execute_cell(self, cell: Any, cell_index: int, **further: Any) -> Any:
        """One cell, after saying which."""
        self.on_cell(cell_index + 1, len(self.nb.cells))
        return super().execute_cell(cell, cell_index, **further)


class Engine(NBClientEngine):  # type: ignore[misc]
    """The engine of papermill that runs notebooks with :class:`Client`."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **how: Any) -> Any:
        """Run it. ``found``, ``progress``, ``printed``: files, the last one for what the kernel's process prints beside cells.

        ``on_cell`` is called with the number of each cell and how many there are.
        """
        client = Client(nb_man, kernel_name=kernel_name, timeout=None, startup_timeout=how.get("start_timeout", 60))
        client.found, client.on_cell = how["found"], how["on_cell"]
        with Path(how["printed"]).open("wb") as printed:
            return client.execute(env={**os.environ, PROGRESS_FILE: str(how["progress"])}, stdout=printed, stderr=printed)


papermill_engines.register(ENGINE, Engine)
