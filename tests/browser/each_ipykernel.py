"""Run the test of one thread under several versions of ipykernel: ``python tests/browser/each_ipykernel.py 6.30.1 7.1.0 7.4.0``.

Each version is laid into a folder of its own, ahead of the installed one. It downloads, so it is run by hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TEST = Path(__file__).with_name("test_one_thread.py")
VERSIONS = ("6.30.1", "7.1.0", "7.4.0")


def run(version: str, folder: Path) -> bool:
    """Whether the test passes under ``version``; it prints what it found."""
    install = ["install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target", str(folder), f"ipykernel=={version}"]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "pytest", "--quiet", "--capture=no", str(TEST)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path, "CI": "true"}).returncode == 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        results = [run(version, Path(folder) / version) for version in sys.argv[1:] or VERSIONS]
    sys.exit(not all(results))
