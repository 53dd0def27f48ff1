"""Run sessions with an empty callback per bar, and print the memory that it took beyond the imports, as JSON.

    python memory.py SOURCE SYMBOLS INTERVAL START END

``peak_mb`` is the most that was resident from the config to the quality table, less what was resident after the import of
Lab and SessionConfig. Libraries that a run loads when it needs them are in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import sessionlab as sl


class Nothing(sl.Strategy):
    def on_bar(self, ctx: Any, symbol: str) -> None:
        pass


def main() -> None:
    source, symbols, interval, start, end = sys.argv[1:]
    Nothing.every = interval
    sl.Lab, sl.SessionConfig  # noqa: B018
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = resident("VmRSS")
    ahead = {"backtest_config.prefetch_days": 3}
    config = sl.SessionConfig.simple(symbols, start, end, interval, **ahead)
    result = sl.Lab(config, source=source, strategy=Nothing()).run()
    quality = result.quality
    answer = {
        "peak_mb": resident("VmHWM") - before,
        "imports_mb": before,
        "sessions": quality["date"].nunique(),
        "bars": int(quality["present"].sum()),
        "most_bars_a_session": int(quality.groupby("date")["present"].sum().max()),
    }
    print(json.dumps(answer))


def resident(what: str) -> float:
    """Megabytes (10**6 bytes) by the kernel's own count."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[what].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
