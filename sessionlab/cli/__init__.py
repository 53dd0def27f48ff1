"""The command line, ``sessionlab``: run a config, measure data, check a config; for people and for scripts.

What was asked for goes to stdout, everything about it to stderr. How a command ended is its exit code: see
:class:`sessionlab.cli.endings.Ending`.
"""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that this terminal cannot show is no reason to fail
    try:
        from sessionlab.cli.app import app

        app(prog_name="sessionlab")
    except KeyboardInterrupt:
        sys.exit(130)
