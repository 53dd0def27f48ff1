"""Documents to start from."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from config.documents import CONFIGS


@pytest.fixture(scope="session")
def _example() -> dict[str, Any]:
    return json.loads((CONFIGS / "example_session.json").read_text())


@pytest.fixture
def example(_example: dict[str, Any]) -> dict[str, Any]:
    """The example's document, a copy that a test may change."""
    return copy.deepcopy(_example)
