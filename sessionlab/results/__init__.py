"""Finished runs: what they saw, what they traded, and how good that was."""

from sessionlab.results.benchmark import benchmark_returns
from sessionlab.results.run_result import RunResult

__all__ = ["RunResult", "benchmark_returns"]
