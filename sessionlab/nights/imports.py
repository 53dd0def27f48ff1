"""What every report needs, imported once by the server that the processes of reports are forked from.

TA-Lib is left to each process: it takes polars with it where that is installed, whose threads would not live on in a fork.
"""

from __future__ import annotations

import warnings

import sessionlab.lab
import sessionlab.reports
import sessionlab.results
import sessionlab.saving.again
import sessionlab.strategies

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import empyrical

__all__ = ["empyrical", "sessionlab"]
