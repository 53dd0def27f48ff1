"""What a check found, in sentences: one for each kind, symbol and interval, the worst first.

Worst is what makes everything else doubtful: nothing there at all, hours off, wrong labels; then rows that are no prices; then
gaps. Within a kind the greater share of what was expected comes first. Which of them sound data has as well, and why, is told at
:func:`sessionlab.checks.checking.check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.checks.measure import REFUSED, Example, ratio_words
from sessionlab.markup.text import counted
from sessionlab.tape.block import Float64s
from sessionlab.timing import Interval

_RANK = (
    "missing", "unreadable", "late", "label", "unsound", "jump", "no price", "misplaced", "flat", "gap", "no quotes",
    "known split", "profile",
)  # fmt: skip
_UNSOUND = {
    "not_a_number": "has no number in it",
    "bad_price": "has a price of 0 or less",
    "high_below_low": "has a high below its low, open or close, or a low above them",
    "negative_volume": "has a volume below 0",
}
_MISPLACED = {
    "duplicate": "is about a bar that is already there",
    "out_of_order": "comes after a later one; it is sorted in",
    "off_grid": "is stamped off the grid of its interval",
    "known_early": "was known before its end",
    "outside": "lies outside the dates of its file",
}


class Finding(NamedTuple):
    """A sentence, and what decides about its place."""

    rank: int
    share: float
    sentence: str


def tell(
    table: pd.DataFrame,
    coverage_then: Float64s,
    examples: Mapping[tuple[str, str], Sequence[Example]],
    missing: Mapping[str, str],
    built: Mapping[str, str],
    known_splits: Mapping[tuple[str, np.datetime64], float],
    tz: str,
) -> list[Finding]:
    """What there is to say of bars.

    ``examples`` are by symbol and interval; ``coverage_then`` is that of each row if moved by the hours told. ``built`` names
    the base of series that are not stored; what is wrong with single rows is said of that base, if it is in the table.
    """
    stored = set(zip(table["symbol"], table["interval"], strict=True))
    found = [_finding("missing", 1.0, f"{what}: {why}.") for what, why in missing.items()]
    for key, rows in table.groupby(["symbol", "interval"], sort=False):
        symbol, interval = map(str, key)
        mine = examples.get((symbol, interval), ())
        base = built.get(f"{symbol} {interval}")
        words = f"{symbol} {interval}" if base is None else f"{symbol} {interval} (built from {base})"
        if base is None or (symbol, base) not in stored:
            found += _about_stamps(words, rows, coverage_then[rows.index.to_numpy()])
        found += _about_rows(words, rows, mine, known_splits, tz)
    return found


def tell_quotes(table: pd.DataFrame, examples: Sequence[Example], tz: str) -> list[Finding]:
    """What there is to say of recorded quotes."""
    found: list[Finding] = []
    for key, rows in table.groupby(["symbol", "kind"], sort=False):
        symbol, kind = map(str, key)
        mine = [one for one in examples if (one.symbol, one.interval) == (symbol, f"{kind} quotes")]
        found += _about_quotes(f"{symbol} {kind} quotes", rows, mine, tz)
    return found


def _about_quotes(key: str, rows: pd.DataFrame, examples: Sequence[Example], tz: str) -> Iterator[Finding]:
    total = max(int(rows["quotes"].sum()), 1)
    empty = int((rows["quotes"] == 0).sum())
    if empty:
        yield _finding("no quotes", empty / len(rows), f"{key}: there are none on {_days(empty, len(rows))}.")
    for kind in dict.fromkeys(example.kind for example in examples):
        mine = [example for example in examples if example.kind == kind]
        count, first, on = sum(example.number for example in mine), mine[0].told(tz), _days(len(mine), len(rows))
        if kind in ("crossed", "one_sided"):
            inside = int(rows[f"{kind}_in_session"].sum())
            yield _finding(
                "no price",
                count / total,
                f"{key}: {count:,} of {total:,} ({100 * count / total:.2f} %) {'is' if count == 1 else 'are'} "
                f"{kind.replace('_', '-')}, {inside:,} in the session, on {on} (first: {first}); "
                "none of them is used as a price.",
            )
        else:
            yield _about_refused(key, kind, count, total, on, first, len(mine) / len(rows))


def _about_stamps(key: str, rows: pd.DataFrame, coverage_then: Float64s) -> Iterator[Finding]:
    days = len(rows)
    late = rows["hours_late"].to_numpy()
    for hours in np.unique(late[late != 0]).tolist():
        on = late == hours
        first = rows[on].iloc[0]
        moved, way = ("back", "late") if hours > 0 else ("forth", "early")
        much = f"{abs(hours):g} hour{'s' * (abs(hours) != 1)}"
        yield _finding(
            "late",
            on.sum() / days,
            f"{key}: stamps look {much} {way} on {_days(on.sum(), days)} (first {first['date']:%Y-%m-%d}); moved {moved}, "
            f"coverage there would be {coverage_then[on].mean():.2f} % instead of {rows['coverage'][on].mean():.2f} %, "
            "and the volume would be heavy at open and close: check the zone of the stamps.",
        )
    ends = rows["end_labelled"].to_numpy()
    if ends.any():
        yield _finding(
            "label",
            ends.sum() / days,
            f"{key}: bars look labelled by their end on {_days(ends.sum(), days)} (first {rows[ends].iloc[0]['date']:%Y-%m-%d}): "
            "trading sets in one bar after the open, or the last bar of the session or the evening is stamped at its very end; "
            'read them with label="end".',
        )
    off = ((rows["heavy_at"] == "off_session") & (rows["present"] > 0) & (rows["hours_late"] == 0)).to_numpy()
    if 2 * off.sum() > days:
        yield _finding(
            "profile",
            off.sum() / days,
            f"{key}: the heaviest bar lies off the trading hours on {_days(off.sum(), days)} "
            f"(first {rows[off].iloc[0]['heavy_bar']:%Y-%m-%d %H:%M:%S}).",
        )


def _about_rows(
    key: str,
    rows: pd.DataFrame,
    examples: Sequence[Example],
    known_splits: Mapping[tuple[str, np.datetime64], float],
    tz: str,
) -> Iterator[Finding]:
    expected = max(int(rows["expected"].sum()), 1)
    kinds = dict.fromkeys(example.kind for example in examples)
    for kind in kinds:
        mine = [example for example in examples if example.kind == kind]
        count, first = sum(example.number for example in mine), mine[0].told(tz)
        if kind == "gap":
            yield _gap(key, rows, first)
        elif kind == "flat_run":
            yield _finding(
                "flat",
                count / expected,
                f"{key}: the same bar over and over, with volume, in {counted(count, 'run')} on {_days(len(mine), len(rows))}, "
                f"the longest of {rows['longest_flat'].max():,} bars (first: {first}).",
            )
        elif kind == "split_like_jump":
            known = [example for example in mine if (example.symbol, example.date) in known_splits]
            yield from (_known_split(key, example, known_splits, tz) for example in known)
            rest = [example for example in mine if example not in known]
            if rest:
                jumps = sum(example.number for example in rest)
                sentence = f"{key}: {counted(jumps, 'jump')} like that of a split on {_days(len(rest), len(rows))}"
                yield _finding("jump", jumps / expected, f"{sentence} (first: {rest[0].told(tz)}).")
        else:
            yield _about_refused(key, kind, count, expected, _days(len(mine), len(rows)), first, len(mine) / len(rows))


def _about_refused(key: str, kind: str, count: int, of: int, on: str, first: str, share_of_days: float) -> Finding:
    """Rows of one kind that a source refused, or sorted in: ``count`` of ``of``, ``on`` so many days."""
    if kind == "unreadable":
        return _finding("unreadable", share_of_days, f"{key}: {on} cannot be read: {first}.")
    what = (_UNSOUND | _MISPLACED).get(kind, f"is refused as {kind.replace('_', ' ')}")
    rank = "unsound" if kind in _UNSOUND or kind not in REFUSED else "misplaced"
    each = what if count == 1 else f"each {what}"
    return _finding(rank, count / of, f"{key}: {counted(count, 'row')} on {on}, {each} (first: {first}).")


def _gap(key: str, rows: pd.DataFrame, first: str) -> Finding:
    expected, absent = int(rows["expected"].sum()), int((rows["expected"] - rows["present"]).sum())
    on = int((rows["gap_count"] > 0).sum())
    interval = Interval.parse(str(rows["interval"].iloc[0]))
    trade = "; a second without a trade has no bar" if interval.is_intraday and interval.ns < 60 * 10**9 else ""
    verb = ("is" if absent == 1 else "are") + (" absent or incomplete" if key.endswith(")") else " absent")
    empty = int((rows["present"] == 0).sum())
    none = f"; {_days(empty, len(rows))} ha{'s' if empty == 1 else 've'} none at all" if empty else ""
    return _finding(
        "gap",
        absent / expected,
        f"{key}: {absent:,} of {expected:,} bars {verb}, coverage {100 * (1 - absent / expected):.2f} %, in "
        f"{counted(int(rows['gap_count'].sum()), 'gap')} on {_days(on, len(rows))}, the longest of {rows['longest_gap'].max():,} "
        f"(first: {first}){none}{trade}.",
    )


def _known_split(key: str, example: Example, known: Mapping[tuple[str, np.datetime64], float], tz: str) -> Finding:
    ratio = ratio_words(known[example.symbol, example.date])
    sentence = f"{key}: a split of {ratio} is known, and prices before it are not adjusted (first: {example.told(tz)})."
    return _finding("known split", 0.0, sentence)


def _finding(kind: str, share: float, sentence: str) -> Finding:
    return Finding(_RANK.index(kind), float(share), sentence)


def _days(some: int, of: int) -> str:
    return f"{some:,} of {of:,} day{'s' * (of != 1)}"
