"""Exports of a moment: what a session stands on, asked of the loader, and the folder that it is written into."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.engine.progress import Progress, shown
from sessionlab.engine.versions import versions
from sessionlab.session.export_tables import TABLES
from sessionlab.session.export_tree import export_tree
from sessionlab.session.foundation import Foundation, KnownDay, known_day
from sessionlab.session.plan import plan_streams
from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.export_folder import ExportFolder
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions
from sessionlab.timing import Interval, TradingSession

if TYPE_CHECKING:
    from sessionlab.engine.loader import Loader
    from sessionlab.session.data import SessionData
    from sessionlab.session.present import Present

_T = TypeVar("_T")


class Exporter:
    """Exports sessions that ``loader`` loaded."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def foundation(self, rows: SessionRows, now_ns: int, *, window: bool = True) -> Foundation:
        """What the session of ``rows`` stands on at ``now_ns``; without ``window`` its own rows alone."""
        loader, session = self._loader, rows.session
        config = self._config_of(rows)
        days: dict[tuple[str, Interval], list[KnownDay]] = {}
        for symbol in rows.symbols:
            found = self._before(rows, symbol, now_ns) if window else {}
            for base in rows.bases[symbol]:
                arrivals, extended = rows.base_tape(symbol, base).arrivals(), rows.today[symbol, base].extended
                found.setdefault(base, []).append(known_day(session.date, arrivals, extended, session.open_ns, now_ns))
            days |= {(symbol, base): found[base] for base in sorted(found)}
        quotes = {symbol: block.rows for symbol, block in rows.quotes.items()}
        # Anew, because the plan of a run may tell how many bars "skip" will lose, and that is counted over days to come.
        plan = plan_streams(config, loader.available, how_to_get=loader.source.describe())
        return Foundation(
            config,
            loader.times.calendar_name,
            plan,
            {symbol: loader.available[symbol] for symbol in config.session_data_config.symbols if symbol in loader.available},
            days,
            {symbol: part.take(slice(0, int(part.known_at.searchsorted(now_ns, "right")))) for symbol, part in quotes.items()},
            {symbol: self._actions(symbol, session.date) for symbol in rows.symbols},
            dict(versions()),
        )

    def watched(self, steps: Sequence[_T], now: pd.Timestamp, progress: bool | None) -> Iterator[_T]:
        """The ``steps`` of some work, one by one, with a bar where it takes over a second and somebody looks."""
        done = 0
        with shown(lambda: Progress(1, 1, done / len(steps), now), progress) as update:
            for step in steps:
                yield step
                done += 1
                update()

    def write(
        self, data: SessionData, present: Present, folder: str | PathLike[str], *, overwrite: bool, progress: bool | None
    ) -> Path:
        """Write ``data``, which is as of ``present``, into ``folder``."""
        with ExportFolder(folder, overwrite=overwrite) as files:
            foundation = self.foundation(present.rows, present.now_ns)
            work: list[Callable[[], None]] = [
                partial(files.put_bars, symbol, base, days) for (symbol, base), days in foundation.days.items()
            ]
            for symbol, rows in foundation.quotes.items():
                work.append(partial(files.put_quotes, symbol, foundation.available[symbol].quotes, data.session.date, rows))
            work += [partial(files.put_actions, foundation.actions), partial(files.put_corrected, foundation.days)]
            work += [partial(_put_table, files, name, data, foundation) for name in TABLES]
            for put in self.watched(work, data.now, progress):
                put()
            files.close(export_tree(data, foundation, columns=False))
        return files.folder

    def _config_of(self, rows: SessionRows) -> SessionConfig:
        """The config of a lab with the symbols of ``rows`` alone: scanners have done their work, and who came is there."""
        config = self._loader.config
        data = config.session_data_config
        changes: dict[str, Any] = {"session_data_config.scanners": []} if data.scanners else {}
        if rows.symbols != self._loader.configured.symbols:
            windows = config.to_dict()["session_data_config"].get("historical", {}).get("data", [])
            for window in [window for window in windows if window.get("apply_to", "all") != "all"]:
                window["apply_to"] = [symbol for symbol in window["apply_to"] if symbol in rows.symbols]
            changes["session_data_config.symbols"] = list(rows.symbols)
            changes["session_data_config.historical.data"] = [window for window in windows if window.get("apply_to", "all")]
        return config.replace(changes) if changes else config

    def _before(self, rows: SessionRows, symbol: str, now_ns: int) -> dict[Interval, list[KnownDay]]:
        """The days before today as stored, by interval: windows are told in other shares, and with repaired bars."""
        windows: dict[Interval, dict[dt.date, TradingSession]] = {}
        every = [(of, window) for (of, _), window in rows.windows.items()]
        every += [(of, window) for (of, _, _), window in rows.trails.windows.items()]
        for of, window in every:
            if of == symbol:
                windows.setdefault(window.base, {}).update({session.date: session for session in window.sessions})
        kept, open_ns = self._loader.kept, rows.session.open_ns
        found: dict[Interval, list[KnownDay]] = {}
        for base, by_date in windows.items():
            blocks = kept.blocks(symbol, base, [by_date[date] for date in sorted(by_date)])
            found[base] = [known_day(block.date, block.rows, block.extended, open_ns, now_ns) for block in blocks]
        for base, date in sorted({(one.from_interval, one.date) for one in rows.repairs if one.symbol == symbol}):
            if date not in windows.get(base, ()):  # a bar is made of what was known at the open
                block = kept.passing(symbol, base, self._loader.times.get_trading_session(date))
                found.setdefault(base, []).append(known_day(date, block.rows, Rows.empty(), open_ns, open_ns))
        days = {base: sorted(some, key=lambda day: day.date) for base, some in found.items()}
        return {base: [day for day in some if day.told.size or day.off_session.size] for base, some in days.items()}

    def _actions(self, symbol: str, today: dt.date) -> Actions | None:
        known = self._loader.adjuster.known(symbol)
        return None if known is None else known.between(dt.date.min, today)


def _put_table(files: ExportFolder, name: str, data: SessionData, foundation: Foundation) -> None:
    files.put_table(name, TABLES[name](data, foundation))
