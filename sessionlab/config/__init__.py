"""The config: one document that says what a run means, checked as a whole before anything starts."""

from sessionlab.config.problems import MISSING, Problem
from sessionlab.config.session_config import SessionConfig

__all__ = ["MISSING", "Problem", "SessionConfig"]
