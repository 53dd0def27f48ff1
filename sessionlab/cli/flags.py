"""Options that take no value: help shows their names, and nothing after them."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_NO_VALUE = ""  # left out, typer writes the type there: --json <bool>


def flag(*names: str, help: str, **further: Any) -> Any:
    """An option such as ``--json``: given or not."""
    return typer.Option(*names, metavar=_NO_VALUE, help=help, **further)


class Command(TyperCommand):
    """A command whose ``--help`` is shown as a flag too."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option ``--help``."""
        return _without_value(super().get_help_option(ctx))


class Group(TyperGroup):
    """The same for a group of commands."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option ``--help``."""
        return _without_value(super().get_help_option(ctx))


def _without_value(option: Any) -> Any:
    if option is not None:
        option.metavar = _NO_VALUE
    return option
