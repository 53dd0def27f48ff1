"""What data a result stood on is said by digests: of the rows as they are stored, however and in what order they were loaded."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.tape import QuoteBlock, Rows, block_digest
from sessionlab.timing import Interval

DAYS = ("2025-06-30", "2025-07-01", "2025-07-02", "2025-07-03")
TIMES = sl.TimeManager()
SESSIONS = TIMES.get_sessions(DAYS[0], DAYS[-1])
M1 = Interval.parse("1m")


def source(seed: int = 0, symbols: str = "AAPL RIVN") -> RowsSource:
    """Minutes of each symbol with an hour of extended ones after the close, and daily bars."""
    rows = {}
    for at, symbol in enumerate(symbols.split()):
        minutes = make_bars(SESSIONS, seed=seed + at)
        evening = [session.close_ns + 60 * 10**9 * (1 + minute) for session in SESSIONS for minute in range(3)]
        late = Rows.of(np.array(evening), np.array(evening) + 60 * 10**9, np.full((5, len(evening)), 7.0 + at))
        rows[symbol, "1m"] = Rows.join([minutes, late])
    return RowsSource(rows)


def packed(symbol: str, series: str, date: str, *parts: Rows) -> bytes:
    """The digest of a block by the letter: a head of names and sizes, then each column, little-endian."""
    sizes = " ".join(str(rows.size) for rows in parts)
    held = f"{symbol}\0{series}\0{date}\0{sizes}\0".encode()
    for rows in parts:
        held += b"".join(struct.pack(f"<{rows.size}q", *column.tolist()) for column in (rows.start, rows.known_at))
        held += b"".join(struct.pack(f"<{rows.size}d", *column.tolist()) for column in rows.values)
    return hashlib.blake2b(held, digest_size=16).digest()


def folded(named: dict[str, bytes]) -> str:
    held = b"".join(name.encode() + b"\0" + named[name] for name in sorted(named))
    return hashlib.blake2b(held, digest_size=16).hexdigest()


def of_days(rows: RowsSource, symbol: str, *dates: str) -> str:
    """The digest of the minutes of ``symbol`` on ``dates``."""
    named = {}
    for date in dates:
        [block] = rows.load(symbol, M1, TIMES.get_sessions(date, date))
        named[date] = packed(symbol, "1m", date, block.rows, block.extended)
    return folded(named)


# Blocks


def test_a_digest_is_of_names_and_of_every_column():
    [block] = source().load("AAPL", M1, SESSIONS[1:2])
    quotes = QuoteBlock("AAPL", block.date, Rows.of(block.rows.start, block.rows.start, block.rows.values[:4]))

    assert block.extended.size == 3
    assert block_digest(block) == packed("AAPL", "1m", "2025-07-01", block.rows, block.extended)
    assert block_digest(quotes) == packed("AAPL", "quotes", "2025-07-01", quotes.rows)


@given(st.data())
def test_how_rows_lie_in_memory_does_not_count_and_each_bit_does(data: st.DataObject):
    [block] = source().load("AAPL", M1, SESSIONS[:1])
    values = np.asfortranarray(np.repeat(block.rows.values, 2, axis=1))[:, ::2]
    strided = replace(block, rows=Rows(np.repeat(block.rows.start, 2)[::2], block.rows.known_at, values))
    row = data.draw(st.integers(0, block.rows.size - 1))
    where = data.draw(st.sampled_from(["start", "known_at", *range(5)]))
    part = data.draw(st.sampled_from(["rows", "extended"]))
    rows: Rows = getattr(block, part)
    changed = Rows(rows.start.copy(), rows.known_at.copy(), rows.values.copy())
    column = getattr(changed, where) if isinstance(where, str) else changed.values[where]
    column.view(np.int64)[row % rows.size] += 1  # the last bit of a price

    assert block_digest(strided) == block_digest(block)
    assert block_digest(replace(block, **{part: changed})) != block_digest(block)


def test_a_row_in_hours_is_another_than_one_off_the_hours():
    [block] = source().load("AAPL", M1, SESSIONS[:1])
    every, none = Rows.join([block.rows, block.extended]), Rows.empty()
    others = [(every, none), (none, every), (none, none)]

    digests = {block_digest(replace(block, rows=rows, extended=extended)) for rows, extended in others}

    assert len(digests | {block_digest(block), block_digest(replace(block, symbol="RIVN"))}) == 5


# Runs


def run(asked: sl.SessionConfig, rows: RowsSource, *, look_back: bool = False) -> sl.RunResult:
    lab = sl.Lab(asked, source=rows)
    if look_back:
        lab.step(450)
        lab.data.as_of("2025-07-02 10:00")["AAPL"].bars("1m").frame()
    return lab.run()


@pytest.mark.parametrize("window", [0, 1, 2])
def test_a_run_stood_on_the_blocks_of_its_sessions_and_their_windows(window: int):
    rows = source()

    manifest = run(config("AAPL RIVN", start="2025-07-02", end="2025-07-03", window=window), rows).manifest

    dates = DAYS[2 - window :]
    assert manifest["data"] == {symbol: {"1m": of_days(rows, symbol, *dates)} for symbol in ("AAPL", "RIVN")}
    named = {f"{symbol} 1m": bytes.fromhex(of_days(rows, symbol, *dates)) for symbol in ("AAPL", "RIVN")}
    assert manifest["data_digest"] == folded(named)


@given(st.integers(1, 4), st.booleans(), st.integers(0, 2))
def test_neither_prefetching_nor_looking_back_changes_it(prefetch: int, look_back: bool, window: int):
    asked = config("AAPL RIVN", start="2025-07-02", end="2025-07-03", window=window)
    plain = run(asked, source()).manifest

    other = run(asked.replace({"backtest_config.prefetch_days": prefetch}), source(), look_back=look_back).manifest

    assert (other["data_digest"], other["data"]) == (plain["data_digest"], plain["data"])


def test_sessions_that_were_loaded_ahead_and_not_opened_do_not_count():
    asked = config(start="2025-06-30", end="2025-07-03", backtest_config__prefetch_days=4)
    rows = source(symbols="AAPL")
    lab = sl.Lab(asked, source=rows)
    lab.run_session()
    first = lab.result().manifest["data"]
    lab.step()

    assert {date for *_, date in rows.asked} == set(DAYS)
    assert first == {"AAPL": {"1m": of_days(rows, "AAPL", DAYS[0])}}
    assert lab.result().manifest["data"] == {"AAPL": {"1m": of_days(rows, "AAPL", *DAYS[:2])}}


def test_a_run_that_begins_again_stands_on_its_first_session_again():
    rows = source(symbols="AAPL")
    lab = sl.Lab(config(start="2025-07-01", end="2025-07-03"), source=rows)
    whole = lab.run().manifest["data_digest"]
    lab.restart()

    assert lab.result().manifest["data"] == {"AAPL": {"1m": of_days(rows, "AAPL", "2025-07-01")}}
    assert lab.run().manifest["data_digest"] == whole


def test_another_price_anywhere_is_another_digest_and_the_symbol_tells_where():
    asked = config("AAPL RIVN", start="2025-07-02", end="2025-07-03", window=1)
    rows, other = source(), source()
    changed = other._rows["RIVN", "1m"]
    values = changed.values.copy()
    values[4, 400] += 1  # of the day before the run, in the window
    other._rows["RIVN", "1m"] = Rows.of(changed.start, changed.known_at, values)

    one, two = run(asked, rows).manifest, run(asked, other).manifest

    assert one["data_digest"] != two["data_digest"]
    assert {symbol for symbol in one["data"] if one["data"][symbol] != two["data"][symbol]} == {"RIVN"}


def test_recorded_quotes_count_and_made_ones_do_not():
    stamps = np.array([session.open_ns + 5 * 10**9 for session in SESSIONS])
    rows = Rows.of(stamps, stamps, np.array([[9.0], [1], [9.5], [2]]).repeat(len(stamps), axis=1))
    recorded = RowsSource(source(symbols="AAPL")._rows, {"AAPL": rows})
    asked = config("AAPL", "1m quotes", start="2025-07-02", end="2025-07-02")

    with_quotes, without = (run(asked, one).manifest["data"]["AAPL"] for one in (recorded, source(symbols="AAPL")))

    one = packed("AAPL", "quotes", "2025-07-02", rows.take(slice(2, 3)))
    assert with_quotes == without | {"quotes": folded({"2025-07-02": one})}


def test_the_days_of_historical_indicators_count():
    rows = source(symbols="AAPL")
    average = {"avg": {"type": "trailing_average", "period": "3d"}}
    asked = config(start="2025-07-03", session_data_config__historical__indicators=average)

    manifest = run(asked, rows).manifest

    assert manifest["data"] == {"AAPL": {"1m": of_days(rows, "AAPL", *DAYS)}}


def test_finer_bars_that_filled_a_hole_count_and_those_that_filled_none_do_not():
    """Of two days with a hole the seconds are whole on one."""
    minutes = Rows.join([make_bars(session, missing={7}) for session in list(SESSIONS)[:2]] + [make_bars(SESSIONS[2])])
    seconds = Rows.join([make_bars(SESSIONS[0], "1s", missing={7 * 60}), make_bars(SESSIONS[1], "1s")])
    rows = RowsSource({("AAPL", "1m"): minutes, ("AAPL", "1s"): seconds})
    asked = config("AAPL", "1m", start=DAYS[2], window=2)

    manifest = run(asked, rows).manifest

    [block] = rows.load("AAPL", Interval.parse("1s"), SESSIONS[1:2])
    whole = packed("AAPL", "1s", DAYS[1], block.rows, block.extended)
    assert manifest["data"]["AAPL"] == {"1m": of_days(rows, "AAPL", *DAYS[:3]), "1s": folded({DAYS[1]: whole})}


def test_it_is_of_rows_as_stored_whatever_they_are_adjusted_for(real_data: Path):
    asked = sl.SessionConfig.simple("AAPL", "2014-06-09", "2014-06-09", "1m")
    asked = asked.replace({"session_data_config.historical": {"data": [{"trailing_days": 2, "intervals": ["1m"]}]}})
    with pytest.warns(sl.DataWarning, match="split 7 for 1"):
        plain = sl.Lab(asked, source=f"local:{real_data}")
    told = sl.Lab(asked.replace({"session_data_config.adjust": "splits"}), source=f"local:{real_data}")

    before, after = (lab.data["AAPL"].bars("1m").history.close[0] for lab in (plain, told))
    assert before == pytest.approx(7 * after)
    assert plain.run().manifest["data_digest"] == told.run().manifest["data_digest"]


def test_a_result_says_it_as_plain_values():
    manifest = run(config("AAPL"), source(symbols="AAPL")).manifest

    assert len(bytes.fromhex(manifest["data_digest"])) == 16
    assert json.loads(json.dumps(manifest)) == manifest
