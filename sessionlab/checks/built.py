"""Longer bars as they are built from stored ones: how many buckets are complete, and where they are not.

A bucket is complete when every stored bar that the calendar expects in it is there. Buckets are anchored at the open and
cut at breaks and at the close.
"""

from __future__ import annotations

import numpy as np

from sessionlab.checks.chunk import Chunk, expected_bars
from sessionlab.checks.measure import Kept, Measured, gap_columns
from sessionlab.checks.volume_profile import NEVER
from sessionlab.tape.block import Bools, Int64s
from sessionlab.timing import Interval


def measure_built(chunk: Chunk, interval: Interval, stored: Measured, *, alone: bool) -> Measured:
    """The rows of a check's table for ``interval`` bars built from those of ``chunk``, which measured as ``stored``.

    What is said of the rows under them is that of ``stored``: rows off the session, rows refused, suspicions of stamps. Runs and
    jumps are 0 and the volume profile is blank: those are of bars that are stored. ``alone``: no table shows the stored
    ones, so examples of what was refused of them are among these.
    """
    complete, bound = complete_buckets(chunk, interval)
    kept = Kept(chunk.symbol, interval, chunk.sessions, bound, np.packbits(complete))
    columns, examples = gap_columns(kept, complete)
    days = chunk.days
    nothing = {name: np.zeros(days, dtype=np.int64) for name in ("flat_runs", "longest_flat", "split_like_jumps")}
    blank = {"heavy_bar": np.full(days, NEVER), "heavy_at": np.full(days, "", dtype=object), "volume_fit": np.full(days, np.nan)}
    if alone:
        refused = (example for example in stored.examples if example.kind not in ("gap", "flat_run", "split_like_jump"))
        examples += [example._replace(interval=str(interval)) for example in refused]
    return stored._replace(
        columns=stored.columns | columns | nothing | blank,
        coverage_then=stored.coverage_then if alone else np.full(days, np.nan),
        examples=examples,
        kept=kept,
    )


def complete_buckets(chunk: Chunk, interval: Interval) -> tuple[Bools, Int64s]:
    """Which buckets of all sessions in a row are complete, and where each session's begin: (buckets,) and (days + 1,)."""
    before, total = expected_bars(chunk.sessions, interval)
    bound = np.concatenate([[0], np.cumsum(total)])
    if not interval.is_intraday:
        first = chunk.bound[:-1]
    else:
        day = np.repeat(np.arange(chunk.days), total)
        number = np.arange(bound[-1]) - bound[day]
        resumed = number >= before[day]
        base_before = expected_bars(chunk.sessions, chunk.interval)[0]
        in_span = np.where(resumed, number - before[day], number) * (interval.ns // chunk.interval.ns)
        first = chunk.bound[day] + np.where(resumed, base_before[day], 0) + in_span
    sizes = np.diff(np.append(first, chunk.bound[-1]))
    return np.add.reduceat(chunk.there, first, dtype=np.int64) == sizes, bound
