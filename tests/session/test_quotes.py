"""The quote that counts is the last one known: recorded, or made from the last known close."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, at, config, make_bars

import sessionlab as sl
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-01", "2025-07-03"))
BARS = make_bars(DAYS, late={1: 90})


def quotes(*told: tuple[str, float, float]) -> Rows:
    """Quotes of 2025-07-02 by clock time, bid and ask, 100 shares on each side that has a price."""
    known_at = np.array([at(clock) for clock, _, _ in told], dtype=np.int64)
    sides = [(bid, 0 if math.isnan(bid) else 100, ask, 0 if math.isnan(ask) else 100) for _, bid, ask in told]
    return Rows.of(known_at, known_at, np.array(sides, dtype=float).T)


def lab_of(recorded: Rows | None = None, streams: str = "1m quotes", end: str = "2025-07-02", window: int = 0) -> sl.Lab:
    source = RowsSource({("A", "1m"): BARS}, {} if recorded is None else {"A": recorded})
    return sl.Lab(config("A", streams, "2025-07-02", end, window=window), source=source, times=TIMES)


RECORDED = quotes(
    ("09:29:59", 99.0, 101.0),
    ("09:30:30", 99.5, 100.5),
    ("09:30:30", 99.6, 100.4),
    ("09:31:00", math.nan, 100.6),
    ("09:31:00.5", 100, 100),
)


def test_the_last_one_known_counts_also_from_before_the_open() -> None:
    lab = lab_of(RECORDED)
    told = []
    for clock in ("open", "09:30:29", "09:30:30", "09:31", "09:31:01"):
        lab.advance(clock)
        quote = lab.data["A"].quote
        assert quote is not None
        assert quote.source == "recorded"
        assert quote.timestamp <= lab.now
        told.append((quote.bid_price, quote.ask_price))

    np.testing.assert_equal(told, [(99.0, 101.0), (99.0, 101.0), (99.6, 100.4), (math.nan, 100.6), (100.0, 100.0)])


def test_a_side_that_nobody_quotes_has_no_price_and_no_size() -> None:
    lab = lab_of(RECORDED)
    lab.advance("09:31")
    quote = lab.data["A"].quote

    assert quote is not None
    assert math.isnan(quote.mid)
    assert math.isnan(quote.spread_bps)
    assert (quote.bid_size, quote.ask_size) == (0.0, 100.0)


def test_quotes_add_no_moments_and_look_back_shows_those_of_then() -> None:
    lab = lab_of(RECORDED)
    assert f"{lab.step().now:%H:%M:%S}" == "09:31:00"
    lab.run()
    then = lab.data.as_of(pd.Timestamp("2025-07-02 09:30:45", tz="America/New_York"))["A"].quote

    assert then is not None
    assert (then.mid, then.spread_bps) == pytest.approx((100.0, 80.0))
    assert lab.result().bars["bars"].tolist() == [390]


def test_without_recorded_ones_it_is_made_from_the_last_known_close() -> None:
    """The bar of 09:31 comes at 09:33:30, after that of 09:32: the newest bar stays the one of 09:32."""
    lab = lab_of()
    assert lab.data["A"].quote is None
    for clock, start, known in (("09:31", "09:30", "09:31"), ("09:32", "09:30", "09:31"), ("09:33:30", "09:32", "09:33")):
        lab.advance(clock)
        quote, bar = lab.data["A"].quote, lab.data["A"].bars("1m")[start]
        assert quote is not None
        assert (quote.bid_price, quote.ask_price, quote.bid_size, quote.ask_size) == (bar.close, bar.close, 0.0, 0.0)
        assert (quote.source, quote.spread_bps, f"{quote.timestamp:%H:%M}") == ("synthesized", 0.0, known)


def test_at_the_open_it_is_yesterdays_close_where_a_window_shows_it() -> None:
    lab = lab_of(window=1)
    quote = lab.data["A"].quote

    assert quote is not None
    assert quote.bid_price == lab.data["A"].bars("1m").history.last.close  # type: ignore[union-attr]
    assert quote.timestamp == DAYS[0].close


def test_recorded_ones_of_another_day_do_not_count() -> None:
    lab = lab_of(RECORDED, end="2025-07-03")
    lab.run_session()
    lab.step()
    quote = lab.data["A"].quote

    assert quote is not None
    assert quote.source == "synthesized"


def test_a_stream_of_quotes_that_was_not_asked_for_is_not_used() -> None:
    lab = lab_of(RECORDED, streams="1m")
    lab.step()
    quote = lab.data["A"].quote

    assert quote is not None
    assert quote.source == "synthesized"
