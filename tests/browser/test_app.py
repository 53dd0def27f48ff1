"""``sessionlab app`` as a program: it says where it is, answers on this machine alone, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from browser.served import free_port, own_folders

from sessionlab.config.demo import DEMO


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_all_that_it_started(chromium_program: str, tmp_path: Path, ending: signal.Signals) -> None:
    port = free_port()
    (tmp_path / "config.json").write_text(json.dumps(DEMO), encoding="utf-8")
    command = [sys.executable, "-m", "sessionlab", "app", "config.json", "--no-browser", f"--port={port}"]
    environment = os.environ | own_folders(tmp_path)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment, start_new_session=True
    ) as app:
        assert app.stdout is not None
        said = app.stdout.readline()
        assert f"is at http://127.0.0.1:{port} on this machine" in said
        assert not answers(own_address(), port)
        app.send_signal(ending)

        assert app.wait(30) == 0
    end = time.monotonic() + 20
    while answers("127.0.0.1", port):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert list((tmp_path / "runtime").glob("sessionlab-*")) == []


def answers(address: str | None, port: int) -> bool:
    if address is None:
        return False
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


def own_address() -> str | None:
    """An address of this machine that is not of loopback; None where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address
