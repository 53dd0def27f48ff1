"""``sessionlab export``: all that a session of a config shows at one moment, in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sessionlab.cli.answer import print_tables
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import read_config
from sessionlab.cli.notices import Notices
from sessionlab.errors import CalendarError
from sessionlab.lab import Lab


def export(
    notices: Notices,
    config_file: Path,
    *,
    at: str,
    output: str,
    date: str | None,
    changes: Sequence[str],
    source: str | None,
    overwrite: bool,
    quiet: bool,
) -> Ending:
    """Write what is known at ``at`` in the session of ``date`` (``last`` and ``-20d`` are dates too), and say where."""
    only = [] if date is None else [f"backtest_config.{edge}_date={date}" for edge in ("start", "end")]
    config = read_config(config_file, [*changes, *only])
    lab = Lab(config, source=source)
    notices.market_time = lambda: lab.now
    asked = config.backtest_config.start_date if config.backtest_config else None
    if date is not None and lab.session.date != asked:
        raise CalendarError(
            f"--date {date}: {asked} is no session of {lab.times.calendar_name}; the next one is {lab.session.date}", date=asked
        )
    lab.advance(at)
    folder = lab.data.to_parquet(output, overwrite=overwrite, progress=False if quiet else None)
    if not quiet:
        bars = sum(len(lab.data[symbol].bars(interval)) for symbol in lab.symbols for interval in lab.data[symbol].intervals)
        print_tables(
            [f"{', '.join(lab.symbols)} at {lab.now:%Y-%m-%d %H:%M:%S}: {bars:,} bars of the day so far; written to {folder}"]
        )
    return Ending.OK
