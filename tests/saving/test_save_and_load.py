"""A saved run is all of it, whole or not at all, and comes back as it was; what was changed since is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import config
from results.accounts import Flow, Lot, of_lots, sessions_of
from saving.runs import TIMES, TRADED, Cross, assert_same_result, contents, everything, lab_with_everything, plain_config, store

import sessionlab as sl
from sessionlab.errors import BadDataError, ConfigError, NoDataError, SourceError


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return everything().save(tmp_path / "run")


def test_everything_that_a_result_shows_comes_back(saved: Path) -> None:
    result = everything()

    assert len(result.orders) > 10
    assert len(result.gaps)
    assert len(result.scans)
    assert len(result.symbol_changes)
    assert_same_result(sl.RunResult.load(saved), result)
    pd.testing.assert_series_equal(sl.RunResult.load(saved).stats, result.stats)


def test_a_run_that_was_stopped_comes_back_too(tmp_path: Path) -> None:
    lab = lab_with_everything()
    lab.advance("12:07")
    result = lab.result()

    assert not result.complete
    assert_same_result(sl.RunResult.load(result.save(tmp_path / "run")), result)


def test_a_run_of_nothing_comes_back_too(tmp_path: Path) -> None:
    result = sl.Lab(config("A", "1m", "2025-07-02"), times=TIMES).result()

    assert_same_result(sl.RunResult.load(result.save(tmp_path / "run")), result)


def test_sessions_with_breaks_and_across_midnight_come_back(tmp_path: Path) -> None:
    for group in ("XHKG", "COMMODITIES"):
        asset = {} if group == "XHKG" else {"asset_class": "FUTURES"}
        result = sl.Lab(config("A", "1m 60m", "2025-07-02", "2025-07-03", group=group, **asset)).run()

        assert_same_result(sl.RunResult.load(result.save(tmp_path / group)), result)


def test_an_account_made_by_hand_comes_back(tmp_path: Path) -> None:
    sessions = sessions_of(2)
    lots = [Lot(0, 3, fee=0.5, ambiguous=True, coverage=float("nan")), Lot(2, None, side="short"), Lot(1, 8, strategy="Other")]
    prices = {"A": [100 + i % 5 for i in range(14)]}
    result = everything()
    days = pd.DatetimeIndex(["2025-07-01", "2025-07-02"], name="date")
    traded = of_lots(lots, prices, sessions, flows=[Flow(1, 12.5)])
    made = sl.RunResult(
        result.config, result.plan, result._series, result.timing, result.refused, result.manifest, result.stopped_at,
        complete=True, traded=traded, benchmark=pd.Series([0.1, None], days, name="SPY"),
    )  # fmt: skip

    assert_same_result(sl.RunResult.load(made.save(tmp_path / "run")), made)


def test_the_same_run_has_the_same_bytes(tmp_path: Path, saved: Path) -> None:
    other = lab_with_everything().run().save(tmp_path / "other")

    assert contents(other) == contents(saved)


def test_what_is_loaded_and_saved_again_has_the_same_bytes(tmp_path: Path, saved: Path) -> None:
    again = sl.RunResult.load(saved).save(tmp_path / "again")

    assert contents(again) == contents(saved)
    assert (again / "timing.json").read_bytes() == (saved / "timing.json").read_bytes()


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    code = "import sys, sessionlab as sl\nlab = sl.demo(); lab.use(sl.strategies.SmaCross(fast=5)); lab.run().save(sys.argv[1])"
    for name, seed in (("one", "1"), ("other", "2")):
        (tmp_path / name).mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo" if seed == "2" else "UTC"}
        subprocess.run([sys.executable, "-c", code, "run"], cwd=tmp_path / name, env=environment, check=True)

    assert contents(tmp_path / "one" / "run") == contents(tmp_path / "other" / "run")


def test_tables_can_be_read_without_sessionlab(saved: Path) -> None:
    fills = pd.read_parquet(saved / "tables" / "fills.parquet")

    assert fills["price"].tolist() == everything().fills["price"].tolist()
    assert (saved / "strategies" / "Cross.py").read_text() == everything().manifest["strategies"][0]["source"]


def test_nothing_of_the_machine_is_in_what_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_SECRET_KEY", "my-secret")
    root = store(tmp_path / "store", A={"missing": [5]})
    changes = {"api_config__data_api": "local", "api_config__data_path": str(root), "api_config__data_options": {}}
    lab = sl.Lab(plain_config(**changes), times=TIMES).use(Cross())
    result = lab.run()
    folder = result.save(tmp_path / "run")

    assert_same_result(sl.RunResult.load(folder), result)
    for name, content in contents(folder).items():
        assert str(tmp_path).encode() not in content, name
        assert str(Path.cwd()).encode() not in content, name
        assert b"my-secret" not in content, name
    assert str(root) in (folder / "machine.json").read_text()


def test_secrets_of_a_config_are_not_written_down(tmp_path: Path) -> None:
    options = {"storage_options": {"key": "AKIA123", "token": "s3cr3t"}, "url": "s3://me:pass-word@bucket/x"}
    made = config("A", "1m", "2025-07-02", api_config__data_options=options)
    folder = sl.Lab(made, source="synthetic", times=TIMES).run().save(tmp_path / "run")

    for path in folder.rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in (b"AKIA123", b"s3cr3t", b"pass-word")), path
    assert json.loads((folder / "manifest.json").read_text())["hidden"] == [
        "api_config.data_options.storage_options.key",
        "api_config.data_options.storage_options.token",
        "api_config.data_options.url",
    ]


def test_a_folder_is_not_replaced_unless_it_is_said(tmp_path: Path, saved: Path) -> None:
    result = sl.demo().result()
    before = contents(saved)
    with pytest.raises(ConfigError, match="holds a saved run already; give overwrite=True"):
        result.save(saved)

    assert contents(saved) == before
    assert sl.RunResult.load(result.save(saved, overwrite=True)).config == result.config
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path, saved: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.md").write_text("mine")
    (saved / "notes.md").write_text("mine")
    (tmp_path / "file").write_text("mine")

    for folder, told in (("mine", "is no saved run"), ("run", "holds notes.md"), ("file", "is a file")):
        with pytest.raises(ConfigError, match=told):
            everything().save(tmp_path / folder, overwrite=True)


def test_what_was_there_stays_when_the_disk_fills_up(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sessionlab.saving import run_folder

    before, written = contents(saved), [0]

    def full(path: Path, write: Any) -> None:
        written[0] += 1
        if written[0] > 5:
            raise OSError(28, "No space left on device")
        put(path, write)

    put = run_folder.put_whole
    monkeypatch.setattr(run_folder, "put_whole", full)
    with pytest.raises(SourceError, match="No space left on device; what was there before is unchanged"):
        sl.demo().result().save(saved, overwrite=True)

    assert written[0] == 6
    assert contents(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["run"]


def test_what_was_there_stays_when_the_process_is_killed(saved: Path) -> None:
    before = contents(saved)
    code = """
import os, sys
import sessionlab as sl
from sessionlab.saving import run_folder
put, left = run_folder.put_whole, [5]
def dies(path, write):
    left[0] -= 1
    if not left[0]:
        os._exit(9)
    put(path, write)
run_folder.put_whole = dies
sl.demo().result().save(sys.argv[1], overwrite=True)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(saved)], check=False)

    assert killed.returncode == 9
    assert contents(saved) == before
    assert_same_result(sl.RunResult.load(saved), everything())


def files_of(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def test_one_changed_byte_of_any_file_is_named(saved: Path) -> None:
    names = files_of(saved)
    assert {"manifest.json", "config.json", "strategies/Cross.py", "tables/fills.parquet", "timing.json"} <= set(names)
    for name in names:
        content = (saved / name).read_bytes()
        for at in {0, len(content) // 3, len(content) // 2, len(content) - 2, len(content) - 1}:
            changed = bytes([content[at] ^ 1])
            (saved / name).write_bytes(content[:at] + changed + content[at + 1 :])
            with pytest.raises(BadDataError, match=name):
                sl.RunResult.load(saved)
        (saved / name).write_bytes(content)

    assert_same_result(sl.RunResult.load(saved), everything())


def test_every_file_that_is_gone_is_named(saved: Path) -> None:
    (saved / "tables" / "trades.parquet").unlink()
    (saved / "strategies" / "slow.py").unlink()

    with pytest.raises(BadDataError, match=r"strategies/slow\.py is gone.*tables/trades\.parquet is gone") as raised:
        sl.RunResult.load(saved)
    assert raised.value.files == ["strategies/slow.py", "tables/trades.parquet"]


def test_a_newer_format_is_refused(saved: Path) -> None:
    from sessionlab.saving import run_folder

    manifest = json.loads((saved / "manifest.json").read_text())
    manifest["format"] = "sessionlab-run/2"
    manifest["digest"] = run_folder._own_digest(manifest)
    (saved / "manifest.json").write_bytes(run_folder._text(manifest))

    with pytest.raises(ConfigError, match="of format 2, made by a newer sessionlab"):
        sl.RunResult.load(saved)


def test_what_is_no_saved_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="does not exist, so it is no saved run"):
        sl.RunResult.load(tmp_path / "none")
    with pytest.raises(NoDataError, match=r"has no manifest\.json"):
        sl.RunResult.load(tmp_path)
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(NoDataError, match="of no saved run"):
        sl.RunResult.load(tmp_path)


def test_traded_tables_keep_their_types(saved: Path) -> None:
    loaded = sl.RunResult.load(saved).traded

    for name in TRADED:
        pd.testing.assert_series_equal(getattr(loaded, name).dtypes, getattr(everything().traded, name).dtypes)
