"""``sessionlab export``: a moment of a config's session as a folder that a lab opens on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl


def test_a_moment_is_written_and_said_where(cli: Any, config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "moment"
    result = cli("export", config, "--at", "10:30", "-o", folder)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"AAPL, RIVN at 2025-07-02 10:30:00: 144 bars of the day so far; written to {folder}\n"
    lab, again = sl.Lab(config), sl.Lab.from_export(folder)
    lab.advance("10:30")
    assert again.data.to_dict()["symbols"] == lab.data.to_dict()["symbols"]


def test_the_session_of_a_date_and_a_moment_counted_from_its_ends(cli: Any, config: Path, tmp_path: Path) -> None:
    result = cli("export", config, "--date", "2025-07-03", "--at", "close-10m", "-o", tmp_path / "moment", "-q")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert str(sl.Lab.from_export(tmp_path / "moment").now) == "2025-07-03 12:50:00-04:00"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--at", "25:99"], "25:99"),
        (["--at", "10:30", "--date", "2025-07-04"], "2025-07-04 is no session of XNYS; the next one is 2025-07-07"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(cli: Any, config: Path, tmp_path: Path, more: list[str], said: str) -> None:
    result = cli("export", config, *more, "-o", tmp_path / "moment")

    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "moment").exists()


def test_an_export_is_replaced_only_when_asked(cli: Any, config: Path, tmp_path: Path) -> None:
    words = ["export", config, "--at", "10:30", "-o", tmp_path / "moment", "-q"]
    cli(*words)
    refused = cli(*words)

    assert (refused.exit_code, "holds an export already" in refused.stderr) == (2, True)
    assert cli(*words, "--overwrite").exit_code == 0
