"""``sessionlab quality``: coverage and gaps of any source, and a gate that no absent file passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from checks.raw_rows import PRICES, minutes

import sessionlab as sl


def rows_of(text: str) -> dict[tuple[str, ...], list[str]]:
    """The rows of the table of days: by symbol, interval and date."""
    days = text.split("\n\n")[0].splitlines()[3:]
    return {tuple(words[:3]): words[3:] for words in map(str.split, days)}


def test_days_and_totals_of_what_was_asked_for(cli: Any, store: Path) -> None:
    result = cli(
        "quality", "--source", f"local:{store}", "--symbols", "SPY,AIG", "--start", "2025-07-01", "--end", "2025-07-02",
        "--intervals", "1m,5m",
    )  # fmt: skip

    assert result.exit_code == 0, result.stderr
    # expected present coverage gaps longest; two of the 78 five minutes are one gap of the same bar.
    found = {key: words[:5] for key, words in rows_of(result.stdout).items()}
    assert found == {
        ("SPY", "1m", "2025-07-01"): ["390", "390", "100.0000", "0", "0"],
        ("SPY", "1m", "2025-07-02"): ["390", "390", "100.0000", "0", "0"],
        ("SPY", "5m", "2025-07-01"): ["78", "78", "100.0000", "0", "0"],
        ("SPY", "5m", "2025-07-02"): ["78", "78", "100.0000", "0", "0"],
        ("AIG", "1m", "2025-07-01"): ["390", "0", "0.0000", "1", "390"],
        ("AIG", "1m", "2025-07-02"): ["390", "388", "99.4872", "1", "2"],
        ("AIG", "5m", "2025-07-01"): ["78", "0", "0.0000", "1", "78"],
        ("AIG", "5m", "2025-07-02"): ["78", "77", "98.7179", "1", "1"],
    }
    totals = result.stdout.split("\nTotals\n")[1].split("\n\n")[0].splitlines()[2:]
    assert [line.split()[:8] for line in totals if "AIG" in line] == [
        ["AIG", "1m", "2", "780", "388", "49.7436", "2", "390"],
        ["AIG", "5m", "2", "156", "77", "49.3590", "2", "78"],
    ]
    assert result.stdout.splitlines()[-2:] == [
        "1m: coverage 74.8718 % of 1,560 bars, 2 gaps",  # 1168 of 4 x 390
        "5m: coverage 74.6795 % of 312 bars, 2 gaps",  # 233 of 4 x 78
    ]


def test_without_symbols_all_of_the_store_are_measured(cli: Any, store: Path) -> None:
    told = json.loads(
        cli("quality", "--source", f"local:{store}", "--start", "2025-07-02", "--end", "2025-07-02", "--json").stdout
    )

    assert [(row["symbol"], row["date"], row["coverage"]) for row in told["quality"]] == [
        ("AIG", "2025-07-02", pytest.approx(100 * 388 / 390)),
        ("SPY", "2025-07-02", 100.0),
    ]
    assert told["calendar"] == "XNYS"
    assert told["gaps"] == [
        {
            "symbol": "AIG",
            "interval": "1m",
            "start": "2025-07-02T10:00:00-04:00",
            "end": "2025-07-02T10:02:00-04:00",
            "count": 2,
            "status": "absent",
        }
    ]
    assert told["passed"]


@pytest.mark.parametrize(("bar", "code"), [("99.4", 0), ("99.48", 0), ("99.49", 3), ("100", 3), ("0", 0)])
def test_the_gate_is_the_worst_symbol_and_day(cli: Any, store: Path, bar: str, code: int) -> None:
    words = ["quality", "--source", f"local:{store}", "--start", "2025-07-02", "--end", "2025-07-02", "--fail-under", bar]

    result, told = cli(*words), json.loads(cli(*words, "--json").stdout)

    assert result.exit_code == code
    assert told["passed"] == (code == 0)
    if code:
        assert result.stderr.count("\n") == 1
        assert f"1 of 2 symbol-days lie below {bar} %: AIG 1m on 2025-07-02 has 99.4872 %" in result.stderr
    else:
        assert result.stderr == ""


def test_a_symbol_whose_files_are_absent_does_not_pass_the_gate(cli: Any, store: Path) -> None:
    words = ["quality", "--source", f"local:{store}", "--start", "2025-07-01", "--end", "2025-07-01"]

    free, gated = cli(*words), cli(*words, "--fail-under", "50")

    assert free.exit_code == 0
    assert "\nLeft out\n" in free.stdout
    assert gated.exit_code == 3
    assert "nothing at all is stored of AIG" in gated.stderr


def test_refused_rows_are_counted_on_their_day(cli: Any, store: Path) -> None:
    file = store / "bars" / "1m" / "SPY" / "2025-07-02.parquet"
    rows = pd.read_parquet(file)
    rows.loc[5, "high"] = 1.0
    pd.concat([rows, rows.iloc[[7, 8]]]).to_parquet(file, index=False)

    result = cli("quality", "--source", f"local:{store}", "--symbols", "SPY", "--start", "2025-07-01", "--end", "2025-07-02")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert rows_of(result.stdout) == {
        # gaps longest, heavy at, duplicates, out of order, high below low: the rows that stand twice are appended at the end
        ("SPY", "1m", "2025-07-01"): ["390", "390", "100.0000", "0", "0", "open", "0", "0", "0", "1", "390"],
        ("SPY", "1m", "2025-07-02"): ["390", "389", "99.7436", "1", "1", "open", "2", "2", "1", "1", "389"],
    }
    assert "high below low" in result.stdout
    assert "has a high below its low, open or close" in result.stdout


def write_round_the_clock(store: Path, symbol: str) -> None:
    start = pd.date_range("2025-07-02", periods=24 * 60, freq="1min", tz="UTC", unit="ns")
    prices = dict.fromkeys(("open", "high", "low", "close"), 10.0)
    (store / "bars" / "1m" / symbol).mkdir(parents=True)
    rows = pd.DataFrame({"timestamp": start, **prices, "volume": 100})
    rows.to_parquet(store / "bars" / "1m" / symbol / "2025-07-02.parquet", index=False)


@pytest.mark.parametrize(("calendar", "asks"), [("XNYS", True), ("CRYPTO", False)])
@pytest.mark.parametrize("interval", ["1m", "5m"])
def test_many_rows_outside_of_all_sessions_make_it_ask_for_the_calendar(
    cli: Any, store: Path, calendar: str, asks: bool, interval: str
) -> None:
    write_round_the_clock(store, "BTC")
    result = cli(
        "quality", "--source", f"local:{store}", "--symbols", "BTC,SPY", "--start", "2025-07-02", "--end", "2025-07-02",
        "--calendar", calendar, "--intervals", interval,
    )  # fmt: skip
    notes = [line for line in result.stdout.splitlines() if line.startswith("note: ")]

    assert result.exit_code == 0
    # New York is four hours behind: the first 240 minutes of 2 July UTC are of its 1 July.
    question = "note: 240 1m rows of BTC lie outside of the sessions of XNYS; is this the right --calendar?"
    assert notes == ([question] if asks else [])


def test_a_config_is_measured_and_options_come_before_it(cli: Any, config: Path) -> None:
    told = json.loads(cli("quality", config, "--end", "2025-07-02", "--json").stdout)

    assert [(row["symbol"], row["interval"], row["days"], row["expected"]) for row in told["totals"]] == [
        ("AAPL", "1m", 1, 390),
        ("AAPL", "5m", 1, 78),
        ("RIVN", "1m", 1, 390),
        ("RIVN", "5m", 1, 78),
    ]


@pytest.mark.parametrize(
    ("calendar", "date", "minutes"),
    [("CRYPTO", "2025-07-05", 1440), ("XLON", "2025-07-02", 510), ("COMMODITIES", "2025-07-02", 1380)],
)
def test_the_calendar_says_what_is_expected(cli: Any, calendar: str, date: str, minutes: int) -> None:
    result = cli(
        "quality", "--source", "synthetic", "--symbols", "X", "--start", date, "--end", date, "--calendar", calendar, "--json"
    )

    assert json.loads(result.stdout)["quality"][0]["expected"] == minutes


def test_columns_that_say_nothing_are_left_out_of_the_table_and_stay_in_the_document(cli: Any, store: Path) -> None:
    words = ["quality", "--source", f"local:{store}", "--symbols", "SPY", "--start", "2025-07-02", "--end", "2025-07-02"]
    header = cli(*words).stdout.splitlines()[1]
    [row] = json.loads(cli(*words, "--json").stdout)["quality"]

    assert header.split("   ")[:3] == ["symbol", "bar", "date"]
    assert "gaps" not in header
    assert "duplicates" not in header
    zeros = ("gap_count", "longest_gap", "off_session", "duplicates", "out_of_order", "bad_price", "split_like_jumps", "refused")
    assert {name: row[name] for name in zeros} == dict.fromkeys(zeros, 0)
    assert (row["heavy_at"], row["heavy_bar"], row["volume_fit"]) == ("open", "2025-07-02T09:30:00-04:00", None)
    assert (row["end_labelled"], row["hours_late"]) == (False, 0.0)


def write_messy(root: Path) -> None:
    """Two symbols over eight days with something of nearly everything wrong, and quotes."""
    luck = np.random.default_rng(1)
    for symbol in ("QQQ", "SPY"):
        for day in pd.bdate_range("2025-06-23", "2025-07-02"):
            date = f"{day:%Y-%m-%d}"
            frame = minutes(date, seed=len(symbol))
            frame = frame[luck.random(len(frame)) > 0.01].reset_index(drop=True)
            if (symbol, date) == ("QQQ", "2025-06-25"):
                frame.loc[100:130, PRICES] = 55.0
                frame.loc[5, "close"], frame.loc[7, "low"], frame.loc[9, "high"], frame.loc[11, "volume"] = np.nan, -1, 1.0, -4
                frame = pd.concat([frame, frame.iloc[[20, 21]]])
            if (symbol, date) == ("QQQ", "2025-06-26"):
                frame["timestamp"] += pd.Timedelta(hours=4)
            if (symbol, date) == ("SPY", "2025-06-26"):
                frame["timestamp"] += pd.Timedelta(minutes=1)
            file = root / "bars" / "1m" / symbol / f"{date}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(file, index=False)
        quotes = frame[["timestamp"]].assign(
            bid_price=frame["close"], bid_size=1.0, ask_price=frame["close"] + 0.02, ask_size=2.0
        )
        quotes.loc[:4, "bid_price"] += 1
        quotes.loc[7, "ask_price"] = np.nan
        file = root / "quotes" / "1m" / symbol / "2025-07-02.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        quotes.to_parquet(file, index=False)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_tables_fit_the_window_without_breaking_a_number(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    write_messy(tmp_path)
    wide = cli("quality", "--source", f"local:{tmp_path}", "--intervals", "1m,5m").stdout
    monkeypatch.setenv("COLUMNS", str(width))

    narrow = cli("quality", "--source", f"local:{tmp_path}", "--intervals", "1m,5m").stdout

    assert max(map(len, narrow.splitlines())) <= width
    assert "Days, continued" in narrow
    assert "continued" not in wide
    day = next(line.split() for line in wide.splitlines() if line.split()[:3] == ["QQQ", "1m", "2025-06-25"])
    told = [word for line in narrow.splitlines() if line.split()[:3] == ["QQQ", "1m", "2025-06-25"] for word in line.split()[3:]]
    assert set(day[3:]) <= set(told)  # each of its numbers stands whole in one of the tables
    assert all(
        " ".join(finding.split()[1:6]) in " ".join(narrow.split())
        for finding in wide.split("Findings\n")[1].split("\n\n")[0].splitlines()
    )


def test_findings_stand_below_the_tables_in_the_order_of_the_check(cli: Any, tmp_path: Path) -> None:
    write_messy(tmp_path)
    text = cli("quality", "--source", f"local:{tmp_path}").stdout
    found = sl.check(f"local:{tmp_path}", intervals="1m").findings

    assert text.split("\nFindings\n")[1].split("\n\n")[0].splitlines() == [f"- {sentence}" for sentence in found]
    assert found[0].startswith("QQQ 1m: stamps look 4 hours late on 1 of 8 days")


def test_the_worst_days_are_told_where_they_are_asked_for_and_where_not_all_are_shown(cli: Any, tmp_path: Path) -> None:
    write_messy(tmp_path)
    words = ["quality", "--source", f"local:{tmp_path}"]
    few, asked, many = cli(*words).stdout, cli(*words, "--worst", "2").stdout, cli(*words, "--intervals", "1m,5m").stdout

    assert "worst days" not in few
    worst = asked.split("The 2 worst days\n")[1].split("\n\n")[0].splitlines()[2:]
    assert [line.split()[0:3:2] for line in worst] == [["QQQ", "2025-06-26"], ["SPY", "2025-06-26"]]
    assert "The 10 worst days" in many
    assert "worst day" not in cli(*words, "--intervals", "1m,5m", "--worst", "0").stdout
    told = json.loads(cli(*words, "--worst", "3", "--json").stdout)["worst"]
    assert [(row["symbol"], row["date"]) for row in told[:2]] == [("QQQ", "2025-06-26"), ("SPY", "2025-06-26")]
    assert len(told) == 3


def test_quotes_are_part_of_it_unless_left_out(cli: Any, tmp_path: Path) -> None:
    write_messy(tmp_path)
    words = ["quality", "--source", f"local:{tmp_path}", "--symbols", "SPY", "--start", "2025-07-02"]
    text, told = cli(*words).stdout, json.loads(cli(*words, "--json").stdout)
    [row] = told["quotes"]

    assert (row["kind"], row["crossed"], row["one_sided"], row["locked"]) == ("1m", 5, 1, 0)
    assert "\nQuotes\n" in text
    assert "SPY 1m quotes: 5 of" in text
    without = cli(*words, "--no-quotes")
    assert "uotes" not in without.stdout
    assert json.loads(cli(*words, "--no-quotes", "--json").stdout)["quotes"] == []


def test_a_picture_is_drawn_into_a_page_that_needs_no_other(cli: Any, store: Path, tmp_path: Path) -> None:
    words = ["quality", "--source", f"local:{store}", "--start", "2025-07-01", "--end", "2025-07-02", "--plot"]
    result = cli(*words, f"{tmp_path}/map.html")
    page = (tmp_path / "map.html").read_text()

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"written to {tmp_path}/map.html"
    assert "Coverage of local" in page
    assert len(page) > 1_000_000  # plotly itself stands in it
    assert "<script src=" not in page
    assert "<link" not in page.split("<script")[0]
    for place, says in ((f"{tmp_path}/map.png", "--plot"), (f"{tmp_path}/none/map.html", "there is no folder")):
        refused = cli(*words, place)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert says in refused.stderr


def test_dates_that_are_left_out_are_the_sources_first_and_last(cli: Any, store: Path) -> None:
    told = json.loads(cli("quality", "--source", f"local:{store}", "--json").stdout)
    since = json.loads(cli("quality", "--source", f"local:{store}", "--start", "2025-07-02", "--json").stdout)

    assert (told["start_date"], told["end_date"]) == ("2025-07-01", "2025-07-02")
    assert (since["start_date"], since["end_date"]) == ("2025-07-02", "2025-07-02")


@pytest.mark.parametrize("kind", ["lean", "files"])
def test_all_symbols_of_any_source_that_lists_them_are_measured(cli: Any, lean_data: Path, real_data: Path, kind: str) -> None:
    place = {"lean": lean_data, "files": real_data / "bars" / "1m" / "{symbol}" / "{date}.parquet"}[kind]
    words = ["quality", "--source", f"{kind}:{place}", "--start", "2013-10-07", "--end", "2013-10-07", "--no-quotes", "--json"]
    told = json.loads(cli(*words).stdout)

    assert {row["symbol"]: row["present"] for row in told["quality"]} == {"AIG": 389, "BAC": 390, "SPY": 390}
    assert set(told["dropped"]) >= {"AAPL", "FOXA"}
    assert json.loads(cli(*words, "--fail-under", "10").stdout)["passed"] is False


def test_a_symbol_that_was_named_and_is_not_there_is_told_and_passes_no_gate(cli: Any, store: Path) -> None:
    words = ["quality", "--source", f"local:{store}", "--symbols", "SPY,QQQ", "--start", "2025-07-02", "--end", "2025-07-02"]
    free, gated = cli(*words), cli(*words, "--fail-under", "0")

    assert free.exit_code == 0
    assert "QQQ" in free.stdout.split("Left out")[1]
    assert gated.exit_code == 3
    assert "nothing at all is stored of QQQ" in gated.stderr


def test_what_happens_is_told_as_json_on_stderr(cli: Any, store: Path) -> None:
    result = cli("quality", "--source", f"local:{store}", "-q", "--log", "json")
    events = [json.loads(line) for line in result.stderr.splitlines()]

    assert [event["event"] for event in events] == ["checking", "checked"]
    assert (events[1]["symbols"], events[1]["days"]) == (2, 2)


def test_output_is_written_also_below_the_bar(cli: Any, store: Path, tmp_path: Path) -> None:
    words = ["quality", "--source", f"local:{store}", "--start", "2025-07-02", "--end", "2025-07-02", "--fail-under", "100"]
    result = cli(*words, "-q", "-o", f"{tmp_path}/out/")

    assert (result.exit_code, result.stdout) == (3, "")
    assert json.loads((tmp_path / "out" / "quality.json").read_text())["below"][0]["symbol"] == "AIG"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--start", "2025-07-02", "--end", "2025-07-02"], "name a source with --source local:PATH"),
        (["--source", "synthetic", "--symbols", "SPY"], "--start and --end are missing"),
        (["--source", "synthetic", "--symbols", "SPY", "--start", "2025-07-02"], "--end is missing"),
        (["--source", "synthetic", "--start", "2025-07-02", "--end", "2025-07-02"], "name some, as in --symbols SPY,AIG"),
        (["--source", "local", "--start", "2025-07-02", "--end", "2025-07-02"], "write --source local:PATH"),
        (
            ["--source", "synthetic", "--symbols", "SPY", "--start", "2025-07-03", "--end", "2025-07-02"],
            '--start: "2025-07-03" -> a date on or before end_date, 2025-07-02',
        ),
        (
            ["--source", "synthetic", "--symbols", "SPY,SPY", "--start", "2025-07-02", "--end", "2025-07-02"],
            '--symbols[1]: "SPY" -> each only once; it stands at --symbols[0] too',
        ),
        (
            ["--source", "synthetic", "--symbols", "SPY", "--start", "2025-07-02", "--end", "2025-07-02", "--intervals", "1x"],
            '--intervals[0]: "1x" -> an interval such as 1s, 5m',
        ),
        (
            ["--source", "synthetic", "--symbols", "SPY", "--start", "2025-07-02", "--end", "2025-07-02", "--calendar", "XNYSE"],
            "did you mean XNYS?",
        ),
        (
            ["--source", "synthetic", "--symbols", "SPY", "--start", "1980-01-02", "--end", "1980-01-03"],
            "known from 1990-01-01 to ",
        ),
    ],
)
def test_what_cannot_be_measured_is_bad_input(cli: Any, words: list[str], says: str) -> None:
    result = cli("quality", *words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_minute_of_real_data_is_missing(cli: Any, real_data: Path) -> None:
    result = cli("quality", "--source", f"local:{real_data}", "--symbols", "AIG", "--start", "2013-10-07", "--end", "2013-10-07")

    assert result.exit_code == 0
    assert rows_of(result.stdout)["AIG", "1m", "2013-10-07"][:7] == ["390", "389", "99.7436", "1", "1", "44", "close"]


def test_real_seconds_and_futures_are_as_their_readme_says(cli: Any, real_data: Path) -> None:
    seconds = cli(
        "quality", "--source", f"local:{real_data}", "--symbols", "SPY,AIG", "--start", "2013-10-07", "--end", "2013-10-07",
        "--intervals", "1s", "--json",
    )  # fmt: skip
    futures = cli(
        "quality", "--source", f"local:{real_data}", "--symbols", "6EH4", "--start", "2024-01-02", "--end", "2024-01-12",
        "--calendar", "COMMODITIES", "--json",
    )  # fmt: skip

    found = {
        row["symbol"]: (row["present"], row["expected"], row["longest_gap"]) for row in json.loads(seconds.stdout)["quality"]
    }
    assert found == {"SPY": (14432, 23400, 21), "AIG": (3863, 23400, 77)}
    days = json.loads(futures.stdout)["quality"]
    assert len(days) == 9
    assert {row["expected"] for row in days} == {1380}
    assert (min(row["present"] for row in days), max(row["present"] for row in days)) == (1353, 1368)
