"""The repository as a whole: what stands in its files holds on any machine, and its papers agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import sessionlab

ROOT = Path(__file__).parent.parent
DATA_FOLDERS_MAY_BE_NAMED = {".ci/run"}

# Written in two halves, so that this file passes its own test.
ONE_MACHINE = re.compile(
    r"(?<![\w/])/wo" r"rk/|/ro" r"ot/|\.\./sha" r"red|(?<!\w)\.libr" r"ary\b|/opt/pyp" r"i"
    r"|py" r"pi\.org|pythonho" r"sted\.org|registry\.np" r"mjs|debian\.o" r"rg"
)  # fmt: skip


def tracked() -> list[Path]:
    """Files that git knows; without git there is no telling what belongs to the project."""
    try:
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for file in tracked():
        content = file.read_bytes()
        if b"\0" not in content:
            yield file.relative_to(ROOT).as_posix(), content.decode("utf-8")


def test_no_file_names_a_place_that_only_one_machine_has() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        if name not in DATA_FOLDERS_MAY_BE_NAMED
        for number, line in enumerate(text.splitlines(), start=1)
        if ONE_MACHINE.search(line)
    ]

    assert found == []


def test_no_market_data_is_in_the_repository() -> None:
    assert [file.name for file in tracked() if file.suffix in {".parquet", ".feather", ".zip", ".h5"}] == []


def test_the_changelog_starts_with_what_is_unreleased_and_knows_this_version() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)\]?", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [sessionlab.__version__])


def test_the_lock_pins_every_dependency_and_says_nothing_of_where_it_came_from() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert [line for line in pins if not re.match(r"[A-Za-z0-9._-]+==[\w.+!]+( ; .+)?$", line)] == []
    assert [line for line in lines if re.search(r"https?:|file:|--|@ ", line)] == []


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["test"], *extras["lab"]]
    pinned = {_name(line) for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if "==" in line}

    assert {_name(requirement) for requirement in asked} - pinned == set()


def _name(requirement: str) -> str:
    """The name of what is required, spelled as an index spells it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement.strip(), maxsplit=1)[0]).lower()
