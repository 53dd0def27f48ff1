"""sessionlab: a research lab for intraday trading sessions that lives in a Jupyter kernel.

    import sessionlab as sl

    lab = sl.demo()
    lab.advance("10:00")
    lab.data["AAPL"].bars("5m").frame()
    lab.data["AAPL"][sl.EMA(9, "5m")].last

Beside the names in ``__all__`` there is one for every indicator: ``sl.EMA``, ``sl.BBANDS`` and all others of TA-Lib, ``sl.VWAP``,
``sl.OpeningRange`` and the others of ours.

Names are loaded when they are first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Lab": "sessionlab.lab",
    "demo": "sessionlab.lab",
    "DataWarning": "sessionlab.lab",
    "DataCheck": "sessionlab.checks",
    "Context": "sessionlab.engine.context",
    "Order": "sessionlab.trading.order",
    "Pitfalls": "sessionlab.wrong_ways",
    "Signals": "sessionlab.engine.signals",
    "Audit": "sessionlab.proof",
    "audit": "sessionlab.proof",
    "backtest": "sessionlab.lab.backtest",
    "blind": "sessionlab.practice",
    "check": "sessionlab.checks",
    "SessionConfig": "sessionlab.config",
    "RunResult": "sessionlab.results",
    "benchmark_returns": "sessionlab.results",
    "compare": "sessionlab.results",
    "robustness": "sessionlab.results",
    "verify": "sessionlab.saving",
    "Scanner": "sessionlab.engine.scanner",
    "Strategy": "sessionlab.engine.strategy",
    "SessionCoordinator": "sessionlab.engine.coordinator",
    "PerformanceMetrics": "sessionlab.engine.metrics",
    "StreamSubscription": "sessionlab.engine.subscription",
    "TimeManager": "sessionlab.timing",
    "TradingSession": "sessionlab.timing",
    "Interval": "sessionlab.timing",
    "SessionData": "sessionlab.session.data",
    "lesson": "sessionlab.teaching",
    "lessons": "sessionlab.teaching",
    "indicator": "sessionlab.derive.indicators.own_function",
    "pitfalls": "sessionlab.wrong_ways",
    "plan_streams": "sessionlab.session.plan",
    "talib": "sessionlab.derive.indicators.makers",
}
_MODULES = ("charts", "errors", "practice", "scanners", "sources", "store", "strategies", "teaching", "timing", "widgets")

if TYPE_CHECKING:
    from sessionlab import charts, errors, practice, scanners, sources, store, strategies, teaching, timing, widgets
    from sessionlab.checks import DataCheck, check
    from sessionlab.config import SessionConfig
    from sessionlab.derive.indicators.makers import talib
    from sessionlab.derive.indicators.own_function import indicator
    from sessionlab.engine.context import Context
    from sessionlab.engine.coordinator import SessionCoordinator
    from sessionlab.engine.metrics import PerformanceMetrics
    from sessionlab.engine.scanner import Scanner
    from sessionlab.engine.signals import Signals
    from sessionlab.engine.strategy import Strategy
    from sessionlab.engine.subscription import StreamSubscription
    from sessionlab.lab import DataWarning, Lab, demo
    from sessionlab.lab.backtest import backtest
    from sessionlab.practice import blind
    from sessionlab.proof import Audit, audit
    from sessionlab.results import RunResult, benchmark_returns, compare, robustness
    from sessionlab.saving import verify
    from sessionlab.session.data import SessionData
    from sessionlab.session.plan import plan_streams
    from sessionlab.teaching import lesson, lessons
    from sessionlab.timing import Interval, TimeManager, TradingSession
    from sessionlab.trading import costs
    from sessionlab.trading.order import Order
    from sessionlab.wrong_ways import Pitfalls, pitfalls

__all__ = [
    "Audit",
    "Context",
    "DataCheck",
    "DataWarning",
    "Interval",
    "Lab",
    "Order",
    "PerformanceMetrics",
    "Pitfalls",
    "RunResult",
    "Scanner",
    "SessionConfig",
    "SessionCoordinator",
    "SessionData",
    "Signals",
    "Strategy",
    "StreamSubscription",
    "TimeManager",
    "TradingSession",
    "audit",
    "backtest",
    "benchmark_returns",
    "blind",
    "charts",
    "check",
    "compare",
    "costs",
    "demo",
    "errors",
    "indicator",
    "lesson",
    "lessons",
    "pitfalls",
    "plan_streams",
    "practice",
    "robustness",
    "scanners",
    "sources",
    "store",
    "strategies",
    "talib",
    "teaching",
    "timing",
    "verify",
    "widgets",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    elif name == "costs":
        found = import_module("sessionlab.trading.costs")
    elif name in _MODULES:
        found = import_module(f"sessionlab.{name}")
    elif not name.startswith("_") and name in _indicators():
        found = import_module("sessionlab.derive.indicators.makers").maker(_indicators()[name])
    else:
        raise _unknown(name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, *_indicators(), "__version__"])


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext sessionlab`` does: the magics ``%step %until %rewind %play %pause %quality %lab``."""
    import_module("sessionlab.lab.magics").load(shell)


def _indicators() -> dict[str, str]:
    names: dict[str, str] = import_module("sessionlab.derive.indicators.makers").names_in_code()
    return names


def _unknown(name: str) -> AttributeError:
    near = None
    if not name.startswith("_"):
        near = import_module("sessionlab.config.problems").nearest(name, [*__all__, *_indicators()])
    hint = f"; did you mean sl.{near}?" if near else ""
    return AttributeError(f"module 'sessionlab' has no attribute {name!r}{hint}")
