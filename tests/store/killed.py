"""A process that kills itself, as a crash would, when it puts a file in place for the n-th time: before it does, or after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import os, pathlib, signal, sys

at, when = int(sys.argv[1]), sys.argv[2]
real, count = pathlib.Path.replace, [0]

def replace(self, target):
    count[0] += 1
    if count[0] == at and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, target)
    if count[0] == at:
        os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.replace = replace
import sessionlab as sl

{code}
print("ended", count[0])
"""


def run_killed(code: str, at: int, when: str) -> subprocess.CompletedProcess[str]:
    """Run ``code``, which knows ``sl``, until it puts the ``at``-th file in place."""
    program = [sys.executable, "-c", _PROGRAM.replace("{code}", code), str(at), when]
    root = str(Path(__file__).parents[2])
    return subprocess.run(program, capture_output=True, text=True, timeout=100, env=os.environ | {"PYTHONPATH": root})
