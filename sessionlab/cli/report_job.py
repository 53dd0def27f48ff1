"""A report that is asked for, checked as far as can be told before anything runs; and making it, here or in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from sessionlab.cli.endings import Ending, answer_to, ending_of
from sessionlab.cli.given import config_with, value_of
from sessionlab.cli.relative_dates import resolve_in
from sessionlab.cli.run_output import command_line
from sessionlab.cli.strategies import made_strategies, use_strategies
from sessionlab.config.document import canonical
from sessionlab.engine.versions import versions
from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.nights.job import Job, Made, Tell
from sessionlab.nights.night import Task
from sessionlab.results.headline import headline

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.progress import Progress
    from sessionlab.lab import Lab
    from sessionlab.notebooks import Given
    from sessionlab.notebooks.running import Where

_LOOK_SECONDS = 0.3
DATES = ("backtest_config.start_date", "backtest_config.end_date")
Following = Callable[["Lab"], AbstractContextManager[Callable[["Progress"], object]]]
"""What follows a run: entered with its lab, it gives a function that is told of the run's progress."""


@dataclass(frozen=True)
class Asked:
    """A report as it was asked for: ``parameters`` as they were written, ``changes`` as values by dotted path.

    ``what`` names a config or a notebook; ``row`` is that of the file of jobs.
    """

    name: str
    what: str
    parameters: Mapping[str, str]
    changes: Mapping[str, Any]
    strategies: tuple[str, ...]
    source: str | None
    title: str | None
    row: int | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether it is of what is named as a notebook."""
        return self.what.lower().endswith(".ipynb")


def checked_job(asked: Asked, file: str, date: str | None) -> Job:
    """The job of the report ``asked`` for, to go into ``file``; ``date`` is the one session that it is of.

    Raises :class:`ConfigError` for what cannot be meant.
    """
    name, what, title, row = asked.name, asked.what, asked.title, asked.row
    suffix = Path(file).suffix.lower()
    if asked.is_notebook:
        given = checked_notebook(asked, date)
        key = _key(_notebook_facts(given), suffix, title)
        return Job(name, what, file, given.config, (), given.parameters, None, title, key, row)
    if suffix == ".ipynb":
        raise ConfigError(f"-o {file}: {what} is a config, and its report is a page; give a name that ends in .html")
    changes = asked.changes if date is None else dict.fromkeys(DATES, date) | dict(asked.changes)
    config = config_with(Path(what), changes)
    values = {name: value_of(text) for name, text in asked.parameters.items()}
    facts = _config_facts(config, asked.strategies, values, asked.source)
    return Job(name, what, file, config, asked.strategies, values, asked.source, title, _key(facts, suffix, title), row)


def checked_notebook(asked: Asked, date: str | None) -> Given:
    """The notebook with what it is given. Raises :class:`ConfigError` likewise."""
    from sessionlab.notebooks import check

    for option, given in (("--strategy", " ".join(asked.strategies)), ("--source", asked.source)):
        if given:
            raise ConfigError(
                f"{option} {given}: {asked.what} is a notebook, which takes what its cell of parameters names; give it with -p"
            )
    return check(Path(asked.what), asked.parameters, asked.changes, value_of=value_of, resolve=resolve_in, date=date)


def config_of(asked: Asked) -> SessionConfig | None:
    """The config that a report is of, before it is known of which date; None of a notebook that takes none."""
    return checked_notebook(asked, None).config if asked.is_notebook else config_with(Path(asked.what), asked.changes)


def make(task: Task, tell: Tell) -> Made:
    """Make the report of a night's job, in a process of its own, or find that the former one still holds."""
    job, before = task
    if before is not None and _still_holds(before):
        return Made("unchanged")
    if job.is_notebook:
        cell: list[Where] = []
        with telling(lambda: _of_cell(cell[-1]) if cell else ("the start of its kernel", 0.0), tell):
            return notebook_report(job, cell.append)
    try:
        return config_report(job, lambda lab: telling(lambda: _of_lab(lab), tell))
    except SessionlabError as why:  # its data is not there, or cannot be trusted
        from sessionlab.nights.failure_page import failure_report
        from sessionlab.reports.failure import Failure, without_places

        failure = Failure(type(why).__name__, without_places(str(why)), phase="when its data was opened")
        page = failure_report(job, failure, "There is nothing more to tell: the run had not begun.")
        return Made("failed", page, str(why), exit_code=int(ending_of(why)))


def config_report(job: Job, follow: Following) -> Made:
    """Run the config of ``job``, and make the report, also of a run that fails on the way.

    Raises what a lab raises that cannot be opened.
    """
    from sessionlab.lab import Lab
    from sessionlab.reports import Failure, report_html

    assert job.config is not None
    lab = Lab(job.config, source=job.source)
    use_strategies(lab, job.strategies, job.parameters)
    failure, error = None, None
    with follow(lab) as progress:
        try:
            lab.run(progress=progress)
        except (Exception, KeyboardInterrupt, SystemExit) as why:
            failure, error = Failure.of(why, at=lab.now), why
    result = lab.result()
    result.manifest["command"] = command_line()
    page = report_html(result, failure=failure, title=job.title).encode("utf-8", "replace")
    if error is None or failure is None:
        return Made("ok", page, figures=headline(result))
    words = (
        "interrupted" if isinstance(error, KeyboardInterrupt) else failure.words() if ending_of(error) == 1 else answer_to(error)
    )
    return Made("failed", page, words, failure.document()["at"], int(ending_of(error)), headline(result))


def notebook_report(job: Job, progress: Callable[[Where], object]) -> Made:
    """Run the notebook of ``job``, and make the report, also of one that fails in a cell."""
    from sessionlab.notebooks import Given, execute, read_notebook
    from sessionlab.notebooks.running import write_ipynb
    from sessionlab.reports import notebook_html

    path = Path(job.what)
    done = execute(Given(path, read_notebook(path), dict(job.parameters), job.config), title=job.title, progress=progress)
    if job.file.lower().endswith(".ipynb"):
        text = write_ipynb(done.notebook)
    else:
        text = notebook_html(done.notebook, title=job.title or path.stem)
    content = text.encode("utf-8", "replace")
    if done.failure is None:
        return Made("ok", content, figures=done.figures)
    return Made("failed", content, done.words, done.failure.document()["at"], int(Ending.FAILED), done.figures)


@contextmanager
def telling(where: Callable[[], tuple[str, float]], tell: Tell) -> Iterator[Callable[[Any], object]]:
    """Tell ``where`` it stands a few times a second, also while a hook or a cell does not come back."""
    over = Event()

    def look() -> None:
        while not over.wait(_LOOK_SECONDS):
            tell(*where())

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda progress: None
    finally:
        over.set()
        thread.join()


def _of_lab(lab: Lab) -> tuple[str, float]:
    progress = lab.progress
    return f"{progress.now:%Y-%m-%d %H:%M:%S}", progress.fraction


def _of_cell(where: Where) -> tuple[str, float]:
    now = where.so_far()
    return str(now), now.done


def _still_holds(report: str) -> bool:
    """Whether the data of every run in a ``report`` is what it was. Of one that scanners had a part in it cannot be told."""
    from sessionlab.reports.embedded import pieces_of
    from sessionlab.reports.runs import runs_in
    from sessionlab.saving.again import data_digests
    from sessionlab.saving.artifacts import MANIFEST, RESULT

    try:
        for document in runs_in(report):
            manifest, result = document["documents"][MANIFEST], document["documents"][RESULT]
            if not result["complete"] or manifest["scanners"] or manifest["symbols"]["changes"]:
                return False
            if data_digests(pieces_of(document)) != manifest["data"]:
                return False
    except SessionlabError:
        return False  # whoever runs it is told why
    return True


def _key(facts: dict[str, Any] | None, suffix: str, title: str | None) -> str | None:
    if facts is None:
        return None
    whole = facts | {"suffix": suffix, "title": title, "versions": versions()}
    try:
        return sha256(canonical(whole).encode()).hexdigest()
    except ValueError:  # an infinite number, which JSON has not
        return None


def _config_facts(
    config: SessionConfig, strategies: tuple[str, ...], parameters: Mapping[str, Any], source: str | None
) -> dict[str, Any] | None:
    """What the run is made of; None where not all code can be told.

    Raises :class:`ConfigError` for strategies that cannot be made.
    """
    from sessionlab.engine.configured import configured_strategies, made
    from sessionlab.engine.scanner import Scanner, check_scanner
    from sessionlab.engine.source_code import source_of

    entries = config.session_data_config
    used: list[Any] = [*configured_strategies(entries.strategies), *made_strategies(strategies, parameters)]
    for i, entry in enumerate(entries.scanners):
        if entry.enabled:
            used.append(made(entry, Scanner, f"session_data_config.scanners[{i}]", "scanners", check_scanner))
    sources = [source_of(one) for one in used]
    if any(one.missing for one in sources):
        return None
    return {"config": config.digest(), "strategies": [one.document() for one in sources], "source": source}


def _notebook_facts(given: Given) -> dict[str, Any]:
    """What a notebook is made of: its cells, what it is given, its config, and the modules that lie beside it."""
    beside = sorted(given.path.parent.glob("*.py"))
    return {
        "cells": [(cell.cell_type, cell.source, list(cell.metadata.get("tags", ()))) for cell in given.notebook.cells],
        "parameters": given.parameters,
        "config": None if given.config is None else given.config.digest(),
        "modules": {file.name: sha256(file.read_bytes()).hexdigest() for file in beside},
    }
