"""Many reports, every night: each in a process of its own, with an index for people and a summary for programs.

index.html      how each ended, its figures, a link
summary.json    the same as JSON; its schema is sessionlab.nights.summary.SCHEMA
NAME.html       the reports
.night.lock     while a night is at work
"""

from __future__ import annotations

from sessionlab.nights.job import Job, Made
from sessionlab.nights.lock import NightLock
from sessionlab.nights.night import Night, Task
from sessionlab.nights.place import place_at
from sessionlab.nights.summary import SCHEMA, Summary

__all__ = ["SCHEMA", "Job", "Made", "Night", "NightLock", "Summary", "Task", "place_at"]
