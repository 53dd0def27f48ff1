"""Tables of coverage and gaps are frames like any other; their page has a line below the number that matters."""

from __future__ import annotations

import pickle
from pathlib import Path

import pandas as pd
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.session.quality_tables import quality_table

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


@pytest.fixture
def lab() -> sl.Lab:
    lab = sl.Lab(config("A&lt B", "1m 5m"), source=RowsSource({
        ("A&lt", "1m"): make_bars(DAY, missing=[3, 4, 20]), ("B", "1m"): make_bars(DAY, seed=1),
    }), times=TIMES)  # fmt: skip
    lab.advance("10:00")
    return lab


def test_the_page_has_a_line_below_coverage_and_escapes_symbols(lab: sl.Lab) -> None:
    page = lab.data.quality()._repr_html_()

    assert page is not None
    assert page.count("linear-gradient") == 4
    assert ">90.00 %</span>" in page
    assert "90.00%,100% - 2px" in page
    assert "<td>A&amp;lt</td>" in page


def test_a_gap_has_a_line_as_long_as_it_is_of_the_longest(lab: sl.Lab) -> None:
    page = lab.data.gaps()._repr_html_()

    assert page is not None
    assert page.count("max(100.00%,2px)") == 1
    assert page.count("max(50.00%,2px)") == 3


def test_with_windows_they_are_such_tables_too(lab: sl.Lab) -> None:
    assert "linear-gradient" in (lab.data.quality(window=True)._repr_html_() or "")
    assert "linear-gradient" in (lab.data.gaps(window=True)._repr_html_() or "")


def test_some_of_its_rows_are_shown_as_pandas_does(lab: sl.Lab) -> None:
    some = lab.data.quality().query("coverage < 100")

    assert len(some) == 2
    assert "linear-gradient" not in some._repr_html_()


def test_a_table_made_of_it_is_shown_as_pandas_does(lab: sl.Lab) -> None:
    quality = lab.data.quality()
    plain = quality.copy()

    for change in (
        lambda frame: frame.assign(extra="<b>"),
        lambda frame: frame.head(2),
        lambda frame: frame.set_index("symbol"),
        lambda frame: frame.groupby("symbol")[["expected", "present"]].sum(),
        lambda frame: frame.describe(),
        lambda frame: frame.rename(columns={"coverage": "<i>"}),
        lambda frame: frame.T,
    ):
        assert change(quality)._repr_html_() == change(plain)._repr_html_()


@pytest.mark.parametrize("name", ["symbol", "expected", "coverage", "gap_count", "date"])
def test_what_somebody_writes_into_it_is_not_obeyed(lab: sl.Lab, name: str) -> None:
    quality = lab.data.quality()
    quality[name] = pd.Series(["<img src=x>"] * len(quality), dtype=object)

    assert "<img" not in (quality._repr_html_() or "")
    assert "&lt;img" in (quality._repr_html_() or "")


def test_whatever_kind_a_column_becomes_it_can_be_shown(lab: sl.Lab) -> None:
    for name in ("date", "coverage", "expected"):
        for value in (1.5, "text", None, pd.Timestamp("2025-07-02"), pd.NaT):
            quality = lab.data.quality()
            quality[name] = value

            assert "<table" in quality._repr_html_()
    gaps = lab.data.gaps()
    gaps["count"] = ["many", 2, None, *gaps["count"][3:]]
    assert "many" in gaps._repr_html_()


def test_names_of_its_axes_are_not_obeyed_either(lab: sl.Lab) -> None:
    for axis in ("index", "columns"):
        quality = lab.data.quality()
        getattr(quality, axis).name = "<img src=x>"

        assert "<img" not in (quality._repr_html_() or "")


def test_a_long_one_is_cut_as_long_frames_are(lab: sl.Lab) -> None:
    long = quality_table(pd.concat([lab.data.quality()] * 40, ignore_index=True))
    page = long._repr_html_()

    assert page is not None
    assert page.count("<tr>") == 11
    assert "160 rows × 9 columns" in page


def test_it_equals_and_pickles_as_a_frame_does(lab: sl.Lab) -> None:
    quality, gaps = lab.data.quality(), lab.data.gaps()

    assert type(quality) is type(gaps) is pd.DataFrame
    assert pickle.loads(pickle.dumps(gaps)).equals(gaps)
    pd.testing.assert_frame_equal(quality.copy(), quality)


def test_where_pages_of_frames_are_off_it_has_none(lab: sl.Lab) -> None:
    with pd.option_context("display.notebook_repr_html", False):
        assert lab.data.quality()._repr_html_() is None


def test_a_saved_result_shows_them_too(lab: sl.Lab, tmp_path: Path) -> None:
    again = sl.RunResult.load(lab.result().save(tmp_path / "run"))

    assert again.quality._repr_html_() == lab.result().quality._repr_html_()
    assert "linear-gradient" in again.gaps._repr_html_()
