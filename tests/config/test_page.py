"""A config's page says what somebody decided and what stands by default, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import config

import sessionlab as sl
from sessionlab.config.page import settings

ROOT = Path(__file__).parents[2]


def decided(made: sl.SessionConfig) -> dict[str, object]:
    found = settings(made._document)
    return {f"{one.section}.{one.name}".removeprefix("."): one.value for one in found if one.is_decided}


def test_what_must_be_given_and_what_differs_is_in_bold() -> None:
    made = config("SPY", "1m", seed=7, trading_config__costs__slippage__bps=2.5)

    assert set(decided(made)) == {
        "session_name", "seed", "backtest_config.start_date", "backtest_config.end_date", "session_data_config.symbols",
        "session_data_config.streams", "trading_config.max_buying_power", "trading_config.max_per_trade",
        "trading_config.max_per_symbol", "trading_config.max_open_positions", "trading_config.costs.slippage.bps",
        "api_config.data_api",
    }  # fmt: skip
    page = made._repr_html_()
    assert "<b>2.5</b>" in page
    assert "by default: per_share 0 · per_order 0 · bps 0 · borrow_bps 0" in page


def test_a_default_that_follows_from_another_value_is_none_of_somebodys() -> None:
    futures = config("ES", "1m", group="COMMODITIES")
    richer = config("SPY", "1m", trading_config__starting_cash=5.0)

    assert "asset_class" not in decided(futures)
    assert "trading_config.starting_cash" not in decided(futures)
    assert decided(richer)["trading_config.starting_cash"] == 5.0


@pytest.mark.parametrize("file", sorted((ROOT / "session_configs").glob("*.json")), ids=lambda file: file.name)
def test_every_value_is_on_the_page(file: Path) -> None:
    made = sl.SessionConfig.from_file(file)
    page = made._repr_html_()
    names = [one.name for one in settings(made._document)]

    assert [name for name in names if name not in page] == []
    assert names.count("symbols") == 1


def test_secrets_are_masked_wherever_somebody_wrote_them() -> None:
    made = config("SPY", "1m", metadata={"api_key": "PK123", "deep": [{"password": "hunter2"}], "desk": "east"})

    assert "PK123" not in made._repr_html_()
    assert "hunter2" not in made._repr_html_()
    assert "desk east" in made._repr_html_()


def test_a_long_list_is_cut() -> None:
    made = config([f"SYM{n}" for n in range(500)], "1m")

    assert "SYM3," in made._repr_html_()
    assert len(made._repr_html_()) < 8_000
