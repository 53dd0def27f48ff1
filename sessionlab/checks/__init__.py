"""Stored data held against the calendar and against itself, before it is trusted."""

from sessionlab.checks.checking import check
from sessionlab.checks.data_check import DataCheck

__all__ = ["DataCheck", "check"]
