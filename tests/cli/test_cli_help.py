"""``--help``: what a newcomer reads first."""

from __future__ import annotations

from typing import Any

import pytest

COMMANDS = [
    [],
    ["run"],
    ["quality"],
    ["validate"],
    ["plan"],
    ["schema"],
    ["migrate"],
    ["export"],
    ["report"],
    ["verify"],
    ["grade"],
    ["data"],
]


@pytest.mark.parametrize("command", COMMANDS)
def test_options_without_a_value_are_shown_without_one(cli: Any, command: list[str]) -> None:
    result = cli(*command, "--help")

    assert result.exit_code == 0
    assert "--help" in result.stdout
    assert "<bool>" not in result.stdout


@pytest.mark.parametrize("command", ["import", "list", "verify", "repair", "versions", "restore", "export"])
def test_so_are_those_of_the_data_commands(cli: Any, command: str) -> None:
    result = cli("data", command, "--help")

    assert result.exit_code == 0
    assert "--json" in result.stdout
    assert "<bool>" not in result.stdout
