"""What was there of each symbol in each session, as two tables: the sessions, and a row of bits per symbol and base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.session.quality import PastSeries
from sessionlab.timing import Interval, TradingSession

SESSIONS, SERIES = "sessions", "series"
_SESSION_COLUMNS = ["date", "open_ns", "close_ns", "tz", "break_start_ns", "break_end_ns", "is_early_close"]
_SERIES_COLUMNS = ["session", "symbol", "base", "intervals", "there", "late", "late_there", "off_session", "until_ns"]


def series_tables(series: Sequence[PastSeries]) -> dict[str, pd.DataFrame]:
    """``sessions`` and ``series``; bits are packed and in hex, instants int64 ns UTC, ``session`` is a row of the first."""
    sessions = list(dict.fromkeys(one.session for one in series))
    numbers = {session: number for number, session in enumerate(sessions)}
    days = [
        (str(one.date), one.open_ns, one.close_ns, one.tz, one.break_start_ns, one.break_end_ns, one.is_early_close)
        for one in sessions
    ]
    rows = [
        (
            numbers[one.session], one.symbol, str(one.base), tuple(map(str, one.intervals)), one.bits.tobytes().hex(),
            tuple(map(str, one.late_bits)), tuple(bits.tobytes().hex() for bits in one.late_bits.values()), one.off_session,
            one.until_ns,
        )
        for one in series
    ]  # fmt: skip
    instants = dict.fromkeys(("break_start_ns", "break_end_ns"), "Int64")
    return {
        SESSIONS: pd.DataFrame(days, columns=_SESSION_COLUMNS).astype({"date": "str", "tz": "str", **instants}),
        SERIES: pd.DataFrame(rows, columns=_SERIES_COLUMNS).astype(
            {"symbol": "str", "base": "str", "there": "str", "until_ns": "Int64"}
        ),
    }


def series_of(tables: dict[str, pd.DataFrame]) -> list[PastSeries]:
    """The series that :func:`series_tables` was given."""
    sessions = [_session(row) for row in tables[SESSIONS].to_dict("records")]
    return [
        PastSeries(
            row["symbol"],
            Interval.parse(row["base"]),
            tuple(map(Interval.parse, row["intervals"])),
            sessions[row["session"]],
            _bits(row["there"]),
            {Interval.parse(width): _bits(there) for width, there in zip(row["late"], row["late_there"], strict=True)},
            row["off_session"],
            _instant(row["until_ns"]),
        )
        for row in tables[SERIES].to_dict("records")
    ]


def _session(row: dict[Any, Any]) -> TradingSession:
    return TradingSession(
        pd.Timestamp(row["date"]).date(),
        row["open_ns"],
        row["close_ns"],
        row["tz"],
        _instant(row["break_start_ns"]),
        _instant(row["break_end_ns"]),
        row["is_early_close"],
    )


def _bits(there: str) -> Any:
    return np.frombuffer(bytes.fromhex(there), np.uint8)


def _instant(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
