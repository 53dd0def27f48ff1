"""The environment for Binder: laid out as repo2docker wants it, pinned by the lock, and without what only tests need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BINDER = ROOT / "binder"


def text(name: str) -> str:
    return (BINDER / name).read_text(encoding="utf-8")


def test_its_python_is_one_that_the_project_runs_on_and_is_checked_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = re.fullmatch(r"python-(3\.\d+)\n", text("runtime.txt"))

    assert version is not None
    assert f"Programming Language :: Python :: {version[1]}" in project["classifiers"]


def test_everything_in_it_is_pinned_by_the_lock_alone() -> None:
    lines = [line for line in text("requirements.txt").splitlines() if line and not line.startswith("#")]
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)

    assert lines[0] == "-c ../requirements.lock"
    assert set(lines[1:]) <= set(pinned)
    assert "--constraint requirements.lock --editable '.[lab]'" in text("postBuild")


def test_what_is_done_after_the_installation_may_be_executed_and_stops_at_the_first_fault() -> None:
    assert os.access(BINDER / "postBuild", os.X_OK)
    assert text("postBuild").startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text("postBuild")


def test_the_notebook_that_its_address_opens_is_there() -> None:
    opened = re.findall(r"urlpath=lab/tree/(\S+?\.ipynb)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert opened
    assert [name for name in opened if not (ROOT / name).is_file()] == []


def test_repo2docker_reads_it() -> None:
    """repo2docker is none of the project's tools: where it is installed, it is asked what it would build."""
    program = shutil.which("jupyter-repo2docker")
    if program is None:
        pytest.skip("jupyter-repo2docker is not on the PATH; pip install jupyter-repo2docker into an environment of its own")
    asked = subprocess.run([program, "--no-build", "--debug", "."], cwd=ROOT, capture_output=True, text=True, timeout=100)
    told = asked.stdout + asked.stderr

    assert asked.returncode == 0, told
    assert "Building conda environment for " + text("runtime.txt").strip().replace("-", "=") in told
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in told
    assert "RUN ./binder/postBuild" in told
