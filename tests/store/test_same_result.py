"""A result stands on rows, not on where they lie: an imported store gives the digest that its source gave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import csv_of, minutes, put
from store.stores import TIMES, quotes_of

import sessionlab as sl
from sessionlab.sources import Files
from sessionlab.sources.lean import LeanFolder
from sessionlab.sources.local import LocalStore
from sessionlab.sources.protocol import Source

pytestmark = pytest.mark.filterwarnings("ignore::sessionlab.DataWarning")  # of splits, and of rows that are refused


def stood_on(source: Source | str, symbols: str, streams: str, start: str, end: str, window: int, **further: object) -> object:
    """The digests of what a run over ``source`` stood on, rows off the hours included."""
    asked = sl.SessionConfig.simple(symbols.split(), start, end, streams.split(), **further)
    windows = {"data": [{"trailing_days": window, "intervals": ["1m"]}]}
    asked = asked.replace({"session_data_config.historical": windows, "session_data_config.extended_hours": True})
    manifest = sl.Lab(asked, source=source).run().manifest
    return manifest["data_digest"], manifest["data"]


def imported(source: Source | str, root: Path, **further: object) -> LocalStore:
    sl.store.import_data(source, root, progress=False, **further)
    return LocalStore(root)


@pytest.mark.parametrize(("symbols", "streams", "start", "end", "window"), [
    ("SPY AIG BAC", "1m quotes", "2013-10-09", "2013-10-11", 2),
    ("SPY", "1s 1m quotes", "2013-10-08", "2013-10-08", 1),
    ("AAPL", "1m 1d", "2014-06-09", "2014-06-09", 2),
    ("FOXA", "5m quotes", "2013-07-02", "2013-07-02", 1),
])  # fmt: skip
def test_a_lean_folder_and_its_import_give_the_same_digest(lean_data, tmp_path, symbols, streams, start, end, window):
    folder = LeanFolder(lean_data)
    store = imported(folder, tmp_path, symbols=symbols)

    ours, theirs = (stood_on(source, symbols, streams, start, end, window) for source in (store, folder))

    assert ours == theirs
    assert ("quotes" in streams) == ("quotes" in theirs[1][symbols.split()[0]])
    session = TIMES.get_sessions(end, end)
    assert any(block.extended.size for block in folder.load(symbols.split()[0], sl.Interval("1m"), session))


@pytest.mark.parametrize("label", ["start", "end"])
def test_csvs_and_their_import_give_the_same_digest(real_data, tmp_path, label):
    """With the hours before the open and after the close, and a row that is refused."""
    for date in ("2014-06-05", "2014-06-06", "2014-06-09"):
        frame = pd.read_parquet(real_data / "bars/1m/AAPL" / f"{date}.parquet").drop(columns="symbol", errors="ignore")
        if label == "end":
            frame = frame.assign(timestamp=frame["timestamp"] + pd.Timedelta("1min"))
        frame.loc[400, "low"] = -1.0
        put(tmp_path / f"in/AAPL_{date}.csv", csv_of(frame))
    files = Files(tmp_path / "in/{symbol}_{date}.csv", label=label)

    store = imported(files, tmp_path / "store")

    words = ("AAPL", "1m", "2014-06-09", "2014-06-09", 2)
    assert stood_on(store, *words) == stood_on(files, *words)


def test_quotes_of_the_last_instant_of_a_date_stay_on_it(tmp_path):
    """Around the clock the last minute ends with the date; a file of the date says that its quote is of that."""
    crypto = sl.TimeManager("CRYPTO").get_sessions("2025-07-02", "2025-07-04")
    for session in crypto:
        stamps = np.arange(session.open_ns, session.close_ns, 60 * 10**9) + 60 * 10**9
        frame = pd.DataFrame({"timestamp": pd.to_datetime(stamps, utc=True).as_unit("ns"), "bid_price": 1.0 + np.arange(1440)})
        file = tmp_path / f"in/quotes/1m/BTC%2FUSD/{session.date}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.assign(bid_size=1.0, ask_price=9e9, ask_size=2.0).to_parquet(file, index=False)
    first = LocalStore(tmp_path / "in")

    store = imported(first, tmp_path / "store", exchange_group="CRYPTO")
    imported(first, tmp_path / "store", exchange_group="CRYPTO")

    for at in range(3):
        ours, theirs = (quotes_of(source, "BTC/USD", crypto[at : at + 1]) for source in (store, first))
        pd.testing.assert_frame_equal(ours, theirs)
        assert theirs["start"].iloc[-1] == crypto[at].close_ns
    assert sl.store.contents(tmp_path / "store").totals["rows"] == 3 * 1440


def test_a_frame_and_its_import_give_the_same_digest(tmp_path):
    source = sl.sources.Frames({"SPY": minutes("2025-07-01", "2025-07-02")})

    store = imported(source, tmp_path)

    words = ("SPY", "5m", "2025-07-02", "2025-07-02", 1)
    assert stood_on(store, *words) == stood_on(source, *words)
