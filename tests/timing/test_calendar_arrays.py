"""Calendars on disk: what is there is used, what is broken is made anew."""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import exchange_calendars
import numpy as np
import pytest
from exchange_calendars.weekday_calendar import WeekdayCalendar

from sessionlab.errors import CalendarError
from sessionlab.timing import TimeManager, calendars
from sessionlab.timing.calendars import Calendar

LAST = dt.date(2026, 12, 31)
load: Callable[[str, dt.date, Path], Calendar] = calendars.load_calendar.__wrapped__  # without what this process keeps


def same(a: Calendar, b: Calendar) -> bool:
    arrays = [
        (a.sessions.date, b.sessions.date), (a.sessions.open, b.sessions.open), (a.sessions.close, b.sessions.close),
        (a.sessions.break_start, b.sessions.break_start), (a.sessions.break_end, b.sessions.break_end),
        (a.sessions.early, b.sessions.early), (a.holiday, b.holiday), (a.position, b.position),
    ]  # fmt: skip
    facts = [(c.name, c.tz, c.first_date, c.last_date, c.sessions.tz) for c in (a, b)]
    return facts[0] == facts[1] and all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in arrays)


def forbid_making(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a calendar was made")

    patch.setattr(exchange_calendars, "get_calendar", refuse)


@pytest.mark.parametrize("code", ["XNYS", "24/7", "24/5", "CMES", "XHKG", "NYSE"])
def test_a_calendar_from_disk_is_the_one_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    made = load(code, LAST, tmp_path)
    forbid_making(monkeypatch)

    assert same(load(code, LAST, tmp_path), made)
    assert not load(code, LAST, tmp_path).sessions.open.flags.writeable
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_exchange_calendars_is_not_imported_when_the_file_is_there(tmp_path: Path) -> None:
    program = (
        "import sys; from sessionlab.timing import TimeManager; print(TimeManager().is_trading_day('2025-07-02'),"
        " any(name.startswith('exchange_calendars') for name in sys.modules))"
    )
    environment = {**os.environ, "SESSIONLAB_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]

    assert [run.stdout.split() for run in said] == [["True", "True"], ["True", "False"]]
    assert [run.stderr for run in said] == ["", ""]


def test_the_key_is_code_version_and_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("24/5", LAST, tmp_path)
    load("24/7", LAST, tmp_path)
    load("24/5", dt.date(2027, 12, 31), tmp_path)
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99.0")
    load("24/5", LAST, tmp_path)

    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a calendar", b"\x93NUMPY", b"\x80\x04."])
def test_a_file_that_cannot_be_read_is_made_anew(tmp_path: Path, content: bytes) -> None:
    made = load("24/5", LAST, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)

    assert same(load("24/5", LAST, tmp_path), made)
    assert path.stat().st_size > 100_000


def test_whatever_happens_to_the_bytes_of_a_file_the_answer_is_right(tmp_path: Path) -> None:
    made = load("24/5", LAST, tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    draw = random.Random(3)
    for _ in range(60):
        broken = bytearray(whole)
        # the zip's own words are at the ends of the file and count more than the middle of a column
        at = draw.choice([draw.randrange(2000), draw.randrange(len(whole)), len(whole) - draw.randrange(1, 1200)])
        broken[at] ^= draw.randrange(1, 256)
        path.write_bytes(broken if draw.random() < 0.7 else whole[:at])

        assert same(load("24/5", LAST, tmp_path), made)


def test_another_calendar_s_file_is_not_believed(tmp_path: Path) -> None:
    made = load("24/5", LAST, tmp_path)
    (ours,) = tmp_path.iterdir()
    load("24/7", LAST, tmp_path)
    (theirs,) = set(tmp_path.iterdir()) - {ours}
    ours.write_bytes(theirs.read_bytes())

    assert same(load("24/5", LAST, tmp_path), made)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("a file where a folder should be")

    assert len(load("24/5", LAST, in_the_way / "calendars").sessions) > 9000


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, **_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)

    assert len(load("24/5", LAST, tmp_path).sessions) > 9000
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONLAB_CACHE_DIR", str(tmp_path))
    assert calendars.cache_folder() == tmp_path / "calendars"

    monkeypatch.delenv("SESSIONLAB_CACHE_DIR")
    assert calendars.cache_folder().is_absolute()
    assert "sessionlab" in str(calendars.cache_folder())


class Tuesdays(WeekdayCalendar):  # type: ignore[misc]
    name = "TUESDAYS"
    weekmask = "0100000"


def test_a_registered_calendar_of_the_user_is_found_and_not_kept(tmp_path: Path) -> None:
    exchange_calendars.register_calendar_type("TUESDAYS", Tuesdays)
    try:
        tuesdays = load("TUESDAYS", LAST, tmp_path)
    finally:
        exchange_calendars.deregister_calendar("TUESDAYS")

    assert {day.isoweekday() for day in tuesdays.sessions.date.tolist()} == {2}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Series.values returning an ndarray")  # exchange_calendars asks for them
def test_an_instance_is_never_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONLAB_CACHE_DIR", str(tmp_path))
    manager = TimeManager(calendar=Tuesdays(start="2025-01-01", end="2025-12-31"))

    assert manager.count_trading_days("2025-07-01", "2025-07-31") == 5
    assert list(tmp_path.iterdir()) == []


def test_a_calendar_that_the_library_cannot_make_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(code: str, **_: object) -> None:
        raise NotImplementedError("implemented by subclasses")

    monkeypatch.setattr(exchange_calendars, "get_calendar", fail)

    with pytest.raises(CalendarError, match=r"cannot make XNYS: NotImplementedError: .*; take another code"):
        load("XNYS", LAST, tmp_path)
