"""``sessionlab data``: the commands that keep a Parquet store in order, and their options. What they do is loaded when called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sessionlab.cli.flags import Command, Group, flag
from sessionlab.cli.options import AsJson, Calendar, End, Log, Output, Quiet, Start, Symbols, Verbose
from sessionlab.cli.work import end_with

if TYPE_CHECKING:
    from sessionlab.cli.notices import Notices

data = typer.Typer(cls=Group, help="Keep a Parquet store in order: import, list, verify, repair, export.", no_args_is_help=True)


class LabelName(StrEnum):
    """What stamps of bars are."""

    start = "start"
    end = "end"
    auto = "auto"


class StampLabel(StrEnum):
    """What stamps of bars are to be."""

    start = "start"
    end = "end"


class FileFormat(StrEnum):
    """How files are written."""

    csv = "csv"
    parquet = "parquet"


Store = Annotated[Path, typer.Argument(metavar="STORE", help="The folder of a Parquet store.")]
Intervals = Annotated[list[str] | None, typer.Option("--intervals", metavar="1m,1d", help="Bar intervals; left out: all.")]
Quotes = Annotated[bool, flag("--quotes/--no-quotes", help="Recorded quotes too, or bars alone.", show_default=False)]
DryRun = Annotated[bool, flag("--dry-run", help="Say what would be done, and do nothing.")]


@data.command("import", cls=Command)
def import_(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="files:TEMPLATE, lean:PATH, local:PATH, synthetic or an installed plug-in.")
    ],
    store: Annotated[Path, typer.Argument(metavar="STORE", help="The folder of a Parquet store, which is made if need be.")],
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    intervals: Intervals = None,
    calendar: Calendar = None,
    quotes: Quotes = True,
    label: Annotated[
        LabelName | None, typer.Option("--label", help="Of files: whether stamps are starts or ends of bars; left out: start.")
    ] = None,
    tz: Annotated[str | None, typer.Option("--tz", metavar="ZONE", help="Of files: the zone of stamps that have none.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="open=PX_OPEN", help="Of files: which column is meant; may be repeated."),
    ] = None,
    date_format: Annotated[
        str | None, typer.Option("--date-format", metavar="FORMAT", help="Of files: how stamps are written, as for strptime.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="NAME=VALUE", help="A further option of the source, as interval=1m; may be repeated."),
    ] = None,
    dry_run: DryRun = False,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Put what a source has into a store. Stopped in the middle, the same command goes on where it was."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_import import data_import

        return data_import(
            notices,
            source,
            store,
            symbols=symbols or [],
            start=start,
            end=end,
            intervals=intervals or [],
            calendar=calendar,
            quotes=quotes,
            said={"label": label and label.value, "tz": tz, "date_format": date_format},
            columns=column or [],
            options=option or [],
            dry_run=dry_run,
            output=output,
            as_json=as_json,
            quiet=quiet,
        )

    end_with(work, verbose, log)


@data.command("list", cls=Command)
def list_(
    store: Store,
    symbols: Symbols = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List what a store has, per symbol and series."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_list import data_list

        return data_list(notices, store, symbols=symbols or [], output=output, as_json=as_json, quiet=quiet)

    end_with(work, verbose)


@data.command(cls=Command)
def verify(
    store: Store,
    symbols: Symbols = None,
    record: Annotated[bool, flag("--record", help="Take files in that are not recorded: those put there by hand.")] = False,
    accept: Annotated[
        bool, flag("--accept", help="Take what is there as what is meant: record changed files anew, forget missing ones.")
    ] = False,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Hold every file against its checksum. Ends with 3 where one is changed, missing or unreadable."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_verify import data_verify

        return data_verify(
            notices, store, symbols=symbols or [], record=record, accept=accept, output=output, as_json=as_json, quiet=quiet
        )

    end_with(work, verbose, log)


@data.command(cls=Command)
def repair(
    store: Store,
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    intervals: Intervals = None,
    quotes: Quotes = True,
    calendar: Calendar = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="duplicates,order,label,hours", help="What to mend; left out: all of these."),
    ] = None,
    yes: Annotated[bool, flag("-y", "--yes", help="Move stamps without asking.")] = False,
    dry_run: DryRun = False,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Mend bars and quotes that stand twice or are out of order, and bars with stamps hours off or at their ends.

    What it replaces is kept as a version.
    """

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_repair import data_repair

        return data_repair(
            notices,
            store,
            symbols=symbols or [],
            start=start,
            end=end,
            intervals=intervals or [],
            quotes=quotes,
            calendar=calendar,
            only=only or [],
            yes=yes,
            dry_run=dry_run,
            output=output,
            as_json=as_json,
            quiet=quiet,
        )

    end_with(work, verbose, log)


@data.command(cls=Command)
def versions(store: Store, as_json: AsJson = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """List the versions that repairs have made."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_versions import data_versions

        return data_versions(notices, store, as_json=as_json, quiet=quiet)

    end_with(work, verbose)


@data.command(cls=Command)
def restore(
    store: Store,
    version: Annotated[int, typer.Option("--version", metavar="N", help="The version to bring back.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Bring the files of a version back, as a further version."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_versions import data_restore

        return data_restore(notices, store, version, as_json=as_json, quiet=quiet)

    end_with(work, verbose)


@data.command(cls=Command)
def export(
    store: Store,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write to, which is made if need be.")],
    format: Annotated[FileFormat, typer.Option("--format", help="How to write.")] = FileFormat.csv,
    symbols: Symbols = None,
    start: Start = None,
    end: End = None,
    intervals: Intervals = None,
    quotes: Quotes = True,
    calendar: Calendar = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="TEMPLATE",
            help="Names of files, as {symbol}_{year}.csv; left out: {symbol}/{interval}/{date}.csv, days in one.",
        ),
    ] = None,
    tz: Annotated[str, typer.Option("--tz", metavar="ZONE", help="The zone of stamps.")] = "UTC",
    label: Annotated[StampLabel, typer.Option("--label", help="Stamps are starts or ends of bars.")] = StampLabel.start,
    force: Annotated[bool, flag("--force", help="Write over files that are there.")] = False,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    log: Log = None,
) -> None:
    """Write bars and quotes to CSV or Parquet files, which read back bit for bit."""

    def work(notices: Notices) -> int:
        from sessionlab.cli.data_export import data_export

        return data_export(
            notices,
            store,
            out,
            format=format.value,
            symbols=symbols or [],
            start=start,
            end=end,
            intervals=intervals or [],
            quotes=quotes,
            calendar=calendar,
            template=template,
            tz=tz,
            label=label.value,
            force=force,
            output=output,
            as_json=as_json,
            quiet=quiet,
        )

    end_with(work, verbose, log)
