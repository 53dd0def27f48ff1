"""A saved run is run again of what was saved alone: the same, or what differs first, and whether it is the data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pandas as pd
import pytest
from builders import config
from saving.runs import (
    TIMES,
    Cross,
    Joining,
    assert_same_result,
    everything,
    quietly,
    rows_with_everything,
    store,
)

import sessionlab as sl
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.saving import run_folder


@pytest.fixture
def minutes(tmp_path: Path) -> Path:
    return store(tmp_path / "store", A={"seed": 1, "missing": [7]}, B={"seed": 2})


def local(root: Path | str, symbols: str = "A B", **changes: Any) -> sl.SessionConfig:
    return config(
        symbols, "1m 5m", "2025-07-02", "2025-07-03", window=1, api_config__data_api="local", api_config__data_path=str(root),
        api_config__data_options={}, **changes,
    )  # fmt: skip


def run_of(made: sl.SessionConfig, *strategies: sl.Strategy, **options: Any) -> sl.RunResult:
    lab = sl.Lab(made, times=TIMES, **options)
    for strategy in strategies:
        lab.use(strategy)
    return lab.run()


def test_an_untouched_run_comes_out_the_same(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross(), Cross(span=9).__class__(span=20)).save(tmp_path / "run")
    found = sl.verify(folder)

    assert found.same
    assert (found.differs, found.data, found.raised, found.versions) == ((), (), None, {})
    assert repr(found) == "<Verification of 'run': the same again>"
    assert len(found.again.fills) > 10


def test_a_run_with_everything_in_it_comes_out_the_same(tmp_path: Path) -> None:
    folder = everything().save(tmp_path / "run")
    found = sl.verify(folder, source=rows_with_everything())

    assert repr(found) == "<Verification of 'run': the same again>"
    assert [one["since"] for one in everything().manifest["strategies"]] == [
        None,
        "2025-07-02T11:00:00-04:00",
        "2025-07-02T12:00:00-04:00",
    ]


@pytest.mark.parametrize("moment", ["open", "09:40", "12:07", "close", "next"])
def test_a_run_that_was_stopped_comes_out_the_same(minutes: Path, tmp_path: Path, moment: str) -> None:
    lab = sl.Lab(local(minutes), times=TIMES).use(Cross())
    if moment != "open":
        lab.advance("close" if moment == "next" else moment)
    if moment == "next":
        lab.step()
    folder = lab.result().save(tmp_path / "run")

    assert not sl.RunResult.load(folder).complete
    assert sl.verify(folder).same


class Failing(Cross):
    """Raises at its hundredth bar."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        super().on_bar(ctx, symbol)
        if self.seen == 100:
            raise ValueError("the hundredth")


def test_a_run_that_raised_comes_out_the_same_where_it_raises_again(minutes: Path, tmp_path: Path) -> None:
    lab = sl.Lab(local(minutes), times=TIMES).use(Failing())
    with pytest.raises(ValueError, match="hundredth"):
        lab.run()

    assert sl.verify(lab.result().save(tmp_path / "run")).same


def test_a_fork_and_a_run_that_went_back_come_out_the_same(minutes: Path, tmp_path: Path) -> None:
    lab = sl.Lab(local(minutes), times=TIMES).use(Cross())
    lab.advance("11:00")
    lab.use(Cross(span=3), name="gone")
    lab.advance("12:00")
    lab.rewind("10:30")
    fork = lab.fork(strategy=Cross(span=30))
    fork.use(Cross(span=2), name="new")
    results = {"back": lab.run(), "fork": fork.run()}

    assert [one["name"] for one in results["back"].manifest["strategies"]] == ["Cross"]
    assert [(one["name"], one["parameters"]["span"]) for one in results["fork"].manifest["strategies"]] == [
        ("Cross", 5),
        ("Cross", 30),
        ("new", 2),
    ]
    for name, result in results.items():
        assert sl.verify(result.save(tmp_path / name)).same


def test_a_run_that_began_again_comes_out_the_same(minutes: Path, tmp_path: Path) -> None:
    lab = sl.Lab(local(minutes), times=TIMES).use(Cross())
    lab.advance("11:00")
    lab.use(Cross(span=3), name="late")
    lab.restart()

    assert sl.verify(lab.run().save(tmp_path / "run")).same


@quietly
def test_scanners_are_made_again_with_their_times(minutes: Path, tmp_path: Path) -> None:
    lab = sl.Lab(local(minutes, "A"), times=TIMES).use(Cross())
    lab.use_scanner(Joining(), pre_session=True, regular_session=[{"start": "11:00", "end": "close-1h", "interval": "30m"}])
    folder = lab.run().save(tmp_path / "run")

    assert len(sl.RunResult.load(folder).scans) > 5
    assert sl.verify(folder).same


def test_what_a_config_names_is_made_of_what_was_saved(minutes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import sessionlab as sl\nclass Named(sl.strategies.SmaCross):\n    fast: int = 4\n"
    (tmp_path / "my_named.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = {"module": "my_named:Named", "config": {"slow": 9}}
    folder = run_of(local(minutes, session_data_config__strategies=[entry, entry])).save(tmp_path / "run")
    (tmp_path / "my_named.py").write_text("raise RuntimeError")
    sys.modules.pop("my_named")
    found = sl.verify(folder)

    assert found.same
    assert found.again.config == sl.RunResult.load(folder).config
    assert [one["name"] for one in found.again.manifest["strategies"]] == ["Named", "Named 2"]


def test_costs_and_limits_given_in_code_are_part_of_the_run(minutes: Path, tmp_path: Path) -> None:
    per_fill = 0.25

    def fee(fill: Any) -> float:
        return per_fill + 0.001 * fill.quantity

    result = sl.backtest(f"local:{minutes}", Cross(), costs=fee, slippage=2, start="2025-07-02", bars="1m")
    folder = result.save(tmp_path / "run")

    assert result.fills["fee"].tolist() == [0.26] * len(result.fills)
    assert sl.RunResult.load(folder).manifest["account"]["limits"] is not None
    assert sl.verify(folder).same


def test_the_place_of_the_data_is_found_from_another_folder(
    minutes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, result in {
        "config": run_of(local("store"), Cross()),
        "named": run_of(config("A", "1m", "2025-07-02"), Cross(), source="local:store"),
        "object": run_of(
            config("A", "1m", "2025-07-02"), Cross(), source=sl.sources.Files("store/bars/1m/{symbol}/{date}.parquet")
        ),
    }.items():
        result.save(name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    for name in ("config", "named", "object"):
        assert sl.verify(tmp_path / name).same
        assert str(tmp_path) not in (tmp_path / name / "config.json").read_text()
    # A folder that was moved together with its data is found by the path that was given.
    shutil.move(tmp_path / "store", tmp_path / "elsewhere" / "store")
    assert sl.verify(tmp_path / "config").same
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoDataError, match="store"):
        sl.verify(tmp_path / "config")
    assert sl.verify(tmp_path / "config", source="local:elsewhere/store").same


def test_changed_data_is_named_by_symbol_and_series(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    file = minutes / "bars" / "1m" / "B" / "2025-07-03.parquet"
    frame = pd.read_parquet(file)
    frame.loc[200, "close"] = frame.loc[200, "high"] = frame.loc[200, "high"] + 5
    frame.to_parquet(file, index=False)
    found = sl.verify(folder)

    assert not found.same
    assert found.data == ("B 1m",)
    assert found.differs[0].artifact == "data"
    assert "the data changed: B 1m; it differs in " in repr(found)


def test_data_that_is_no_part_of_the_run_may_change(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes, "A"), Cross()).save(tmp_path / "run")
    shutil.rmtree(minutes / "bars" / "1m" / "B")

    assert sl.verify(folder).same


def test_data_that_is_gone_is_told_with_the_way_out(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    shutil.rmtree(minutes)

    with pytest.raises(NoDataError, match="source="):
        sl.verify(folder)


def resealed(folder: Path, name: str, content: bytes) -> None:
    """Change a file and every digest of it, as somebody would who wants another result to pass for the run's."""
    from hashlib import sha256

    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"][name] = sha256(content).hexdigest()
    manifest["digest"] = run_folder._own_digest(manifest)
    (folder / "manifest.json").write_bytes(run_folder._text(manifest))


def test_the_first_differing_row_and_column_are_named(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    fills = sl.RunResult.load(folder).fills
    fills.loc[3:, "price"] += 0.01
    fills.loc[5, "fee"] = 1.0
    resealed(folder, "tables/fills.parquet", run_folder._parquet(fills))
    found = sl.verify(folder)

    price = float(found.again.fills["price"][3])
    assert [tuple(one) for one in found.differs] == [("fills", 3, "price", price + 0.01, price)]
    assert (
        repr(found)
        == f"<Verification of 'run': it differs in fills, row 3, price: {price + 0.01!r} was saved, {price!r} came out>"
    )


def test_a_table_that_is_longer_or_lacks_a_column_is_named(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    loaded = sl.RunResult.load(folder)
    resealed(folder, "tables/orders.parquet", run_folder._parquet(loaded.orders.iloc[:-1]))
    resealed(folder, "tables/trades.parquet", run_folder._parquet(loaded.trades.drop(columns="mae")))
    found = {one.artifact: one for one in sl.verify(folder).differs}

    n = len(loaded.orders)
    assert str(found["orders"]) == f"orders, row {n - 1}: 'a table of {n - 1:,} rows' was saved, 'one of {n:,}' came out"
    assert (found["trades"].column, found["trades"].saved) == ("mae", "nothing")


def test_another_seed_config_or_parameter_shows_in_what_came_out(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["strategies"][0]["parameters"]["span"] = 6
    manifest["digest"] = run_folder._own_digest(manifest)
    (folder / "manifest.json").write_bytes(run_folder._text(manifest))
    found = sl.verify(folder)

    assert not found.same
    assert found.differs[0].artifact == "manifest.json"
    assert found.differs[0].column == "strategies[0].repr"
    assert "orders" in [one.artifact for one in found.differs]


def test_one_changed_byte_is_named_before_anything_is_run(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    file = folder / "strategies" / "Cross.py"
    file.write_text(file.read_text().replace(">", "<") + "\nraise SystemExit('this was run')\n")

    with pytest.raises(BadDataError, match=r"strategies/Cross\.py was changed since it was written"):
        sl.verify(folder)


def test_rows_that_lay_in_memory_have_to_be_given(tmp_path: Path) -> None:
    index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
    close = pd.Series([100 + (i % 7) for i in range(390)], index, dtype=float)
    frame = pd.DataFrame({"Open": close, "High": close, "Low": close, "Close": close, "Volume": 1000})
    folder = sl.backtest(frame, Cross()).save(tmp_path / "run")

    with pytest.raises(ConfigError, match=r"lay in memory .*source="):
        sl.verify(folder)
    symbol = sl.RunResult.load(folder).plan.symbols[0]
    assert sl.verify(folder, source=sl.sources.Frames({symbol: frame})).same


def test_what_was_done_by_hand_is_said_to_be_in_the_way(minutes: Path, tmp_path: Path) -> None:
    lab = sl.Lab(local(minutes), times=TIMES)
    lab.advance("10:00")
    lab.buy("A", 10)
    folder = lab.run().save(tmp_path / "run")

    assert len(sl.RunResult.load(folder).fills) == 1
    with pytest.raises(ConfigError, match=r"buy by hand at 2025-07-02T10:00:00-04:00; put what was done by hand into a strategy"):
        sl.verify(folder)


def test_a_strategy_that_could_not_be_kept_is_named(minutes: Path, tmp_path: Path) -> None:
    data = pd.DataFrame({"a": [1]})

    class Holding(Cross):
        def on_bar(self, ctx: Any, symbol: str) -> None:
            ctx.state.x = data

    folder = run_of(local(minutes), Holding()).save(tmp_path / "run")

    assert sl.RunResult.load(folder).manifest["strategies"][0]["missing"][0]["name"] == "data"
    with pytest.raises(ConfigError, match=r"Holding cannot be made again.*\n  data: a DataFrame of 1 rows"):
        sl.verify(folder)


def test_a_strategy_that_goes_by_something_else_is_caught(minutes: Path, tmp_path: Path) -> None:
    class Moody(Cross):
        def on_bar(self, ctx: Any, symbol: str) -> None:
            import os

            if os.environ.get("MOOD") is None:
                super().on_bar(ctx, symbol)

    folder = run_of(local(minutes), Moody()).save(tmp_path / "run")
    os.environ["MOOD"] = "bad"
    try:
        found = sl.verify(folder)
    finally:
        del os.environ["MOOD"]

    assert next(one.artifact for one in found.differs) == "orders"
    assert found.differs[0].row == 0


def test_a_run_that_raises_only_now_says_so(minutes: Path, tmp_path: Path) -> None:
    class Later(Cross):
        def on_end(self, ctx: Any) -> None:
            import os

            os.environ["PASSED"]

    os.environ["PASSED"] = "1"
    folder = run_of(local(minutes), Later()).save(tmp_path / "run")
    del os.environ["PASSED"]
    found = sl.verify(folder)

    assert not found.same
    assert found.raised == "KeyError: 'PASSED'"


def test_chance_comes_out_the_same(minutes: Path, tmp_path: Path) -> None:
    class Lucky(sl.Strategy):
        def on_bar(self, ctx: Any, symbol: str) -> None:
            if ctx.rng.random() < 0.1:
                ctx.buy(symbol, int(ctx.rng.integers(1, 9)))

    folder = run_of(local(minutes), Lucky(), seed=7).save(tmp_path / "run")

    assert sl.verify(folder).same
    assert len(sl.RunResult.load(folder).orders) > 10


def test_a_loaded_run_can_be_opened_at_a_trade(minutes: Path, tmp_path: Path) -> None:
    result = run_of(local(minutes), Cross())
    loaded = sl.RunResult.load(result.save(tmp_path / "run"))

    one, other = loaded.open(trade=3), result.open(trade=3)
    assert one.now == other.now
    assert one.orders.equals(other.orders)


def test_changed_versions_are_told_beside_a_difference(minutes: Path, tmp_path: Path) -> None:
    folder = run_of(local(minutes), Cross()).save(tmp_path / "run")
    machine = json.loads((folder / "machine.json").read_text())
    machine["manifest"]["versions"]["numpy"] = "1.0"
    machine["digest"] = run_folder._own_digest(machine)
    (folder / "machine.json").write_bytes(run_folder._text(machine))
    found = sl.verify(folder)

    assert found.same
    assert found.versions["numpy"][0] == "1.0"


def test_real_bars_come_out_the_same(real_data: Path, tmp_path: Path) -> None:
    made = config("AAPL RIVN", "1m 5m", "2025-07-02", api_config__data_api="local",
                  api_config__data_path=str(real_data), api_config__data_options={})  # fmt: skip
    folder = run_of(made, sl.strategies.OpeningRangeBreakout(), Cross()).save(tmp_path / "run")

    assert sl.verify(folder).same


NOTEBOOK = [
    "import numpy as np\nimport sessionlab as sl\nLEVEL = 5",
    "def above(bars):\n    return len(bars) > LEVEL and bars.close[-1] > np.mean(bars.close[-LEVEL:])",
    "class Cell(sl.Strategy):\n    shares: int = 3\n    def on_bar(self, ctx, symbol):\n"
    "        ctx.target(symbol, self.shares if above(ctx[symbol].bars('1m')) else 0)",
    "class More(Cell):\n    shares: int = 4",
    "lab = sl.demo()\nlab.use(More())\nlab.advance('10:15')",
    "@lab.every('5m')\ndef watch(ctx):\n    ctx.state.seen = LEVEL",
    "result = lab.run()\nresult.save('run')\nprint(repr(result))",
]


def test_a_run_of_a_notebook_is_saved_loaded_and_verified_in_other_processes(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in NOTEBOOK])
    nbclient.NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = "import sessionlab as sl\nprint(repr(sl.RunResult.load('run')))\nprint(repr(sl.verify('run')))"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)

    told = notebook.cells[-1].outputs[0]["text"].strip()
    assert run.stderr == ""
    assert run.stdout.splitlines() == [told, "<Verification of 'run': the same again>"]
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert [(one["name"], one["since"]) for one in manifest["strategies"]] == [
        ("More", None),
        ("watch", "2025-07-02T10:15:00-04:00"),
    ]
    assert json.loads((tmp_path / "run" / "machine.json").read_text())["manifest"]["command"] == "notebook"
    assert_same_result(sl.RunResult.load(tmp_path / "run"), sl.RunResult.load(tmp_path / "run"))
