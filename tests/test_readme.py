"""The README's tour runs as it is printed, and so do its commands for teachers."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sessionlab.cli.app import app

ROOT = Path(__file__).parent.parent


def test_the_tour_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(ROOT)

    told: dict[str, Any] = {"__name__": "readme"}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), told)

    assert blocks


def test_the_commands_for_teachers_run_and_grade_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## For teachers\n")[2].partition("\n## ")[0]
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)

    commands = re.findall(r"^    sessionlab (.+)$", section, re.MULTILINE)
    codes = [CliRunner().invoke(app, shlex.split(command)).exit_code for command in commands]

    assert codes == [0, 0]
    assert len((tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()) == 6
