"""A mark says the same as text, as a page and as a table, and leaves a record of the answer without its points."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.errors import SourceError
from sessionlab.teaching import MARK, Mark, Part


@pytest.fixture
def mark() -> Mark:
    return sl.lesson("look-ahead-hunt", student="s1").check({"c1": "16:00", "c2": "10:00"})


def test_text_page_and_table_tell_the_same(mark: Mark) -> None:
    page = html.unescape(re.sub("<[^>]+>", " ", mark._repr_html_()))
    text = repr(mark)

    assert mark.frame.columns.tolist() == ["part", "points", "out_of", "reason"]
    assert mark.frame["points"].sum() == mark.points
    for part in mark.parts:
        assert part.name in text
        assert part.reason in text
        assert part.reason in page
    assert f"{mark.points:g} of 10 points" in text
    assert f"{mark.points:g} of 10 points" in page


def test_what_a_notebook_keeps_has_three_forms_and_is_plain_json(mark: Mark) -> None:
    kept = mark._repr_mimebundle_()

    assert set(kept) == {"text/plain", "text/html", MARK}
    assert json.loads(json.dumps(kept)) == kept
    assert kept[MARK]["answer"] == {"c1": "16:00", "c2": "10:00"}
    assert not {"points", "parts", "out_of"} & set(kept[MARK])
    assert "<script" not in kept["text/html"]


def test_markup_in_a_reason_is_shown_and_not_obeyed() -> None:
    shown = Mark("costs", "s1", [Part("<i>a</i>", 0.5, 1.0, "<img src=x onerror=alert(1)>")], {}, 1, 1)._repr_html_()

    assert "<img" not in shown
    assert "&lt;img src=x" in shown
    assert "<i>" not in shown


@pytest.mark.parametrize(
    ("points", "is_full", "total"),
    [([1.0, 1.0], True, 2.0), ([1.0, 0.5], False, 1.5), ([1.0, 1.0, -0.5], False, 1.5), ([0, -0.5], False, 0)],
)
def test_a_mark_is_true_where_it_is_full_and_never_below_zero(points: list[float], is_full: bool, total: float) -> None:
    parts = [Part("part", one, 1.0 if one >= 0 else 0.0, "why") for one in points]
    made = Mark("costs", "s1", parts, {}, 1, 1)

    assert bool(made) is is_full
    assert made.points == total


def test_a_saved_record_is_a_json_file_put_in_place_as_a_whole(mark: Mark, tmp_path: Path) -> None:
    file = mark.save(tmp_path / "hand in" / "s1")

    assert file == tmp_path / "hand in" / "s1.json"
    assert json.loads(file.read_text(encoding="utf-8")) == mark.record()
    (tmp_path / "taken").write_text("")
    with pytest.raises(SourceError, match="could not be written"):
        mark.save(tmp_path / "taken" / "s1")
