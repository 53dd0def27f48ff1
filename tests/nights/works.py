"""Work for processes of a pool: it is imported there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from sessionlab.nights import Made


def work(task: Any, tell: Any) -> Any:
    what, value = task
    if what == "give":
        return value
    if what == "hang":
        tell("10:15", 0.25)
        while True:
            time.sleep(0.05)
    if what == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        tell("10:15", 0.25)
        time.sleep(60)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leave":
        os._exit(7)
    if what == "raise":
        raise RuntimeError("a bug of ours")
    if what == "print":
        print("said")
        print("told", file=sys.stderr)
        subprocess.run(["echo", "by another"], check=True)
        raise RuntimeError
    if what == "flood":
        os.ftruncate(1, 1 << 40)  # a terabyte that takes no room
        print("said last", flush=True)
        raise RuntimeError
    if what == "count":
        # A global of this module: 1 in every process that begins afresh.
        COUNT.append(1)
        return len(COUNT), [name for name in ("matplotlib", "IPython") if name in sys.modules]
    return None


COUNT: list[int] = []


def make(task: Any, tell: Any) -> Made:
    """A report of a job whose config's name says what is to become of it."""
    job, before = task
    if job.what == "hang":
        time.sleep(60)
    if job.what == "fail":
        return Made("failed", b"<p>failed</p>", "Failed, with secret=abc", "2025-07-02T10:00:00-04:00", 1)
    if job.what == "odd":
        return Made("failed", b"<p>failed</p>", "no file b\udcff.csv", None, 1)
    if before is not None:
        return Made("unchanged")
    return Made("ok", job.name.encode(), figures={"total_return": 0.0123, "trades": 1234, "coverage": 99.5})
