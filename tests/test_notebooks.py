"""A notebook in the repository is small, was run, and holds nothing but cells and their outputs.

That its outputs still come out is nbval's part, which runs every notebook beside these tests.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

import sessionlab as sl
from sessionlab.notebooks import check, declared

MEGABYTE = 1_000_000
MINUTES, WORDS_A_MINUTE = 5, 200
NEEDS_A_BROWSER = {"application/vnd.jupyter.widget-view+json", "application/javascript"}
MARK = "application/vnd.sessionlab.mark+json"
FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("**/*.ipynb"))

EXERCISES = sorted((FOLDER / "exercises").glob("*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(path: Path) -> list[tuple[int, Any]]:
    cells = enumerate(read(path).cells, start=1)
    return [(number, output) for number, cell in cells if cell.cell_type == "code" for output in cell.outputs]


def sanitized(text: str) -> str:
    """What nbval compares of ``text``."""
    for pattern, replacement in get_sanitize_patterns((FOLDER / "sanitize.cfg").read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text


def test_only_what_no_two_runs_share_is_left_out_of_the_comparison() -> None:
    assert sanitized("load 1.25 ms, 0.8 s in all") == "load A-TIME, A-TIME in all"
    assert sanitized("1,234,567 bars/s at 0x7f00deadbeef") == "A-SPEED at AN-ADDRESS"
    assert sanitized("5m bars, 1s bars, 390 bars, 99.7436 %") == "5m bars, 1s bars, 390 bars, 99.7436 %"


@each_notebook
def test_a_notebook_is_under_one_megabyte(path: Path) -> None:
    assert path.stat().st_size < MEGABYTE


@each_notebook
def test_a_notebook_holds_no_widget_state(path: Path) -> None:
    assert "widgets" not in read(path).metadata, "save it without widget state, or clear the outputs and run it again"
    assert [number for number, output in outputs(path) if NEEDS_A_BROWSER & set(output.get("data", {}))] == []


@each_notebook
def test_a_notebook_holds_no_error(path: Path) -> None:
    errors = [(number, output.ename) for number, output in outputs(path) if output.output_type == "error"]

    assert errors == []


@each_notebook
def test_a_notebook_was_run_from_its_first_cell_to_its_last(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]

    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_the_report_notebook_takes_a_config_and_shows_pictures_without_javascript() -> None:
    path = FOLDER / "05_report.ipynb"
    known = declared(read(path), path)
    shown = [set(output.data) for _, output in outputs(path)]

    assert {name: one.hint for name, one in known.items()} == {"config": str, "changes": dict, "minutes": int, "risk": float}
    assert check(path, {"minutes": "30"}, {"seed": 7}, value_of=int).config is not None
    assert sum("image/svg+xml" in kinds for kinds in shown) >= 2
    assert all(kinds & {"image/svg+xml", "text/html"} or kinds == {"text/plain"} for kinds in shown)
    assert not any(kind.startswith("application/") for kinds in shown for kind in kinds)


@each_notebook
def test_a_notebook_is_read_in_five_minutes(path: Path) -> None:
    prose = " ".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")

    assert len(prose.split()) < MINUTES * WORDS_A_MINUTE


def test_there_is_an_exercise_for_each_lesson() -> None:
    opened = [re.findall(r'sl\.lesson\("([^"]+)"', "".join(cell.source for cell in read(path).cells)) for path in EXERCISES]

    assert [path.stem for path in EXERCISES] == [
        "01_gap_hunt",
        "02_look_ahead_hunt",
        "03_fill_realism",
        "04_costs",
        "05_blind_replay",
    ]
    assert opened == [[name] for name in sl.lessons().index]


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_an_exercise_shows_a_wrong_answer_with_reasons_and_then_a_right_one(path: Path) -> None:
    marks = [output["data"] for _, output in outputs(path) if MARK in output.get("data", {})]

    assert [", full" in data["text/plain"] for data in marks] == [False, True]
    assert all("<table>" in data["text/html"] and "<script" not in data["text/html"] for data in marks)
    assert [data[MARK]["attempt"] for data in marks] == [1, 2]
