"""Run the sessions of a store from the config to the quality table, twice in one process; print what it took, as JSON.

    python store_run.py STORE START END

In the same process, before and after each run: a bare loop with a call per bar; at the end backtesting.py, if it is there.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import sessionlab as sl


class Nothing(sl.Strategy):
    every = "1m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        pass


def main() -> None:
    store, start, end = sys.argv[1:]
    sl.Lab, sl.SessionConfig  # noqa: B018 - imports are the import benchmark's
    results: list[sl.RunResult] = []

    def run() -> None:
        config = sl.SessionConfig.simple("SPY", start, end, "1m")
        result = sl.Lab(config, source=f"local:{store}", strategy=Nothing()).run()
        assert len(result.quality) > 0
        results[:] = [result]

    first, second, third = (seconds(run) for _ in range(3))
    [result] = results
    bars = int(result.quality["present"].sum())
    assert result.timing["strategy cycles"].count == bars
    loop = sorted(seconds(lambda: bare_loop(bars)) for _ in range(5))[2]
    answer = {"bars": bars, "sessions": len(result.quality), "first_s": first, "second_s": min(second, third), "loop_s": loop}
    print(json.dumps(answer | {"backtesting_s": backtesting(store)}))


def seconds(call: Callable[[], object]) -> float:
    """Processor seconds of the whole process in ``call``."""
    began = time.process_time()
    call()
    return time.process_time() - began


def bare_loop(turns: int) -> None:
    for _ in range(turns):
        empty()


def empty() -> None:
    pass


def backtesting(store: str) -> float | None:
    """Seconds that backtesting.py takes for the same bars and an empty callback, None where it is not installed.

    The bars are in memory: reading is not in it, nor sessions, nor quality.
    """
    if importlib.util.find_spec("backtesting") is None:
        return None
    warnings.simplefilter("ignore")
    import pyarrow.dataset as ds
    from backtesting import Backtest, Strategy

    frame = ds.dataset(f"{store}/bars/1m/SPY").to_table().to_pandas().set_index("timestamp").sort_index()
    frame.index = frame.index.tz_localize(None)
    frame = frame[["open", "high", "low", "close", "volume"]]
    frame.columns = [name.capitalize() for name in frame.columns]

    class Empty(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            pass

        def next(self) -> None:
            pass

    def run() -> None:
        Backtest(frame, Empty, cash=100_000).run()

    seconds(run)
    return min(seconds(run) for _ in range(2))


if __name__ == "__main__":
    main()
