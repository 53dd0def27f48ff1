"""Finished runs: what they saw, what they traded, how good that was, and how two of them differ."""

from sessionlab.results.benchmark import benchmark_returns
from sessionlab.results.comparison import Comparison, compare
from sessionlab.results.difference import Difference
from sessionlab.results.robust import Robustness, robustness
from sessionlab.results.run_result import RunResult

__all__ = ["Comparison", "Difference", "Robustness", "RunResult", "benchmark_returns", "compare", "robustness"]
