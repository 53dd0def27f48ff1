"""``sessionlab app``: the dashboard of a config as a page of its own, served on this machine alone.

Voila runs a notebook of two cells that is written for it and gone with it; each browser tab has a lab of its own. Nothing is
reachable from another machine.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sessionlab.cli.answer import print_tables
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import pairs, read_config
from sessionlab.cli.notices import Notices
from sessionlab.cli.strategies import use_strategies
from sessionlab.cli.work import terminated_as_by_ctrl_c
from sessionlab.errors import ConfigError, SourceError
from sessionlab.lab import Lab
from sessionlab.widgets.front_end import PAGE

HERE = "127.0.0.1"
_UP_SECONDS = 60.0
_TEMPLATE = "sessionlab"


def show_page(
    notices: Notices,
    config_file: Path,
    *,
    changes: Sequence[str],
    source: str | None,
    strategies: Sequence[str],
    parameters: Sequence[str],
    port: int,
    theme: str,
    opens: bool,
    quiet: bool,
) -> Ending:
    """Serve it until Ctrl-C. What is wrong with the config, its data or the strategies is said before anything is served."""
    if find_spec("voila") is None:
        raise ConfigError("sessionlab app needs Voila, which is not installed; pip install 'sessionlab[lab]'")
    config, own = read_config(config_file, changes), pairs(parameters, "-p")
    use_strategies(Lab(config, source=source), strategies, own)
    port = port or _free_port()
    with tempfile.TemporaryDirectory(prefix="sessionlab-") as folder:
        file = Path(folder) / "session.ipynb"
        file.write_text(json.dumps(page_notebook(config.to_dict(), source, strategies, own, Path.cwd())), encoding="utf-8")
        address = f"http://{HERE}:{port}"
        command = [
            sys.executable, "-m", "voila", str(file), "--no-browser", f"--Voila.ip={HERE}", f"--port={port}",
            "--Voila.port_retries=0", f"--theme={theme}", f"--template={_TEMPLATE}",
        ]  # fmt: skip
        templates = [str(PAGE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        env = {**os.environ, "JUPYTER_PATH": os.pathsep.join(templates)}
        log = Path(folder) / "log"
        with (
            log.open("wb") as told,
            subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT, env=env) as server,
            # Whoever is no terminal ends a program by SIGTERM: Voila and its kernels have to go then as well.
            terminated_as_by_ctrl_c(),
        ):
            try:
                _wait_until_up(server, address, log)
                if not quiet:
                    print_tables([f"{config.session_name} is at {address} on this machine; Ctrl-C ends it"])
                    sys.stdout.flush()
                if opens:
                    webbrowser.open(address)
                server.wait()
            except KeyboardInterrupt:
                return Ending.OK
            finally:
                server.terminate()
    raise SourceError(f"Voila ended by itself with code {server.returncode}; is port {port} free? try another one with --port")


def page_notebook(
    config: dict[str, Any], source: str | None, strategies: Sequence[str], parameters: dict[str, Any], folder: Path
) -> dict[str, Any]:
    """The notebook: a cell that opens the lab as the command did, from ``folder``, and one that shows it."""
    opening = [
        "import json, os, sys",
        f"os.chdir({str(folder)!r})",
        f"sys.path.insert(0, {str(folder)!r})",
        "import sessionlab as sl",
        f"lab = sl.Lab(json.loads({json.dumps(config)!r}), source={source!r})",
    ]
    if strategies:
        opening += [
            "from sessionlab.cli.strategies import use_strategies",
            f"use_strategies(lab, {list(strategies)!r}, {parameters!r})",
        ]
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
        for i, text in enumerate(["\n".join(opening), "lab.dashboard()"])
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HERE, 0))
        return int(one.getsockname()[1])


def _wait_until_up(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _UP_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise SourceError(f"Voila did not start: {''.join(last) or 'it said nothing'}")
        try:
            # A page that is asked for starts a kernel; this one is not.
            with urllib.request.urlopen(f"{address}/voila/static/main.js", timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SourceError(f"Voila did not answer at {address} within {_UP_SECONDS:g} seconds")
