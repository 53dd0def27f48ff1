"""Rows that came, and which of them each moment shows."""

from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, DayBlock, QuoteBlock, Refused, Rows
from sessionlab.tape.digest import block_digest, combined_digest
from sessionlab.tape.moments import Moments
from sessionlab.tape.tape import StoredTape, Tape, untimely
from sessionlab.tape.telling import Telling, told

__all__ = [
    "BAR_COLUMNS", "QUOTE_COLUMNS", "DayBlock", "Moments", "QuoteBlock", "Refused", "Rows", "StoredTape", "Tape", "Telling",
    "block_digest", "combined_digest", "told", "untimely",
]  # fmt: skip
