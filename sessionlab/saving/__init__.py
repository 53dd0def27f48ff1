"""Finished runs in folders: written as a whole, read again as they were, and checked by running them again.

    manifest.json       what the run was made of: digests of config and data, seed, strategies; a digest of every file
    config.json         the config
    result.json         whether it came to its end, where it stands, what the account began with
    plan.json           what was streamed and generated, and why
    tables/             quality gaps incomplete bar_counts refused scans series sessions, orders fills trades account positions
                        cash events benchmark, as Parquet
    strategies/         the source of every strategy, and of modules of one's own that it imports; scanners/ and costs/ likewise
    machine.json        where and with what it was made: versions, command, the place of the data
    timing.json         what it took

The last two differ from one run to the next; of all others, equal runs have equal bytes. A report carries the same of its runs
(:mod:`sessionlab.reports.embedded`), but for the tables, of which it has digests.
"""

from __future__ import annotations

from sessionlab.saving.saved_run import load_run, save_run
from sessionlab.saving.verifying import Verification, is_report, lab_of_run, verify, verify_each

__all__ = ["Verification", "is_report", "lab_of_run", "load_run", "save_run", "verify", "verify_each"]
