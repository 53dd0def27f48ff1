"""What a run says that it was made of: strategies as they were given, since when, and what was done from outside."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import fsspec
import pytest
from builders import config

import sessionlab as sl
from sessionlab.engine import versions as running_on
from sessionlab.engine.manifest import OF_THE_MACHINE
from sessionlab.errors import ConfigError
from sessionlab.sources.opening import open_source
from sessionlab.sources.place import open_place, place_of
from sessionlab.sources.synthetic import Synthetic


class Seeing(sl.Strategy):
    """Counts in a list that its module shares."""

    most: int = 3

    def on_bar(self, ctx: Any, symbol: str) -> None:
        SEEN.append(symbol)


SEEN: list[str] = []


def test_a_manifest_is_json_and_names_strategies_with_source_parameters_and_digest() -> None:
    lab = sl.demo().use(Seeing(most=5))
    lab.run()
    manifest = lab.result().manifest

    assert json.loads(json.dumps(manifest)) == manifest
    assert manifest["honest"] is True
    assert manifest["config_digest"] == lab.config.digest()
    assert (manifest["seed"], manifest["command"]) == (0, "python")
    one = manifest["strategies"][0]
    assert (one["repr"], one["path"], one["parameters"]) == ("Seeing(most=5)", f"{__name__}:Seeing", {"most": 5})
    assert "class Seeing(sl.Strategy):" in one["source"]
    assert set(OF_THE_MACHINE) <= set(manifest)


def test_a_strategy_is_taken_down_as_it_was_before_it_ran() -> None:
    SEEN.clear()
    lab = sl.demo().use(Seeing())
    lab.step(5)

    assert len(SEEN) == 10
    assert "SEEN = []" in lab.result().manifest["strategies"][0]["source"]


def test_one_that_was_replaced_before_it_did_anything_is_not_told() -> None:
    lab = sl.demo().use(Seeing(most=1))
    lab.use(Seeing(most=2))
    lab.step()
    lab.use(Seeing(most=3))

    told = [(one["parameters"]["most"], one["since"]) for one in lab.result().manifest["strategies"]]
    assert told == [(2, None), (3, "2025-07-02T09:31:00-04:00")]


def test_what_was_done_by_hand_is_told_until_the_run_goes_back_before_it() -> None:
    lab = sl.demo()
    lab.advance("10:00")
    lab.buy("AAPL", 10)
    before = lab.result().manifest["by_hand"]
    lab.advance("10:30")
    lab.rewind("09:45")

    assert before == [{"at": "2025-07-02T10:00:00-04:00", "what": "buy"}]
    assert lab.result().manifest["by_hand"] == []


def test_a_fork_has_the_deeds_of_its_past_and_its_own() -> None:
    lab = sl.demo().use(Seeing(most=1))
    lab.advance("10:00")
    fork = lab.fork(strategy=Seeing(most=2))
    lab.use(Seeing(most=3))

    def told(one: sl.Lab) -> list[int]:
        return [said["parameters"]["most"] for said in one.result().manifest["strategies"]]

    assert (told(lab), told(fork)) == ([1, 3], [1, 2])


def test_a_secret_among_the_values_of_a_strategy_is_not_told() -> None:
    class Keyed(sl.Strategy):
        api_key: str = ""

    lab = sl.demo().use(Keyed(api_key="PK-123"))

    assert "PK-123" not in json.dumps(lab.result().manifest)
    assert lab.result().manifest["strategies"][0]["missing"] == [
        {"name": "self.api_key", "why": "a secret, which is not written down; take it from the environment"}
    ]


@pytest.mark.parametrize(
    "source",
    [
        lambda: "synthetic",
        lambda: Synthetic(seed=3, options={"sparse": True}),
        lambda: sl.sources.Files("prices/{symbol}.csv", tz="UTC", label="end"),
        lambda: sl.sources.Files("memory://prices/{symbol}.parquet", exchange_group="CRYPTO"),
        lambda: "local:prices",
    ],
    ids=["by name", "with options", "files", "remote files", "a store"],
)
def test_a_source_is_opened_again_with_its_options_and_from_anywhere(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fsspec.filesystem("memory").pipe("/prices/A.csv", b"")
    (tmp_path / "prices" / "bars").mkdir(parents=True)
    made = config("A", "1m")
    opened = open_source(source(), made)
    place = json.loads(json.dumps(place_of(opened, made)))
    monkeypatch.chdir("/")

    assert repr(open_place(place, made)) == repr(opened).replace("'prices", f"'{tmp_path}/prices")


def test_rows_in_memory_have_no_place(tmp_path: Path) -> None:
    import pandas as pd

    index = pd.date_range("2025-07-02 09:30", periods=5, freq="1min", tz="America/New_York")
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0), index=index)

    assert place_of(sl.sources.Frames({"A": frame}), config("A", "1m")) is None


def test_a_place_with_secrets_asks_for_the_source() -> None:
    fsspec.filesystem("memory").pipe("/prices/A.csv", b"")
    files = sl.sources.Files("memory://prices/{symbol}.csv", storage_options={"token": "abc"})
    place = place_of(files, config("A", "1m"))

    assert place is not None
    assert "abc" not in json.dumps(place)
    with pytest.raises(ConfigError, match=r"options\.storage_options\.token.*--source"):
        open_place(place, config("A", "1m"))


def test_a_run_from_a_folder_that_is_not_installed_names_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where sessionlab lies on the path alone: nothing tells its version but itself."""

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(running_on, "version", absent)

    assert running_on.versions.__wrapped__() == {"python": platform.python_version(), "sessionlab": sl.__version__}
