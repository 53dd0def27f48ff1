"""Work for processes of a pool: it is imported there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any


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
    if what == "count":
        # A global of this module: 1 in every process that begins afresh.
        COUNT.append(1)
        return len(COUNT), [name for name in ("matplotlib", "IPython") if name in sys.modules]
    return None


COUNT: list[int] = []
