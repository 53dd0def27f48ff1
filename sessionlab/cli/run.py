"""``sessionlab run``: a config from its first open to its last close."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from sessionlab.cli.answer import give_document, only_the_document_on_stdout, print_tables
from sessionlab.cli.endings import Ending, answer_to, ending_of
from sessionlab.cli.given import pairs, read_config
from sessionlab.cli.notices import Notices
from sessionlab.cli.run_answer import document_of, headline, last_line, tables_of
from sessionlab.cli.run_output import RunOutput, command_line
from sessionlab.cli.strategies import use_strategies
from sessionlab.cli.watch import Watch
from sessionlab.lab import Lab


def run(
    notices: Notices,
    config_file: Path,
    *,
    changes: Sequence[str],
    source: str | None,
    strategies: Sequence[str],
    parameters: Sequence[str],
    paced: bool,
    output: str | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Run it, tell what came out, and return how it ended. A run that fails on the way leaves its document too."""
    begun = perf_counter()
    into = RunOutput.of(output, overwrite=overwrite)
    config = read_config(config_file, changes)
    with only_the_document_on_stdout(as_json):
        lab = Lab(config, source=source)
        notices.market_time = lambda: lab.now
        use_strategies(lab, strategies, pairs(parameters, "-p"))
        failure: BaseException | None = None
        with Watch(lab, notices, bar=not quiet) as watch:
            try:
                _go(lab, notices, watch, paced)
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                failure = error
    result, seconds = lab.result(), perf_counter() - begun
    ending = Ending.OK if failure is None else ending_of(failure)

    result.manifest["command"] = command_line()
    into.save(result)
    if as_json or into.file is not None:
        document: dict[str, Any] = {
            "run": notices.run,
            "ending": ending.name.lower(),
            "seconds": seconds,
            **document_of(result, lab.times),
        }
        document["source"] = source or config.api_config.data_api
        if failure is not None:
            document["error"] = _told(failure, lab)
        give_document(document, into.file, as_json=as_json)
    if failure is not None:
        written = "" if into.place is None else f"\nwhat there was until then is in {into.place}"
        notices.error(_told(failure, lab) + written, exit_code=ending, cause=failure)
        return ending
    notices.event("finished", coverage=result.coverage, seconds=round(seconds, 6))
    if not as_json and not quiet:
        print_tables([headline(result), "", *tables_of(result, lab.times, every=notices.verbose), last_line(result, seconds)])
        if into.file is not None:
            print_tables([f"written to {into.file}"])
        if into.folder is not None:
            print_tables([f"saved in {output}; check it with sessionlab verify {output}"])
    return ending


def _go(lab: Lab, notices: Notices, watch: Watch, paced: bool) -> None:
    """To the end: as fast as the data, or, where ``paced``, by the clock on the wall."""
    dates = lab.config.backtest_config
    if paced and dates is not None and dates.speed_multiplier:
        lab.play(dates.speed_multiplier, progress=watch)
        return
    if paced:
        notices.warning(
            "--paced: backtest_config.speed_multiplier is 0, so the run goes as fast as its data; "
            "for a pace add --set backtest_config.speed_multiplier=360"
        )
    lab.run(progress=watch)


def _told(failure: BaseException, lab: Lab) -> str:
    if isinstance(failure, KeyboardInterrupt):
        progress = lab.progress
        where = f"session {progress.session} of {progress.sessions}, {100 * progress.fraction:.1f} %"
        return f"interrupted at {progress.now:%Y-%m-%d %H:%M:%S} market time ({where})"
    return answer_to(failure)
