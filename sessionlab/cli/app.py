"""The commands and their options. What they do is loaded when they are called, so ``--help`` comes at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sessionlab.cli.data_app import data
from sessionlab.cli.flags import Command, Group, flag
from sessionlab.cli.options import (
    AsJson,
    Calendar,
    Changes,
    Config,
    End,
    Intervals,
    Log,
    Output,
    OutputFile,
    Parameter,
    Quiet,
    RunFolder,
    RunInto,
    SourceOption,
    Start,
    Strategies,
    Symbols,
    Take,
    Verbose,
)
from sessionlab.cli.work import end_with

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


app.add_typer(data, name="data")


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
    strategy: Strategies = None,
    parameter: Parameter = None,
    output: RunInto = None,
    overwrite: Annotated[bool, flag("--overwrite", help="Replace a saved run that is there.")] = False,
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
            overwrite=overwrite,
            as_json=as_json,
            quiet=quiet,
        )

    end_with(work, verbose, log)


@app.command("app", cls=Command)
def page(
    config: Config,
    changes: Changes = None,
    source: SourceOption = None,
    strategy: Strategies = None,
    parameter: Parameter = None,
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="The port on this machine; left out: a free one.", min=0, max=65535)
    ] = 0,
    dark: Annotated[bool, flag("--dark", help="A dark page.")] = False,
    no_browser: Annotated[bool, flag("--no-browser", help="Say where it is, and open no browser.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Show the dashboard of a config as a page, on this machine alone, until Ctrl-C."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.page import show_page

        return show_page(
            notices,
            config,
            changes=changes or [],
            source=source,
            strategies=strategy or [],
            parameters=parameter or [],
            port=port,
            theme="dark" if dark else "light",
            opens=not no_browser,
            quiet=quiet,
        )

    end_with(work, verbose, log)


@app.command(cls=Command)
def verify(
    folder: RunFolder,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="SOURCE", help="Where its data lies now: local:PATH, lean:PATH, files:TEMPLATE."),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Check a saved run, or a report: every file against its digest, then the run itself, made once more of these alone.

    Of an executed notebook every run is checked. A report has digests of the tables: what differs is named by column.

    The code of the strategies, which is in there, is run.

    Exit codes: 0 the same, 1 it differs, 2 what was saved was changed.
    """

    def work(notices: Notices) -> int:
        from sessionlab.cli.verify import verify_run

        return verify_run(notices, folder, source=source, output=output, as_json=as_json, quiet=quiet)

    end_with(work, verbose, log)


@app.command(cls=Command)
def report(
    what: Annotated[
        str | None,
        typer.Argument(metavar="CONFIG|NOTEBOOK", help="A config, .json or .toml, or a notebook, .ipynb.", show_default=False),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where it goes: .html, .ipynb of a notebook; {date}, {name}; or a URL."
        ),
    ] = "{name}.html",
    changes: Changes = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A parameter of the strategies, or of the notebook."),
    ] = None,
    strategy: Strategies = None,
    source: SourceOption = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What stands on top of it.")] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The session it is of: 2025-07-02, last (that has data), or -1d.")
    ] = None,
    jobs_file: Annotated[
        Path | None, typer.Option("--jobs-file", metavar="JOBS.csv", help="A night: one report a row. Columns: name, config, ...")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Of a night: so many at a time.", min=1)] = 1,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="Of a night: end a report after so long; 0: never.", min=0)
    ] = 3600,
    again: Annotated[
        bool, flag("--again", help="Of a night: also what is whole and unchanged, as where a notebook reads files.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Make the report of a config's run, or of a notebook: one page that opens offline, and carries what runs it again.

    A notebook says what it takes in a cell with the tag parameters. A report that fails on the way says where on top.

    With --jobs-file it makes one a row, each in a process of its own, and beside them an index.html and a summary.json.

    What is there, whole and unchanged, is not made again.

    Columns of the file: name, config, strategy, source, title, names of parameters, and dotted paths of the config.

    Exit codes: 0 all well, 1 it, or one of them, failed, 2 bad input: nothing was run, 130 interrupted.
    """

    def work(notices: Notices) -> int:
        from sessionlab.cli.given import pairs, texts
        from sessionlab.cli.report_job import Asked
        from sessionlab.errors import ConfigError

        parameters, changed = texts(parameter or [], "-p"), pairs(changes or [], "--set")
        asked = Asked("", what or "", parameters, changed, tuple(strategy or []), source, title)
        if jobs_file is not None:
            from sessionlab.cli.night import night

            return night(
                notices,
                asked,
                jobs_file,
                output=output,
                date=date,
                workers=jobs,
                timeout=timeout,
                again=again,
                as_json=as_json,
                quiet=quiet,
            )
        from sessionlab.cli.report import report

        if not asked.what:
            raise ConfigError("of what? Give a config or a notebook, or a file of jobs with --jobs-file")
        return report(notices, asked, output=output, date=date, as_json=as_json, quiet=quiet)

    end_with(work, verbose, log)


@app.command(cls=Command)
def audit(
    config: Config,
    changes: Changes = None,
    source: SourceOption = None,
    strategy: Strategies = None,
    parameter: Parameter = None,
    cuts: Annotated[
        int, typer.Option("--cuts", metavar="N", help="At how many moments, spread over the run, the future is changed.", min=1)
    ] = 12,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", help="Begin no further cut after so many seconds.", min=0)
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", metavar="PATTERN", help="Files that may be read, data held that may be used; may be repeated."),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Run strategies on other futures, and exit with 1 if a decision changes before they begin."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.audit import audit_strategies

        return audit_strategies(
            notices,
            config,
            changes=changes or [],
            source=source,
            strategies=strategy or [],
            parameters=parameter or [],
            cuts=cuts,
            seconds=seconds,
            trust=trust or [],
            output=output,
            as_json=as_json,
            quiet=quiet,
        )

    end_with(work, verbose, log)


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

    end_with(work, verbose, log)


@app.command(cls=Command)
def export(
    config: Config,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="The moment: 10:30, open+15m, close, or 45m after the open.")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FOLDER", help="The folder to write, which must not be there.")
    ],
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The session; left out: the first one of the config.")
    ] = None,
    changes: Changes = None,
    source: SourceOption = None,
    overwrite: Annotated[bool, flag("--overwrite", help="Replace an export that is there.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write all that a session shows at one moment into a folder: Parquet for rows, JSON for the rest."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.export import export

        return export(
            notices,
            config,
            at=at,
            output=output,
            date=date,
            changes=changes or [],
            source=source,
            overwrite=overwrite,
            quiet=quiet,
        )

    end_with(work)


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

    end_with(work)


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

    end_with(work, verbose)


@app.command(cls=Command)
def grade(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of notebooks and answer files that were handed in.")],
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE.csv", help="Write the grades to this file, or into this folder.")
    ] = None,
    take: Annotated[
        Take,
        typer.Option("--take", help="Which mark of a student in a lesson counts: the best, or the last in the notebook."),
    ] = Take.best,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Grade notebooks of lessons: every answer is checked anew, no code in them is run, and points in them do not count.

    Exit codes: 0 all graded, 1 some could not be: their rows say why.
    """

    def work(notices: Notices) -> int:
        from sessionlab.cli.grade import grade_folder

        return grade_folder(notices, folder, take=take.value, output=output, as_json=as_json, quiet=quiet)

    end_with(work, verbose, log)


@app.command(cls=Command)
def schema(
    output: OutputFile = None,
    of_summary: Annotated[bool, flag("--summary", help="That of summary.json, which a night of reports leaves.")] = False,
) -> None:
    """Print the JSON Schema of configs, for editors and validators."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.check import schema

        return schema(output, of_summary=of_summary)

    end_with(work)


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

    end_with(work)
