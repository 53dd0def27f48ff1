"""The JSON Schema of a config, draft 2020-12, for editors and validators.

It says of each field what the models say. What holds between fields it says where JSON Schema can.
"""

from __future__ import annotations

from typing import Any

from sessionlab.config.names import SERIES_NAME_PATTERN, exchange_names, source_names
from sessionlab.config.sections import ASSET_CLASS, Document

_COMMENTS = {"^_": {"description": "A comment."}}


def json_schema() -> dict[str, Any]:
    """A new schema; exchanges and plug-ins are those that are installed."""
    schema = Document.model_json_schema()
    sections = schema["$defs"]
    for section in (schema, *sections.values()):
        section["patternProperties"] = dict(_COMMENTS)
    schema["properties"]["$schema"] = {"type": "string", "description": "Where this schema is, for editors."}
    schema["properties"]["exchange_group"]["enum"] = exchange_names()
    sections["ApiConfig"]["properties"]["data_api"]["enum"] = source_names()
    schema["properties"]["asset_class"].pop("default")
    sections["HistoricalIndicator"]["properties"]["field"].pop("default")
    _nullable(sections["TradingConfig"]["properties"]["starting_cash"])
    named = sections["Historical"]["properties"]["indicators"]
    named.pop("additionalProperties", None)
    named["patternProperties"] = {**_COMMENTS, SERIES_NAME_PATTERN: {"$ref": "#/$defs/HistoricalIndicator"}}
    named["additionalProperties"] = False
    sections["HistoricalIndicator"].update(_when("granularity", "minute", {"type": {"const": "trailing_average"}}))
    schema["allOf"] = [_DATES_IN_BACKTEST, *(_of_group(group, asset) for group, asset in ASSET_CLASS.items())]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "sessionlab config"}


_DATES_IN_BACKTEST = {
    "if": {"properties": {"mode": {"const": "live"}}, "required": ["mode"]},
    "else": {"required": ["backtest_config"], "properties": {"backtest_config": {"type": "object"}}},
}


def _of_group(group: str, asset: str) -> dict[str, Any]:
    rule = _when("exchange_group", group, {"asset_class": {"const": asset}})
    if group == Document.model_fields["exchange_group"].default:
        del rule["if"]["required"]
    return rule


def _when(key: str, value: str, then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"properties": then}}


def _nullable(field: dict[str, Any]) -> None:
    number = {key: field.pop(key) for key in ("type", "exclusiveMinimum")}
    field.pop("default")
    field["anyOf"] = [number, {"type": "null"}]
