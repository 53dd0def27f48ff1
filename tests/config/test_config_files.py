"""Config files: JSON and TOML in, JSON out; every slip is told with file and place."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from config.documents import CONFIGS

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError

TOML = """
session_name = "Example Trading Session"

[backtest_config]
start_date = 2025-07-02
end_date = "2025-07-07"
speed_multiplier = 360
prefetch_days = 3

[session_data_config]
symbols = ["RIVN", "AAPL"]
streams = ["1s", "1m", "5m", "10m", "quotes"]
[[session_data_config.historical.data]]
trailing_days = 3
intervals = ["1m"]
[session_data_config.historical.indicators.avg_volume]
type = "trailing_average"
period = "10d"

[trading_config]
max_buying_power = 100000.0
max_per_trade = 10000.0
max_per_symbol = 20000.0
max_open_positions = 5
"""


def test_the_example_is_read_with_dates_as_dates():
    config = SessionConfig.from_file(CONFIGS / "example_session.json")

    assert str(config.backtest_config.start_date) == "2025-07-02"
    assert config.api_config.data_api == "alpaca"


def test_the_demo_is_the_example_on_synthetic_data():
    example = SessionConfig.from_file(CONFIGS / "example_session.json")
    demo = SessionConfig.from_file(CONFIGS / "demo_session.json")

    assert demo.api_config.data_api == "synthetic"
    assert demo.replace({"api_config.data_api": "alpaca", "session_name": example.session_name}) == example


def test_toml_means_the_same_as_json(tmp_path: Path):
    (tmp_path / "x.toml").write_text(TOML)

    config = SessionConfig.from_file(tmp_path / "x.toml")
    assert config == SessionConfig.from_file(CONFIGS / "example_session.json")
    assert config.to_dict()["backtest_config"]["start_date"] == "2025-07-02"


def test_a_saved_config_is_read_back_with_comments(tmp_path: Path, example: dict[str, Any]):
    example["_why"] = "Ümläut \U0001f4c8"
    config = SessionConfig.from_dict(example)

    assert config.save(tmp_path / "x.json") == tmp_path / "x.json"
    assert SessionConfig.from_file(str(tmp_path / "x.json")) == config
    assert SessionConfig.from_file(tmp_path / "x.json").to_dict() == example
    assert "Ümläut" in (tmp_path / "x.json").read_text(encoding="utf-8")


def test_saving_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path: Path, example: dict[str, Any]):
    file = tmp_path / "x.json"
    file.write_text("x" * 100_000)
    file.chmod(0o640)

    SessionConfig.from_dict(example).save(file)
    assert json.loads(file.read_text()) == example
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_failed_save_leaves_what_was_there(tmp_path: Path, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "x.json"
    file.write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="no space left on device"):
        SessionConfig.from_dict(example).save(file)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x.toml", "saved as JSON"),
        ("x", "saved as JSON"),
        ("no/x.json", "cannot be written"),
        ("file/x.json", "cannot be written"),
    ],
)
def test_a_config_cannot_be_saved_just_anywhere(tmp_path: Path, example: dict[str, Any], name: str, says: str):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match=says):
        SessionConfig.from_dict(example).save(tmp_path / name)


BROKEN = [
    ("x.json", '{"a": 1,\n "b" 2}', "broken JSON at line 2, column 6"),
    ("x.json", "{'a': 1}", "broken JSON at line 1, column 2"),
    ("x.json", '{"a": 1,\n "b": [1, 2', "broken JSON at line 2"),
    ("x.json", "", "the file is empty"),
    ("x.json", "  \n", "the file is empty"),
    ("x.json", "[1, 2]", "the document is a list"),
    ("x.json", '{"a": 1, "a": 2}', "the key 'a' stands twice"),
    ("x.json", '{"a": NaN}', "NaN is no JSON number"),
    ("x.json", '{"a": -Infinity}', "-Infinity is no JSON number"),
    ("x.json", "[" * 100_000, "nested too deep"),
    ("x.json", "1" * 5000, "integer"),
    ("x.json", b'{"a": "\xff"}', "byte 7 is not UTF-8"),
    ("x.toml", "a = 1\nb = = 2\n", "broken TOML at line 2, column 5"),
    ("x.toml", "a = 1\na = 2\n", "broken TOML at line 2"),
    ("x.toml", "a = [1,", "broken TOML at line 1"),
    ("x.yaml", "a: 1", "name it .json or .toml"),
    ("x", "{}", "name it .json or .toml"),
]


@pytest.mark.parametrize(("name", "text", "says"), BROKEN)
def test_a_broken_file_is_told_in_one_line_with_its_place(tmp_path: Path, name: str, text: str | bytes, says: str):
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_file(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.file == str(file)


def test_a_place_in_a_file_is_an_attribute(tmp_path: Path):
    (tmp_path / "x.json").write_text('{"a": 1,\n "b" 2}')

    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_file(tmp_path / "x.json")
    assert (caught.value.line, caught.value.column) == (2, 6)


def test_a_missing_file_is_told_with_its_neighbour(tmp_path: Path):
    (tmp_path / "example_session.json").write_text("{}")

    with pytest.raises(ConfigError, match=r"there is no such file \(did you mean .*example_session\.json"):
        SessionConfig.from_file(tmp_path / "exampel_session.json")
    with pytest.raises(ConfigError, match="there is no folder"):
        SessionConfig.from_file(tmp_path / "no" / "x.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        SessionConfig.from_file(tmp_path / "folder.json")


def test_problems_of_a_file_name_the_file(tmp_path: Path, example: dict[str, Any]):
    file = tmp_path / "x.json"
    file.write_text(json.dumps({**example, "seed": -1}))
    with pytest.raises(ConfigError) as one:
        SessionConfig.from_file(file)
    file.write_text(json.dumps({**example, "seed": -1, "mode": 3}))
    with pytest.raises(ConfigError) as two:
        SessionConfig.from_file(file)

    assert str(one.value) == f"{file}: seed: -1 -> a whole number of at least 0"
    assert str(two.value).splitlines()[0] == f"{file} has 2 problems:"
    assert two.value.file == str(file)


def test_a_byte_order_mark_is_no_slip(tmp_path: Path, example: dict[str, Any]):
    (tmp_path / "x.json").write_text(json.dumps(example), encoding="utf-8-sig")

    assert SessionConfig.from_file(tmp_path / "x.json") == SessionConfig.from_dict(example)
