"""``--date last`` is the last session that has ended and of which the source has rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cli.conftest import write_minutes

import sessionlab as sl
from sessionlab.cli.night_date import last_session, night_date
from sessionlab.errors import CalendarError, ConfigError, NoDataError
from sessionlab.sources.opening import open_named
from sessionlab.timing import TimeManager


def at(stamp: str) -> TimeManager:
    return TimeManager("US_EQUITY", wall=lambda: int(pd.Timestamp(stamp).as_unit("ns").value))


def config_of(document: dict[str, Any], store: Path, symbols: list[str]) -> sl.SessionConfig:
    api = {"data_api": "local", "data_path": str(store)}
    data = {"symbols": symbols, "streams": ["1m"]}
    return sl.SessionConfig.from_dict(document | {"api_config": api, "session_data_config": data})


@pytest.mark.parametrize(
    ("now", "date"),
    [
        ("2025-07-03 16:59Z", "2025-07-02"),  # a half day, which ends at 17:00 UTC
        ("2025-07-03 17:01Z", "2025-07-03"),
        ("2025-07-05 12:00Z", "2025-07-03"),  # Saturday after the holiday
    ],
)
def test_of_a_market_that_is_made_up_it_is_the_last_that_has_ended(document: dict[str, Any], now: str, date: str) -> None:
    assert str(last_session(open_named("synthetic"), sl.SessionConfig.from_dict(document), at(now))) == date


def test_of_a_store_it_is_the_last_that_it_has(document: dict[str, Any], store: Path) -> None:
    source, later = open_named(f"local:{store}"), at("2026-01-05 12:00Z")

    assert last_session(source, config_of(document, store, ["SPY", "AIG"]), later) == dt.date(2025, 7, 2)
    with pytest.raises(NoDataError, match="there are no bars of NONE"):
        last_session(source, config_of(document, store, ["NONE"]), later)


def test_a_file_without_rows_is_no_session(document: dict[str, Any], store: Path) -> None:
    write_minutes(store, "SPY", "2025-07-03", minutes=0)
    config = config_of(document, store, ["SPY"])

    assert last_session(open_named(f"local:{store}"), config, at("2026-01-05 12:00Z")) == dt.date(2025, 7, 2)


def test_of_several_sources_it_is_the_latest(document: dict[str, Any], store: Path, tmp_path: Path) -> None:
    write_minutes(tmp_path / "later", "SPY", "2025-07-03", minutes=210)
    both = [(config_of(document, store, ["SPY"]), None), (config_of(document, store, ["SPY"]), f"local:{tmp_path / 'later'}")]

    assert night_date("last", both[:1]) == "2025-07-02"
    assert night_date("last", both) == "2025-07-03"
    assert night_date("-1d", both[:1]) == "2025-07-01"


def test_a_date_is_one_of_the_calendar(document: dict[str, Any]) -> None:
    of = [(sl.SessionConfig.from_dict(document), None)]

    assert night_date("2025-07-03", of) == "2025-07-03"
    with pytest.raises(CalendarError, match="2025-07-04"):
        night_date("2025-07-04", of)
    for text in ("yesterday", "2025-7-4", "-d"):
        with pytest.raises(ConfigError, match="write 2025-07-02, last, or -1d"):
            night_date(text, of)
    with pytest.raises(ConfigError, match="of what"):
        night_date("last", [])


def test_a_date_that_is_written_needs_no_config() -> None:
    assert night_date("2025-07-02", []) == "2025-07-02"
    with pytest.raises(ConfigError, match="write 2025-07-02, last, or -1d"):
        night_date("2025-07-32", [])


@pytest.mark.parametrize("symbols", [["SPY"], ["AIG"]])
def test_real_minutes_have_a_last_day(real_data: Path, document: dict[str, Any], symbols: list[str]) -> None:
    config = config_of(document, real_data, symbols)

    last = night_date("last", [(config, None)])
    result = sl.Lab(config.replace({"backtest_config.start_date": last, "backtest_config.end_date": last})).run()
    assert result.coverage is not None
    assert result.coverage > 90
