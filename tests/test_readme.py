"""The README's tour runs as it is printed, and so do its commands for teachers."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
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


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_commands_about_reports_run_as_they_are_printed(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    jobs = re.search(r"^```csv\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    first = text.index("    sessionlab report ")
    commands = [line.strip() for line in text[first : text.index("\n\n", first)].splitlines()]
    for folder in ("session_configs", "notebooks"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    assert jobs is not None
    (tmp_path / "jobs.csv").write_text(jobs[1])

    for command in commands:
        words = [sys.executable, "-m", "sessionlab", *shlex.split(command)[1:]]
        ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, ""), command
    assert len(commands) == 4
    pages = [path.relative_to(tmp_path).parts[-1] for path in tmp_path.glob("reports/*/*.html")]
    assert sorted(pages) == ["breakouts.html", "crosses.html", "index.html"]


def test_the_commands_for_teachers_run_and_grade_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## For teachers\n")[2].partition("\n## ")[0]
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)

    commands = re.findall(r"^    sessionlab (.+)$", section, re.MULTILINE)
    codes = [CliRunner().invoke(app, shlex.split(command)).exit_code for command in commands]

    assert codes == [0, 0]
    assert len((tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()) == 6
