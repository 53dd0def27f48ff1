"""Before a practice is over, nothing that a person can reach by a public name tells symbol, date, price, config or place."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sessionlab as sl
from sessionlab.practice import BlindLab

SYMBOL, NAME, FOLDER, FIRST = "ZQXJ", "Kept to myself", "vault7713", 417.3719
DATE = dt.date(2023, 4, 18)
WORDS = (SYMBOL, NAME, FOLDER, "2023-04", "2023, 4", "417.37", "Apr 2023")
DAY_NS = 86_400 * 10**9
TRUE_NS = (pd.Timestamp("2023-04-10").value, pd.Timestamp("2023-04-25").value)


def minutes(date: str, price: float) -> pd.DataFrame:
    index = pd.date_range(f"{date} 09:30", periods=390, freq="1min", tz="America/New_York")
    close = price * (1 + 0.01 * np.sin(np.arange(390) / 17.0))
    frame = pd.DataFrame({"open": close, "high": close * 1.001, "low": close * 0.999, "close": close}, index=index)
    return frame.assign(volume=1000.0 + np.arange(390))


def written(folder: Path) -> Path:
    """Files of two sessions, with a hole and rows that are refused, and a config over the second of them."""
    place = folder / FOLDER
    place.mkdir()
    day = minutes(str(DATE), FIRST).drop(minutes(str(DATE), FIRST).index[100:103])
    day.iloc[50, day.columns.get_loc("high")] = 1.0
    rows = pd.concat([minutes("2023-04-17", FIRST * 0.98), day, day.iloc[[20]]]).rename_axis("timestamp")
    rows.to_csv(place / f"{SYMBOL}.csv")
    config = {
        "session_name": NAME,
        "backtest_config": {"start_date": str(DATE), "end_date": str(DATE)},
        "session_data_config": {
            "symbols": [SYMBOL],
            "streams": ["1m", "5m"],
            "historical": {
                "data": [{"trailing_days": 1, "intervals": ["1m"], "apply_to": [SYMBOL]}],
                "indicators": {"usual": {"type": "trailing_average", "period": "1d"}},
            },
            "indicators": [{"name": "EMA", "interval": "5m", "period": 3}],
        },
        "trading_config": {
            "max_buying_power": 1e6, "max_per_trade": 1e6, "max_per_symbol": 1e6, "max_open_positions": 5,
            "starting_cash": 1e5, "costs": {"per_share": 0.005, "slippage": {"bps": 1, "volume_share": 0.1}},
            "benchmark": SYMBOL,
        },
        "api_config": {"data_api": "files", "data_path": str(place / "{symbol}.csv")},
        "metadata": {"note": NAME},
    }  # fmt: skip
    path = place / "config.json"
    path.write_text(json.dumps(config))
    return path


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[BlindLab]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DataWarning)
        lab = sl.blind(str(written(tmp_path)), seed=5)
        lab.advance("10:00")
        lab.buy("X1", 10, stop_loss=1.0)
        lab.buy("X1", 10_000_000)
        lab.advance("close-1m")
        yield lab


def everything(root: Any) -> Iterator[tuple[str, Any]]:
    """All that public names lead to from ``root``, with the way there."""
    seen: set[int] = set()
    keep: list[Any] = []  # ids are only names while their objects live
    todo: list[tuple[str, Any]] = [("lab", root)]
    while todo:
        way, one = todo.pop()
        keep.append(one)
        if id(one) in seen or way.count(".") + way.count("[") > 8:
            continue
        seen.add(id(one))
        yield way, one
        if isinstance(one, Mapping):
            todo += [(f"{way}[{key!r}]", value) for key, value in list(one.items())[:500]]
            todo += [(f"{way}.key[{i}]", key) for i, key in enumerate(list(one)[:500])]
        elif isinstance(one, list | tuple | set | frozenset):
            todo += [(f"{way}[{i}]", value) for i, value in enumerate(list(one)[:500])]
        if isinstance(one, types.ModuleType | type | pd.DataFrame | pd.Series | pd.Index | np.ndarray | str):
            continue
        if callable(one) and not type(one).__module__.startswith("sessionlab"):
            continue
        if type(one).__module__.startswith("sessionlab"):
            for name in dir(one):
                if not name.startswith("_"):
                    todo.append((f"{way}.{name}", reached(lambda one=one, name=name: getattr(one, name))))


def reached(question: Callable[[], Any]) -> Any:
    """An answer, or the error in its place."""
    try:
        return question()
    except Exception as why:
        return why


def betrays(one: Any) -> str | None:
    """What of the truth ``one`` tells by itself."""
    if isinstance(one, BaseException):
        chain = [one, one.__context__, one.__cause__]
        texts = [f"{part!r} {part} {getattr(part, 'facts', '')}" for part in chain if part is not None]
    elif isinstance(one, pd.DataFrame | pd.Series | pd.Index):
        frame = one.to_frame() if not isinstance(one, pd.DataFrame) else one
        texts = [frame.to_csv()]
        numbers = frame.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)
        if np.isclose(numbers, FIRST, rtol=1e-9, atol=0).any():
            return "the first price"
    elif isinstance(one, np.ndarray):
        texts = [str(one.tolist()[:500])] if one.dtype.kind in "OUM" else []
        if one.dtype.kind in "if" and one.size:
            if np.isclose(one.astype(float), FIRST, rtol=1e-9, atol=0).any():
                return "the first price"
            if ((one > TRUE_NS[0]) & (one < TRUE_NS[1])).any():
                return "a true instant"
    elif isinstance(one, bool | int | float):
        if np.isclose(float(one), FIRST, rtol=1e-9, atol=0):
            return "the first price"
        if TRUE_NS[0] < one < TRUE_NS[1]:
            return "a true instant"
        texts = []
    elif isinstance(one, types.ModuleType | type) or inspect.isroutine(one):
        texts = []
    else:
        texts = [str(one), repr(one), str(reached(getattr(one, "_repr_html_", str)))]
    return next((word for text in texts for word in WORDS if word in text), None)


def betrayals(root: Any) -> list[str]:
    return [f"{way}: {what}" for way, one in everything(root) if (what := betrays(one))]


def test_no_public_name_of_the_lab_leads_to_the_truth(lab: BlindLab) -> None:
    walked = [way for way, _ in everything(lab)]

    assert betrayals(lab) == []
    assert {"lab.config", "lab.plan", "lab.source", "lab.session.date", "lab.now", "lab.orders", "lab.fills"} <= set(walked)


def test_the_walk_finds_what_an_open_lab_tells(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = betrayals(sl.Lab(str(written(tmp_path))))

    assert {way.split(":")[0] for way in found} >= {"lab.config", "lab.session", "lab.now", "lab.symbols", "lab.source"}


def test_results_tables_and_pictures_do_not_tell_it(lab: BlindLab) -> None:
    symbol = lab.data["X1"]
    fork = lab.fork(name="other")
    looked_at = [
        lab.result(), lab.result().summary(), lab.skip_losses(), lab.refused, lab.traded(), lab.diff(fork), lab.forks,
        lab.data.quality(), symbol.bars("5m").frame(), symbol.bars("1m").frame(), symbol[sl.EMA(3, "5m")].last,
        lab.chart("X1").scene, lab.chart("X1")._repr_html_(), lab.data.as_of("10:00")["X1"].bars("5m").frame(),
        lab.data.as_of("10:00"), lab.times.get_session_boundary_times(lab.session.date, lab.session.date),
        lab.timing.frame(), lab.data.to_dict(), lab.source.availability(["X1"], lab._engine.sessions),
    ]  # fmt: skip

    assert [found for one in looked_at for found in betrayals(one)] == []
    assert sorted(lab.orders["status"]) == ["accepted", "filled", "rejected"]


def test_a_manifest_has_the_costs_without_the_factors(lab: BlindLab) -> None:
    account = json.dumps(lab.result().manifest["account"])
    truth = lab.reveal().truth

    assert "TrueCommission" in account
    factors = [*truth.prices.values(), *truth.volumes.values()]
    assert [factor for factor in factors for digits in (f"{factor:.6g}", f"{1 / factor:.6g}") if digits[:6] in account] == []


def test_what_is_written_to_disk_does_not_tell_it(lab: BlindLab, tmp_path: Path) -> None:
    saved = lab.result().save(tmp_path / "run")
    exported = Path(lab.data.to_parquet(tmp_path / "moment"))

    found = []
    for file in [*saved.rglob("*"), *exported.rglob("*")]:
        if file.suffix == ".parquet":
            found += betrayals(pd.read_parquet(file)) + [word for word in WORDS if word.encode() in file.read_bytes()]
        elif file.is_file():
            found += [f"{file.name}: {word}" for word in WORDS if word in file.read_text()]
    assert found == []


def test_no_error_tells_it(lab: BlindLab) -> None:
    questions: list[Callable[[], Any]] = [
        lambda: lab.score,
        lambda: lab.data[SYMBOL.lower()],
        lambda: lab.add_symbol("SPY"),
        lambda: lab.buy("SPY", 1),
        lambda: lab.advance("04:00"),
        lambda: lab.advance("2001-01-01 10:00"),
        lambda: lab.rewind("2001-01-01 10:00"),
        lambda: lab.data.as_of("15:59:59.9"),
        lambda: lab.data["X1"].bars("7s"),
        lambda: lab.subscribe("X1", "1s"),
        lambda: lab.fork(config={"session_data_config.symbols": ["SPY"]}),
        lambda: lab.source.load("SPY", sl.Interval("1m"), lab._engine.sessions),
        lambda: lab.config.replace({"backtest_config.start_date": "x"}),
        lambda: lab.target("SPY", 1),
    ]
    errors = [reached(question) for question in questions]

    assert [found for one in errors for found in betrayals(one)] == []
    assert sum(isinstance(one, sl.errors.SessionlabError) for one in errors) >= 11


def test_refused_rows_are_counted_without_an_example(lab: BlindLab) -> None:
    lab.run_session()

    assert set(lab.refused["kind"]) == {"duplicate", "high_below_low", "out_of_order"}
    assert lab.refused["count"].tolist() == [1, 1, 1]
    assert set(lab.refused["example"]) == {"told once the practice is over"}


def test_no_warning_tells_it(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sl.blind(str(written(tmp_path)), seed=5).run()

    said = [str(one.message) for one in caught]
    assert any("refused" in one for one in said)
    assert [word for one in said for word in WORDS if word in one] == []


def test_a_source_that_fails_under_way_does_not_tell_it() -> None:
    class Breaks(sl.sources.Frames):
        def load(self, symbol: str, interval: Any, sessions: Any) -> Any:
            if sessions.date[-1] == np.datetime64("2023-04-19"):
                raise OSError(f"{FOLDER}/{symbol} on {sessions.date[-1]}")
            return super().load(symbol, interval, sessions)

    source = Breaks({SYMBOL: pd.concat([minutes(f"2023-04-{day}", FIRST) for day in (18, 19)])})
    config = sl.SessionConfig.simple(SYMBOL, "2023-04-18", "2023-04-19", **{"api_config.data_api": "files"})
    lab = sl.blind(sl.Lab(config, source=source), seed=1, sessions=2)
    lab.run_session()
    why = reached(lab.step)

    assert isinstance(why, sl.errors.SourceError)
    assert betrays(why) is None
    assert "X1" in str(why)


def test_a_fork_of_the_lab_hides_as_much(lab: BlindLab) -> None:
    fork = lab.fork()

    assert isinstance(fork, BlindLab)
    assert betrayals(fork) == []


def test_a_strategy_sees_what_the_person_sees(lab: BlindLab) -> None:
    seen: list[Any] = []

    @lab.every("1m")
    def look(ctx: Any, symbol: str) -> None:
        seen.append((symbol, ctx.now, ctx[symbol].bars("1m").frame(), ctx[symbol].day))

    lab.step()

    assert [found for one in seen for found in betrayals(one)] == []
    assert seen[0][0] == "X1"
