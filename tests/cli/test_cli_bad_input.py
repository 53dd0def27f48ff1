"""A user's mistake gets one answer that names what was given and what to do, and exit code 2. Never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Change = Callable[[dict[str, Any]], object]

MISTAKES: dict[str, tuple[Change, list[str]]] = {
    "unknown key": (lambda d: d.update(sede=1), ["sede: 1", "no such key", 'did you mean "seed"?']),
    "wrong type": (lambda d: d.update(seed="7"), ['seed: "7"', "a whole number of at least 0"]),
    "inverted dates": (
        lambda d: d["backtest_config"].update(start_date="2025-07-09"),
        ['backtest_config.start_date: "2025-07-09"', "on or before end_date"],
    ),
    "duplicate symbols": (
        lambda d: d["session_data_config"].update(symbols=["AAPL", "AAPL"]),
        ['session_data_config.symbols[1]: "AAPL"', "each only once"],
    ),
    "ticks": (
        lambda d: d["session_data_config"].update(streams=["ticks"]),
        ['session_data_config.streams[0]: "ticks"', "ticks are refused", "the finest stream is 1s"],
    ),
    "symbol with ..": (
        lambda d: d["session_data_config"].update(symbols=["../../etc"]),
        ['session_data_config.symbols[0]: "../../etc"', "no .. and no path"],
    ),
    "no dates": (lambda d: d.pop("backtest_config"), ["backtest_config: missing", "start_date and end_date"]),
    "date out of the calendar": (
        lambda d: d["backtest_config"].update(start_date="1985-01-02"),
        ["1985-01-02 is outside the calendar XNYS", "choose a date within"],
    ),
    "relative date in a file": (
        lambda d: d["backtest_config"].update(end_date="last"),
        ['backtest_config.end_date: "last"', "the command line"],
    ),
    "unknown fault": (
        lambda d: d["api_config"].update(data_options={"faults": {"mising": 0.1}}),
        ["mising"],
    ),
    "live": (lambda d: (d.update(mode="live"), d.pop("backtest_config")), ['mode "live"', 'set mode to "backtest"']),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_bad_config_is_answered_in_one_line(cli: Any, config: Path, document: dict[str, Any], mistake: str) -> None:
    change, told = MISTAKES[mistake]
    change(document)
    config.write_text(json.dumps(document))

    result = cli("run", config)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    for words in told:
        assert words in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("broken.json", '{"session_name": }', "broken JSON at line 1, column 18"),
        ("empty.json", "", "the file is empty"),
        ("list.json", "[]", "a config is an object of sections"),
        ("twice.json", '{"seed": 1, "seed": 2}', "the key 'seed' stands twice"),
        ("nan.json", '{"seed": NaN}', "NaN is no JSON number"),
        ("broken.toml", "seed = = 1", "broken TOML at line 1"),
        ("config.yaml", "seed: 1", "name it .json or .toml"),
        ("latin.json", b'{"session_name": "\xe9"}', "is not UTF-8"),
        ("folder.json", None, "cannot be read"),
    ],
)
def test_a_broken_file_is_named_with_the_place(
    cli: Any, tmp_path: Path, name: str, content: str | bytes | None, told: str
) -> None:
    file = tmp_path / name
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    for command in ("run", "validate", "plan", "quality"):
        result = cli(command, file)
        assert result.exit_code == 2
        assert f"{file}: " in result.stderr
        assert told in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_missing_file_is_named_with_a_near_one(cli: Any, config: Path) -> None:
    result = cli("run", config.with_name("smal.json"))

    assert result.exit_code == 2
    assert "smal.json: there is no such file" in result.stderr
    assert f"did you mean {config}?" in result.stderr


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["seed"], "a name and a value are needed; write --set seed=7"),
        (["seed=-1"], "small.json with --set seed=-1: seed: -1 -> a whole number of at least 0"),
        (["backtest_config.end_dat=last"], 'did you mean "backtest_config.end_date"?'),
        (["a..b=1"], "'a..b' is not a path"),
        (["session_data_config.symbols[7]=X"], "no such entry"),
        (["session_data_config.symbols=AAPL"], 'did you mean ["AAPL"]?'),
        (["seed=NaN"], 'seed: "NaN"'),
        (["exchange_group=NYSEE", "backtest_config.end_date=last"], "'NYSEE' is no exchange group"),
        (["backtest_config.start_date=-99999d"], "outside the calendar XNYS"),
    ],
)
def test_a_bad_change_is_answered_with_what_was_meant(cli: Any, config: Path, changes: list[str], told: str) -> None:
    result = cli("run", config, *(word for change in changes for word in ("--set", change)))

    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def empty_folder(root: Path) -> None:
    root.mkdir()


def no_symbols(root: Path) -> None:
    (root / "bars" / "1m").mkdir(parents=True)


def half_written(root: Path) -> None:
    rows = root / "bars" / "1m" / "SPY" / "2025-07-02.parquet"
    rows.parent.mkdir(parents=True)
    pd.DataFrame({"timestamp": pd.to_datetime(["2025-07-02T14:00Z"]), "open": 1.0}).to_parquet(rows)
    rows.write_bytes(rows.read_bytes()[:-20])


def wrong_columns(root: Path) -> None:
    rows = root / "bars" / "1m" / "SPY" / "2025-07-02.parquet"
    rows.parent.mkdir(parents=True)
    pd.DataFrame({"timestamp": pd.to_datetime(["2025-07-02T14:00Z"]), "price": 1.0}).to_parquet(rows)


def without_zone(root: Path) -> None:
    rows = root / "bars" / "1m" / "SPY" / "2025-07-02.parquet"
    rows.parent.mkdir(parents=True)
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0)
    pd.DataFrame({"timestamp": pd.to_datetime(["2025-07-02T14:00"]), **columns}).to_parquet(rows)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda root: None, "does not exist"),
        (lambda root: root.write_text(""), "is a file, not a store"),
        (empty_folder, "has no folder bars or quotes"),
        (no_symbols, "has no bars of any symbol"),
        (half_written, "2025-07-02.parquet"),
        (wrong_columns, "2025-07-02.parquet"),
        (without_zone, "2025-07-02.parquet"),
    ],
)
def test_a_bad_store_is_named_with_a_remedy(cli: Any, tmp_path: Path, make: Callable[[Path], object], told: str) -> None:
    root = tmp_path / "bad"
    make(root)

    result = cli("quality", "--source", f"local:{root}", "--start", "2025-07-02", "--end", "2025-07-02")

    assert result.exit_code == 2
    assert str(root) in result.stderr
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_dates_without_data_are_named_with_symbol_and_remedy(cli: Any, config: Path, store: Path) -> None:
    only = ["--set", 'session_data_config.symbols=["SPY", "QQQ"]', "--set", "session_data_config.historical.data=[]"]
    run = cli("run", config, *only, "--source", f"local:{store}")
    all_of_it = cli("quality", "--source", f"local:{store}", "--start", "2024-01-02", "--end", "2024-01-05")

    assert (run.exit_code, all_of_it.exit_code) == (2, 2)
    assert "data for QQQ is missing" in run.stderr
    assert f"put Parquet files under {store}" in run.stderr
    assert "has nothing from 2024-01-02 to 2024-01-05 that 1m could be made of" in all_of_it.stderr


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("out.txt", "give a name that ends in .json"),
        ("small.json/out.json", "is a file, not a folder"),
        ("nope/out.json", "there is no folder nope; make it first"),
    ],
)
def test_an_output_that_cannot_be_written_is_told_before_the_run(
    cli: Any, config: Path, monkeypatch: pytest.MonkeyPatch, output: str, told: str
) -> None:
    monkeypatch.chdir(config.parent)
    result = cli("run", config, "-o", output, "-v")

    assert result.exit_code == 2
    assert told in result.stderr
    assert "session opened" not in result.stderr
    assert not Path("nope").exists()


@pytest.mark.parametrize(
    "words", [["run"], ["run", "a", "b"], ["rn"], ["run", "a.json", "--what"], ["quality", "--fail-under", "101"]]
)
def test_a_wrong_call_is_answered_with_usage(cli: Any, words: list[str]) -> None:
    result = cli(*words)

    assert result.exit_code == 2
    assert "Usage: " in result.stderr


def test_a_failure_of_ours_is_owned_up_to(cli: Any, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessionlab.lab.Lab.result", lambda lab: {}["gone"])
    result = cli("run", config)

    assert result.exit_code == 1
    assert "sessionlab itself failed: KeyError: 'gone'" in result.stderr
    assert "-v" in result.stderr


def test_a_path_alone_is_no_source_but_near_one(cli: Any, config: Path, store: Path) -> None:
    result = cli("run", config, "--source", store)

    assert result.exit_code == 2
    assert f"did you mean local:{store}?" in result.stderr


def test_home_is_meant_by_a_tilde(cli: Any, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(store.parent))
    monkeypatch.setenv("USERPROFILE", str(store.parent))
    result = cli("quality", "--source", f"local:~/{store.name}", "--start", "2025-07-02", "--end", "2025-07-02")

    assert result.exit_code == 0, result.stderr
