"""Where ``sessionlab run -o`` puts what came out: the document in a file that ends in .json, else the whole run in a folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

from sessionlab.cli.answer import file_for
from sessionlab.config.secrets import text_without_secrets
from sessionlab.errors import ConfigError
from sessionlab.results import RunResult
from sessionlab.saving.run_folder import check_run_folder

_OF_A_FILE = re.compile(r"\.[A-Za-z]{2,7}")


class RunOutput(NamedTuple):
    """A ``file`` for the document, or a ``folder`` for the run, or neither."""

    file: Path | None
    folder: Path | None
    overwrite: bool

    @classmethod
    def of(cls, output: str | None, *, overwrite: bool) -> RunOutput:
        """What ``output`` means. Raises :class:`ConfigError` at once for what could not be written at the end."""
        if output is None:
            if overwrite:
                raise ConfigError("--overwrite: of what? Give the folder with -o, as in -o runs/first --overwrite")
            return cls(None, None, overwrite)
        suffix = Path(output).suffix.lower()
        if suffix == ".json" and not Path(output).is_dir():
            return cls(file_for(output, "run.json"), None, overwrite)
        if _OF_A_FILE.fullmatch(suffix) and not Path(output).is_dir():
            raise ConfigError(
                f"-o {output}: the document is written as JSON, so give a name that ends in .json; or a folder for the whole run"
            )
        folder = Path(output).expanduser().absolute()
        standing = next(parent for parent in [folder, *folder.parents] if parent.exists())
        if not standing.is_dir():
            raise ConfigError(f"-o {output}: {standing} is a file, not a folder; choose another place")
        check_run_folder(folder, overwrite=overwrite)
        return cls(None, folder, overwrite)

    def save(self, result: RunResult) -> None:
        """Write ``result`` into the folder, if there is one."""
        if self.folder is not None:
            result.save(self.folder, overwrite=self.overwrite)

    @property
    def place(self) -> Path | None:
        """Where something is written, if anything is."""
        return self.file or self.folder


def command_line() -> list[str]:
    """The words of the command at hand, without secrets."""
    return ["sessionlab", *map(text_without_secrets, sys.argv[1:])]
