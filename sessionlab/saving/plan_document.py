"""The plan of a run as JSON, and the same plan again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sessionlab.derive.indicators.makers import maker
from sessionlab.derive.indicators.table_recipe import TableRecipe
from sessionlab.derive.trailing import Trailing
from sessionlab.session.plan import Stream, StreamPlan, Window
from sessionlab.timing import Interval


def plan_document(plan: StreamPlan) -> dict[str, Any]:
    """All of ``plan`` as JSON values."""
    return {
        "streams": [asdict(stream) | {"base": _text(stream.base)} for stream in plan.streams],
        "windows": [asdict(window) | {"base": str(window.base), "interval": str(window.interval)} for window in plan.windows],
        "dropped": list(plan.dropped),
        "notes": list(plan.notes),
        "historical": [asdict(trailing) for trailing in plan.historical],
        "indicators": [_recipe(recipe) for recipe in plan.indicators],
    }


def plan_of(said: Mapping[str, Any]) -> StreamPlan:
    """The plan that :func:`plan_document` gave."""
    return StreamPlan(
        tuple(Stream(**{**one, "base": _interval(one["base"])}) for one in said["streams"]),
        tuple(
            Window(**{**one, "base": Interval.parse(one["base"]), "interval": Interval.parse(one["interval"])})
            for one in said["windows"]
        ),
        tuple(said["dropped"]),
        tuple(said["notes"]),
        tuple(Trailing(**one) for one in said["historical"]),
        tuple(_made(one) for one in said["indicators"]),
    )


def _recipe(recipe: TableRecipe) -> dict[str, Any]:
    return {"name": recipe.name, "interval": _text(recipe.interval), "params": dict(recipe.params), "field": recipe.field}


def _made(said: Mapping[str, Any]) -> TableRecipe:
    chosen = {} if said["field"] is None else {"field": said["field"]}
    made = maker(said["name"])(interval=_interval(said["interval"]), **said["params"], **chosen)
    assert isinstance(made, TableRecipe)
    return made


def _text(interval: Interval | None) -> str | None:
    return None if interval is None else str(interval)


def _interval(text: str | None) -> Interval | None:
    return None if text is None else Interval.parse(text)
