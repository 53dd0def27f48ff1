"""A document held against everything that must hold of it: the models, and the rules between fields.

It needs pydantic, which costs more to import than all the rest; so it is loaded with the first config that is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sessionlab.config.document import Keys, path_of, plain, without_comments
from sessionlab.config.layout import required, section_at, unknown_key
from sessionlab.config.problems import MISSING, Problem, config_error, masked
from sessionlab.config.rules import broken_rules
from sessionlab.config.sections import Document


def check(given: Any) -> tuple[Document, dict[str, Any]]:
    """The models that ``given`` means, and the document as given, as JSON values.

    Raises one :class:`~sessionlab.errors.ConfigError` with all problems.
    """
    problems: list[Problem] = []
    if not isinstance(given, Mapping):
        raise config_error([Problem("config", plain(given, []), "an object of sections, {}")])
    kept = plain(given, problems)
    bare = without_comments(kept)
    bare.pop("$schema", None)
    told = {problem.path for problem in problems}
    document = None
    try:
        document = Document.model_validate(bare)
    except ValidationError as why:
        errors = why.errors(include_url=False)
        # pydantic counts only the good entries of a list: one with a bad entry only is not short
        found = (_problem(error) for error in errors if error["type"] != "too_short" or not error["input"])
        problems += [problem for problem in found if problem.path not in told]
    problems += [problem for problem in broken_rules(bare) if problem.path not in told]
    if problems or document is None:
        raise config_error(sorted(problems, key=_section_order))
    return document, kept


def _section_order(problem: Problem) -> int:
    sections, first = list(Document.model_fields), problem.path.partition(".")[0]
    return sections.index(first) if first in sections else -1


def _problem(error: ErrorDetails) -> Problem:
    """What pydantic found, in our words."""
    keys: Keys = tuple(key for key in error["loc"] if key != "[key]")
    path, value, kind = path_of(keys), masked(error["input"]), error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(keys, value)
    if kind == "missing":
        return Problem(path, MISSING, required(keys))
    if kind == "tuple_type":
        one = f'["{value}"]' if isinstance(value, str) else None
        return Problem(path, value, "a list, []", one)
    if kind == "too_short":
        return Problem(path, value, "at least one entry")
    if kind in ("model_type", "model_attributes_type", "mapping_type"):
        section = section_at(keys)
        inside = f" with {', '.join(section.model_fields)}" if section is not None else ""
        return Problem(path, value, f"an object{inside}, {{}}")
    return Problem(path, value, context.get("says", error["msg"]), context.get("suggestion"))
