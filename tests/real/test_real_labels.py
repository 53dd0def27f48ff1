"""What stamps of recorded bars are labels of: one judgement, told by ``sl.check`` and acted on by ``label="auto"``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from checks.raw_rows import RawRows
from own_files import assert_same

import sessionlab as sl
from sessionlab.errors import BadDataError
from sessionlab.sources.frames import Frames
from sessionlab.sources.local import LocalStore
from sessionlab.timing import Interval

EVENINGS_WITHOUT_A_LAST_MINUTE = {
    *(("AIG", f"2013-10-{day}") for day in ("08", "09", "10", "11")),
    *(("FOXA", date) for date in ("2013-07-01", "2013-07-02")),
}


def group_of(symbol: str) -> str:
    return "COMMODITIES" if symbol == "6EH4" else "US_EQUITY"


def recorded(real_data: Path, width: str) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Symbol, date and rows of every file of ``width``."""
    files = sorted((real_data / "bars" / width).glob("*/*.parquet"))
    assert files
    return ((file.parent.name, file.stem, pd.read_parquet(file)) for file in files)


def moved(frame: pd.DataFrame, width: str) -> pd.DataFrame:
    """A copy labelled by the ends of its bars."""
    return frame.assign(timestamp=frame["timestamp"] + pd.Timedelta(Interval.parse(width).ns))


def is_said(symbol: str, date: str, width: str, frame: pd.DataFrame) -> bool:
    """Whether a check of the day says that its stamps are ends."""
    source = RawRows({(symbol, width): frame})
    return bool(sl.check(source, date, date, symbol, exchange_group=group_of(symbol)).table["end_labelled"].item())


def told(symbol: str, frame: pd.DataFrame) -> str:
    """What ``label="auto"`` takes the stamps for, "neither" where it refuses."""
    try:
        note = next(note for note in Frames({symbol: frame}, label="auto").notes if "of bars" in note)
    except BadDataError:
        return "neither"
    return "ends" if "are the ends of bars" in note else "starts"


@pytest.mark.parametrize("width", ["1m", "1s"])
def test_every_file_alone_is_told_from_its_copy_labelled_by_ends(real_data: Path, width: str):
    """Those with rows after the close alone too. What is read of the copy are the very bars of the file."""
    store = LocalStore(real_data)
    for symbol, date, frame in recorded(real_data, width):
        sessions = sl.TimeManager(group_of(symbol)).get_sessions(date, date)
        wanted = store.load(symbol, Interval.parse(width), sessions)
        for copy, ends in ((frame, False), (moved(frame, width), True)):
            auto = Frames({symbol: copy}, label="auto", exchange_group=group_of(symbol))

            assert is_said(symbol, date, width, copy) == ends, (symbol, date)
            assert_same(auto.load(symbol, Interval.parse(width), sessions), wanted)


def test_bars_of_hours_say_neither(real_data: Path):
    """They stand on the hours of the wall, the first from 09:00: no edge of a session lies at one of them."""
    frame = pd.read_parquet(real_data / "bars/1h/SPY.parquet")[-700:]
    first, last = (str(frame["timestamp"].iloc[at].date()) for at in (0, -1))
    for copy in (frame, moved(frame, "1h")):
        found = sl.check(RawRows({("SPY", "60m"): copy}), first, last, "SPY")

        assert not found.table["end_labelled"].any()
        assert told("SPY", copy) == "neither"


def test_evenings_alone_are_told_where_they_have_a_first_or_a_last_minute(real_data: Path):
    """Labelled by starts they may begin at the close, never with 20:00; labelled by ends they begin later, and may end there.

    So an evening without a trade in its last minute cannot be told from one whose first minute is absent. Volume does not
    help: a closing print stands first in both, and where it is booked in the last minute before the close, any row may be.
    """
    without = set()
    for symbol, date, frame in recorded(real_data, "1m"):
        clock = frame["timestamp"].dt.tz_convert("America/New_York").dt.strftime("%H:%M")
        evening = frame[clock >= "16:00"]
        if symbol == "6EH4" or evening.empty:
            continue
        first, last = (clock[evening.index] == "16:00").any(), (clock[evening.index] == "19:59").any()
        without |= set() if last else {(symbol, date)}

        assert told(symbol, evening) == ("starts" if first else "neither"), (symbol, date)
        assert told(symbol, moved(evening, "1m")) == ("ends" if last else "neither"), (symbol, date)
        assert not is_said(symbol, date, "1m", evening)
        assert is_said(symbol, date, "1m", moved(evening, "1m")) == last

    assert without == EVENINGS_WITHOUT_A_LAST_MINUTE
