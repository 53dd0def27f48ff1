"""A user's own files as a source of rows: CSV and Parquet, plain or compressed, here or at a URL, named by a template.

A file is read as it says it is; what had to be found out or assumed is in ``notes``. What can be meant in two ways is
refused, with the option that decides. How names are read: :mod:`sessionlab.sources.file_template`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Literal

from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.column_names import check_given
from sessionlab.sources.faults import unknown_keys
from sessionlab.sources.file_holdings import file_holdings, file_versions
from sessionlab.sources.file_listing import FileListing, FoundFile
from sessionlab.sources.file_rows import FORMATS, Reading
from sessionlab.sources.file_series import FileSeries, Held, spread
from sessionlab.sources.file_template import FileTemplate
from sessionlab.sources.hive_folder import template_of_folder
from sessionlab.sources.holdings import Holding, digest_of
from sessionlab.sources.intake import split_bars, with_strays
from sessionlab.sources.label_choice import LabelChoice
from sessionlab.sources.label_votes import Part
from sessionlab.sources.notes import Notes, few
from sessionlab.sources.places import Place, place_of
from sessionlab.sources.protocol import Stored
from sessionlab.sources.row_checks import Checked
from sessionlab.sources.stamps import StampRules
from sessionlab.sources.symbol_files import check_symbol
from sessionlab.sources.trading_day import DAY_NS, number_daily
from sessionlab.sources.zones import check_zone
from sessionlab.tape.block import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

_OPTIONS = (
    *("columns", "tz", "label", "format", "date_format", "delimiter", "decimal", "symbol", "interval"),
    *("exchange_group", "storage_options"),
)
_JUDGED, _JUDGED_OF_OTHERS = 12, 24  # files that a label is told by


class Files:
    """The files that ``template`` names, or a folder of ``key=value`` folders.

    ``columns``: names by meaning, ``{"open": "PX_OPEN"}``, or all names of files without header. ``tz``: the zone of
    stamps that have none. ``label``: whether stamps are the ``start`` or the ``end`` of bars; ``auto`` tells by the
    calendar of ``exchange_group`` (by default the one that the sessions asked for are of), or refuses. ``format``: ``csv`` or
    ``parquet``, else by content. ``date_format``: as for ``strptime``. ``delimiter``, ``decimal``: of text, else found
    out. ``symbol``, ``interval``: of all rows, where neither names nor columns say it. ``storage_options``: for fsspec.

    Raises :class:`ConfigError` for what cannot be meant, :class:`NoDataError` where no folder is.
    """

    name = "files"

    def __init__(
        self,
        template: str | os.PathLike[str],
        columns: Mapping[str, str] | Sequence[str] | None = None,
        *,
        tz: str | None = None,
        label: Literal["start", "end", "auto"] = "start",
        format: Literal["csv", "parquet"] | None = None,
        date_format: str | None = None,
        delimiter: str | None = None,
        decimal: str | None = None,
        symbol: str | None = None,
        interval: str | None = None,
        exchange_group: str | None = None,
        storage_options: Mapping[str, Any] | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise ConfigError("; ".join(unknown_keys(unknown, list(_OPTIONS), "the source of files")), options=unknown)
        _one_of("format", format, (*FORMATS, None))
        _one_of("decimal", decimal, (".", ",", None))
        if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1):
            raise ConfigError(f"delimiter is {delimiter!r}; it must be one character, such as ';'", value=delimiter)
        said = (columns, tz, label, format, date_format, delimiter, decimal, symbol, interval, exchange_group, storage_options)
        options: dict[str, Any] = {name: value for name, value in zip(_OPTIONS, said, strict=True) if value is not None}
        self._said = os.fspath(template), options
        place, path = _opened(os.fspath(template), storage_options)
        self.template = FileTemplate(path)
        given = check_given(columns)
        named = tuple(sorted(given.items())) if isinstance(given, Mapping) else given
        reading = Reading(named, format, delimiter, decimal, StampRules(check_zone(tz), None, date_format))
        width = None if interval is None else Interval.parse(interval)
        self._notes = Notes()
        self._place = place
        self._series = FileSeries(
            FileListing(place, self.template), reading, self._notes, symbol, width, repr(sorted((storage_options or {}).items()))
        )
        self._label = LabelChoice(label, exchange_group, self._notes)

    @property
    def notes(self) -> list[str]:
        """What was found out or assumed so far, as sentences."""
        return self._notes.sentences

    def symbols(self) -> list[str]:
        """All symbols that are there, by names, else by reading all files."""
        return self._series.symbols()

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol. Files that are elsewhere are asked for anew."""
        self._place.forget()
        self._label.forget()
        self._series.forget()
        return {symbol: self._stored(symbol, sessions) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order; a session without rows has an empty one.

        Raises :class:`BadDataError` for files that cannot be read, and :class:`NoDataError` where there is no file.
        """
        check_symbol(symbol)
        blocks: list[DayBlock] = []
        for some, found in self._series.runs(symbol, sessions):
            files = [file for file in found if file.named.interval in (None, interval)]
            if not files and not blocks:
                self._check_there(symbol, interval, self._series.found(symbol, sessions))
            pieces = [piece for file in files if (piece := self._checked(file, symbol, interval, some)) is not None]
            made = split_bars(symbol, interval, some, pieces)
            for piece in pieces:
                if files[0].named.is_dated:
                    made[0] = with_strays(made[0], piece, some)
            blocks += made
        return blocks

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """None: these files hold bars."""
        return None

    def holdings(self, symbol: str, times: TimeManager) -> list[Holding]:
        """Each series of ``symbol``, and on which dates. Raises :class:`ConfigError` where files cannot be listed."""
        check_symbol(symbol)
        if not self._place.can_list:
            raise ConfigError(f"files at {self.template.text} cannot be listed; give the first and the last date", symbol=symbol)
        found = file_holdings(self._series, symbol, times)
        for holding in found:
            with suppress(BadDataError):
                self._stored(symbol, times.get_sessions(holding.first, holding.last))  # doubts what a user said of labels
        return found

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """A text that is another one when files that rows may come from are others; the empty symbol stands for all."""
        if not self._place.can_list:
            return "" if sessions is None else digest_of(file_versions(self._series, self._series.found(symbol, sessions)))
        if symbol == "":
            files = self._series.listing.all_files()
        elif sessions is None or self._said[1]["label"] == "auto":  # then all files are the evidence
            files = self._series.listing.files(symbol)
        else:
            files = [file for _, some in self._series.runs(symbol, sessions) for file in some]
        width = None if holding is None else Interval.parse(holding.width)
        meant = [file for file in files if width is None or file.named.interval in (None, width)]
        return digest_of(file_versions(self._series, meant))

    def undated_rows(self, symbol: str, holding: Holding, sessions: SessionTable) -> list[Checked]:
        """The rows of files around ``sessions`` that are not named by one date."""
        interval = Interval.parse(holding.width)
        runs = self._series.runs(symbol, sessions)
        files = dict.fromkeys(file for _, some in runs for file in some if not file.named.is_dated)
        found = [self._checked(file, symbol, interval, sessions) for file in files]
        return [rows for rows in found if rows is not None]

    def unread_rows(self, symbol: str, holding: Holding, sessions: SessionTable, begin: dt.date, end: dt.date) -> list[Checked]:
        """The rows of files named by other dates than those of ``sessions``, from ``begin`` until before ``end``."""
        known, interval = set(map(str, sessions.date.tolist())), Interval.parse(holding.width)
        files = [
            file
            for file in self._series.found(symbol, sessions)
            if file.named.is_dated and f"{begin}" <= file.named.period < f"{end}" and file.named.period not in known
        ]
        found = [self._checked(file, symbol, interval, sessions) for file in files]
        return [rows for rows in found if rows is not None]

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        there = self.symbols() if "symbol" in self.template.fields and self._place.can_list else []
        known = f"there are {few(there)}; " if there else ""
        return f"{known}put files of it where {self.template.text} names them (timestamp, open, high, low, close, volume)"

    def _check_there(self, symbol: str, interval: Interval, files: list[FoundFile]) -> None:
        if not any(file.named.interval in (None, interval) for file in files):
            raise NoDataError(
                f"{self.template.text} has no {interval} bars of {symbol}; {self.describe()}", symbol=symbol, interval=interval
            )

    def _stored(self, symbol: str, sessions: SessionTable) -> Stored:
        check_symbol(symbol)
        files = self._series.found(symbol, sessions)
        intervals = {}
        for interval in self._series.widths(symbol, files):
            file = self._first_with_rows(symbol, interval, sessions)
            intervals[str(interval)] = file is not None
            if file is not None:
                self._label.doubt(symbol, interval, self._parts([file], interval, symbol), sessions)
        return Stored(intervals)

    def _first_with_rows(self, symbol: str, interval: Interval, sessions: SessionTable) -> FoundFile | None:
        """A file with a bar in the hours of ``sessions``, None where there is none."""
        for some, files in self._series.runs(symbol, sessions):
            for file in files:
                rows = self._checked(file, symbol, interval, some)
                if rows is None:
                    continue
                if interval.is_intraday:
                    there = rows.start.searchsorted(some.open) < rows.start.searchsorted(some.close)
                else:
                    there = number_daily(rows.start, some) >= 0
                if there.any():
                    return file
        return None

    def _checked(self, file: FoundFile, symbol: str, interval: Interval, sessions: SessionTable) -> Checked | None:
        """The rows of ``file`` that are bars of ``interval`` and may lie in ``sessions``; None where there are none."""
        held = self._held(file, symbol, interval, sessions)
        if held is None:
            return None
        bounds = held.bounds
        if not file.named.is_dated:
            first, last = sessions.open[0] - 2 * DAY_NS, sessions.close[-1] + 2 * DAY_NS
            if bounds is None or bounds[1] < first or bounds[0] > last:
                return None
        label = self._label.of(
            symbol,
            interval,
            (
                lambda: self._parts(spread(self._series.found(symbol, sessions), _JUDGED), interval, symbol),
                lambda: self._parts(spread(self._series.listing.all_files(), _JUDGED_OF_OTHERS), interval),
            ),
            sessions,
        )
        return held.rows.checked(held.key, interval.ns if label == "end" else 0)

    def _held(self, file: FoundFile, symbol: str, interval: Interval, sessions: SessionTable) -> Held | None:
        if file.named.interval not in (None, interval):
            return None
        held = self._series.held(file, symbol)
        if held is None:
            return None
        files = self._series.found(symbol, sessions)
        width = self._series.width(held, symbol, files)
        if width in (None, interval):
            return held
        if width not in self._series.widths(symbol, files):
            self._notes.add(f"{file.path} holds {width} bars: they are left out", warn=True)
        return None

    def _parts(self, files: list[FoundFile], interval: Interval, symbol: str | None = None) -> list[Part]:
        """Stamps as written, and volumes, of bars of ``interval`` in ``files``: of ``symbol``, or of all."""
        parts = []
        for file in files:
            if file.named.interval not in (None, interval) or (rows := self._series.rows(file)) is None:
                continue
            held = None if symbol is None else self._series.held(file, symbol)
            for key in rows.rows if symbol is None else () if held is None else (held.key,):
                if (file.named.interval or rows.width(key) or interval) == interval:
                    checked = rows.checked(key, 0)
                    parts.append(Part(checked.start, checked.values[4]))
        return parts

    def __repr__(self) -> str:
        template, said = self._said
        options = "".join(f", {name}={value!r}" for name, value in said.items() if name != "storage_options")
        return f"Files({template!r}{options})"

    def __reduce__(self) -> tuple[Any, ...]:
        template, options = self._said
        return partial(Files, **options), (template,)


def _opened(template: str, storage_options: Mapping[str, Any] | None) -> tuple[Place, str]:
    """The place of ``template``, and what it is there; a folder of ``key=value`` folders becomes a template."""
    if not template.strip():
        raise ConfigError("the template is empty; write one such as data/{symbol}.csv", value=template)
    place, path = place_of(os.path.expanduser(template), storage_options)  # noqa: PTH111 - a URL is no path
    root = FileTemplate(path)
    if not place.can_list:
        return place, path
    if not root.segments and place.entries(path):
        return place, template_of_folder(place, path)
    there = place.entries(root.root) if root.segments else place.version(path)
    if not there:
        what = "is a folder that has no files" if os.path.isdir(root.root) else "does not exist"  # noqa: PTH112 - or a URL
        raise NoDataError(f"{root.root or '.'} {what}; give a template such as data/{{symbol}}.csv", path=root.root)
    return place, path


def _one_of(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if value not in allowed:
        words = ", ".join(f'"{one}"' for one in allowed if one is not None)
        raise ConfigError(f"{name} is {value!r}; it must be one of {words}", value=value, allowed=allowed)
