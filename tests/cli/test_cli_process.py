"""The command line as a process: codes that a shell sees, pipes, terminals, Ctrl-C, and what it costs to ask for help."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import ANSI, on_a_terminal

SLOW = """
import time

import sessionlab as sl


class Slow(sl.Strategy):
    every = "5m"

    def on_bar(self, ctx, symbol):
        print("working", flush=True)
        time.sleep(0.01)
"""


def sessionlab(*words: object, **further: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sessionlab", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **further)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    (tmp_path / "my_slow.py").write_text(SLOW)
    return tmp_path


def test_help_and_version_load_neither_pandas_nor_the_lab() -> None:
    code = (
        "import sys; from sessionlab.cli.app import app; from typer.testing import CliRunner; run = CliRunner().invoke\n"
        "codes = [run(app, words).exit_code for words in (['--help'], ['run', '--help'], ['--version'])]\n"
        "print(codes, sorted({'pandas', 'numpy', 'exchange_calendars', 'sessionlab.lab'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert result.stdout == "[0, 0, 0] []\n", result.stderr


def test_version_is_the_packages() -> None:
    from sessionlab import __version__

    assert sessionlab("--version").stdout == f"sessionlab {__version__}\n"


def test_a_shell_sees_the_codes_and_no_colours(config: Path, store: Path, tmp_path: Path) -> None:
    gate = ["quality", "--source", f"local:{store}", "--start", "2025-07-02", "--end", "2025-07-02", "--fail-under", "100"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("APCA_", "FORCE_COLOR"))}
    ended = {
        0: sessionlab("run", config),
        2: sessionlab("run", tmp_path / "none.json"),
        3: sessionlab(*gate),
        4: sessionlab("run", config, "--set", "api_config.data_api=alpaca", env=environment),
    }

    for code, result in ended.items():
        assert result.returncode == code, result.stderr
        assert "\x1b" not in result.stdout + result.stderr
        assert "Traceback" not in result.stderr
    assert ended[0].stderr == ""
    assert not any(line.endswith(" ") for line in ended[0].stdout.splitlines())


def test_a_terminal_that_knows_no_unicode_is_served(config: Path) -> None:
    result = sessionlab(
        "run", config, "--set", 'session_name="Größe"', env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Gr\\xf6\\xdfe: 2 symbols, 2 sessions")


def test_a_reader_that_leaves_early_is_no_failure_to_talk_about(config: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sessionlab", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()

    assert process.wait(60) != 0
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_stops_the_run_and_says_where(config: Path, slow: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sessionlab", "run", str(config), "--strategy", "my_slow:Slow", "-o", "left.json"],
        cwd=slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    left = json.loads((slow / "left.json").read_text())
    assert process.returncode == 130
    assert re.match(r"error: interrupted at 2025-07-02 \d\d:\d\d:00 market time \(session 1 of 2, \d+\.\d %\)\n", told)
    assert "what there was until then is in left.json" in told
    assert "Traceback" not in told
    assert (left["complete"], left["ending"]) == (False, "interrupted")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_stops_a_paced_run_between_two_moves(config: Path) -> None:
    """At 60 x nothing happens most of the time: it is stopped in its sleep."""
    command = ["run", str(config), "--paced", "--set", "backtest_config.speed_multiplier=60", "--log", "json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sessionlab", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    opened = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert "session opened" in opened
    assert process.returncode == 130
    assert "interrupted at 2025-07-02 09:3" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(("columns", "fits"), [("80", True), ("wide", False)])
def test_in_a_pipe_tables_fit_columns_where_it_is_set(config: Path, columns: str, fits: bool) -> None:
    result = sessionlab("run", config, env=os.environ | {"COLUMNS": columns})
    lines = result.stdout.splitlines()

    assert result.returncode == 0, result.stderr
    assert (max(map(len, lines)) <= 80) == fits
    assert ["AAPL", "5m", "GENERATED", "120", "120", "100.0000", "0", "0", "0"] in [line.split() for line in lines]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_tables_fit_and_no_number_is_broken(config: Path, columns: int) -> None:
    code, shown = on_a_terminal("run", config, columns=columns)
    lines = ANSI.sub("", shown).splitlines()

    assert code == 0
    assert "\x1b[" in shown
    assert max(len(line.rstrip()) for line in lines) <= columns
    bars = [line.split() for line in lines if line.startswith(("AAPL 5m", "AAPL   5m", "AAPL     5m"))]
    assert bars == [["AAPL", "5m", "GENERATED", "120", "120", "100.0000", "0", "0", "0"]]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_on_a_terminal_a_bar_tells_the_market_time(config: Path, slow: Path) -> None:
    words = ["run", config, "--strategy", "my_slow:Slow", "--set", "backtest_config.end_date=2025-07-02"]
    code, shown = on_a_terminal(*words, "-q", columns=100, cwd=slow)
    quiet = ANSI.sub("", shown)
    code, shown = on_a_terminal(*words, columns=100, cwd=slow)
    told = ANSI.sub("", shown)

    assert code == 0
    assert re.search(r"2025-07-02 1\d:\d\d +session 1 of 1", told)
    assert "session 1 of 1" not in quiet
