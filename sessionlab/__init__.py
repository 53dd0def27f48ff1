"""sessionlab: a research lab for intraday trading sessions that lives in a Jupyter kernel.

    import sessionlab as sl

    lab = sl.demo()
    lab.advance("10:00")
    lab.data["AAPL"].bars("5m").frame()

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
    "check": "sessionlab.checks",
    "SessionConfig": "sessionlab.config",
    "RunResult": "sessionlab.results",
    "Strategy": "sessionlab.engine.strategy",
    "SessionCoordinator": "sessionlab.engine.coordinator",
    "PerformanceMetrics": "sessionlab.engine.metrics",
    "TimeManager": "sessionlab.timing",
    "TradingSession": "sessionlab.timing",
    "Interval": "sessionlab.timing",
    "SessionData": "sessionlab.session.data",
    "plan_streams": "sessionlab.session.plan",
}
_MODULES = ("errors", "sources", "store", "timing")

if TYPE_CHECKING:
    from sessionlab import errors, sources, store, timing
    from sessionlab.checks import DataCheck, check
    from sessionlab.config import SessionConfig
    from sessionlab.engine.coordinator import SessionCoordinator
    from sessionlab.engine.metrics import PerformanceMetrics
    from sessionlab.engine.strategy import Strategy
    from sessionlab.lab import DataWarning, Lab, demo
    from sessionlab.results import RunResult
    from sessionlab.session.data import SessionData
    from sessionlab.session.plan import plan_streams
    from sessionlab.timing import Interval, TimeManager, TradingSession

__all__ = [
    "DataCheck",
    "DataWarning",
    "Interval",
    "Lab",
    "PerformanceMetrics",
    "RunResult",
    "SessionConfig",
    "SessionCoordinator",
    "SessionData",
    "Strategy",
    "TimeManager",
    "TradingSession",
    "check",
    "demo",
    "errors",
    "plan_streams",
    "sources",
    "store",
    "timing",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    elif name in _MODULES:
        found = import_module(f"sessionlab.{name}")
    else:
        raise AttributeError(f"module 'sessionlab' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
