"""``sessionlab validate``, ``plan`` and ``schema``: what a config means, before anything is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

CONFIGS = Path(__file__).parents[2] / "session_configs"


def test_both_examples_are_ok_and_told_in_one_line_each(cli: Any) -> None:
    result = cli("validate", *sorted(CONFIGS.glob("*.json")))

    demo, example = result.stdout.splitlines()
    assert result.exit_code == 0
    assert "demo_session.json: ok; RIVN AAPL from synthetic; 3 sessions from 2025-07-02 to 2025-07-07 of XNYS; " in demo
    assert "1s 1m quotes streamed, 5m 10m generated" in demo
    assert "3 sessions of 1m before each" in demo
    assert "RIVN AAPL from alpaca" in example


def test_everything_wrong_is_told_at_once_with_paths_and_suggestions(cli: Any, config: Path, document: dict[str, Any]) -> None:
    document["sed"] = 1
    document["session_data_config"]["symbols"] = ["AAPL", "AAPL", "../RIVN"]
    document["session_data_config"]["streams"] = ["1min", "ticks"]
    document["trading_config"]["max_per_trade"] = "a lot"
    config.write_text(json.dumps(document))

    result = cli("validate", config)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{config} has " in result.stderr
    for line in (
        "sed: 1 -> no such key; ",
        '(did you mean "seed"?)',
        'session_data_config.symbols[1]: "AAPL" -> each only once',
        'session_data_config.symbols[2]: "../RIVN" -> one symbol',
        'session_data_config.streams[0]: "1min" -> an interval such as 1s, 5m, 1h, 1d, or quotes (did you mean ',
        'session_data_config.streams[1]: "ticks" -> ',
        'trading_config.max_per_trade: "a lot" -> a number greater than 0',
    ):
        assert line in result.stderr


def test_one_bad_file_does_not_hide_a_good_one(cli: Any, config: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("session_name = \n")

    result = cli("validate", broken, config)
    told = json.loads(cli("validate", broken, config, "--json").stdout)["files"]

    assert result.exit_code == 2
    assert "broken.toml: broken TOML at line 1" in result.stderr
    assert "small.json: ok; " in result.stdout
    assert [one["ok"] for one in told] == [False, True]


def test_problems_as_json_have_paths_and_values(cli: Any, config: Path, document: dict[str, Any]) -> None:
    del document["session_data_config"]["streams"]
    document["seed"] = -1
    config.write_text(json.dumps(document))

    told = json.loads(cli("validate", config, "--json").stdout)["files"][0]["problems"]

    assert {problem["path"]: problem["value"] for problem in told} == {"seed": -1, "session_data_config.streams": None}


def test_dates_that_the_calendar_does_not_have_are_bad(cli: Any, config: Path, document: dict[str, Any]) -> None:
    document["backtest_config"] = {"start_date": "2090-01-02", "end_date": "2090-01-03"}
    config.write_text(json.dumps(document))

    result = cli("validate", config)

    assert result.exit_code == 2
    assert f"{config}: 2090-01-02 is outside the calendar XNYS, known from 1990-01-01 to " in result.stderr


def test_a_live_config_is_valid(cli: Any, config: Path, document: dict[str, Any]) -> None:
    document["mode"] = "live"
    document["api_config"]["data_api"] = "alpaca"
    del document["backtest_config"]
    config.write_text(json.dumps(document))

    assert "live on XNYS" in cli("validate", config).stdout


def test_the_plan_names_action_base_and_reason(cli: Any, config: Path, store: Path) -> None:
    changes = ["--set", 'session_data_config.symbols=["SPY"]', "--set", "session_data_config.historical.data=[]"]
    words = ["plan", config, *changes, "--source", f"local:{store}"]
    result = cli(*words)
    told = json.loads(cli(*words, "--json").stdout)

    assert result.exit_code == 0
    assert "SPY       5m       GENERATED   1m     built from 1m" in result.stdout
    assert [(row["stream"], row["action"]) for row in told["streams"]] == [("1m", "STREAMED"), ("5m", "GENERATED")]
    assert told["sessions"] == ["2025-07-02", "2025-07-03"]


def test_validate_and_plan_name_the_indicators(cli: Any) -> None:
    session = '[{"name": "EMA", "interval": "5m", "period": 9}, {"name": "PIVOTS", "interval": "1m"}]'
    words = ["plan", CONFIGS / "demo_session.json", "--set", f"session_data_config.indicators={session}"]
    told = json.loads(cli(*words, "--json").stdout)["indicators"]

    assert "; indicators avg_volume (average volume of 10 sessions)" in cli("validate", CONFIGS / "demo_session.json").stdout
    assert [(row["indicator"], row["kind"], row["interval"]) for row in told] == [
        ("EMA(9, 5m)", "session", "5m"), ("PIVOTS(1m)", "session", "1m"), ("avg_volume", "historical", "1d"),
    ]  # fmt: skip
    table = cli(*words).stdout
    for words in ("EMA(9, 5m)", "PIVOTS(1m)", "avg_volume", "average volume of 10 sessions"):
        assert words in table


def test_the_plan_says_what_skip_would_lose(cli: Any, config: Path, store: Path) -> None:
    result = cli(
        "plan", config, "--source", f"local:{store}", "--set", 'session_data_config.symbols=["AIG"]',
        "--set", "session_data_config.historical.data=[]", "--set", "session_data_config.bars.incomplete=skip",
        "--set", "backtest_config.end_date=2025-07-02",
    )  # fmt: skip

    assert "skip leaves out 1 of 78" in result.stdout


def test_the_schema_accepts_the_examples(cli: Any, tmp_path: Path) -> None:
    result = cli("schema")
    written = cli("schema", "-o", tmp_path / "schema.json")

    schema = json.loads(result.stdout)
    assert (result.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert json.loads((tmp_path / "schema.json").read_text()) == schema
    for file in CONFIGS.glob("*.json"):
        jsonschema.validate(json.loads(file.read_text()), schema)
