"""A report carries its run: enough to make it again, and to tell whether it comes out the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reports.runs import Breaks, Read, Short, Swing, failed, lab_of, page_of, rows, traded

import sessionlab as sl
from sessionlab.config import SessionConfig
from sessionlab.errors import BadDataError, ConfigError, NoDataError, SourceError
from sessionlab.reports import embedded_run, pieces_of, report_html, stable_part
from sessionlab.saving.again import run_again
from sessionlab.saving.artifacts import artifacts_of
from sessionlab.saving.table_digest import digest_differences, table_digest


def digests(result: sl.RunResult) -> dict[str, Any]:
    return {name: table_digest(frame) for name, frame in artifacts_of(result).tables.items()}


def test_what_a_report_carries_is_what_a_saved_run_has() -> None:
    carried, pieces = embedded_run(page_of("traded")), artifacts_of(traded())

    assert carried["documents"] == pieces.documents
    assert carried["texts"] == pieces.texts
    assert carried["apart"] == pieces.apart
    assert {name: table["rows"] for name, table in carried["tables"].items()} == {
        name: len(frame) for name, frame in pieces.tables.items()
    }
    assert "class Swing" in carried["texts"]["strategies/Swing.py"]


def test_the_config_of_a_report_is_the_config_of_the_run() -> None:
    assert SessionConfig.from_dict(embedded_run(page_of("traded"))["documents"]["config.json"]) == traded().config


def test_a_run_is_made_again_of_its_report_alone_and_comes_out_the_same() -> None:
    carried = embedded_run(page_of("traded"))
    again = run_again(pieces_of(carried), rows())

    assert again.raised is None
    assert list(digest_differences(carried["tables"], digests(again.result))) == []
    assert artifacts_of(again.result).documents == carried["documents"]


def test_a_run_that_failed_is_made_again_up_to_there() -> None:
    result, failure = failed()
    carried = embedded_run(report_html(result, failure=failure))
    again = run_again(pieces_of(carried), rows())

    assert list(digest_differences(carried["tables"], digests(again.result))) == []
    assert carried["failure"]["kind"] == "ZeroDivisionError"
    assert carried["failure"]["at"] == "2025-07-03T10:17:00-04:00"


def test_another_run_is_told_by_table_and_column() -> None:
    carried = embedded_run(page_of("traded"))
    other = lab_of(Swing(shares=11), Short(), trading_config__benchmark="AA").run()
    found = dict(digest_differences(carried["tables"], digests(other)))

    assert found["fills"].startswith("column ")
    assert "quantity" in found["fills"]
    assert "symbol" not in found["fills"]
    assert "quality" not in found


def test_equal_runs_have_equal_pages_but_for_the_timing() -> None:
    one, other = (report_html(lab_of(Swing(), Short()).run()) for _ in range(2))

    assert one != other
    assert stable_part(one) == stable_part(other)
    assert report_html(traded()) == page_of("traded")


def test_what_is_left_out_of_comparing_is_the_timing_alone() -> None:
    page = page_of("traded")
    left_out = page[: len(page)].replace(stable_part(page), "")
    kept, whole = Read(stable_part(page)).soup, Read(page).soup

    assert whole.find(id="timing") is not None
    assert {section["id"] for section in whole.find_all("section")} - {section["id"] for section in kept.find_all("section")} == {
        "timing"
    }
    assert [one["id"] for one in whole.find_all("script", id=True)] == ["sessionlab-run", "sessionlab-timing"]
    assert [one["id"] for one in kept.find_all("script", id=True)] == ["sessionlab-run"]
    assert left_out


def test_a_report_that_was_changed_is_refused() -> None:
    page = page_of("traded")
    changed = page.replace('"max_per_trade":10000.0', '"max_per_trade":10001.0', 1)

    assert changed != page
    with pytest.raises(BadDataError, match="changed since it was written"):
        embedded_run(changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("apart"),
        lambda said: said.update(apart=3),
        lambda said: said["apart"].pop("machine.json"),
        lambda said: said["apart"]["machine.json"].pop("manifest"),
        lambda said: said.update(more=float("nan")),
    ],
)
def test_a_report_of_which_a_part_was_taken_out_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    """Of what differs from run to run there is no digest."""
    page = page_of("demo")
    element = re.search(r'id="sessionlab-run">(.*?)</script>', page, re.DOTALL)
    assert element is not None
    said = json.loads(element[1])
    change(said)

    with pytest.raises(BadDataError, match="changed since it was written"):
        embedded_run(page[: element.start(1)] + json.dumps(said).replace("<", "\\u003c") + page[element.end(1) :])


def test_a_page_that_is_no_report_is_refused() -> None:
    with pytest.raises(NoDataError, match="carries no run"):
        embedded_run("<html><p>hello</p></html>")


def test_a_report_of_a_newer_format_is_refused() -> None:
    with pytest.raises(ConfigError, match="made by a newer sessionlab"):
        embedded_run(page_of("demo").replace("sessionlab-report/1", "sessionlab-report/2"))


def test_what_is_carried_cannot_end_its_element() -> None:
    element = re.search(r'<script type="application/json" id="sessionlab-run">(.*?)</script>', page_of("traded"), re.DOTALL)

    assert element is not None
    assert not set("<>&") & set(element[1])


def test_a_report_is_written_whole_into_html_alone(tmp_path: Path) -> None:
    file = sl.demo().run().report(tmp_path / "night" / "demo.html", title="Tonight")

    assert Read(file.read_text(encoding="utf-8")).soup.h1.get_text() == "Tonight"
    assert [one.name for one in file.parent.iterdir()] == ["demo.html"]
    with pytest.raises(ConfigError, match=r"demo\.pdf: a report is one page of HTML"):
        traded().report(tmp_path / "demo.pdf")
    with pytest.raises(SourceError, match="what was stored before is unchanged"):
        traded().report(file / "inside.html")


def test_secrets_and_places_of_the_machine_are_not_shown(tmp_path: Path) -> None:
    made = lab_of().config.replace({"api_config.data_options": {"token": "hunter2"}, "metadata": {"password": "hunter2"}})
    result = lab_of(Breaks()).result()
    result.config = made

    assert "hunter2" not in report_html(result)
