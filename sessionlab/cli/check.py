"""``sessionlab validate``, ``plan`` and ``schema``: what a config means, before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.cli.answer import file_for, print_json, print_tables, write_json
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import read_config
from sessionlab.cli.notices import Notices
from sessionlab.cli.run_answer import plan_document, plan_tables
from sessionlab.config import SessionConfig
from sessionlab.config.problems import MISSING
from sessionlab.engine.loader import sessions_of
from sessionlab.engine.skip_losses import skip_losses, with_losses
from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.session.plan import BASES, Stored, StreamPlan, plan_streams
from sessionlab.timing import TimeManager

if TYPE_CHECKING:
    from sessionlab.timing import SessionTable


def validate(notices: Notices, files: Sequence[Path], *, as_json: bool, quiet: bool) -> Ending:
    """Say of each file that it is ok, with what it means, or all that is wrong with it."""
    told: list[dict[str, Any]] = []
    for file in files:
        try:
            config = SessionConfig.from_file(file)
            summary = summary_of(config)
        except SessionlabError as why:
            told.append({"file": str(file), "ok": False, "problems": _problems(why)})
            text = str(why)
            notices.error(text if text.startswith(str(file)) else f"{file}: {text}", exit_code=Ending.BAD_INPUT)
            continue
        told.append({"file": str(file), "ok": True, "summary": summary})
        if not as_json and not quiet:
            print_tables([f"{file}: ok; {summary}"])
    if as_json:
        print_json({"files": told})
    return Ending.OK if all(one["ok"] for one in told) else Ending.BAD_INPUT


def plan(notices: Notices, config_file: Path, *, changes: Sequence[str], source: str | None, as_json: bool) -> Ending:
    """Ask the source what it has, and tell what would be streamed and generated. Bars are read only to count what skip loses."""
    from sessionlab.lab import Lab
    from sessionlab.sources.opening import open_source

    config = read_config(config_file, changes)
    if config.mode != "backtest":
        Lab(config)  # says why not
    opened = open_source(source, config)
    sessions = sessions_of(config, TimeManager(config.exchange_group, config.asset_class))
    available = opened.availability(config.session_data_config.symbols, sessions)
    made = plan_streams(config, available, how_to_get=opened.describe())
    if config.session_data_config.bars.incomplete == "skip":
        made = with_losses(made, skip_losses(made, opened, sessions))
    if as_json:
        print_json({"sessions": [str(session.date) for session in sessions], **plan_document(made)})
        return Ending.OK
    print_tables([*plan_tables(made, every=notices.verbose), _days(sessions)])
    return Ending.OK


def schema(output: str | None, *, of_summary: bool = False) -> Ending:
    """Print the JSON Schema of a config, or of a night's summary, or write it to a file."""
    if of_summary:
        from sessionlab.nights.summary import SCHEMA

        made = SCHEMA
    else:
        made = SessionConfig.json_schema()
    if output is None:
        print_json(made)
    else:
        write_json(file_for(output, "summary.schema.json" if of_summary else "sessionlab.schema.json"), made)
    return Ending.OK


def summary_of(config: SessionConfig) -> str:
    """What ``config`` means in one line, as far as it can be told without asking its source.

    Raises :class:`~sessionlab.errors.CalendarError` for dates that its calendar does not have.
    """
    symbols = config.session_data_config.symbols
    times = TimeManager(config.exchange_group, config.asset_class)
    named = " ".join(symbols) if len(symbols) <= 4 else f"{len(symbols)} symbols"
    when = (
        f"live on {times.calendar_name}"
        if config.mode == "live"
        else f"{_days(sessions_of(config, times))} of {times.calendar_name}"
    )
    everything = Stored({str(base): True for base in BASES}, "1s")
    planned = plan_streams(config, dict.fromkeys(symbols, everything))
    api = config.api_config.data_api
    assumed = "" if api == "synthetic" else ", if 1s, 1m and 1d are stored"
    return f"{named} from {api}; {when}; {_streams(planned)}{assumed}{_windows(planned)}{_indicators(planned)}"


def _streams(planned: StreamPlan) -> str:
    by_action: dict[str, list[str]] = {}
    for stream in planned.streams:
        if stream.symbol == planned.symbols[0]:
            by_action.setdefault(stream.action.lower(), []).append(stream.stream)
    return ", ".join(f"{' '.join(names)} {action}" for action, names in by_action.items())


def _windows(planned: StreamPlan) -> str:
    windows = dict.fromkeys((window.interval, window.days, window.unit) for window in planned.windows)
    return "".join(
        f"; {days} sessions of {interval} before each" if unit == "d" else f"; {days}{unit} of {interval} before each"
        for interval, days, unit in windows
    )


def _indicators(planned: StreamPlan) -> str:
    named = [*map(str, planned.indicators), *(f"{one.name} ({one.meaning})" for one in planned.historical)]
    return f"; indicators {', '.join(named)}" if named else ""


def _days(sessions: SessionTable) -> str:
    first, last = sessions[0].date, sessions[-1].date
    return f"{len(sessions)} session{'s' * (len(sessions) != 1)} from {first} to {last}"


def _problems(why: SessionlabError) -> list[dict[str, Any]]:
    if not isinstance(why, ConfigError) or "problems" not in why.facts:
        return [{"message": str(why)}]
    return [
        {
            "path": problem.path,
            "value": None if problem.value is MISSING else problem.value,
            "message": problem.message,
            "suggestion": problem.suggestion,
        }
        for problem in why.problems
    ]
