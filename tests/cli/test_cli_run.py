"""``sessionlab run``: tables for people, one document for programs, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl

EXAMPLE = Path(__file__).parents[2] / "session_configs" / "example_session.json"


def words_of(text: str, start: str) -> list[str]:
    """The words of the first line that begins with the words of ``start``."""
    lines = (line.split() for line in text.splitlines())
    return next(line for line in lines if line[: len(start.split())] == start.split())


def test_run_tells_plan_windows_sessions_bars_and_timing(cli: Any, config: Path) -> None:
    result = cli("run", config)

    assert result.exit_code == 0
    assert result.stderr == ""
    for title in ("Plan", "Windows before every session", "Sessions", "Bars", "Timing"):
        assert f"\n{title}\n" in result.stdout
    # Two symbols: 390 minutes and 78 of five minutes on a full day, 210 and 42 on a half day.
    assert words_of(result.stdout, "2025-07-02 09:30-16:00")[2:] == ["936", "936", "100.0000", "0"]
    assert words_of(result.stdout, "2025-07-03 09:30-13:00")[2:] == ["early", "close", "504", "504", "100.0000", "0"]
    assert words_of(result.stdout, "AAPL 5m")[2:] == ["GENERATED", "120", "120", "100.0000", "0", "0", "0"]
    assert result.stdout.splitlines()[-1].startswith("1,440 bars, coverage 100.0000 %, 0 gaps; ")


def test_json_is_one_document_with_all_of_it(cli: Any, config: Path, document: dict[str, Any]) -> None:
    result = cli("run", config, "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert told["complete"]
    assert told["ending"] == "ok"
    assert told["stopped_at"] == "2025-07-03T13:00:00-04:00"
    assert told["config"] == document
    assert told["source"] == "synthetic"
    assert [(s["date"], s["early_close"], s["coverage"]) for s in told["sessions"]] == [
        ("2025-07-02", False, 100.0),
        ("2025-07-03", True, 100.0),
    ]
    assert told["bars"][1] == {"symbol": "AAPL", "interval": "5m", "action": "GENERATED", "bars": 120}
    assert [s["action"] for s in told["plan"]["streams"]] == ["STREAMED", "GENERATED"] * 2
    assert told["plan"]["windows"][0]["days"] == 2
    assert told["gaps"] == {"absent": 0, "filled": 0}
    assert len(told["quality"]) == 8
    assert told["incomplete"] == told["refused"] == []
    assert {row["part"]: row["count"] for row in told["timing"]}["session"] == 2
    assert told["manifest"]["config_digest"] == sl.SessionConfig.from_dict(document).digest()


def test_absent_refused_and_incomplete_are_told(cli: Any, config: Path) -> None:
    faults = 'api_config.data_options={"faults": {"missing": 0.05, "duplicates": 0.05}}'
    tables, told = cli("run", config, "--set", faults), json.loads(cli("run", config, "--set", faults, "--json").stdout)

    assert tables.exit_code == 0
    for title in ("Gaps: the 5 longest of ", "Longer bars that lack base bars", "Rows refused or out of order"):
        assert f"\n{title}" in tables.stdout
    assert tables.stderr.count("warning: ") == tables.stderr.count("\n") == 2
    assert "AAPL 1m: rows were refused: " in tables.stderr
    assert told["gaps"]["absent"] == sum(row["gap_count"] for row in told["quality"]) > 0
    assert {row["kind"] for row in told["refused"]} == {"duplicate"}
    lacking = {row["symbol"]: row["built"] for row in told["incomplete"]}
    for symbol, built in lacking.items():
        days = [row for row in told["quality"] if row["symbol"] == symbol and row["interval"] == "5m"]
        assert built == sum(row["expected"] - row["present"] for row in days)


def test_set_puts_json_values_and_texts_into_the_config(cli: Any, config: Path) -> None:
    result = cli(
        "run", config, "--json", "--set", 'session_data_config.symbols=["MSFT"]', "--set", "session_name=Another",
        "--set", "seed=7", "--set", "backtest_config.end_date=2025-07-02",
    )  # fmt: skip

    told = json.loads(result.stdout)
    assert told["session_name"] == "Another"
    assert told["manifest"]["seed"] == 7
    assert {row["symbol"] for row in told["bars"]} == {"MSFT"}
    assert [session["date"] for session in told["sessions"]] == ["2025-07-02"]


def test_relative_dates_are_stored_resolved(cli: Any, config: Path) -> None:
    told = json.loads(cli("run", config, "--json", "--set", "backtest_config.start_date=-3d").stdout)

    # Three trading days before Thursday 2025-07-03.
    assert told["config"]["backtest_config"]["start_date"] == "2025-06-30"
    assert len(told["sessions"]) == 4


def test_source_replaces_the_one_of_the_config(cli: Any, config: Path, store: Path) -> None:
    told = cli(
        "run", config, "--json", "--source", f"local:{store}", "--set", 'session_data_config.symbols=["SPY"]',
        "--set", "session_data_config.historical.data=[]", "--set", "backtest_config.end_date=2025-07-02",
    )  # fmt: skip

    assert json.loads(told.stdout)["manifest"]["source"] == "local"


def test_output_that_ends_in_json_is_the_document(
    cli: Any, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("run", config, "-o", "out.json")

    assert result.exit_code == 0
    assert json.loads((tmp_path / "out.json").read_text())["complete"]
    assert "written to out.json" in result.stdout
    assert [other.name for other in tmp_path.iterdir() if other.suffix == ".tmp"] == []


@pytest.mark.parametrize("output", ["folder", "folder/", "deep/folder"])
def test_any_other_output_is_a_folder_with_the_whole_run(
    cli: Any, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("run", config, "-o", output)

    assert result.exit_code == 0
    assert sl.RunResult.load(tmp_path / output).complete
    assert f"saved in {output}" in result.stdout


def test_quiet_says_nothing_but_writes(cli: Any, config: Path, tmp_path: Path) -> None:
    result = cli("run", config, "-q", "-o", tmp_path / "out.json")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "out.json").exists()


def test_the_example_asks_for_keys_in_one_line_and_names_the_way_without(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APCA_API_KEY_ID", raising=False)
    monkeypatch.delenv("APCA_API_SECRET_KEY", raising=False)
    result = cli("run", EXAMPLE)

    assert result.exit_code == 4
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "APCA_API_KEY_ID" in result.stderr
    assert "--source synthetic" in result.stderr


def test_keys_are_never_shown(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", "my-key-id")
    monkeypatch.setenv("APCA_API_SECRET_KEY", "my-secret")
    result = cli("run", EXAMPLE, "-v")

    assert result.exit_code == 4
    assert "my-" not in result.stdout + result.stderr


PACED = ("--paced", "--set", "backtest_config.speed_multiplier=200000")


def test_paced_goes_by_the_wall_and_comes_to_the_same(cli: Any, config: Path) -> None:
    paced, plain = (json.loads(cli("run", config, "--json", *more).stdout) for more in (PACED, PACED[1:]))

    assert paced["complete"]
    assert paced["stopped_at"] == plain["stopped_at"]
    for part in ("bars", "quality", "gaps", "sessions", "incomplete"):
        assert paced[part] == plain[part]
    # Ten hours of two sessions, 200,000 times as fast as the wall: at least that long, whatever the machine.
    assert sum(row["total_ms"] for row in paced["timing"] if row["part"] == "run") >= 36_000_000 / 200_000


def test_paced_tells_opens_and_closes(cli: Any, config: Path) -> None:
    result = cli("run", config, "--log", "json", *PACED)

    events = [json.loads(line)["event"] for line in result.stderr.splitlines()]
    assert events == ["session opened", "session closed", "session opened", "session closed", "finished"]


def test_paced_without_a_speed_says_that_it_goes_as_fast_as_the_data(cli: Any, config: Path) -> None:
    result = cli("run", config, "--paced")

    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "warning: --paced: backtest_config.speed_multiplier is 0, so the run goes as fast as its data; "
        "for a pace add --set backtest_config.speed_multiplier=360"
    ]
    assert "1,440 bars" in result.stdout


def test_log_json_is_a_line_for_each_event_with_run_and_market_time(cli: Any, config: Path) -> None:
    result = cli("run", config, "--log", "json", "--json", "--set", 'api_config.data_options={"faults": {"duplicates": 0.05}}')

    lines = [json.loads(line) for line in result.stderr.splitlines()]
    events = [(line["event"], line["market_time"]) for line in lines if line["level"] == "info"]
    assert events == [
        ("session opened", "2025-07-02T09:30:00-04:00"),
        ("session closed", "2025-07-02T16:00:00-04:00"),
        ("session opened", "2025-07-03T09:30:00-04:00"),
        ("session closed", "2025-07-03T13:00:00-04:00"),
        ("finished", "2025-07-03T13:00:00-04:00"),
    ]
    assert {line["run"] for line in lines} == {json.loads(result.stdout)["run"]}
    assert [line["kind"] for line in lines if line["level"] == "warning"] == ["DataWarning", "DataWarning"]


def test_log_json_holds_the_error_too(cli: Any, tmp_path: Path) -> None:
    result = cli("run", tmp_path / "none.json", "--log", "json")

    line = json.loads(result.stderr)
    assert (line["level"], line["exit_code"]) == ("error", 2)
    assert "none.json: there is no such file" in line["message"]


def test_verbose_shows_events_and_every_row(cli: Any, config: Path) -> None:
    long = ["--set", "backtest_config.start_date=2025-05-01", "--set", 'session_data_config.streams=["1m"]']
    short, whole = cli("run", config, *long), cli("run", config, *long, "-v")

    # 2025-05-01 to 2025-07-03 has 44 sessions: 24 rows are shown of which one says how many are not.
    assert "... 21 more" in short.stdout
    assert "... " not in whole.stdout
    assert whole.stdout.count("09:30-") == 44
    assert whole.stderr.count("session closed") == 44
    assert "[2025-07-03 13:00:00] finished" in whole.stderr
