"""``sessionlab migrate``: a config of a former layout in, one of this layout out, and on stderr what changed."""

from __future__ import annotations

from pathlib import Path

from sessionlab.cli.answer import file_for, print_json, write_json
from sessionlab.cli.endings import Ending
from sessionlab.cli.notices import Notices
from sessionlab.config.files import read_file
from sessionlab.config.migrate import migrate as migrated
from sessionlab.config.problems import config_error
from sessionlab.errors import ConfigError


def migrate(notices: Notices, old: Path, *, output: str | None, as_json: bool, quiet: bool) -> Ending:
    """Print the migrated config, or write it to a file; ``as_json`` prints it beside the list of changes.

    The old file is never written over.
    """
    file = None if output is None else file_for(output, f"{old.stem}.json")
    if file is not None and file.resolve() == old.resolve():
        raise ConfigError(f"-o {output}: this is the old config itself, which stays; choose another name", file=str(old))
    try:
        new, changes = migrated(read_file(old))
    except ConfigError as why:
        if "problems" not in why.facts:
            raise
        raise config_error(why.problems, file=f"{old} after migrating") from None
    if file is not None:
        write_json(file, new)
    if as_json:
        print_json({"changes": changes, "config": new})
    elif file is None:
        print_json(new)
    if not quiet and not as_json:
        where = "" if file is None else f"; written to {file}"
        count = f"{len(changes)} change{'s' * (len(changes) != 1)}" if changes else "it is of this layout already"
        for line in [*changes, f"{old}: {count}{where}"]:
            notices.console.print(line, markup=False, emoji=False, soft_wrap=True)
    return Ending.OK
