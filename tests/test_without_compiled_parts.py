"""The core needs no compiled package beyond numpy, pandas and pydantic: it goes on without numba, pyarrow, TA-Lib and resvg-py.

Nor does it start a thread or a process. So it runs where none of these is to be had, as in a browser, with the same numbers.
"""

from __future__ import annotations

import subprocess
import sys

# What must be absent is made absent before anything is imported. scipy is there: statistics of returns are made with it.
WITHOUT = """
import os, subprocess, sys, threading

for name in ("llvmlite", "numba", "pyarrow", "resvg_py", "talib"):
    sys.modules[name] = None


def refuse(*given, **named):
    raise RuntimeError("the core starts no thread and no process")


threading.Thread.start = subprocess.Popen.__init__ = os.fork = refuse
"""

CORE = """
import pandas as pd
import sessionlab as sl
from sessionlab.derive.indicators import makers

lab = sl.demo()
lab.step()
lab.advance("10:15")
aapl = lab.data["AAPL"]
bars = aapl.bars("5m")
print(bars.frame().to_csv(), bars.coverage, bars.gaps.to_csv())
print(aapl[sl.VWAP()].last, aapl[sl.OpeningRange(15)].last, aapl[sl.RelativeVolume()].last)
print(aapl[sl.indicator(lambda bars: bars.close - bars.open, "5m", name="body")].frame().to_csv())
print(lab.data.as_of("09:45")["AAPL"].bars("5m").frame().to_csv())
print(lab.data.quality().to_csv())
print(lab.data.chart("AAPL", "5m").to_svg())
print(sorted(lab.dashboard()._repr_mimebundle_()[0]))
lab.buy("RIVN", 100)
lab.rewind("09:45")
lab.buy("RIVN", 50)
result = lab.run()
print(result, result.fills.to_csv(), result.stats.to_csv(), result.quality.to_csv(), len(result._repr_html_()))
import plotly.graph_objects as go
print(go.Figure(go.Scatter(y=bars.close)).to_plotly_json()["data"][0]["type"])
"""

ASK_TALIB = """
import sessionlab as sl
from sessionlab.errors import ConfigError

lab = sl.demo()
lab.advance("10:15")
for recipe in (sl.EMA(9, "5m"), sl.Donchian(5, "5m")):
    try:
        lab.data["AAPL"][recipe].last
    except ConfigError as error:
        print(error)
"""


def told_by(code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_core_runs_without_them_and_gives_the_same_numbers() -> None:
    without = told_by(WITHOUT + CORE)

    assert "coverage 100.00 %" in without
    assert without == told_by(CORE)


def test_an_indicator_of_talib_says_that_talib_is_not_installed() -> None:
    lines = told_by(WITHOUT + ASK_TALIB).splitlines()

    assert lines
    assert {line.split("; ")[0] for line in lines} == {"this indicator is computed by TA-Lib, which is not installed"}
