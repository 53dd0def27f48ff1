"""A night: what is made is put in place as it ends, and told to people and to programs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from nights.works import make

from sessionlab.errors import SourceError
from sessionlab.nights import SCHEMA, Job, Night, Summary, place_at
from sessionlab.nights.index_page import index_page
from sessionlab.nights.summary import Row, rows_before


def jobs(*what: str) -> list[Job]:
    return [Job(f"r{n}", one, f"r{n}.html", key="k", row=n + 2) for n, one in enumerate(what)]


def night(folder: Path, *what: str, **how: Any) -> Night:
    return Night(jobs(*what), place_at(str(folder / "out")), make, run="abc", scratch=folder, **how)


def test_each_report_is_there_as_soon_as_it_ends(tmp_path: Path) -> None:
    seen: list[tuple[str, bool, str]] = []

    def ended(row: Row) -> None:
        told = json.loads((tmp_path / "out" / "summary.json").read_text())
        jsonschema.validate(told, SCHEMA)
        seen.append((row.name, (tmp_path / "out" / f"{row.name}.html").exists(), told["ending"]))

    made = night(tmp_path, "ok", "fail", "ok", on_end=ended).run()

    assert seen == [("r0", True, "running"), ("r1", True, "running"), ("r2", True, "running")]
    assert (made.ending, made.exit_code, made.counts()) == ("failed", 1, {"ok": 2, "failed": 1})
    assert made.words() == "2 ok, 1 failed"
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    jsonschema.validate(told, SCHEMA)
    assert told == made.document() | {"seconds": told["seconds"]}
    assert "abc" not in str(told["reports"][1]["error"])


def test_what_is_whole_and_of_the_same_key_is_handed_to_who_makes_it(tmp_path: Path) -> None:
    night(tmp_path, "ok", "ok").run()
    assert night(tmp_path, "ok", "ok").run().counts() == {"unchanged": 2}
    (tmp_path / "out" / "r0.html").write_text("changed")
    assert night(tmp_path, "ok", "ok").run().counts() == {"ok": 1, "unchanged": 1}
    assert night(tmp_path, "ok", "ok", again=True).run().counts() == {"ok": 2}


def test_what_is_whole_stays_known_when_the_next_night_is_stopped(tmp_path: Path) -> None:
    def stop(row: Row) -> None:
        raise KeyboardInterrupt

    night(tmp_path, "ok", "ok").run()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            night(tmp_path, "ok", "ok", on_start=stop).run()
    told = json.loads((tmp_path / "out" / "summary.json").read_text())

    assert [row["status"] for row in told["reports"]] == ["interrupted", "waiting"]
    assert night(tmp_path, "ok", "ok").run().counts() == {"unchanged": 2}


def test_a_place_that_cannot_be_written_ends_the_night_and_all_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = night(tmp_path, "ok", "hang", workers=2)
    pids: list[int] = []

    def full(name: str, content: bytes) -> None:
        if name.endswith(".html") and name != "index.html":
            pids.extend(one.process.pid for one in made.pool.running)
            raise SourceError("the disk is full")

    monkeypatch.setattr(made._place, "write", full)
    with pytest.raises(SourceError, match="the disk is full"):
        made.run()

    assert len(pids) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_name_of_a_file_that_is_no_utf_8_ends_no_night(tmp_path: Path) -> None:
    made = night(tmp_path, "odd", "ok").run()

    assert made.counts() == {"failed": 1, "ok": 1}
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert told["reports"][0]["error"] == "no file b?.csv"


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"format": "other/1"}', b'{"format": "sessionlab-night/1", "reports": [{}]}']
)
def test_a_summary_that_cannot_be_read_is_as_if_there_was_none(content: bytes | None) -> None:
    assert rows_before(content) == {}


def test_figures_are_written_as_in_every_table_of_a_run() -> None:
    figures = {"total_return": 0.0123, "sharpe": 1, "max_drawdown": -0.005, "trades": 1234, "coverage": 99.5, "gaps": 1001}
    page = index_page(Summary("abc", [Row("one", 2, "x.json", "ok", figures=figures), Row("none", 3, "x.json", "ok")], None))

    for told in ("+1.23 %", "1.00", "-0.50 %", "1,234", "99.50 %"):
        assert f"<td>{told}</td>" in page
    assert '<td class="minor">1,001</td>' in page


def test_markup_in_names_is_shown_and_not_obeyed() -> None:
    bad = "<script>alert(1)</script>"
    row = Row(bad, 2, bad, "failed", file=f"{bad}.html", error=bad, printed=bad, figures={"total_return": -0.5})
    page = index_page(Summary("abc", [row, Row("fine", 3, "x.json", "ok", file="a b.html")], bad))

    assert "<script" not in page
    assert 'href="a%20b.html"' in page
    assert "-50.00 %" in page
    assert page.index("alert(1)") < page.index("fine")
    assert "http" not in page.replace("http-equiv", "")
