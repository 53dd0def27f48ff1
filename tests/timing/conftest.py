"""Calendars of these tests live in a folder of their own, and the year is 2025."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sessionlab.timing import TimeManager

NOON_OF_2025_07_02 = 1_751_472_000_000_000_000  # 16:00 UTC, 12:00 in New York


@pytest.fixture(scope="session", autouse=True)
def own_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SESSIONLAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def manager() -> Callable[..., TimeManager]:
    """Makes a fresh TimeManager that believes it is July 2025."""

    def make(exchange_group: str = "US_EQUITY", **rest: object) -> TimeManager:
        return TimeManager(exchange_group, wall=lambda: NOON_OF_2025_07_02, **rest)  # type: ignore[arg-type]

    return make
