"""Symbols as file names: reversible, safe everywhere, and never a path."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sessionlab.errors import ConfigError
from sessionlab.sources.symbol_files import file_name, symbol_of

symbols = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)


def _name(symbol: str) -> str:
    try:
        return file_name(symbol)
    except ConfigError:
        assume(False)
        raise


@given(symbols)
def test_every_symbol_comes_back_from_its_file_name(symbol):
    assert symbol_of(_name(symbol)) == symbol


@given(symbols, symbols)
def test_two_symbols_are_two_files_also_where_case_does_not_count(one, other):
    assume(one != other)

    assert _name(one).casefold() != _name(other).casefold()


@given(st.text("abAB.", min_size=1, max_size=4), st.text("abAB.", min_size=1, max_size=4))
def test_small_and_capital_letters_do_not_meet(one, other):
    assume(one != other)

    assert _name(one).casefold() != _name(other).casefold()


@given(symbols)
def test_no_name_is_forbidden_on_windows(symbol):
    name = _name(symbol)

    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
    assert not name.endswith((".", " "))
    assert name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(10))}
    assert not name.startswith(".")


@pytest.mark.parametrize("symbol", ["SPY", "BRK.B", "6EH4", "^GSPC", "ES=F", "0700", "RDS-A"])
def test_plain_tickers_stay_as_they_are(symbol):
    assert file_name(symbol) == symbol


@pytest.mark.parametrize(("symbol", "name"), [("BTC/USD", "BTC%2FUSD"), ("CON", "%43ON"), ("BRKb", "BRK%62"), ("A%B", "A%25B")])
def test_unsafe_ones_are_percent_encoded(symbol, name):
    assert file_name(symbol) == name


@pytest.mark.parametrize(
    "symbol", ["..", "../SPY", "A/../B", "A\\..\\B", "/etc/passwd", "\\\\server\\x", "C:\\x", "", "  ", "A\0", None, 7]
)
def test_paths_and_nothing_are_refused_in_one_line(symbol):
    with pytest.raises(ConfigError) as caught:
        file_name(symbol)

    assert "\n" not in str(caught.value)
    assert repr(symbol) in str(caught.value)


def test_a_symbol_too_long_for_a_file_name_is_refused():
    with pytest.raises(ConfigError, match="too long"):
        file_name("A" * 250)
