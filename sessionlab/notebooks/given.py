"""What a notebook is given, checked before anything runs: its parameters against their types, its config against the schema."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from sessionlab.config import SessionConfig, files
from sessionlab.config.layout import put
from sessionlab.config.problems import Problem, config_error
from sessionlab.errors import ConfigError
from sessionlab.notebooks.parameters import Declared, declared, read_notebook, unknown

CONFIG, CHANGES, DATE = "config", "changes", "date"


class Given(NamedTuple):
    """A ``notebook`` and the values of ``parameters`` that it gets; ``config`` is the one that it will make of them, if any."""

    path: Path
    notebook: Any
    parameters: dict[str, Any]
    config: SessionConfig | None


def check(
    path: Path,
    parameters: Mapping[str, str],
    changes: Mapping[str, Any],
    *,
    value_of: Callable[[str], Any],
    resolve: Callable[[dict[str, Any], Mapping[str, Any]], object] = lambda document, changes: None,
    date: str | None = None,
) -> Given:
    """The notebook at ``path`` with ``parameters``, texts by name that ``value_of`` reads, and ``changes`` of its config.

    ``date`` goes into a parameter ``date``, or else into the dates of the config. ``resolve`` replaces relative dates in a
    config's document. Raises :class:`ConfigError` that tells all that is wrong, with what was probably meant.
    """
    notebook = read_notebook(path)
    known = declared(notebook, path)
    changes, problems, values = dict(changes), list[Problem](), dict[str, Any]()
    for name, text in parameters.items():
        if name not in known:
            problems.append(unknown(name, text, known))
            continue
        value = text if known[name].hint in (str, Path) else value_of(text)
        wrong = known[name].wrong(value)
        problems += [] if wrong is None else [Problem(f"-p {name}", value, wrong)]
        values[name] = value
    if date is not None and DATE in known:
        values[DATE] = date
    elif date is not None:
        changes = {"backtest_config.start_date": date, "backtest_config.end_date": date} | changes
    config = None
    if CONFIG in known and isinstance(values.get(CONFIG), str) and CONFIG in parameters:
        values[CONFIG] = _as_seen_from(path.parent, values[CONFIG])
    if changes and not {CONFIG, CHANGES} <= set(known):
        told = f"the notebook takes no changes of a config; its cell of parameters needs {CONFIG} and {CHANGES}"
        problems += [Problem(f"--set {where}", value, told) for where, value in changes.items()]
    elif CONFIG in known:
        config = _config(path, known, values, changes, problems, resolve)
    if problems:
        raise config_error(problems, file=path)
    return Given(path, notebook, values, config)


def _config(
    path: Path,
    known: Mapping[str, Declared],
    values: dict[str, Any],
    changes: dict[str, Any],
    problems: list[Problem],
    resolve: Callable[[dict[str, Any], Mapping[str, Any]], object],
) -> SessionConfig | None:
    """The config that the notebook will make; the changes, their dates resolved, go into ``values``, slips into ``problems``."""
    named = values.get(CONFIG, known[CONFIG].default)
    own = values.get(CHANGES, known[CHANGES].default) if CHANGES in known else {}
    if not isinstance(named, str | dict) or not isinstance(own, dict):
        if changes:
            told = f"there is no config to change; name one with -p {CONFIG}=PATH"
            problems += [Problem(f"--set {where}", value, told) for where, value in changes.items()]
        return None
    try:
        document = deepcopy(named) if isinstance(named, dict) else files.read_file(path.parent / named)
        misplaced = [slip for where, value in {**own, **changes}.items() if (slip := put(document, where, value)) is not None]
        if misplaced:
            problems += misplaced
            return None
        resolve(document, changes)
        config = SessionConfig.from_dict(document)
    except ConfigError as why:
        slips = getattr(why, "problems", None)
        problems += slips if slips else [Problem(CONFIG, named, str(why))]
        return None
    if changes:
        dates = document.get("backtest_config", {})
        values[CHANGES] = {**own, **{where: _resolved(where, value, dates) for where, value in changes.items()}}
    return config


def _resolved(where: str, value: Any, dates: Mapping[str, Any]) -> Any:
    section, _, name = where.partition(".")
    return dates[name] if section == "backtest_config" and name in ("start_date", "end_date") else value


def _as_seen_from(folder: Path, named: str) -> str:
    """The path ``named``, which is as seen from the folder at hand, as seen from ``folder``, where the notebook runs."""
    try:
        return os.path.relpath(Path(named).expanduser().absolute(), folder.absolute())
    except ValueError:  # on another drive
        return str(Path(named).absolute())
