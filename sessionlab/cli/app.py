"""The commands and their options. What they do is loaded when they are called, so ``--help`` comes at once."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sessionlab.cli.flags import Command, Group, flag

if TYPE_CHECKING:
    from sessionlab.cli.notices import Notices

app = typer.Typer(
    name="sessionlab",
    cls=Group,
    help="A research lab for intraday trading sessions: run a config, measure data, check a config.",
    epilog="Exit codes: 0 ok, 1 ran and failed, 2 bad input, 3 data gate, 4 outside service, 130 interrupted.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class LogFormat(StrEnum):
    """How events are written to stderr."""

    json = "json"


# What several commands take. What only one takes stands at that command.
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
Output = Annotated[
    str | None, typer.Option("-o", "--output", metavar="PATH", help="Write the JSON document to this file, or into this folder.")
]
AsJson = Annotated[bool, flag("--json", help="One JSON document on stdout, and nothing else there.")]
Quiet = Annotated[bool, flag("-q", "--quiet", help="No tables and no progress: errors and warnings only.")]
Verbose = Annotated[bool, flag("-v", "--verbose", help="All rows of all tables, and what happens when, on stderr.")]
Log = Annotated[LogFormat | None, typer.Option("--log", help="What happens when, as lines of JSON on stderr.")]


@app.callback(invoke_without_command=True)
def _sessionlab(
    version: Annotated[bool, flag("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    if version:
        from sessionlab import __version__

        typer.echo(f"sessionlab {__version__}")
        raise typer.Exit


@app.command(cls=Command)
def run(
    config: Config,
    changes: Changes = None,
    source: SourceOption = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option("--strategy", metavar="MODULE:CLASS", help="A strategy, as package.module:Class; may be repeated."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A strategy's parameter, as in fast=5; may be repeated."),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
    paced: Annotated[bool, flag("--paced", help="By the clock on the wall, at the config's speed_multiplier.")] = False,
) -> None:
    """Run a config from its first open to its last close."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.run import run

        return run(
            notices,
            config,
            changes=changes or [],
            source=source,
            strategies=strategy or [],
            parameters=parameter or [],
            paced=paced,
            output=output,
            as_json=as_json,
            quiet=quiet,
        )

    _end_with(work, verbose, log)


@app.command(cls=Command)
def quality(
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG", help="A config whose symbols, dates, intervals and source are measured.", show_default=False
        ),
    ] = None,
    source: SourceOption = None,
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    intervals: Intervals = None,
    calendar: Calendar = None,
    no_quotes: Annotated[bool, flag("--no-quotes", help="Leave recorded quotes out.")] = False,
    worst: Annotated[
        int | None,
        typer.Option("--worst", metavar="N", help="The N worst days; left out: 10 where not all days are shown.", min=0),
    ] = None,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE.html", help="Draw coverage by day into a page that opens offline.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under", metavar="PERCENT", help="Exit with 3 if a symbol's coverage of a day lies below.", min=0, max=100
        ),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Check stored data against its calendar and against itself: coverage, gaps and what is wrong, per symbol, interval and day.

    Dates that are left out are the first and the last of the source.
    """

    def work(notices: Notices) -> int:
        from sessionlab.cli.quality import quality

        return quality(
            notices,
            config,
            source=source,
            symbols=symbols or [],
            start=start,
            end=end,
            intervals=intervals or [],
            calendar=calendar,
            with_quotes=not no_quotes,
            worst=worst,
            plot=plot,
            fail_under=fail_under,
            output=output,
            as_json=as_json,
            quiet=quiet,
        )

    _end_with(work, verbose, log)


@app.command(cls=Command)
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Configs: .json or .toml files.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check configs, and print everything that is wrong with them at once."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.check import validate

        return validate(notices, files, as_json=as_json, quiet=quiet)

    _end_with(work)


@app.command(cls=Command)
def plan(
    config: Config,
    changes: Changes = None,
    source: SourceOption = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show what a run would stream and generate, and why."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.check import plan

        return plan(notices, config, changes=changes or [], source=source, as_json=as_json)

    _end_with(work, verbose)


@app.command(cls=Command)
def schema(
    output: OutputFile = None,
) -> None:
    """Print the JSON Schema of configs, for editors and validators."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.check import schema

        return schema(output)

    _end_with(work)


@app.command(cls=Command)
def migrate(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A config of a former layout: a .json or .toml file.")],
    output: OutputFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn a config of a former layout into one of this layout, and say what changed."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.migrate import migrate

        return migrate(notices, old, output=output, as_json=as_json, quiet=quiet)

    _end_with(work)


def _end_with(work: Callable[[Notices], int], verbose: bool = False, log: LogFormat | None = None) -> None:
    """Do ``work`` and exit with its code; whatever it raises becomes one answer on stderr, and a code of its own."""
    from sessionlab.cli.notices import Notices

    with Notices(verbose=verbose, as_json=log is not None) as notices:
        try:
            code = int(work(notices))
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:
            from sessionlab.cli.endings import answer_to, ending_of

            code, now = int(ending_of(error)), notices.market_time()
            where = f" at {now:%Y-%m-%d %H:%M:%S} market time" if now is not None and isinstance(error, KeyboardInterrupt) else ""
            notices.error(answer_to(error) + where, exit_code=code, cause=error)
    raise typer.Exit(code)


# Last, because its commands have the options above.
from sessionlab.cli import data_app  # noqa: E402

app.add_typer(data_app.data, name="data")
