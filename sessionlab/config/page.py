"""A config as a notebook shows it: section by section what somebody decided, in bold, and below it what stands by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.config.document import thawed
from sessionlab.config.problems import masked
from sessionlab.config.section import Section
from sessionlab.config.sections import ASSET_CLASS, Document
from sessionlab.markup.tables import LEFT, line
from sessionlab.markup.text import escaped

if TYPE_CHECKING:
    from sessionlab.config.session_config import SessionConfig

_LONGEST = 240
_INDENT = "&emsp;"
_FOLLOWS: Mapping[str, Callable[[Document], Any]] = {
    "asset_class": lambda document: ASSET_CLASS.get(document.exchange_group, "EQUITY"),
    "trading_config.starting_cash": lambda document: document.trading_config.max_buying_power,
}
"""Defaults that hang on another value."""


class Setting(NamedTuple):
    """A value of a config: the section and the name that it stands under, and whether it is another than the default."""

    section: str
    name: str
    value: Any
    is_decided: bool


def config_page(config: SessionConfig) -> str:
    """The page of a config. Secrets are masked, whoever wrote them into it."""
    sections: dict[str, list[Setting]] = {}
    for setting in settings(config._document):
        sections.setdefault(setting.section, []).append(setting)
    rows = "".join(_rows(name, found) for name, found in sections.items())
    return line("SessionConfig", config.session_name, config.digest()[:8]) + f"<table>{rows}</table>"


def settings(document: Document) -> list[Setting]:
    """Every value of ``document``, in the order of its fields; a section's own values before those of sections in it."""
    return list(_walk(document, document, ""))


def _walk(document: Document, section: Section, path: str) -> Iterator[Setting]:
    inside = []
    for name, field in type(section).model_fields.items():
        value, at = getattr(section, name), f"{path}.{name}".removeprefix(".")
        if isinstance(value, Section):
            inside.append((value, at))
            continue
        follows = _FOLLOWS.get(at)
        default = field.get_default(call_default_factory=True) if follows is None else follows(document)
        yield Setting(path, name, value, field.is_required() or value != default)
    for value, at in inside:
        yield from _walk(document, value, at)


def _rows(section: str, found: Sequence[Setting]) -> str:
    decided = [(escaped(one.name), escaped(_words(one))) for one in found if one.is_decided]
    rest = escaped(" · ".join(f"{one.name} {_words(one)}" for one in found if not one.is_decided))
    default = f'<span style="opacity:0.7">by default: {rest}</span>' if rest else ""
    if not decided:
        return _row(escaped(section), default)
    rows = [_row(f"<b>{escaped(section)}</b>", "")] if section else []
    rows += [_row(f"{_INDENT}{name}", f"<b>{value}</b>") for name, value in decided]
    return "".join([*rows, *([_row("", default)] if rest else [])])


def _row(name: str, value: str) -> str:
    return f'<tr style="background:transparent"><td{LEFT}>{name}</td><td{LEFT}>{value}</td></tr>'


def _words(setting: Setting) -> str:
    plain = masked({setting.name: _plain(setting.value)})[setting.name]
    text = _told(plain)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Section):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else thawed(value)


def _told(value: Any) -> str:
    if isinstance(value, dict):
        inside = {key: f"({_told(item)})" if isinstance(item, dict) and item else _told(item) for key, item in value.items()}
        return ", ".join(f"{key} {told}" for key, told in inside.items()) or "nothing"
    if isinstance(value, list):
        return ("; " if any(isinstance(item, dict) for item in value) else ", ").join(map(_told, value)) or "none"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return f"{value:,.12g}" if isinstance(value, float) else str(value)
