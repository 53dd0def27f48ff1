"""A command's answer: tables for people on stdout, or one JSON document, on stdout and in a file.

On a terminal tables fit its width; elsewhere they are plain text without colours, which fits COLUMNS where that is set, and
else is as wide as it is, a row a line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

from sessionlab.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

ROWS = 24
"""A table shows no more rows than this, unless all are asked for."""
_AS_WIDE_AS_IT_IS = 10_000
_NARROWEST_TEXT = 12


def print_tables(parts: Iterable[RenderableType]) -> None:
    """Print tables, with an empty line after each, and lines of text on stdout."""
    parts = [piece for part in parts for piece in ((part, "") if isinstance(part, Table) else (part,))]
    if sys.stdout.isatty():
        console = Console(highlight=False)
        for part in parts:
            if isinstance(part, Table):
                _fit(part, console)
            console.print(part, markup=False)
        return
    width = _asked_width()
    console = Console(highlight=False, width=width or _AS_WIDE_AS_IT_IS)
    with console.capture() as captured:
        for part in parts:
            if isinstance(part, Table):
                _fit(part, console)
            console.print(part, markup=False, soft_wrap=width is None and isinstance(part, (str, Text)))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def table(title: str, frame: pd.DataFrame, headers: Mapping[str, str], *, every: bool = False) -> Table:
    """The columns of ``frame`` that ``headers`` names, under a ``title``; numbers to the right, coverage in percent.

    Of more than :data:`ROWS` rows the first and the last are shown, with how many lie between, unless ``every``.
    """
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1),
    )
    for name, header in headers.items():
        made.add_column(header, justify="right" if frame[name].dtype.kind in "if" else "left", overflow="fold")
    shown = frame[list(headers)]
    between = 0 if every or len(frame) <= ROWS else len(frame) - ROWS + 1
    first = ROWS * 2 // 3 if between else len(frame)
    for row in records(shown.iloc[:first]):
        made.add_row(*(_cell(name, value) for name, value in row.items()))
    if between:
        made.add_row(f"... {between:,} more", *[""] * (len(headers) - 1), style="dim")
    for row in records(shown.iloc[first + between :]):
        made.add_row(*(_cell(name, value) for name, value in row.items()))
    return made


def fitting_tables(
    title: str,
    frame: pd.DataFrame,
    headers: Mapping[str, str],
    keys: Collection[str],
    usual: Collection[str] = (),
    *,
    every: bool = False,
) -> Iterator[Table]:
    """As :func:`table`; where its columns do not fit in the width, several, which all begin with the columns ``keys``.

    The later ones have only rows of which they tell anything, a number but 0 or a text; what stands in the ``usual`` columns
    does not count as such.
    """
    narrowest = {
        name: _narrowest(column) for name, column in zip(headers, table("", frame, headers, every=every).columns, strict=True)
    }
    room = _width() - sum(narrowest[name] + 1 for name in keys)
    groups: list[list[str]] = [[]]
    for name in (name for name in headers if name not in keys):
        if groups[-1] and sum(narrowest[other] + 1 for other in groups[-1]) + narrowest[name] > room:
            groups.append([])
        groups[-1].append(name)
    for number, group in enumerate(groups):
        telling = [name for name in group if name not in usual] if number else []
        rows = frame[~frame[telling].map(is_blank).all(axis=1)] if telling else frame
        some = {name: header for name, header in headers.items() if name in keys or name in group}
        yield table(title if number == 0 else f"{title}, continued", rows, some, every=every)


def is_blank(value: Any) -> bool:
    """Whether a cell says nothing: 0, an empty text, False, or none at all."""
    return value is None or value != value or value == 0 or value == ""


def percent(value: float | None) -> Text:
    """A coverage in percent with four decimals: 100 only where nothing is absent; ``-`` where it was not measured."""
    if value is None or value != value:
        return Text("-")
    if value >= 100.0:
        return Text("100.0000", style="green")
    return Text(f"{min(value, 99.9999):.4f}", style="yellow")


def duration(ns: float) -> str:
    """``ns`` in the unit that people would say it in; ``-`` where nothing was timed.

    >>> duration(1_234_000), duration(2.5e9)
    ('1.2 ms', '2.5 s')
    """
    if ns != ns:
        return "-"
    for unit, size in (("s", 1e9), ("ms", 1e6)):
        if ns >= size:
            return f"{ns / size:,.1f} {unit}"
    return f"{ns / 1e3:,.1f} us"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of ``frame`` as JSON objects: dates and stamps as ISO text, NaN as null."""
    columns = {str(name): _plain(frame[name]) for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def print_json(document: dict[str, Any]) -> None:
    """Print ``document`` on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def file_for(output: str, name: str, option: str = "-o") -> Path:
    """The file that ``-o output`` means: itself, or, for a folder or what ends in a slash, ``name`` in it.

    Its ending is that of ``name``. What ends in a slash is made where the folder that it lies in is there. Raises
    :class:`ConfigError` at once for what could not be written at the end.
    """
    path, named_folder = Path(output), output.endswith(("/", os.sep))
    file, ending = path / name if path.is_dir() or named_folder else path, Path(name).suffix
    if file.suffix.lower() != ending:
        what = f"{ending.removeprefix('.').upper()}; give a name that ends in {ending}, or a folder and a slash"
        raise ConfigError(f"{option} {output}: it is written as {what}")
    standing = next(parent for parent in [file.parent, *file.parent.parents] if parent.exists())
    if not standing.is_dir():
        raise ConfigError(f"{option} {output}: {standing} is a file, not a folder; choose another place")
    needed = file.parent.parent if named_folder else file.parent
    if not needed.is_dir():
        raise ConfigError(f"{option} {output}: there is no folder {needed}; make it first, or choose another place")
    return file


@contextmanager
def only_the_document_on_stdout(as_json: bool) -> Iterator[None]:
    """Let what a strategy prints go to stderr where stdout is for the document."""
    if not as_json:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield


def give_document(document: dict[str, Any], file: Path | None, *, as_json: bool) -> None:
    """Write ``document`` to ``file`` if there is one, and print it if it is wanted ``as_json``."""
    if file is not None:
        write_json(file, document)
    if as_json:
        print_json(document)


def write_json(file: Path, document: dict[str, Any]) -> None:
    """Write ``document`` whole or not at all, and the folder it lies in. Raises :class:`ConfigError` where it cannot be."""
    from sessionlab.config.files import write_file

    _make_folder_of(file)
    write_file(file, document)


def write_page(file: Path, page: str) -> None:
    """Write an HTML ``page`` likewise."""
    from sessionlab.config.files import write_text

    _make_folder_of(file)
    write_text(file, page)


def _make_folder_of(file: Path) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
    except OSError as why:
        raise ConfigError(f"{file}: its folder cannot be made, {why.strerror}", file=str(file)) from why


def _asked_width() -> int | None:
    asked = os.environ.get("COLUMNS", "")
    return int(asked) if asked.isdecimal() and int(asked) else None


def _width() -> int:
    """How wide tables may be where they are printed."""
    return Console().width if sys.stdout.isatty() else _asked_width() or _AS_WIDE_AS_IT_IS


def _fit(made: Table, console: Console) -> None:
    """Set a table that is too wide closer, and break sentences rather than numbers. In a very narrow one all may break."""
    if not made.show_header:  # a list of sentences
        return
    if console.measure(made, options=console.options.update(width=_AS_WIDE_AS_IT_IS)).maximum <= console.width:
        return
    made.padding = 0
    taken, solid = len(made.columns) - 1, []
    for column in made.columns:
        column.header = str(column.header).replace(" ", "\n")
        taken += _narrowest(column)
        if not _is_text(column):
            solid.append(column)
    if taken <= console.width:
        for column in solid:
            column.no_wrap = True


def _is_text(column: Column) -> bool:
    return any(" " in str(cell) for cell in column.cells)


def _narrowest(column: Column) -> int:
    """How narrow a column can be set: its header a word a line, sentences broken, numbers not."""
    header = max(map(cell_len, str(column.header).split()), default=0)
    cells = [str(cell) for cell in column.cells]
    return max(header, _NARROWEST_TEXT if _is_text(column) else max(map(cell_len, cells), default=0))


def _cell(name: str, value: Any) -> str | Text:
    if name == "coverage":
        return percent(value)
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _plain(column: pd.Series[Any]) -> list[Any]:
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]
    if column.dtype.kind == "M":
        stamps = column.tolist()
        if getattr(column.dtype, "tz", None) is None:
            return [str(stamp.date()) for stamp in stamps]
        return [None if stamp != stamp else stamp.isoformat() for stamp in stamps]
    import pandas as pd

    return [None if value is pd.NA else _json_value(value) for value in column.tolist()]


def _json_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.item() if isinstance(value, np.generic) else value
