"""``sessionlab report``: a page of a config's run or of a notebook, checked first, left also by what fails."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from cli.terminal import ANSI, on_a_terminal
from notebooks.made import write_desk

import sessionlab as sl
from sessionlab.reports import embedded_run

MODULE = """
import sessionlab as sl


class Flip(sl.Strategy):
    fast: int = 3
    fail_at: int = 0

    def on_bar(self, ctx, symbol):
        print("seen")
        bars = ctx[symbol].bars("1m")
        if len(bars) == self.fail_at:
            raise ValueError("poison")
        if len(bars) % self.fast == 0:
            ctx.target(symbol, 5 if len(bars) // self.fast % 2 else 0)
"""


@pytest.fixture
def here(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with small.json and a module with a strategy, in which commands run."""
    (tmp_path / "my_flip.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("my_flip", None)


FLIP = ("--strategy", "my_flip:Flip")


def test_a_page_is_written_that_carries_its_run(cli: Any, here: Path) -> None:
    result = cli("report", "small.json", *FLIP, "-p", "fast=5", "--set", "seed=7", "--title", "Mine", "-o", "out.html", "-q")

    page = (here / "out.html").read_text()
    assert (result.exit_code, result.stdout.replace("seen\n", ""), result.stderr) == (0, "", "")
    assert "<title>Mine" in page
    manifest = embedded_run(page)["documents"]["manifest.json"]
    assert manifest["seed"] == 7
    assert manifest["strategies"][0]["parameters"] == {"fast": 5, "fail_at": 0}
    assert cli("verify", "out.html", "-q").exit_code == 0


def test_json_is_one_document(cli: Any, here: Path) -> None:
    told = json.loads(cli("report", "small.json", *FLIP, "-o", "out.html", "--json").stdout)

    assert (told["ending"], told["report"], told["error"], told["at"]) == ("ok", "out.html", None, None)
    assert told["bytes"] == (here / "out.html").stat().st_size
    assert told["figures"]["sessions"] == 2
    assert told["figures"]["coverage"] == 100.0
    assert told["figures"]["trades"] == sl.verify("out.html").again.stats["trades"] > 50


def test_the_name_and_the_date_go_into_the_place(cli: Any, here: Path) -> None:
    assert cli("report", "small.json", "-q", "--date", "2025-07-03", "-o", "reports/{date}/{name}").exit_code == 0

    run = embedded_run((here / "reports" / "2025-07-03" / "small.html").read_text())
    dates = run["documents"]["config.json"]["backtest_config"]
    assert (dates["start_date"], dates["end_date"]) == ("2025-07-03", "2025-07-03")
    assert cli("report", "small.json", "-q").exit_code == 0
    assert (here / "small.html").exists()


def test_a_longer_past_may_be_asked_for_beside_the_date(cli: Any, here: Path) -> None:
    words = ("--date", "2025-07-03", "--set", "backtest_config.start_date=-1d")
    assert cli("report", "small.json", "-q", *words, "-o", "out.html").exit_code == 0

    dates = embedded_run((here / "out.html").read_text())["documents"]["config.json"]["backtest_config"]
    assert (dates["start_date"], dates["end_date"]) == ("2025-07-02", "2025-07-03")


def test_a_run_that_fails_leaves_its_report_and_says_where(cli: Any, here: Path) -> None:
    result = cli("report", "small.json", *FLIP, "-p", "fail_at=100", "-o", "out.html")

    assert result.exit_code == 1
    assert "at 2025-07-02 11:10:00 market time: ValueError: poison" in result.stderr
    assert "the report of what there was until then is out.html" in result.stderr
    page = (here / "out.html").read_text()
    assert "2025-07-02 11:10:00" in page
    assert embedded_run(page)["failure"]["kind"] == "ValueError"
    assert cli("verify", "out.html", "-q").exit_code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["small.json", "--set", "backtest_config.end=2025-07-02"], "did you mean"),
        (["small.json", "-p", "fast=5"], "there is no strategy to give it to"),
        (["small.json", *FLIP, "-p", "fsat=5"], "did you mean fast?"),
        (["small.json", *FLIP, "-p", "fast=x"], "fast is int"),
        (["small.json", "--strategy", "my_flip:Flop"], "did you mean my_flip:Flip"),
        (["smal.json"], "did you mean small.json"),
        (["small.json", "-o", "none/out.html"], "there is no folder none"),
        (["small.json", "-o", "out.pdf"], ".html"),
        (["small.json", "-o", "out.ipynb"], "its report is a page"),
        (["small.json", "-o", "{day}.html"], "{day}"),
        (["small.json", "--date", "2025-07-04"], "2025-07-04 is not a session"),
        ([], "of what? Give a config or a notebook"),
        (["desk.ipynb", "-p", "fsat=5"], "did you mean fast?"),
        (["desk.ipynb", "-p", "fast=2.5"], "a whole number is expected"),
        (["desk.ipynb", "--set", "sed=5"], '"seed"'),
        (["desk.ipynb", "--strategy", "a:B"], "give it with -p"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_runs(cli: Any, here: Path, words: list[str], told: str) -> None:
    write_desk(here)
    before = sorted(here.iterdir())
    result = cli("report", *words)

    assert result.exit_code == 2
    assert told in result.stderr
    assert [path for path in sorted(here.iterdir()) if path not in before and path.name != "__pycache__"] == []


def test_data_that_is_not_there_is_bad_input(cli: Any, here: Path) -> None:
    result = cli("report", "small.json", "--source", "local:none", "-o", "out.html")

    assert result.exit_code == 2
    assert not (here / "out.html").exists()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_notebook_of_the_tutorials_is_such_a_report(cli: Any, here: Path) -> None:
    notebook = Path(__file__).parents[2] / "notebooks" / "05_report.ipynb"
    one = '["1m"]'
    words = ("-p", "minutes=30", "--set", f"session_data_config.streams={one}", "--date", "2025-07-02")

    assert cli("report", notebook, *words, "-o", "out.ipynb", "-q").exit_code == 0
    found = sl.verify("out.ipynb")
    assert found.same
    assert found.again.manifest["strategies"][0]["parameters"] == {"minutes": 30, "risk": 0.005}
    assert str(found.again.stopped_at) == "2025-07-02 16:00:00-04:00"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_notebook_becomes_a_page_or_a_notebook(cli: Any, here: Path) -> None:
    write_desk(here)
    words = ("report", "desk.ipynb", "-p", "fast=4", "--set", "seed=7", "-q")
    assert cli(*words, "-o", "out.html").exit_code == 0
    assert cli(*words, "-o", "out.ipynb").exit_code == 0
    failed = cli("report", "desk.ipynb", "-p", "fail_at=100", "-o", "failed.ipynb")

    notebook = nbformat.read(here / "out.ipynb", as_version=4)
    assert notebook.metadata["sessionlab"]["runs"][0]["documents"]["manifest.json"]["seed"] == 7
    assert notebook.metadata["sessionlab"]["parameters"] == {"fast": 4, "changes": {"seed": 7}}
    assert [cli("verify", name, "-q").exit_code for name in ("out.html", "out.ipynb", "failed.ipynb")] == [0, 0, 0]
    told = json.loads(cli("verify", "out.html", "--json").stdout)
    assert (told["same"], [run["differs"] for run in told["runs"]]) == (True, [[]])
    assert failed.exit_code == 1
    assert "cell 5 of 5, In [5]: Failed in Flip.on_bar('AAPL') at 2025-07-02 11:10:00 market time: ValueError" in failed.stderr


def test_verify_names_the_table_and_column_that_differ(cli: Any, here: Path) -> None:
    from sessionlab.reports import embedded

    assert cli("report", "small.json", *FLIP, "-o", "out.html", "-q").exit_code == 0
    page = (here / "out.html").read_text()
    said = embedded.carried(page, embedded.RUN)
    said["tables"]["fills"] |= {"columns": said["tables"]["fills"]["columns"] | {"price": "0" * 64}, "digest": "0" * 64}
    said["digest"] = embedded._own_digest(said)
    (here / "out.html").write_text(
        page.replace(embedded.element(embedded.RUN, embedded.carried(page, embedded.RUN)), embedded.element(embedded.RUN, said))
    )
    result = cli("verify", "out.html")

    assert result.exit_code == 1
    assert "it differs in fills, column price" in result.stderr


def test_a_terminal_shows_market_time(here: Path) -> None:
    (here / "my_flip.py").write_text(MODULE.replace('print("seen")', "__import__('time').sleep(0.004)"))
    code, shown = on_a_terminal("report", "small.json", *FLIP, "-o", "out.html", columns=100, cwd=here)

    assert code == 0
    assert re.search(r"2025-07-0[23] \d\d:\d\d +session [12] of 2", ANSI.sub("", shown))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_terminal_shows_cell_and_market_time_of_a_notebook(here: Path) -> None:
    slow = "class Slow(sl.Strategy):\n    def on_bar(self, ctx, symbol):\n        __import__('time').sleep(0.01)\n"
    write_desk(here, "import sessionlab as sl", slow, "lab = sl.Lab(config, strategy=Slow())\nlab.run()")
    code, shown = on_a_terminal("report", "desk.ipynb", "-o", "out.html", columns=100, cwd=here)

    assert code == 0
    assert re.search(r"2025-07-02 \d\d:\d\d +cell 4 of 4", ANSI.sub("", shown))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_the_report_of_what_there_was(here: Path) -> None:
    (here / "my_flip.py").write_text(
        MODULE.replace('print("seen")', "print('seen', flush=True) or __import__('time').sleep(0.05)")
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "sessionlab", "report", "small.json", *FLIP, "-o", "out.html"],
        cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)

    assert process.returncode == 130
    assert "the report of what there was until then is out.html" in told
    assert not embedded_run((here / "out.html").read_text())["documents"]["result.json"]["complete"]


def test_help_loads_neither_pandas_nor_papermill() -> None:
    code = (
        "import sys; from sessionlab.cli.app import app; from typer.testing import CliRunner; run = CliRunner().invoke\n"
        "print(run(app, ['report', '--help']).exit_code, sorted({'pandas', 'papermill', 'nbformat'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert result.stdout == "0 []\n", result.stderr
