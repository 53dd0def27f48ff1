"""The command line on a terminal of its own, with somebody at it who may type."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from typing import Any

import pytest

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def on_a_terminal(*words: object, columns: int, answer: str | None = None, **further: Any) -> tuple[int, str]:
    """Exit code and everything shown on a terminal of ``columns``, at which somebody types ``answer``."""
    pytest.importorskip("pty")
    ours, theirs = os.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "CI")}
    environment |= {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    shown: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(ours, 65536):
                shown.append(chunk)
        except OSError:
            return  # the other end is closed

    process = subprocess.Popen(
        [sys.executable, "-m", "sessionlab", *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        **further,
    )
    os.close(theirs)
    if answer is not None:
        os.write(ours, f"{answer}\n".encode())
    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(60)
    reader.join(10)
    os.close(ours)
    return code, b"".join(shown).decode()
