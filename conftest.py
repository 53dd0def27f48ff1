"""What every test, doctest and notebook run shares: a cache folder of its own, and how hypothesis looks for examples."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# "ci" tries the same examples each time, so that a red run is red again; "dev" looks for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_configure(config: pytest.Config) -> None:
    if "SESSIONLAB_CACHE_DIR" in os.environ:
        return
    folder = tempfile.TemporaryDirectory(prefix="sessionlab-cache-")
    os.environ["SESSIONLAB_CACHE_DIR"] = folder.name
    config.add_cleanup(folder.cleanup)
    config.add_cleanup(lambda: os.environ.pop("SESSIONLAB_CACHE_DIR", None))
