"""The quote that counts is the last one known: recorded, or made from the last known close."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, at, config, make_bars

import sessionlab as sl
from sessionlab.session.quotes import Quote
from sessionlab.sources.local import LocalStore
from sessionlab.tape import Rows

# Of the few quotes here many are no prices, which a lab tells at the close.
pytestmark = pytest.mark.filterwarnings("ignore:A quotes on:sessionlab.lab.DataWarning")

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
    assert lab.result().bar_counts["bars"].tolist() == [390]


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


# What a quote is worth


def quote(bid: float, ask: float, source: str = "recorded") -> Quote:
    return Quote(pd.Timestamp("2025-07-02 10:00", tz="America/New_York"), bid, 100.0, ask, 200.0, source)


@pytest.mark.parametrize(
    ("bid", "ask", "flag", "mid", "spread_bps"),
    [
        (99.0, 101.0, "", 100.0, 200.0),
        (100.0, 100.0, "locked", 100.0, 0.0),
        (101.0, 99.0, "crossed", math.nan, math.nan),
        (math.nan, 101.0, "one_sided", math.nan, math.nan),
        (99.0, math.nan, "one_sided", math.nan, math.nan),
        (math.nan, math.nan, "one_sided", math.nan, math.nan),
    ],
)
def test_a_one_sided_or_crossed_quote_is_flagged_and_never_a_price(
    bid: float, ask: float, flag: str, mid: float, spread_bps: float
) -> None:
    told = quote(bid, ask)

    assert told.flag == flag
    assert (told.mid, told.spread_bps) == pytest.approx((mid, spread_bps), nan_ok=True)
    assert repr(told).endswith(f"source='recorded', flag='{flag}')" if flag else "source='recorded')")


def test_a_synthesized_quote_is_not_called_locked() -> None:
    assert quote(100.0, 100.0, "synthesized").flag == ""


def test_a_quote_can_be_kept() -> None:
    told = quote(101.0, 99.0)

    assert pickle.loads(pickle.dumps(told)) == told
    assert told._replace(bid_price=98.0).flag == ""


# All of today's

CROSSED = quotes(
    ("08:00", math.nan, 101.0),
    ("09:29:59", 99.0, 101.0),
    ("09:30:30", 100.5, 100.0),
    ("09:30:30", 99.6, 100.4),
    ("09:31:00", 100.0, 100.0),
    ("09:31:30", math.nan, 100.6),
    ("09:32:30", 101.0, 100.0),
)


def test_the_view_follows_the_clock_and_begins_before_the_open() -> None:
    lab = lab_of(CROSSED)
    view = lab.data["A"].quotes
    seen = []
    for clock in ("open", "09:31", "09:32", "09:33"):
        lab.advance(clock)
        last, usable = view.last, view.usable
        assert last is not None
        assert usable is not None
        assert (view.frame().index <= lab.now).all()
        seen.append((len(view), last.flag, usable.bid_price, list(view.counts.values())))

    # ordinary, one-sided, crossed, locked
    assert seen == [
        (2, "", 99.0, [1, 1, 0, 0]),
        (5, "locked", 100.0, [2, 1, 1, 1]),
        (6, "one_sided", 100.0, [2, 2, 1, 1]),
        (7, "crossed", 100.0, [2, 2, 2, 1]),
    ]
    assert list(view.counts) == ["", "one_sided", "crossed", "locked"]
    assert view.last == lab.data["A"].quote


def test_its_frame_is_a_table_of_columns_that_stays() -> None:
    lab = lab_of(CROSSED)
    lab.advance("09:31")
    frame = lab.data["A"].quotes.frame()
    kept = frame.copy(deep=True)
    lab.advance("09:40")

    pd.testing.assert_frame_equal(frame, kept)
    assert list(frame.columns) == ["bid_price", "bid_size", "ask_price", "ask_size", "spread_bps", "flag", "source"]
    assert (frame.index.name, str(frame.index.tz)) == ("timestamp", "America/New_York")
    assert frame["flag"].tolist() == ["one_sided", "", "crossed", "", "locked"]
    assert set(frame["source"]) == {"recorded"}
    np.testing.assert_allclose(frame["spread_bps"], [np.nan, 200.0, np.nan, 80.0, 0.0])
    assert not frame["bid_price"].to_numpy().flags.writeable
    pd.testing.assert_frame_equal(lab.data["A"].quotes.tail(2), lab.data["A"].quotes.frame().iloc[-2:])


def test_a_look_back_shows_those_of_then() -> None:
    lab = lab_of(CROSSED)
    lab.advance("09:31")
    then = lab.data["A"].quotes.frame()
    lab.run()
    back = lab.data.as_of("09:31")["A"].quotes

    pd.testing.assert_frame_equal(back.frame(), then)
    assert len(lab.data.as_of(pd.Timestamp("2025-07-02 09:30:45", tz="America/New_York"))["A"].quotes) == 4


def test_without_recorded_ones_there_is_one_for_each_close_that_was_the_last() -> None:
    """The bar of 09:31 comes at 09:33:30, after that of 09:32: it never was the last close."""
    lab = lab_of()
    assert len(lab.data["A"].quotes) == 0
    assert lab.data["A"].quotes.last is None
    assert lab.data["A"].quotes.usable is None
    lab.advance("09:34")
    frame, bars = lab.data["A"].quotes.frame(), lab.data["A"].bars("1m").frame()

    assert frame.index.strftime("%H:%M").tolist() == ["09:31", "09:33", "09:34"]
    assert frame["bid_price"].tolist() == frame["ask_price"].tolist() == bars["close"].iloc[[0, 2, 3]].tolist()
    assert set(frame["flag"]) == {""}
    assert set(frame["source"]) == {"synthesized"}
    assert (frame[["bid_size", "ask_size", "spread_bps"]] == 0).all(axis=None)


def test_the_first_recorded_one_ends_the_synthesized_ones_and_changes_none() -> None:
    lab = lab_of(quotes(("09:32:30", 99.0, 101.0), ("09:40", 99.5, 100.5)))
    lab.advance("09:32")
    before = lab.data["A"].quotes.frame()
    lab.advance("09:35")
    after = lab.data["A"].quotes.frame()

    assert after["source"].tolist() == ["synthesized", "recorded"]  # the bar of 09:31 has not come when that of 09:32 does
    pd.testing.assert_frame_equal(after.iloc[: len(before)], before)


def test_words_and_html_show_the_flags() -> None:
    lab = lab_of(CROSSED)
    lab.advance("09:33")
    symbol = lab.data["A"]

    assert repr(symbol.quotes).startswith(
        "<A quotes 2025-07-02 at 09:33:00: 7 quotes, 2 one-sided, 2 crossed, 1 locked, last Quote("
    )
    assert "7 quotes · 2 one-sided · 2 crossed · 1 locked · last 5 shown" in symbol.quotes._repr_html_()
    assert "crossed" in symbol._repr_html_()
    assert "crossed" not in lab.data.as_of("09:31")["A"]._repr_html_()


def test_real_ticks_are_counted_as_pandas_counts_them(real_data: Path) -> None:
    ticks = pd.read_parquet(real_data / "quotes" / "tick" / "BAC" / "2013-10-07.parquet")
    lab = sl.Lab(
        sl.SessionConfig.simple("BAC", "2013-10-07", "2013-10-07", "1m quotes"), source=LocalStore(real_data, quotes="tick")
    )
    lab.advance("12:00")
    view, known = lab.data["BAC"].quotes, ticks[ticks["timestamp"] <= lab.now]

    assert (len(ticks), len(view)) == (238_427, len(known))
    assert view.counts == {
        "": int((known["bid_price"] < known["ask_price"]).sum()),
        "one_sided": 0,
        "crossed": 0,
        "locked": int((known["bid_price"] == known["ask_price"]).sum()),
    }
    np.testing.assert_array_equal(view.frame()["ask_price"], known["ask_price"])
    assert view.frame().index.equals(pd.DatetimeIndex(known["timestamp"]).tz_convert("America/New_York"))


def test_real_one_sided_quotes_are_those_before_the_open(real_data: Path) -> None:
    config = sl.SessionConfig.simple("FOXA", "2013-07-02", "2013-07-02", "1m quotes")
    lab = sl.Lab(config, source=f"local:{real_data}")
    view = lab.data["FOXA"].quotes
    at_open = view.counts["one_sided"]
    lab.run()

    flagged = view.frame().query("flag == 'one_sided'")
    assert at_open == view.counts["one_sided"] == 3
    assert flagged.index.strftime("%H:%M").tolist()[0] == "04:01"
    assert flagged["spread_bps"].isna().all()
