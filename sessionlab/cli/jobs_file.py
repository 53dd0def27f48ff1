"""The file of a night's jobs: CSV, a header and a row per report.

    name          what the report is called; it goes into file names, so letters, digits and . _ - + @
    config        the config or the notebook that it is of; left out, the one that the command names
    strategy      package.module:Class, several with spaces between
    source        as --source
    title         what stands on top of the report
    fast          any other name is a parameter, as -p fast=...: of the strategies, or of the notebook
    seed          a name of the config, or a dotted path such as backtest_config.start_date, is a value of it, as --set

``-p seed`` or ``--set seed`` as a header says which of the two is meant. An empty cell is a value that is not given; what
the command says with ``--set`` and ``-p`` holds for rows that do not say otherwise. A value is JSON where it can be read as
JSON, and text otherwise. Paths are as seen from the folder that the command runs in.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sessionlab.config.problems import nearest
from sessionlab.config.sections import Document
from sessionlab.errors import ConfigError

OWN = ("name", "config", "strategy", "source", "title")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]*")
_NOT_A_NAME = ("index", "summary")


class JobRow(NamedTuple):
    """A row: its ``line`` in the file, what it says by its own columns, and texts by config path and by parameter."""

    line: int
    own: dict[str, str]
    changes: dict[str, str]
    parameters: dict[str, str]


def read_jobs(path: Path) -> tuple[list[JobRow], list[str]]:
    """The rows of the file at ``path``, and what is wrong with it, a sentence each.

    Raises :class:`ConfigError` for a file that cannot be read, or has no header that can be meant.
    """
    if path.suffix.lower() != ".csv":
        raise ConfigError(f"--jobs-file {path}: jobs are a CSV file; give a name that ends in .csv", file=str(path))
    lines = csv.reader(_text(path).splitlines(keepends=True), strict=True, skipinitialspace=True)
    try:
        table = [(lines.line_num, [cell.strip() for cell in cells]) for cells in lines]
    except csv.Error as why:
        raise ConfigError(f"{path}: broken CSV at line {lines.line_num}: {why}", file=str(path), line=lines.line_num) from why
    table = [(line, cells) for line, cells in table if any(cells)]
    if not table:
        raise ConfigError(f"{path}: the file is empty; its header is {', '.join(OWN)} and names of parameters", file=str(path))
    header = table[0][1]
    _check_header(path, header)
    rows, wrong = [], []
    for line, cells in table[1:]:
        if len(cells) > len(header):
            wrong.append(
                f"row {line}: it has {len(cells)} cells, and the header {len(header)}; quote a cell that has commas in it"
            )
            continue
        rows.append(_row(line, dict(zip(header, cells, strict=False))))
    wrong += _wrong_names(rows)
    if not rows and not wrong:
        raise ConfigError(f"{path}: there is a header and no row; a row is a report", file=str(path))
    return rows, wrong


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise ConfigError(f"{path}: byte {why.start} is not UTF-8; save the file as UTF-8", file=str(path)) from why
    except OSError as why:
        raise ConfigError(f"{path}: cannot be read, {(why.strerror or str(why)).lower()}", file=str(path)) from why


def _check_header(path: Path, header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ConfigError(f"{path}: the column {twice[0]!r} stands twice in the header", file=str(path))
    if "" in header:
        raise ConfigError(f"{path}: column {header.index('') + 1} has no name", file=str(path))
    if "name" not in header:
        near = nearest("name", header)
        hint = f"did you mean that by {near!r}?" if near else f"it has {', '.join(header)}"
        raise ConfigError(f"{path}: the header needs a column name; {hint}", file=str(path))


def _row(line: int, cells: dict[str, str]) -> JobRow:
    row = JobRow(line, {}, {}, {})
    for header, text in cells.items():
        if not text:
            continue
        option, _, rest = header.partition(" ")
        if option in ("--set", "-p") and rest.strip():
            (row.changes if option == "--set" else row.parameters)[rest.strip()] = text
        elif header in OWN:
            row.own[header] = text
        elif header.partition(".")[0].partition("[")[0] in Document.model_fields or "." in header:
            row.changes[header] = text
        else:
            row.parameters[header] = text
    return row


def _wrong_names(rows: list[JobRow]) -> Iterator[str]:
    first: dict[str, int] = {}
    for row in rows:
        name = row.own.get("name", "")
        if not name:
            yield f"row {row.line}: it has no name"
        elif not _NAME.fullmatch(name) or name.lower() in _NOT_A_NAME:
            allowed = "letters, digits and . _ - + @, but not index or summary"
            yield f"row {row.line}: the name {name!r} makes no file name; use {allowed}"
        elif name.lower() in first:
            yield f"row {row.line}: the name {name!r} is that of row {first[name.lower()]} too; give each report its own"
        first.setdefault(name.lower(), row.line)
