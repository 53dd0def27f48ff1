"""The SVG as a file: the same bytes for the same scene, nothing that could run, nothing that overlaps at any size."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deuteranopia import seen_by_a_deuteranope
from drawing import Drawing, Word, spans, tags_and_attributes
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.charts import Chart, Scene, frame_chart, side_by_side
from sessionlab.charts.themes import DARK, LIGHT
from sessionlab.errors import ConfigError

INDEX = pd.date_range("2025-07-02 09:30", periods=78, freq="5min", tz="America/New_York")
TAGS = {"svg", "title", "style", "defs", "pattern", "path", "rect", "g", "text", "clipPath", "circle"}


def bars(index: pd.DatetimeIndex = INDEX) -> pd.DataFrame:
    luck = np.random.default_rng(3)
    close = 100 + luck.normal(0, 0.2, len(index)).cumsum().round(2)
    opened = close + luck.integers(-20, 20, len(index)) / 100
    high, low = np.maximum(opened, close) + 0.05, np.minimum(opened, close) - 0.05
    return pd.DataFrame(
        {"open": opened, "high": high, "low": low, "close": close, "volume": luck.integers(1, 9000, len(index))}, index
    )


@pytest.fixture(scope="module")
def full() -> Chart:
    """Two cells with lines, a panel of its own, a hole and a prior close."""
    frame = bars()
    one = frame_chart(
        frame.drop(INDEX[20:24]),
        symbol="AAPL",
        expected=INDEX,
        indicators={"mean of 5": frame["close"].rolling(5).mean(), "share": frame["close"] * 0 + np.sin(np.arange(78))},
        prior_close=float(frame["close"].iloc[0]) + 0.3,
    )
    return side_by_side([one, frame_chart(bars(), symbol="RIVN", expected=INDEX)])


def test_a_scene_is_json_and_its_columns_have_one_length(full: Chart):
    plain = json.loads(full.scene.to_json())

    assert plain == full.scene.to_dict()
    assert plain["format"] == "sessionlab-scene/1"
    for cell in plain["cells"]:
        for mark in [mark for panel in cell["panels"] for mark in panel["marks"]]:
            assert len({len(column) for column in mark.values() if isinstance(column, list)}) == 1


def test_a_scene_never_changes(full: Chart):
    with pytest.raises(FrozenInstanceError):
        full.scene.title = "another"  # type: ignore[misc]
    assert hash(full.scene) == hash(full.scene)
    assert all(isinstance(getattr(full.scene, field.name), str | int | tuple) for field in fields(Scene))


def test_equal_scenes_give_equal_bytes_in_another_process(tmp_path: Path):
    code = (
        "import sessionlab as sl; lab = sl.demo(); lab.advance('11:00');"
        "chart = lab.data.chart('AAPL', '5m', indicators=[sl.EMA(9, '5m'), sl.RSI(14, '5m')]);"
        "import hashlib; print(hashlib.sha256((chart.svg + chart.scene.to_json() + chart._repr_html_()).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1


@given(
    name=st.text(max_size=30),
    reason=st.text(max_size=30) | st.sampled_from(["</text><script>alert(1)</script>", '"onload="alert(1)', "]]><svg onload=x>"]),
)
@settings(max_examples=60)
def test_text_is_only_text_whatever_it_says(name: str, reason: str):
    fills = pd.DataFrame({"time": [INDEX[4]], "side": ["buy"], "price": [100.0], "reason": [reason], "symbol": [name]})
    chart = frame_chart(bars(), symbol=name, fills=fills, indicators={name: bars()["close"]})
    for text in (chart.svg, chart._repr_html_()):
        found = list(tags_and_attributes(text))

        assert {tag for tag, _ in found} <= TAGS
        assert not [one for _, keys in found for one in keys if one.startswith("on") or "href" in one]
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_drawing_tells_those_who_do_not_see_it_what_it_shows(full: Chart):
    root = Drawing(full.svg).root

    assert root.get("role") == "img"
    assert root.get("aria-label") == root[0].text == full.scene.title
    assert full.scene.title.startswith("AAPL 5m 2025-07-02, coverage 94.87 % (4 absent)")


@given(width=st.integers(120, 2400), height=st.integers(90, 1600))
@settings(max_examples=80, deadline=None)
def test_no_words_overlap_or_leave_the_picture_at_any_size(full: Chart, width: int, height: int):
    text = full.to_svg(width=width, height=height)
    view = [float(one) for one in re.findall(r'viewBox="([^"]+)"', text)[0].split()]

    assert view[2] / view[3] == pytest.approx(width / height, rel=0.01)
    for symbol in ("AAPL", "RIVN"):
        drawing = Drawing(text, symbol)
        for group in (drawing.words("times"), drawing.words("values"), [w for w in drawing.words() if w.y < drawing.top]):
            _are_apart(group)
        for word in drawing.words():
            assert spans(word)[0] >= -1.0
            assert spans(word)[1] <= view[2] + 1.0
            assert 0 < word.y < view[3]


def _are_apart(words: list[Word]) -> None:
    lines: dict[float, list[Word]] = {}
    for word in words:
        lines.setdefault(word.y, []).append(word)
    for line in lines.values():
        ordered = sorted(spans(word) for word in line)
        assert all(a[1] < b[0] + 0.5 for a, b in itertools.pairwise(ordered)), line
    heights = sorted(lines)
    assert all(b - a >= 10 for a, b in itertools.pairwise(heights)), heights


@pytest.mark.parametrize("width", [0, -5, 2.5, True, 1_000_000])
def test_a_size_that_no_picture_has_is_refused(full: Chart, width: object):
    with pytest.raises(ConfigError, match="width is"):
        full.to_svg(width=width)  # type: ignore[arg-type]


def test_cells_stand_side_by_side_where_there_is_room_and_else_below_each_other(full: Chart):
    def places(width: int) -> list[tuple[float, float]]:
        text = full.to_svg(width=width, height=900)
        return [(word.x, word.y) for symbol in ("AAPL", "RIVN") for word in Drawing(text, symbol).words() if word.size == 13.0]

    (a, b), (c, d) = places(1200), places(500)
    assert a[1] == b[1]
    assert a[0] < b[0]
    assert c[0] == d[0]
    assert c[1] < d[1]


def test_light_and_dark_differ_in_colors_alone(full: Chart):
    light, dark = full.to_svg(theme="light"), full.to_svg(theme="dark")

    assert LIGHT.background in light
    assert DARK.background in dark
    assert re.sub("#[0-9a-f]{6}|sl[0-9a-f]{10}", "", light) == re.sub("#[0-9a-f]{6}|sl[0-9a-f]{10}", "", dark)
    with pytest.raises(ConfigError, match="light or dark"):
        full.to_svg(theme="sepia")


def test_in_a_notebook_it_fits_its_page_runs_nothing_and_names_nothing_twice(full: Chart):
    other = frame_chart(bars(), symbol="RIVN", expected=INDEX)
    page = full._repr_html_() + other._repr_html_()

    assert 'width="100%"' in page
    assert "<script" not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)
    assert full._repr_svg_() == full.svg


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_up_and_down_are_told_apart_by_who_sees_no_red_and_green(theme):
    seen = {color: seen_by_a_deuteranope(color) for color in (theme.up, theme.down, theme.background, *theme.lines[:3])}

    def apart(a: str, b: str) -> float:
        return float(np.linalg.norm(seen[a] - seen[b]))

    assert apart(theme.up, theme.down) > 40
    assert min(apart(theme.up, theme.background), apart(theme.down, theme.background)) > 35
    first = theme.lines[:3]
    assert min(apart(a, b) for i, a in enumerate(first) for b in first[i + 1 :]) > 15


def test_a_gray_print_of_a_light_drawing_tells_up_from_down():
    """Lightness, 0 to 100, is what is left of a color. Source: CIE 1976 L*, of the relative luminance of WCAG 2.1."""

    def lightness(color: str) -> float:
        srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        luminance = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        return float(116 * np.cbrt(luminance) - 16)

    assert lightness(LIGHT.down) - lightness(LIGHT.up) > 15


def test_a_chart_is_kept_as_svg_and_nothing_else_that_is_not_png(full: Chart, tmp_path: Path):
    file = full.save(tmp_path / "new" / "t.svg", width=700, height=300)

    assert file.read_text(encoding="utf-8") == full.to_svg(width=700, height=300)
    with pytest.raises(ConfigError, match=r"neither in \.svg nor in \.png"):
        full.save(tmp_path / "t.pdf")


def test_a_png_has_the_size_that_was_asked_for(full: Chart, tmp_path: Path):
    pytest.importorskip("resvg_py")
    content = full.save(tmp_path / "t.png", width=400, height=300, scale=2).read_bytes()

    assert content.startswith(b"\x89PNG")
    assert (int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")) == (800, 600)
    with pytest.raises(ConfigError, match="scale"):
        full.to_png(scale=0)


def test_without_the_library_a_png_says_what_to_install(full: Chart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)

    with pytest.raises(ConfigError, match="pip install resvg-py"):
        full.save(tmp_path / "t.png")
    assert not (tmp_path / "t.png").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([1, 2], "takes a frame of bars"),
        (pd.DataFrame({"open": [1.0]}, index=INDEX[:1]), "lacks high, low, close"),
        (bars().reset_index(drop=True), "DatetimeIndex"),
        (bars().iloc[::-1], "not in order"),
        (pd.concat([bars(), bars()]).sort_index(), "two start at once"),
    ],
    ids=["list", "columns", "index", "order", "twice"],
)
def test_what_is_no_table_of_bars_is_refused(given: object, told: str):
    with pytest.raises(ConfigError, match=told):
        frame_chart(given)  # type: ignore[arg-type]


def test_stamps_with_and_without_zone_and_indicators_of_other_bars_are_refused():
    with pytest.raises(ConfigError, match="time zone"):
        frame_chart(bars(INDEX.tz_localize(None)), expected=INDEX)
    with pytest.raises(ConfigError, match="no value of the indicator mean"):
        frame_chart(bars(), indicators={"mean": pd.Series(1.0, INDEX + pd.Timedelta(days=1))})


def test_bars_without_prices_are_counted_and_their_slots_are_empty():
    frame = bars()
    frame.iloc[[3, 9], 1] = [np.nan, np.inf]
    chart = frame_chart(frame, symbol="A", expected=INDEX)

    assert "2 without prices left out" in repr(chart)
    assert chart.scene.cells[0].times.absent_first == (3, 9)


def test_a_chart_without_bars_says_so():
    empty = frame_chart(bars(INDEX[:0]), symbol="A", expected=INDEX)

    assert "coverage 0.00 % (78 absent)" in repr(empty)
    assert "no bars" in [word.text for word in Drawing(empty.svg).words()]


def test_charts_are_part_of_the_package():
    assert sl.charts.frame_chart is frame_chart
