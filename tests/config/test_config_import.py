"""Loading the config costs no heavy library."""

from __future__ import annotations

import subprocess
import sys


def test_the_config_loads_neither_calendars_nor_indicators_nor_files():
    code = (
        "import sys; from sessionlab.config import SessionConfig; "
        "SessionConfig.simple('AAPL', '2025-07-02', '2025-07-07'); "
        "print([name for name in ('exchange_calendars', 'talib', 'pyarrow.dataset', 'plotly', 'alpaca') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
