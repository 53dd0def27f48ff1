"""``sessionlab migrate``: the new document on stdout or in a file, the changes on stderr, the old file untouched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def old(tmp_path: Path, document: dict[str, Any]) -> Path:
    """The small config in the first layout."""
    del document["session_data_config"]
    document["data_streams"] = [{"type": "bars", "symbol": "AAPL", "interval": "1m"}]
    document["trading_config"]["paper_trading"] = True
    file = tmp_path / "old.json"
    file.write_text(json.dumps(document))
    return file


def test_the_new_config_is_on_stdout_and_the_changes_beside_it(cli: Any, old: Path) -> None:
    result = cli("migrate", old)

    assert result.exit_code == 0
    assert json.loads(result.stdout)["session_data_config"] == {"symbols": ["AAPL"], "streams": ["1m"]}
    assert "data_streams: now session_data_config.symbols (AAPL) and .streams (1m)" in result.stderr
    assert 'trading_config.paper_trading: now api_config.account, "paper"' in result.stderr
    assert "old.json: 2 changes" in result.stderr


def test_it_is_written_and_validates(cli: Any, old: Path, tmp_path: Path) -> None:
    before = old.read_bytes()
    new = tmp_path / "made" / f"{old.stem}.json"

    result = cli("migrate", old, "-o", f"{tmp_path}/made/")

    assert (result.exit_code, result.stdout) == (0, "")
    assert f"2 changes; written to {new}" in result.stderr
    assert cli("validate", new).exit_code == 0
    assert cli("migrate", new, "-q").stderr == ""
    assert "it is of this layout already" in cli("migrate", new).stderr
    assert old.read_bytes() == before


def test_one_document_says_both(cli: Any, old: Path) -> None:
    result = cli("migrate", old, "--json")

    told = json.loads(result.stdout)
    assert len(told["changes"]) == 2
    assert told["config"]["api_config"]["account"] == "paper"
    assert result.stderr == ""


def test_what_is_left_to_its_author_is_told_and_nothing_is_written(cli: Any, old: Path, tmp_path: Path) -> None:
    document = json.loads(old.read_text())
    del document["trading_config"]
    old.write_text(json.dumps(document))

    result = cli("migrate", old, "-o", tmp_path / "new.json")

    assert result.exit_code == 2
    assert "old.json after migrating: trading_config: missing" in result.stderr.replace("\n", "")
    assert not (tmp_path / "new.json").exists()


def test_the_old_file_is_never_written_over(cli: Any, old: Path) -> None:
    before = old.read_bytes()

    result = cli("migrate", old, "-o", old)

    assert result.exit_code == 2
    assert "this is the old config itself" in result.stderr
    assert old.read_bytes() == before


def test_a_file_that_is_missing_or_broken_is_told(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")

    assert "there is no such file" in cli("migrate", tmp_path / "none.json").stderr
    assert cli("migrate", tmp_path / "none.json").exit_code == 2
    assert "broken JSON" in cli("migrate", tmp_path / "broken.json").stderr
