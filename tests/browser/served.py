"""A web server of the tests' own: on loopback, in folders and a process group of its own, gone when the test run is gone.

Started through this very file: ``python served.py COMMAND...`` runs the command and waits for its standard input to end, which it
does however the test run ends, also when that is killed. Then it ends the whole group, kernels and all.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds until a server has to answer


@dataclass
class Server:
    """A running server: where it answers, the folder whose notebooks it shows, where its kernels are found, what it wrote."""

    url: str
    folder: Path
    runtime: Path
    log: Path
    watcher: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Let the watcher see its input end, and wait until it has ended the group."""
        assert self.watcher.stdin is not None
        self.watcher.stdin.close()
        self.watcher.wait(20)


def serve(command: Sequence[str], port: int, folder: Path, own: Path, environment: Mapping[str, str]) -> Server:
    """Start ``command``, and return when it answers on ``port``. ``own`` is where it keeps what it keeps, its log too."""
    log = own / "server.log"
    with log.open("wb") as written:
        watcher = subprocess.Popen(
            [sys.executable, __file__, *command],
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            cwd=folder,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", folder, own / "runtime", log, watcher)
    try:
        _wait_for(server)
    except BaseException:
        server.stop()
        raise
    return server


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def own_folders(own: Path) -> dict[str, str]:
    """The environment that keeps Jupyter out of the home of whoever runs the tests."""
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    for folder in names.values():
        (own / folder).mkdir(parents=True, exist_ok=True)
    # Voila keeps what belongs to its kernels in a temporary folder.
    return {variable: str(own / folder) for variable, folder in names.items()} | {"TMPDIR": str(own / "runtime")}


def _wait_for(server: Server) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.watcher.poll() is not None:
            break
        try:
            # Not its first page: that of Voila would start a kernel.
            urllib.request.urlopen(f"{server.url}/api", timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"no answer from {server.url}; it wrote:\n{server.log.read_text(errors='replace')[-3000:]}")


def _watch(command: Sequence[str]) -> int:
    """Run ``command`` until it ends or standard input does; then nothing of the group is left."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end_with_the_input(*_: Any) -> None:
        sys.stdin.buffer.read()
        server.terminate()

    threading.Thread(target=end_with_the_input, daemon=True).start()
    status = server.wait()
    # The server has ended its kernels; whatever is left in the group goes now.
    time.sleep(0.2)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    return status


if __name__ == "__main__":
    sys.exit(_watch(sys.argv[1:]))
