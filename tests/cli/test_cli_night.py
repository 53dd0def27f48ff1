"""``sessionlab report --jobs-file``: many reports, a process each; what holds is not made again, what fails is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import jsonschema
import pytest
from cli.conftest import write_minutes
from cli.terminal import ANSI, on_a_terminal
from notebooks.made import write_desk

import sessionlab as sl
from sessionlab.nights import SCHEMA
from sessionlab.reports import stable_part

MODULE = """
import time

import sessionlab as sl


class Flip(sl.Strategy):
    fast: int = 3
    fail_at: int = 0
    hang_at: int = 0
    sleep: float = 0.0

    def on_bar(self, ctx, symbol):
        bars = ctx[symbol].bars("1m")
        time.sleep(self.sleep)
        if len(bars) == self.fail_at:
            print("seen", symbol)
            raise ValueError("poison <script>alert(1)</script>")
        while len(bars) == self.hang_at:
            pass
        if len(bars) % self.fast == 0:
            ctx.target(symbol, 5 if len(bars) // self.fast % 2 else 0)


class Poisoned(Flip):
    fail_at: int = 100
"""
NIGHT = ("report", "one.json", "--jobs-file", "jobs.csv", "--strategy", "my_flip:Flip", "-o", "night/{name}")
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def here(document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a config of one symbol over a half day, and a module with a strategy, in which commands run."""
    document["session_data_config"] = {"symbols": ["AAPL"], "streams": ["1m"]}
    document["backtest_config"] = {"start_date": "2025-07-03", "end_date": "2025-07-03"}
    (tmp_path / "one.json").write_text(json.dumps(document))
    (tmp_path / "my_flip.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("my_flip", None)


def jobs(here: Path, *lines: str) -> None:
    (here / "jobs.csv").write_text("\n".join(lines) + "\n")


def summary(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    jsonschema.validate(told, SCHEMA)
    return told


def by_name(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in summary(folder)["reports"]}


def statuses(folder: Path) -> dict[str, str]:
    return {name: one["status"] for name, one in by_name(folder).items()}


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def process(here: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sessionlab", *words]
    return subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_every_row_is_a_report_as_the_command_makes_it_alone(cli: Any, here: Path) -> None:
    jobs(here, "name,fast,seed,title", "a,5,1,", "b,7,,Mine", "c,,,")
    result = cli(*NIGHT, "-q")
    cli("report", "one.json", "--strategy", "my_flip:Flip", "-p", "fast=5", "--set", "seed=1", "-o", "alone.html", "-q")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert statuses(here / "night") == dict.fromkeys("abc", "ok")
    pages = [stable_part(path.read_text()) for path in (here / "night" / "a.html", here / "alone.html")]
    commands = [json.loads(page.split('"command":')[1].split("]")[0] + "]") for page in pages]
    assert pages[0].replace(json.dumps(commands[0], separators=(",", ":")), "") == pages[1].replace(
        json.dumps(commands[1], separators=(",", ":")), ""
    )
    assert [sl.verify(here / "night" / f"{name}.html").same for name in "abc"] == [True] * 3
    assert "<title>Mine" in (here / "night" / "b.html").read_text()
    assert by_name(here / "night")["a"]["figures"]["trades"] == sl.verify(here / "night" / "a.html").again.stats["trades"]
    assert sorted(path.name for path in (here / "night").iterdir()) == [
        "a.html",
        "b.html",
        "c.html",
        "index.html",
        "summary.json",
    ]


def test_all_that_is_wrong_with_rows_is_said_before_anything_runs(cli: Any, here: Path) -> None:
    jobs(
        here, "name,config,fsat,seed,strategy", "a,,5,,", "b,none.json,,,", "c,,,-1,", "d,,,,my_flip:Flop", ",,,,", "e,,,,",
        "E,,,,", "f,one.json,,7,",
    )  # fmt: skip
    result = cli(*NIGHT)

    assert result.exit_code == 2
    assert "jobs.csv has 5 rows that cannot be meant; nothing was run:" in result.stderr
    for told in (
        "row 2 (a): -p fsat=5: no strategy has it: Flip takes fast, fail_at, hang_at, sleep (did you mean fast?)",
        "row 3 (b): none.json: there is no such file",
        "seed: -1 -> a whole number",
        "did you mean my_flip:Flip?",
        "row 8: the name 'E' is that of row 7 too",
    ):
        assert told in result.stderr
    assert not (here / "night").exists()


def test_what_is_wrong_with_a_row_is_said_before_a_date_is_looked_for(cli: Any, here: Path) -> None:
    jobs(here, "name,config", "a,one.json,5,6")
    result = cli("report", "--jobs-file", "jobs.csv", "-o", "night/{name}", "--date", "last")

    assert result.exit_code == 2
    assert "row 2: it has 4 cells" in result.stderr


def test_a_night_needs_a_place_for_each_and_a_config(cli: Any, here: Path) -> None:
    jobs(here, "name", "a")
    for words, told in (
        (("report", "one.json", "--jobs-file", "jobs.csv", "-o", "night/x.html"), "put {name} into it"),
        (("report", "--jobs-file", "jobs.csv", "-o", "night/{name}"), "row 2: of what?"),
        (("report", "one.json", "--jobs-file", "jobs.csv", "-o", "night/{date}/{name}"), "--date last"),
        (("report", "one.json", "--jobs-file", "jobs.csv", "-o", "night/{name}.ipynb"), "its report is a page"),
        (("report", "one.json", "--jobs-file", "jobs.csv", "-o", "night/{name}", "--jobs", "0"), "equal to 1"),
    ):
        result = cli(*words)

        assert result.exit_code == 2
        assert told in result.stderr


def test_what_fails_is_readable_and_the_rest_is_made(cli: Any, here: Path) -> None:
    jobs(here, "name,fail_at,source,title", "good,,,", "poison,100,,<i>Poison</i>", "nodata,,local:none,")
    result = cli(*NIGHT, "--jobs", "2")
    told = by_name(here / "night")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("3 reports: 1 ok, 2 failed; ")
    assert "2 of 3 reports failed" in result.stderr
    assert statuses(here / "night") == {"good": "ok", "poison": "failed", "nodata": "failed"}
    assert told["poison"]["error"].startswith("Failed in Flip.on_bar('AAPL') at 2025-07-03 11:10:00 market time: ValueError")
    assert told["poison"]["at"] == "2025-07-03T11:10:00-04:00"
    assert told["poison"]["printed"] == "seen AAPL\n"
    assert [told[name]["exit_code"] for name in ("good", "poison", "nodata")] == [0, 1, 2]
    assert "11:10:00 market time" in (here / "night" / "poison.html").read_text()
    assert "none" in (here / "night" / "nodata.html").read_text()
    index = (here / "night" / "index.html").read_text()
    assert '<a href="poison.html">poison</a>' in index
    for name in ("index", "poison", "nodata"):
        page = (here / "night" / f"{name}.html").read_text()
        assert "<script>alert" not in page
        assert "<i>Poison" not in page
    assert summary(here / "night")["exit_code"] == 1


def test_one_that_hangs_is_killed_and_its_row_says_where(cli: Any, here: Path) -> None:
    jobs(here, "name,hang_at", "good,", "hangs,60")
    result = cli(*NIGHT, "--jobs", "2", "--timeout", "20")
    told = by_name(here / "night")

    assert result.exit_code == 1
    assert told["hangs"]["status"] == "timeout"
    assert told["hangs"]["error"] == "its time of 20 s was over, at 2025-07-03 10:30:00 market time"
    assert told["hangs"]["at"] == "2025-07-03 10:30:00"
    assert told["good"]["status"] == "ok"
    assert "its time of 20 s was over" in (here / "night" / "hangs.html").read_text()


def test_only_what_changed_is_made_again(cli: Any, here: Path) -> None:
    for symbol in ("AAPL", "SPY"):
        write_minutes(here / "data", symbol, "2025-07-03", minutes=210)
    local = '{"data_api": "local", "data_path": "data"}'.replace('"', '""')
    header = "name,session_data_config.symbols,fast,api_config"
    rows = [
        f'{name},"[""{symbol}""]",{fast},"{local}"'
        for name, symbol, fast in (("a", "AAPL", 3), ("s", "SPY", 3), ("f", "AAPL", 4))
    ]
    jobs(here, header, *rows)

    def night(*words: str) -> str:
        assert cli(*NIGHT, "-q", *words).exit_code == 0
        return "".join(f"{name}:{status[0]} " for name, status in statuses(here / "night").items()).strip()

    assert night() == "a:o s:o f:o"
    first = summary(here / "night")
    before = {name: (here / "night" / f"{name}.html").read_bytes() for name in "asf"}
    assert night() == "a:u s:u f:u"
    assert {name: (here / "night" / f"{name}.html").read_bytes() for name in "asf"} == before
    assert [one["made"] for one in summary(here / "night")["reports"]] == [one["made"] for one in first["reports"]]

    write_minutes(here / "data", "SPY", "2025-07-03", minutes=210, without=("10:00",))
    assert night() == "a:u s:o f:u"
    jobs(here, header, *rows[:2], rows[2].replace(",4,", ",5,"))
    assert night() == "a:u s:u f:o"
    (here / "night" / "a.html").write_text("half")
    assert night() == "a:o s:u f:u"
    (here / "night" / "s.html").unlink()
    assert night() == "a:u s:o f:u"
    (here / "my_flip.py").write_text(MODULE.replace("5 if", "6 if"))
    sys.modules.pop("my_flip")
    assert night() == "a:o s:o f:o"
    assert night("--again") == "a:o s:o f:o"
    (here / "night" / "summary.json").write_text("{")
    assert night() == "a:o s:o f:o"


def test_what_failed_is_tried_again(cli: Any, here: Path) -> None:
    jobs(here, "name,fail_at,source", "good,,", "poison,100,")
    assert cli(*NIGHT, "-q").exit_code == 1
    (here / "my_flip.py").write_text(MODULE.replace("raise ValueError", "ValueError"))
    sys.modules.pop("my_flip")

    assert cli(*NIGHT, "-q").exit_code == 0
    assert statuses(here / "night") == {"good": "ok", "poison": "ok"}
    assert cli(*NIGHT, "-q").exit_code == 0
    assert set(statuses(here / "night").values()) == {"unchanged"}


def test_a_night_may_be_put_on_a_file_system_of_fsspec(cli: Any, here: Path) -> None:
    memory = fsspec.filesystem("memory")
    jobs(here, "name,fast", "a,3", "b,4")
    words = ("report", "one.json", "--jobs-file", "jobs.csv", "--strategy", "my_flip:Flip", "--date", "2025-07-03", "-q")
    place = ("-o", "memory://nights-of-tests/{date}/{name}/report")
    try:
        assert cli(*words, *place).exit_code == 0
        assert cli(*words, *place).exit_code == 0
        told = json.loads(memory.cat_file("/nights-of-tests/2025-07-03/summary.json"))
        files = sorted(memory.find("/nights-of-tests"))
    finally:
        memory.rm("/nights-of-tests", recursive=True)

    assert [one["status"] for one in told["reports"]] == ["unchanged", "unchanged"]
    assert told["date"] == "2025-07-03"
    under = "/nights-of-tests/2025-07-03"
    assert files == [f"{under}/a/report.html", f"{under}/b/report.html", f"{under}/index.html", f"{under}/summary.json"]


def test_the_last_date_is_that_of_the_data(cli: Any, here: Path, store: Path) -> None:
    jobs(here, "name,session_data_config.symbols", 'a,"[""SPY""]"', 'b,"[""AIG""]"')
    assert (
        cli(
            "report",
            "one.json",
            "--jobs-file",
            "jobs.csv",
            "--source",
            f"local:{store}",
            "--date",
            "last",
            "-o",
            "n/{date}/{name}",
            "-q",
        ).exit_code
        == 0
    )

    assert summary(here / "n" / "2025-07-02")["date"] == "2025-07-02"
    assert {one["figures"]["sessions"] for one in by_name(here / "n" / "2025-07-02").values()} == {1}


def test_json_is_the_summary_and_log_lines_are_json(cli: Any, here: Path) -> None:
    jobs(here, "name,fail_at", "a,", "b,100")
    result = cli(*NIGHT, "--json", "--log", "json")
    told = json.loads(result.stdout)
    lines = events(result.stderr)

    jsonschema.validate(told, SCHEMA)
    assert told == summary(here / "night")
    assert [line["event"] for line in lines] == [
        "night started", "report started", "report ended", "report started", "report failed", "night ended", "error",
    ]  # fmt: skip
    assert {line["run"] for line in lines} == {told["run"]}
    assert lines[4].items() >= {"report": "b", "row": 3, "status": "failed", "at": "2025-07-03T11:10:00-04:00"}.items()
    assert lines[6]["exit_code"] == 1


def test_the_schema_is_printed(cli: Any) -> None:
    assert json.loads(cli("schema", "--summary").stdout) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.slow
def test_notebooks_are_reports_of_a_night_too(cli: Any, here: Path) -> None:
    write_desk(here)
    jobs(here, "name,config,fast,fail_at", "desk,desk.ipynb,4,", "fails,desk.ipynb,,100", "plain,,5,")
    words = (*NIGHT[:4], "-p", "fast=3", "--set", "seed=7", "-o", "night/{name}.html")
    failed = cli(*words)
    assert failed.exit_code == 2
    assert "row 4 (plain): -p fast=5: there is no strategy" in failed.stderr

    jobs(here, "name,config,strategy,fast,fail_at", "desk,desk.ipynb,,4,", "fails,desk.ipynb,,,100", "plain,,my_flip:Flip,5,")
    assert cli(*words, "--jobs", "2").exit_code == 1
    assert statuses(here / "night") == {"desk": "ok", "fails": "failed", "plain": "ok"}
    assert by_name(here / "night")["fails"]["error"].startswith(
        "cell 5 of 5, In [5]: Failed in Flip.on_bar('AAPL') at 2025-07-02 11:10"
    )
    assert by_name(here / "night")["desk"]["figures"]["trades"] > 10
    assert cli(*words, "--jobs", "2").exit_code == 1
    assert statuses(here / "night") == {"desk": "unchanged", "fails": "failed", "plain": "unchanged"}


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_a_night_with_a_summary_so_far_and_the_same_command_goes_on(cli: Any, here: Path) -> None:
    jobs(here, "name,sleep", *[f"r{n},0" for n in range(3)], "slow,5", "never,0")
    night = process(here, *NIGHT, "--log", "json")
    assert night.stderr is not None
    started = next(line for line in map(json.loads, night.stderr) if line.get("report") == "slow")
    night.send_signal(signal.SIGINT)
    _, told = night.communicate(timeout=120)

    assert started["event"] == "report started"
    assert night.returncode == 130
    assert events(told)[-1]["message"].startswith("interrupted; the summary so far is night/summary.json")
    assert statuses(here / "night") == {"r0": "ok", "r1": "ok", "r2": "ok", "slow": "interrupted", "never": "waiting"}
    assert (summary(here / "night")["ending"], summary(here / "night")["exit_code"]) == ("interrupted", 130)
    jobs(here, "name,sleep", *[f"r{n},0" for n in range(3)], "slow,0", "never,0")
    assert cli(*NIGHT, "-q").exit_code == 0
    assert statuses(here / "night") == {**dict.fromkeys(("r0", "r1", "r2"), "unchanged"), "slow": "ok", "never": "ok"}


def test_two_nights_in_one_place_do_not_overlap(cli: Any, here: Path) -> None:
    jobs(here, "name,sleep", "slow,5")
    night = process(here, *NIGHT, "--log", "json")
    assert night.stderr is not None
    next(line for line in map(json.loads, night.stderr) if line.get("report") == "slow")
    second = cli(*NIGHT)
    night.send_signal(signal.SIGTERM)
    night.communicate(timeout=120)

    assert second.exit_code == 2
    assert f"another night is at work in night (process {night.pid} on" in second.stderr
    assert night.returncode == 130
    assert not (here / "night" / ".night.lock").exists()


def test_a_terminal_shows_who_is_at_work_and_where(here: Path) -> None:
    jobs(here, "name,sleep", "slow,0.01")
    code, shown = on_a_terminal(*NIGHT, columns=100, cwd=here)

    assert code == 0
    assert "slow 2025-07-03 " in ANSI.sub("", shown)
    assert "1 reports: 1 ok" in shown


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_fifty_reports_of_which_one_is_poisoned_killed_half_way_and_begun_again(here: Path) -> None:
    poisoned = json.loads((here / "one.json").read_text())
    poisoned["session_data_config"]["strategies"] = [{"module": "my_flip:Poisoned"}]
    (here / "poisoned.json").write_text(json.dumps(poisoned))
    rows = [f"r{n:02},,{n}" for n in range(49)]
    jobs(here, "name,config,seed", *rows[:30], "poisoned,poisoned.json,", *rows[30:])
    words = (*NIGHT, "--jobs", "2", "--log", "json")
    killed = process(here, *words)
    assert killed.stderr is not None
    ended: list[str] = []
    for line in map(json.loads, killed.stderr):
        ended += [line["report"]] if line["event"] in ("report ended", "report failed") else []
        if len(ended) == 25:
            break
    time.sleep(0.05)
    killed.kill()
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert summary(here / "night")["ending"] == "running"

    again = process(here, *words)
    _, told = again.communicate(timeout=600)
    lines = events(told)
    reports = by_name(here / "night")

    assert again.returncode == 1
    assert f"the lock of a night that died was found in night (process {killed.pid} on" in lines[0]["message"]
    unchanged = {name for name, one in reports.items() if one["status"] == "unchanged"}
    assert set(ended) - {"poisoned"} - unchanged <= {ended[-1], ended[-2]}  # what ended in its last moment may be made again
    assert unchanged <= set(ended)
    assert len(unchanged) >= 22
    counts = summary(here / "night")["counts"]
    assert counts == {"ok": 49 - len(unchanged), "unchanged": len(unchanged), "failed": 1}
    assert reports["poisoned"]["error"].startswith(
        "Failed in Poisoned.on_bar('AAPL') at 2025-07-03 11:10:00 market time: ValueError"
    )
    assert len(list((here / "night").glob("*.html"))) == 51
    assert "11:10:00 market time" in (here / "night" / "poisoned.html").read_text()
    assert lines[-1]["message"].startswith("1 of 50 reports failed")
