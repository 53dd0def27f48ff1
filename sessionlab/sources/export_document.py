"""What an export says of itself, read and checked: its format, its moment, its session, and what its lab was made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.derive.indicators.makers import maker
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.errors import BadDataError, ConfigError
from sessionlab.session.export_tree import FORMAT_NAME, FORMAT_VERSION
from sessionlab.session.plain_columns import instants_of
from sessionlab.sources.protocol import Stored
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import Interval, TradingSession


class Document:
    """A part of an export's tree, which ``where`` names. What is asked of it and not there, or is something else, is said."""

    def __init__(self, tree: Any, where: str = "the export") -> None:
        if not isinstance(tree, Mapping):
            raise BadDataError(f"{where} is a {type(tree).__name__} and should be an object; export the moment again")
        self.tree = tree
        self.where = where

    def __getitem__(self, key: str) -> Any:
        if key not in self.tree:
            raise BadDataError(f"{self.where} lacks {key!r}; export the moment again", missing=key)
        return self.tree[key]

    def part(self, key: str) -> Document:
        """The object under ``key``."""
        return Document(self[key], f"{self.where}: {key}")

    def parts(self) -> dict[str, Document]:
        """All objects in it by their names."""
        return {str(key): self.part(key) for key in self.tree}

    def instant(self, key: str) -> int:
        """The instant under ``key``, ns UTC."""
        return int(instants_of([self[key]], f"{self.where}: {key}")[0])


def check_format(document: Document) -> None:
    """Raises :class:`ConfigError` for what is no export, or one of a format that this version cannot read."""
    said = document.tree.get("format")
    name, _, version = str(said).partition("/")
    if name != FORMAT_NAME or not version.isdigit():
        raise ConfigError(f"{document.where} is none: its format is {said!r}; give what lab.data.to_dict() or .to_parquet() made")
    if int(version) > FORMAT_VERSION:
        raise ConfigError(
            f"{document.where} is of format {version}, made by a newer sessionlab; this one reads up to {FORMAT_VERSION}: "
            "update it",
            format=said,
        )


def config_of(document: Document, session: TradingSession) -> SessionConfig:
    """The config of the exported lab, restricted to ``session``."""
    date = str(session.date)
    return SessionConfig.from_dict(document["config"]).replace(
        {"backtest_config.start_date": date, "backtest_config.end_date": date}
    )


def session_of(document: Document) -> TradingSession:
    """The session that the export is of."""
    said = document.part("session")
    breaks = [int(instant) for pair in said["breaks"] for instant in instants_of(pair, f"{said.where}: breaks")]
    paused, resumed = (breaks[0], breaks[1]) if breaks else (None, None)
    opened, closed = said.instant("open"), said.instant("close")
    return TradingSession(_date(said, "date"), opened, closed, said["tz"], paused, resumed, said["early_close"])


def available_of(document: Document) -> dict[str, Stored]:
    """What the exported lab's source had, by symbol."""
    return {symbol: Stored(dict(one["intervals"]), one["quotes"]) for symbol, one in document.part("available").parts().items()}


def actions_of(symbol: Document) -> Actions | None:
    """The corporate actions that were known of a symbol."""
    if symbol["actions"] is None:
        return None
    said = symbol.part("actions")
    splits = [Document(one, said.where) for one in said["splits"]]
    dividends = [Document(one, said.where) for one in said["dividends"]]
    return Actions.of(
        [Split(_date(one, "ex_date"), one["ratio"]) for one in splits],
        [Dividend(_date(one, "ex_date"), one["amount"], one["close"]) for one in dividends],
    )


def recipes_of(symbol: Document) -> list[Recipe]:
    """The indicators of a symbol, without functions of the user's own: of those only the values are known."""
    found = []
    for one in symbol.part("indicators").parts().values():
        said = one.part("recipe")
        if "function" not in said.tree:
            chosen = {} if said["field"] is None else {"field": said["field"]}
            found.append(maker(said["name"])(interval=Interval.parse(one["interval"]), **said["params"], **chosen))
    return found


def _date(document: Document, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(document[key])
    except (TypeError, ValueError):
        raise BadDataError(f"{document.where}: {key} is {document[key]!r} and no date; export the moment again") from None
