"""What several commands take. What only one takes stands at that command."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sessionlab.cli.flags import flag


class LogFormat(StrEnum):
    """How events are written to stderr."""

    json = "json"


class Take(StrEnum):
    """Which of several marks counts."""

    best = "best"
    last = "last"


Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A config: a .json or .toml file.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Another value of the config, as in backtest_config.end_date=last; may be repeated."
    ),
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source", metavar="SOURCE", help="synthetic, local:PATH, lean:PATH or files:TEMPLATE, in place of the config's."
    ),
]
Strategies = Annotated[
    list[str] | None,
    typer.Option("--strategy", metavar="MODULE:CLASS", help="A strategy, as package.module:Class; may be repeated."),
]
Parameter = Annotated[
    list[str] | None,
    typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A strategy's parameter, as in fast=5; may be repeated."),
]
Symbols = Annotated[
    list[str] | None,
    typer.Option("--symbols", metavar="SPY,AIG", help="Symbols; left out: all that the source lists."),
]
Start = Annotated[str | None, typer.Option("--start", metavar="DATE", help="First date: 2025-07-01, last, or -20d.")]
End = Annotated[str | None, typer.Option("--end", metavar="DATE", help="Last date: 2025-07-07, or last.")]
Intervals = Annotated[
    list[str] | None, typer.Option("--intervals", metavar="1m,5m", help="Bar intervals, stored or built; left out: 1m.")
]
Calendar = Annotated[
    str | None,
    typer.Option("--calendar", metavar="NAME", help="US_EQUITY, CRYPTO, FOREX, COMMODITIES or a code of exchange_calendars."),
]
OutputFile = Annotated[
    str | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to this file, or into this folder.")
]
RunFolder = Annotated[
    Path, typer.Argument(metavar="FOLDER|REPORT", help="A saved run, what sessionlab run -o wrote, or a report, .html or .ipynb.")
]
RunInto = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="PATH", help="Save the run into this folder, or, ending in .json, its JSON document."),
]
Output = Annotated[
    str | None, typer.Option("-o", "--output", metavar="PATH", help="Write the JSON document to this file, or into this folder.")
]
AsJson = Annotated[bool, flag("--json", help="One JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, flag("-q", "--quiet", help="No tables and no progress: errors and warnings only.")]
Verbose = Annotated[bool, flag("-v", "--verbose", help="All rows of all tables, and what happens when, on stderr.")]
Log = Annotated[LogFormat | None, typer.Option("--log", help="What happens when, as lines of JSON on stderr.")]
