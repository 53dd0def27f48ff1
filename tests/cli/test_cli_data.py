"""``sessionlab data``: import, list, verify, repair, versions, restore and export, for people and for scripts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cli.terminal import ANSI, on_a_terminal
from own_files import csv_of, minutes, put
from store.stores import bars_in, contents_of

Cli = Any
SPAN = ("--start", "2025-07-01", "--end", "2025-07-03")


@pytest.fixture
def csvs(tmp_path: Path) -> str:
    """Two files of minutes, one of them with a row that is none."""
    frame = minutes("2025-07-01", "2025-07-02")
    put(tmp_path / "in/AIG.csv", csv_of(frame))
    put(tmp_path / "in/SPY.csv", csv_of(frame.assign(low=frame["low"].where(frame.index != 3, -1.0))))
    return f"files:{tmp_path}/in/{{symbol}}.csv"


@pytest.fixture
def late(real_data: Path, tmp_path: Path, cli: Cli) -> Path:
    """The recorded files that are four hours late, imported."""
    root = tmp_path / "late"
    result = cli("data", "import", f"files:{real_data}/as_found/mislabelled_{{symbol}}_2025-07-02.csv", root)
    assert result.exit_code == 0, result.stderr
    return root


def words_of(text: str, *first: str) -> list[str]:
    """The words of the line that begins with ``first``, without them."""
    [line] = [line.split() for line in text.splitlines() if line.split()[: len(first)] == list(first)]
    return line[len(first) :]


def test_an_import_tells_rows_and_what_was_refused_and_a_second_has_nothing_to_do(cli: Cli, csvs: str, tmp_path: Path) -> None:
    first = cli("data", "import", csvs, tmp_path / "store")
    again = cli("data", "import", csvs, tmp_path / "store")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert words_of(first.stdout, "AIG", "1m", "bars") == ["780", "0", "0", "0"]
    assert words_of(first.stdout, "SPY", "1m", "bars", "779") == ["0", "0", "1"]
    assert words_of(first.stdout, "SPY", "1m", "bars", "bad")[:4] == ["price", "1", "SPY", "2025-07-01"]
    assert "1,559 rows: 1,559 added, 0 replaced, 0 were there, 1 refused; 2 files written" in first.stdout
    assert again.stdout.startswith("nothing to do: all 2 pieces were imported before")
    assert first.stderr == again.stderr == ""


def test_an_import_as_json_is_one_document(cli: Cli, csvs: str, tmp_path: Path) -> None:
    result = cli("data", "import", csvs, tmp_path / "store", "--json", "-o", tmp_path / "told.json", "--symbols", "SPY")
    told = json.loads(result.stdout)

    assert json.loads((tmp_path / "told.json").read_text()) == told
    assert [(one["symbol"], one["added"], one["refused"]) for one in told["series"]] == [("SPY", 779, 1)]
    assert [(one["kind"], one["count"]) for one in told["refused"]] == [("bad_price", 1)]
    assert told["missing"] == {}


def test_a_dry_run_says_what_would_be_imported(cli: Cli, csvs: str, tmp_path: Path) -> None:
    result = cli("data", "import", csvs, tmp_path / "store", "--dry-run")

    assert result.exit_code == 0
    assert words_of(result.stdout, "AIG", "1m", "bars")[-3:] == ["1", "0", "1"]
    assert "2 of 2 pieces would be imported; nothing was written" in result.stdout
    assert not (tmp_path / "store").exists()


def test_options_of_files_go_through(cli: Cli, tmp_path: Path) -> None:
    frame = minutes("2025-07-02").rename(columns={"open": "PX_OPEN"})
    stamps = (frame.timestamp + pd.Timedelta("1min")).dt.strftime("%d.%m.%Y %H:%M")
    put(tmp_path / "in/SPY.csv", frame.assign(timestamp=stamps).to_csv(index=False, sep=";"))

    result = cli(
        "data", "import", f"files:{tmp_path}/in/{{symbol}}.csv", tmp_path / "store", "--label", "end", "--tz", "America/New_York",
        "--column", "open=PX_OPEN", "--date-format", "%d.%m.%Y %H:%M", "--option", "delimiter=;", "--option", "interval=1m",
    )  # fmt: skip

    assert result.exit_code == 0, result.stderr
    stored = bars_in(tmp_path / "store", "SPY", "2025-07")
    pd.testing.assert_series_equal(stored["open"], frame["PX_OPEN"], check_names=False)
    assert stored["timestamp"].iloc[0] == pd.Timestamp("2025-07-02 13:30", tz="UTC")


@pytest.mark.parametrize(("words", "message"), [
    (["synthetic", "STORE"], "name some, as in --symbols"),
    (["synthetic", "STORE", "--symbols", "SPY"], "give both, as in --start"),
    (["synthetic", "STORE", "--symbols", "SPY", *SPAN, "--tz", "UTC"], "--tz: only files:TEMPLATE has these"),
    (["data/spy.csv", "STORE"], "did you mean local:data/spy.csv"),
    (["local:NOWHERE", "STORE"], "does not exist"),
    (["synthetic", "STORE", "--symbols", "SPY", "--start", "2025-13-01", "--end", "2025-07-01"], "2025-13-01"),
])  # fmt: skip
def test_bad_input_is_one_line_and_code_2(cli: Cli, tmp_path: Path, words: list[str], message: str) -> None:
    result = cli("data", "import", *(str(tmp_path / "store") if word == "STORE" else word for word in words))

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_what_is_not_there_ends_with_2_after_the_rest_came(cli: Cli, csvs: str, tmp_path: Path) -> None:
    result = cli("data", "import", csvs, tmp_path / "store", "--symbols", "SPY,XXX", "-q")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "not all of it could be imported: XXX: nothing is there" in result.stderr
    assert (tmp_path / "store/bars/1m/SPY/2025-07.parquet").is_file()


def test_a_symbol_that_nobody_named_may_lack_what_others_have(cli: Cli, lean_data: Path, tmp_path: Path) -> None:
    result = cli("data", "import", f"lean:{lean_data}", tmp_path / "store", "--intervals", "1s", "--no-quotes")

    assert result.exit_code == 0, result.stderr
    assert "Nothing of" in result.stdout
    assert "it has 1m bars from 2013-07-01 to 2013-07-02" in result.stdout


def test_the_list_and_its_totals(cli: Cli, csvs: str, tmp_path: Path) -> None:
    cli("data", "import", csvs, tmp_path / "store")
    result, told = cli("data", "list", tmp_path / "store"), json.loads(cli("data", "list", tmp_path / "store", "--json").stdout)

    assert words_of(result.stdout, "SPY", "1m", "bars")[:4] == ["1", "779", "2025-07-01", "2025-07-02"]
    assert "2 symbols, 2 series, 2 files, 1,559 rows" in result.stdout
    assert told["totals"]["rows"] == 1559
    assert told["series"][0]["first"] == "2025-07-01T13:30:00Z"
    assert cli("data", "list", tmp_path / "none").exit_code == 2


def test_verify_is_a_gate(cli: Cli, csvs: str, tmp_path: Path) -> None:
    cli("data", "import", csvs, tmp_path / "store")
    sound = cli("data", "verify", tmp_path / "store")
    file = tmp_path / "store/bars/1m/SPY/2025-07.parquet"
    pd.read_parquet(file).iloc[1:].to_parquet(file)
    (tmp_path / "store/bars/1m/AIG/2025-07.parquet").unlink()
    broken = cli("data", "verify", tmp_path / "store")
    told = json.loads(cli("data", "verify", tmp_path / "store", "--json").stdout)
    accepted = cli("data", "verify", tmp_path / "store", "--accept")

    assert (sound.exit_code, broken.exit_code, accepted.exit_code) == (0, 3, 0)
    assert "2 files: 2 ok" in sound.stdout
    assert broken.stderr.count("\n") == 1
    assert "bars/1m/AIG/2025-07.parquet is missing, bars/1m/SPY/2025-07.parquet is changed" in broken.stderr
    assert "--accept" in broken.stderr
    assert not told["passed"]
    assert told["counts"]["changed"] == told["counts"]["missing"] == 1


def test_files_put_there_by_hand_are_told_and_taken_in(cli: Cli, store: Path) -> None:
    listed, first = cli("data", "list", store), cli("data", "verify", store)
    taken, after = cli("data", "verify", store, "--record"), cli("data", "verify", store)

    assert "3 files are not recorded: data verify --record takes them in" in listed.stdout
    assert "3 not recorded" in first.stdout
    assert (first.exit_code, taken.exit_code) == (0, 0)
    assert "3 ok; 3 recorded now" in taken.stdout
    assert "3 files: 3 ok;" in after.stdout


def test_without_a_terminal_and_without_yes_a_plan_is_all(cli: Cli, late: Path) -> None:
    before = contents_of(late)
    result, told = cli("data", "repair", late), cli("data", "repair", late, "--json")

    assert (result.exit_code, told.exit_code) == (2, 2)
    assert words_of(result.stdout, "AAPL", "1m", "2025-07-02")[0] == "1"
    assert "stamps 4 h late" in result.stdout
    assert "needs a yes" in result.stderr
    assert json.loads(told.stdout)["version"] is None
    assert contents_of(late) == before


def test_a_dry_run_of_a_repair_ends_well(cli: Cli, late: Path) -> None:
    result = cli("data", "repair", late, "--dry-run")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "nothing was changed: a dry run"


def test_yes_repairs_versions_tell_and_restore_brings_back(cli: Cli, late: Path) -> None:
    before = contents_of(late)
    repaired = cli("data", "repair", late, "--yes")
    quality = json.loads(
        cli("quality", "--source", f"local:{late}", "--start", "2025-07-02", "--end", "2025-07-02", "--json").stdout
    )
    versions, told = cli("data", "versions", late), json.loads(cli("data", "versions", late, "--json").stdout)
    restored = cli("data", "restore", late, "--version", "1")

    assert (repaired.exit_code, versions.exit_code, restored.exit_code) == (0, 0, 0)
    assert "1,479 rows mended in 2 files: the store is in version 2 now" in repaired.stdout
    assert {(row["symbol"], row["present"]) for row in quality["quality"]} == {("AAPL", 390), ("RIVN", 390)}
    assert "stamps 4 h late: moved back by 4 h (1,479 rows)" in versions.stdout
    assert (told["current"], told["versions"][0]["bytes_kept"] > 0) == (2, True)
    assert restored.stdout == "version 1 is back, in 2 files, as version 3\n"
    assert contents_of(late) == before
    assert cli("data", "restore", late, "--version", "9").exit_code == 2


def test_what_needs_no_yes_is_mended_at_once(cli: Cli, tmp_path: Path) -> None:
    frame = minutes("2025-07-02")
    file = tmp_path / "bars/1m/SPY/2025-07-02.parquet"
    file.parent.mkdir(parents=True)
    pd.concat([frame, frame.iloc[[5, 9]]]).to_parquet(file, index=False)

    first, again = cli("data", "repair", tmp_path), cli("data", "repair", tmp_path)

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "rows that stand twice" in first.stdout
    assert again.stdout == "nothing to mend\n"


def test_an_export_says_how_to_read_it(cli: Cli, store: Path, tmp_path: Path) -> None:
    words = ("data", "export", store, tmp_path / "out", "--symbols", "SPY", "--label", "end", "--tz", "America/New_York")
    result, again, forced = cli(*words), cli(*words), cli(*words, "--force", "--json")

    assert (result.exit_code, again.exit_code, forced.exit_code) == (0, 2, 0)
    assert "780 rows in 2 files" in result.stdout
    assert f"sl.sources.Files('{tmp_path}/out/{{symbol}}/{{interval}}/{{date}}.csv', label='end')" in result.stdout
    assert "--force" in again.stderr
    first = (tmp_path / "out/SPY/1m/2025-07-01.csv").read_text().splitlines()
    assert first[:2] == ["timestamp,open,high,low,close,volume", "2025-07-01T09:31:00-04:00,10,10,10,10,100"]
    assert json.loads(forced.stdout)["rows"] == 780


def test_quotes_are_exported_and_mended_unless_they_are_left_out(cli: Cli, real_data: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(real_data / "quotes/1s/SPY/2013-10-07.parquet")
    (tmp_path / "store/quotes/1s/SPY").mkdir(parents=True)
    pd.concat([frame, frame.iloc[[7]]]).to_parquet(tmp_path / "store/quotes/1s/SPY/2013-10-07.parquet", index=False)

    without = cli("data", "repair", tmp_path / "store", "--no-quotes")
    mended = cli("data", "repair", tmp_path / "store")
    nothing = cli("data", "export", tmp_path / "store", tmp_path / "out", "--no-quotes")
    told = cli("data", "export", tmp_path / "store", tmp_path / "out")

    assert (without.exit_code, mended.exit_code, nothing.exit_code, told.exit_code) == (2, 0, 2, 0)
    assert "rows that stand twice" in mended.stdout
    assert words_of(mended.stdout, "SPY", "1s", "quotes", "2013-10-07", "1", "rows", "that")[-1] == "1"
    assert f"quotes are in {tmp_path}/out/quotes/{{symbol}}/{{interval}}/{{date}}.csv" in told.stdout
    assert len(pd.read_csv(tmp_path / "out/quotes/SPY/1s/2013-10-07.csv")) == len(frame)


# As a process


def process(*words: object, answer: str | None = None) -> tuple[int, str]:
    """Exit code and everything shown on a terminal of 80 columns; a bar is drawn over and over, line upon line."""
    code, shown = on_a_terminal("data", *words, columns=80, answer=answer)
    return code, ANSI.sub("", shown.replace("\r", "\n"))


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("answer", "code", "version"), [("y", 0, 2), ("n", 2, 1), ("", 2, 1)])
def test_at_a_terminal_somebody_is_asked(late: Path, cli: Cli, answer: str, code: int, version: int) -> None:
    ended, shown = process("repair", late, answer=answer)

    assert ended == code, shown
    assert "Move these stamps?" in shown
    assert json.loads(cli("data", "versions", late, "--json").stdout)["current"] == version


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_on_a_terminal_of_80_columns_tables_fit_and_a_bar_shows_series_and_pace(real_data: Path, tmp_path: Path) -> None:
    words = ("synthetic", tmp_path / "store", "--symbols", "AAPL,SPY", "--start", "2025-05-01", "--end", "2025-07-03")
    codes, shown = zip(
        process("import", *words),
        process("list", real_data),
        process("verify", real_data, "--symbols", "SPY"),
        process("repair", tmp_path / "store"),
        strict=True,
    )

    assert codes == (0, 0, 0, 0)
    for text in shown:
        assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert re.search(r"(AAPL|SPY) 1[smd] (bars|quotes) 2025-0[567]-\d\d +[\d,]+ rows/s", shown[0])


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_what_was_imported_and_the_same_command_goes_on(tmp_path: Path) -> None:
    words = ["synthetic", str(tmp_path / "store"), "--symbols", "AAPL,SPY,QQQ", "--start", "2025-01-02", "--end", "2025-07-03"]
    command = [sys.executable, "-m", "sessionlab", "data", "import", *words, "--intervals", "1m", "--no-quotes"]
    started = subprocess.Popen([*command, "--log", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stderr is not None
    while '"symbol": "SPY"' not in started.stderr.readline():
        pass
    started.send_signal(signal.SIGINT)
    _, told = started.communicate(timeout=60)
    left = contents_of(tmp_path / "store")
    again = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=100)

    assert started.returncode == 130
    assert "interrupted at " in told
    assert "the same command goes on from there" in told
    assert again.returncode == 0, again.stderr
    assert {one["symbol"]: one["skipped"] for one in json.loads(again.stdout)["series"]}["AAPL"] == 7
    assert left.items() <= contents_of(tmp_path / "store").items()
