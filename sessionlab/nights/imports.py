"""What every report needs, imported once by the server that the processes of reports are forked from."""

from __future__ import annotations

import sessionlab.lab
import sessionlab.reports
import sessionlab.results
import sessionlab.saving.again
import sessionlab.strategies

__all__ = ["sessionlab"]
