"""The kinds in which quotes are recorded, the best first: of each session those of the first kind that has any count.

Those at the ends of seconds or minutes are few and known at round moments; single ones are many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sessionlab.errors import ConfigError
from sessionlab.sources.intake import split_quotes, with_strays
from sessionlab.sources.row_checks import Checked
from sessionlab.tape.block import QUOTE_COLUMNS, QuoteBlock, Rows
from sessionlab.timing import SessionTable

QUOTE_KINDS = ("1s", "1m", "tick")


def check_kind(kind: str) -> str:
    """``kind`` if it is one. Raises :class:`ConfigError`.

    >>> check_kind("5m")
    Traceback (most recent call last):
    sessionlab.errors.ConfigError: '5m' is no kind of quotes; use 1s, 1m, tick
    """
    if kind not in QUOTE_KINDS:
        raise ConfigError(f"{kind!r} is no kind of quotes; use {', '.join(QUOTE_KINDS)}", value=kind)
    return kind


def first_quotes(symbol: str, session: SessionTable, kinds: Iterable[tuple[Sequence[Checked], bool]]) -> QuoteBlock:
    """The quotes of one session, of the first of ``kinds`` that has any, else none, with what the last one refused.

    Each kind is its pieces, the best first, and whether the first of them is of this date alone.
    """
    block = QuoteBlock(symbol, session.date[0].item(), Rows.empty(len(QUOTE_COLUMNS)))
    for pieces, is_dated in kinds:
        block = split_quotes(symbol, session, pieces, with_last_instant=is_dated)[0]
        if is_dated:
            block = with_strays(block, pieces[0], session)
        if block.rows.size:
            break
    return block
