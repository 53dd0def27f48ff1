"""A shell of IPython that is gone when a test is over."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def shell() -> Iterator[Any]:
    """A shell as a person has it, without a history on disk."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    config = pytest.importorskip("traitlets.config").Config()
    config.HistoryManager.enabled = False
    main = sys.modules["__main__"]  # the shell puts a module of its own there, with which no process can be started
    made = interactive.InteractiveShell(config=config)
    atexit.unregister(made.atexit_operations)
    yield made
    sys.modules["__main__"] = main
    made.atexit_operations()
