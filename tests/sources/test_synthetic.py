"""Made-up days: the same whoever asks, whole, and believable."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.dice import Dice, normal_table
from sessionlab.sources.protocol import Source
from sessionlab.sources.synthetic import Synthetic
from sessionlab.tape.block import DayBlock, Rows
from sessionlab.timing import Interval, SessionTable, TradingSession

SECOND, MINUTE, DAY = Interval.parse("1s"), Interval.parse("1m"), Interval.parse("1d")


def session(
    date: str, opens: str, closes: str, tz: str = "America/New_York", pause: tuple[str, str] | None = None
) -> TradingSession:
    """A session by its clock times; an open later than the close was on the day before."""
    before = dt.timedelta(days=1) if opens > closes else dt.timedelta()
    day = dt.date.fromisoformat(date)

    def ns(clock: str, of: dt.date = day) -> int:
        extra = dt.timedelta(days=1) if clock == "24:00" else dt.timedelta()
        return pd.Timestamp(f"{of + extra} {clock.replace('24:', '00:')}", tz=tz).value

    breaks = (None, None) if pause is None else (ns(pause[0]), ns(pause[1]))
    return TradingSession(day, ns(opens, day - before), ns(closes), tz, *breaks)


def weekdays(first: str, count: int) -> SessionTable:
    dates = pd.bdate_range(first, periods=count).strftime("%Y-%m-%d")
    return SessionTable.of([session(date, "09:30", "16:00") for date in dates])


REGULAR = session("2025-07-02", "09:30", "16:00")
EARLY_CLOSE = session("2025-07-03", "09:30", "13:00")
TOKYO = session("2025-07-02", "09:00", "15:30", "Asia/Tokyo", ("11:30", "12:30"))
OVER_MIDNIGHT = session("2025-07-02", "17:00", "16:00", "America/Chicago")
AROUND_THE_CLOCK = session("2025-07-05", "00:00", "24:00", "UTC")
SPRING_FORWARD = session("2025-03-09", "00:00", "24:00", "America/New_York")
HOURS = [REGULAR, EARLY_CLOSE, TOKYO, OVER_MIDNIGHT, AROUND_THE_CLOCK, SPRING_FORWARD]
SECONDS = [23_400, 12_600, 19_800, 82_800, 86_400, 82_800]
MINUTES = [390, 210, 330, 1_380, 1_440, 1_380]


def one(source: Synthetic, symbol: str, interval: Interval, day: TradingSession) -> DayBlock:
    (block,) = source.load(symbol, interval, SessionTable.of([day]))
    return block


def digest(source: Synthetic, days: list[TradingSession]) -> str:
    """A fingerprint of all that the source has of AAPL on these days, bars and quotes."""
    total = hashlib.sha256()
    for day in days:
        table = SessionTable.of([day])
        blocks = [
            *(source.load("AAPL", Interval.parse(text), table)[0] for text in ("1s", "1m", "1d")),
            *source.quotes("AAPL", table),
        ]
        for block in blocks:
            for array in block.rows[:3]:
                total.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
    return total.hexdigest()[:16]


def same(a: Rows, b: Rows) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a[:3], b[:3], strict=True))


def frame(rows: Rows) -> pd.DataFrame:
    index = pd.DatetimeIndex(rows.start.view("datetime64[ns]"))
    return pd.DataFrame(rows.values.T, index, ["open", "high", "low", "close", "volume"])


FIRST_LAST = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


def test_it_is_a_source():
    assert isinstance(Synthetic(), Source)
    assert Synthetic().name == "synthetic"


def test_every_symbol_is_known_in_three_intervals_with_quotes():
    known = Synthetic().availability(["AAPL", "BTC/USD"], weekdays("2025-07-01", 2))

    assert set(known) == {"AAPL", "BTC/USD"}
    assert all(stored.intervals == {"1s": True, "1m": True, "1d": True} for stored in known.values())
    assert all(stored.quotes == "1s" for stored in known.values())


def test_no_row_lies_in_no_session():
    nothing = weekdays("2025-07-01", 1)[0:0]

    assert Synthetic().availability(["A"], nothing)["A"].intervals == {"1s": False, "1m": False, "1d": False}
    assert Synthetic().load("A", MINUTE, nothing) == []


@pytest.mark.parametrize("interval", ["5m", "60m", "1w", "5s"])
def test_other_intervals_are_refused_with_those_there_are(interval):
    with pytest.raises(NoDataError, match=f"1s, 1m, 1d, not in {interval}"):
        Synthetic().load("A", Interval.parse(interval), weekdays("2025-07-01", 1))


# -- the same day, whoever asks -----------------------------------------------------------------------------------


@given(st.permutations(range(6)), st.permutations([SECOND, MINUTE, DAY]), st.booleans())
@settings(max_examples=12, deadline=None)
def test_any_order_and_any_range_gives_the_same_day(order, intervals, quotes_first):
    days = weekdays("2025-06-27", 6)
    source = Synthetic(seed=3)
    if quotes_first:
        source.quotes("A", days[0:2])
    for interval in intervals:
        for i in order:
            alone = one(Synthetic(seed=3), "A", interval, days[i])
            among = source.load("A", interval, days[min(i, 3) :])[i - min(i, 3)]
            assert same(among.rows, alone.rows)


def test_what_is_kept_is_bounded_and_what_was_forgotten_comes_back_the_same():
    source, days = Synthetic(), weekdays("2025-06-02", 40)
    before = source.load("A", SECOND, days)
    again = source.load("A", SECOND, days)

    assert source._kept_days._bytes <= 16 * 2**20
    assert again[0].rows is not before[0].rows
    assert all(same(a.rows, b.rows) for a, b in zip(before, again, strict=True))


def test_minutes_are_made_once():
    source, days = Synthetic(), weekdays("2025-07-01", 2)
    first, second = source.load("A", MINUTE, days), source.load("A", MINUTE, days)

    assert all(a.rows is b.rows for a, b in zip(first, second, strict=True))


def test_the_same_bits_in_every_process_and_on_every_machine():
    """Pinned: whoever changes the model changes everybody's demo, and should say so."""
    source = Synthetic(5, {"faults": {"halts": 1, "missing": 0.01, "late": 0.01, "corrections": 0.01}})
    program = (
        f"import pickle, runpy, sys; here = runpy.run_path({__file__!r}); print(here['digest'](*pickle.load(sys.stdin.buffer)))"
    )
    made = subprocess.run([sys.executable, "-c", program], input=pickle.dumps((source, HOURS)), capture_output=True, check=True)

    assert made.stdout.decode().strip() == digest(source, HOURS) == PINNED


PINNED = "409d51859d129005"


def test_symbols_seeds_and_dates_differ():
    days = weekdays("2025-07-01", 2)
    blocks = [*Synthetic(0).load("A", SECOND, days), *Synthetic(0).load("B", SECOND, days), *Synthetic(1).load("A", SECOND, days)]

    assert len({block.rows.values.tobytes() for block in blocks}) == 6


def test_dates_before_1970_and_far_ahead_have_prices():
    for date in ("1962-03-01", "1990-01-02", "2099-12-31"):
        values = one(Synthetic(), "A", MINUTE, session(date, "09:30", "16:00")).rows.values

        assert (values > 0).all()


def test_a_copy_takes_no_rows_along():
    source = Synthetic(4, {"sparse": True})
    source.load("A", SECOND, weekdays("2025-07-01", 3))

    assert len(pickle.dumps(source)) < 500
    assert repr(copy.deepcopy(source)) == "Synthetic(seed=4, options={'sparse': True})"


# -- whole, and sums ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "seconds", "minutes"), list(zip(HOURS, SECONDS, MINUTES, strict=True)), ids=str)
def test_every_bar_that_the_calendar_expects_is_there_and_known_at_its_end(day, seconds, minutes):
    for interval, count in ((SECOND, seconds), (MINUTE, minutes), (DAY, 1)):
        block = one(Synthetic(), "A", interval, day)

        assert block.rows.size == count
        assert (block.rows.start == day.starts(interval)).all()
        assert (block.rows.known_at == day.ends(interval)).all()
        assert block.on_time
        assert not block.refused
        assert block.off_session == 0


@pytest.mark.parametrize("day", HOURS, ids=str)
@pytest.mark.parametrize("sparse", [False, True])
def test_minutes_and_days_are_the_sums_of_the_seconds(day, sparse):
    source = Synthetic(1, {"sparse": sparse})
    seconds = frame(one(source, "THIN", SECOND, day).rows)
    by_minute = seconds.groupby(seconds.index.floor("min")).agg(FIRST_LAST)
    by_day = seconds.groupby(np.zeros(len(seconds))).agg(FIRST_LAST)

    pd.testing.assert_frame_equal(
        frame(one(source, "THIN", MINUTE, day).rows), by_minute, check_freq=False, check_index_type=False
    )
    assert (by_day.to_numpy() == one(source, "THIN", DAY, day).rows.values.T).all()


def test_a_last_minute_that_the_close_cuts_holds_the_seconds_that_there_are():
    day = session("2025-07-02", "09:30:00", "10:00:20")
    minutes = one(Synthetic(), "A", MINUTE, day).rows
    seconds = one(Synthetic(), "A", SECOND, day).rows

    assert minutes.size == 31
    assert minutes.known_at[-1] == day.close_ns
    assert minutes.values[4, -1] == seconds.values[4, -20:].sum()


@pytest.mark.parametrize("symbol", ["AAPL", "RIVN", "BRK.B", "BTC/USD"])
@pytest.mark.parametrize("day", [REGULAR, AROUND_THE_CLOCK], ids=str)
def test_bars_are_sound_cents_and_whole_shares(symbol, day):
    open_, high, low, close, volume = one(Synthetic(2), symbol, SECOND, day).rows.values
    prices = np.stack([open_, high, low, close])

    assert (low > 0).all()
    assert (high >= np.maximum(open_, close)).all()
    assert (low <= np.minimum(open_, close)).all()
    assert (volume >= 1).all()
    assert (volume == np.floor(volume)).all()
    assert (prices == np.rint(prices * 100) / 100).all()


def test_sparse_leaves_out_seconds_and_changes_none():
    days = weekdays("2025-07-01", 2)
    for symbol in ("A", "B", "C", "D", "E"):
        for full, thin in zip(
            Synthetic().load(symbol, SECOND, days), Synthetic(options={"sparse": True}).load(symbol, SECOND, days), strict=True
        ):
            at = full.rows.start.searchsorted(thin.rows.start)
            share = thin.rows.size / full.rows.size
            first_minutes = (at < 900).sum() / 900

            assert (thin.rows.values == full.rows.values[:, at]).all()
            assert 0.14 < share < 0.55
            assert first_minutes > 1.2 * share
            assert thin.on_time


# -- believable ---------------------------------------------------------------------------------------------------


def sixty_days_of(symbol: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Values of (days, 5, minutes) and (5, days) of sixty sessions."""
    source, days = Synthetic(seed), weekdays("2025-03-03", 60)
    minutes = np.stack([block.rows.values for block in source.load(symbol, MINUTE, days)])
    return minutes, np.concatenate([block.rows.values for block in source.load(symbol, DAY, days)], axis=1)


@pytest.mark.parametrize("symbol", ["AAPL", "RIVN", "SPY"])
def test_sixty_days_look_like_a_stock(symbol):
    minutes, days = sixty_days_of(symbol)
    open_, high, low, close, _ = days
    day_range, gaps = (high - low) / open_, open_[1:] / close[:-1] - 1
    returns = np.diff(np.log(minutes[:, 3]), axis=1)
    lag_one = np.mean([np.corrcoef(day[1:], day[:-1])[0, 1] for day in returns])
    volume, moves = minutes[:, 4].mean(axis=0), returns.std(axis=0)

    assert 0.010 < np.median(day_range) < 0.030
    assert day_range.max() < 0.15
    assert 0.002 < gaps.std() < 0.02
    assert -0.20 < lag_one < -0.005
    assert volume[:15].mean() > 1.8 * volume[150:240].mean()
    assert volume[-15:].mean() > 1.5 * volume[150:240].mean()
    assert moves[:15].mean() > 1.5 * moves[150:240].mean()
    assert low.min() > 10
    assert high.max() < 600


def test_price_levels_spread_over_the_usual_range_and_stay_there():
    dates = [session(date, "09:30", "16:00") for date in ("1995-05-02", "2010-05-04", "2025-05-06")]
    levels = np.array([[one(Synthetic(), f"S{i}", DAY, day).rows.values[3, 0] for day in dates] for i in range(40)])

    assert levels.min() > 10
    assert levels.max() < 600
    assert (levels.min(axis=0) < 60).all()
    assert (levels.max(axis=0) > 150).all()
    assert (levels.max(axis=1) / levels.min(axis=1) < 6).all()


def test_a_market_that_never_closes_opens_where_it_closed():
    days = SessionTable.of([session(f"2025-07-{d:02}", "00:00", "24:00", "UTC") for d in range(1, 11)])
    values = np.concatenate([block.rows.values for block in Synthetic().load("BTC/USD", DAY, days)], axis=1)

    assert (np.abs(values[0, 1:] / values[3, :-1] - 1) < 0.001).all()


# -- quotes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", HOURS, ids=str)
def test_quotes_stand_at_every_seconds_end_around_its_last_trade(day):
    source = Synthetic()
    (block,) = source.quotes("AAPL", SessionTable.of([day]))
    bid, bid_size, ask, ask_size = block.rows.values
    close = one(source, "AAPL", SECOND, day).rows.values[3]

    assert (block.rows.known_at == day.ends(SECOND)).all()
    assert (block.rows.start == block.rows.known_at).all()
    assert (bid < ask).all()
    assert ((close == bid) | (close == ask)).all()
    assert 0.4 < (close == bid).mean() < 0.6
    assert (bid_size >= 100).all()
    assert (bid_size % 100 == 0).all()
    assert (ask_size >= 100).all()
    assert (ask_size % 100 == 0).all()


def test_the_spread_is_wide_at_the_open_and_a_few_ticks_later():
    for symbol in ("AAPL", "RIVN", "SPY"):
        (block,) = Synthetic().quotes(symbol, SessionTable.of([REGULAR]))
        ticks = np.rint((block.rows.values[2] - block.rows.values[0]) * 100)
        relative = (block.rows.values[2] - block.rows.values[0]) / block.rows.values[0]

        assert ticks.min() >= 1
        assert ticks[:60].mean() > 1.5 * ticks[7200:].mean()
        assert np.median(relative[7200:]) < 0.001


# -- dice and options ---------------------------------------------------------------------------------------------


def test_dice_are_normal_uniform_and_independent():
    dice = Dice("x")
    normal, uniform = dice.of("n").normal(100_000), dice.of("u").uniform(100_000)

    assert abs(normal.mean()) < 0.015
    assert abs(normal.std() - 1) < 0.01
    assert abs(uniform.mean() - 0.5) < 0.005
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert abs(np.corrcoef(normal, uniform)[0, 1]) < 0.015
    assert (normal_table() == -normal_table()[::-1]).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sparce": True}, "data_options has no 'sparce', it takes sparse, faults; did you mean 'sparse'?"),
        ({"sparse": 1}, "data_options.sparse is 1; it must be true or false"),
        ({"sparse": "yes", "x": 1}, "data_options has no 'x', it takes sparse, faults; data_options.sparse is 'yes'"),
        ({"faults": 0.1}, "data_options.faults is 0.1; write an object"),
        (["sparse"], "data_options is ['sparse']; write an object"),
    ],
)
def test_options_that_cannot_be_meant_are_named(options, says):
    with pytest.raises(ConfigError) as error:
        Synthetic(0, options)

    assert says in str(error.value)


def test_comments_are_no_options():
    assert Synthetic(0, {"_why": "thin", "sparse": True, "faults": {"_a": 1}}).name == "synthetic"
