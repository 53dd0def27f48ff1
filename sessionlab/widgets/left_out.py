"""Rows that no coverage counts: those off the session's hours, and those that the source refused, each with an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.widgets.known_bars import KnownBars

if TYPE_CHECKING:
    from sessionlab.lab import Lab


def left_out(lab: Lab, known: KnownBars) -> list[list[Any]]:
    """Rows of ``symbol series why count example``, over the run so far.

    What was refused of a session is told at its close: said earlier it would tell of rows that have not come yet.
    """
    engine = lab._engine
    rows, now_ns, tz = engine.present.rows, known.now_ns, lab.session.tz
    found = []
    before = [one for one in engine.past if one.session != rows.session]
    for symbol in known.symbols:
        bases = rows.bases.get(symbol, ())
        for base in dict.fromkeys([*bases, *(one.base for one in before if one.symbol == symbol)]):
            count = sum(one.off_session for one in before if (one.symbol, one.base) == (symbol, base))
            example = ""
            if base in bases:
                count += rows.off_session(symbol, base, now_ns)
                off = rows.today[symbol, base].extended
                seen = off.take(off.known_at <= now_ns)
                if seen.size:
                    first = pd.Timestamp(int(seen.start[0]), tz="UTC").tz_convert(tz)
                    example = f"{first:%Y-%m-%d %H:%M:%S}, close {seen.values[3, 0]:g}, volume {seen.values[4, 0]:,.0f}"
            if count:
                found.append([symbol, str(base), "off the session's hours", count, example])
    for (symbol, series), refused in engine.notices.refused(rows, ended=engine.ended).items():
        for kind, count in refused.counts.items():
            found.append([symbol, series, kind.replace("_", " "), count, refused.examples.get(kind, "")])
    return found
