"""The notebook's front door: open a session, move its clock, look at everything known at that moment.

Market time only moves when it is told to. A new lab stands at its first open, with no row of that day known.
"""

from __future__ import annotations

from sessionlab.lab.data_warning import DataWarning
from sessionlab.lab.lab import Lab
from sessionlab.lab.made_up import demo

__all__ = ["DataWarning", "Lab", "demo"]
