"""The historical indicators of a symbol by name: numbers about the sessions before today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.session.present import Present
from sessionlab.session.trailing_minutes import TrailingMinutes
from sessionlab.session.trailing_value import TrailingValue


class HistoricalIndicators(Mapping[str, Any]):
    """The historical indicators of one symbol by name: :class:`TrailingValue` of days, :class:`TrailingMinutes` of minutes."""

    __slots__ = ("_present", "symbol")

    def __init__(self, present: Present, symbol: str) -> None:
        self._present = present
        self.symbol = symbol

    def __getitem__(self, name: str) -> TrailingValue | TrailingMinutes:
        for recipe in self._present.rows.plan.historical:
            if recipe.name == name:
                return (TrailingMinutes if recipe.by_minute else TrailingValue)(self._present, self.symbol, recipe)
        raise ConfigError(self._unknown(name), name=name)

    def get(self, name: str, default: Any = None) -> Any:
        """The indicator of that ``name``, or ``default``."""
        if name not in self:
            return default
        return self[name]

    def __contains__(self, name: object) -> bool:
        return any(recipe.name == name for recipe in self._present.rows.plan.historical)

    def __iter__(self) -> Iterator[str]:
        return (recipe.name for recipe in self._present.rows.plan.historical)

    def __len__(self) -> int:
        return len(self._present.rows.plan.historical)

    def frame(self) -> pd.DataFrame:
        """A row per indicator, by ``name``: ``value count why``. The value of one by minute is that of the minute in progress."""
        every = list(self.values())
        numbers = [one.value if isinstance(one, TrailingValue) else one.now for one in every]
        columns = {"value": numbers, "count": [one.count for one in every], "why": [one.why or "" for one in every]}
        return pd.DataFrame(columns, pd.Index(list(self), name="name", dtype="str"))

    def _told(self) -> list[dict[Any, Any]]:
        return self.frame().reset_index().to_dict("records")

    def _unknown(self, name: object) -> str:
        from sessionlab.config.problems import nearest

        names = list(self)
        if not names:
            where = "session_data_config.historical.indicators"
            return f"there is no historical indicator {name!r}; the config asks for none, in {where}"
        near = nearest(name, names)
        hint = "" if near is None else f"; did you mean {near!r}?"
        return f"there is no historical indicator {name!r}; the config has {', '.join(names)}{hint}"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"<historical indicators of {self.symbol}: {', '.join(self) or 'none'}>"

    def _repr_html_(self) -> str:
        from sessionlab.markup.tables import line, table
        from sessionlab.session.trailing_series import plain

        rows = [(row["name"], [plain(row["value"]), f"{row['count']:,}", row["why"]]) for row in self._told()]
        head = line(self.symbol, f"historical indicators before {self._present.rows.session.date}")
        return head + (table(("value", "sessions", "what is missing"), rows, left=(2,)) if rows else "")
