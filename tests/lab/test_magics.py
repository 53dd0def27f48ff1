"""Magics do what their twins do, on the lab that is meant, and say in a line what cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from shells import shell

import sessionlab as sl


class Cells:
    """A shell of IPython as a person uses it: ``cells("%step")`` gives what the cell did, ``said`` is what it printed."""

    def __init__(self, made: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell = made
        self._capsys = capsys
        self.said = ""

    def __call__(self, code: str) -> Any:
        ran = self.shell.run_cell(code, store_history=True)
        told = self._capsys.readouterr()
        self.said = told.out + told.err
        return ran.error_in_exec if ran.error_in_exec is not None else ran.result

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@pytest.fixture
def cells(capsys: pytest.CaptureFixture[str]) -> Iterator[Cells]:
    with shell() as made:
        cells = Cells(made, capsys)
        cells("%load_ext sessionlab")
        cells("import sessionlab as sl")
        yield cells


@pytest.fixture
def one(cells: Cells) -> Cells:
    cells("lab = sl.demo()")
    return cells


def at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"2025-07-02 {clock}", tz="America/New_York")


@pytest.mark.parametrize(
    ("magic", "twin"),
    [
        ("%step", "lab.step()"),
        ("%step 20", "lab.step(20)"),
        ("%step -1", "lab.step(-1)"),
        ("%step 5m", 'lab.advance("5m")'),
        ("%step '5m'", 'lab.advance("5m")'),
        ("%until 10:30", 'lab.advance("10:30")'),
        ("%until close-10m", 'lab.advance("close-10m")'),
        ("%until 2025-07-02 11:00", 'lab.advance("2025-07-02 11:00")'),
        ("%rewind 09:40", 'lab.rewind("09:40")'),
        ("%rewind open+5m", 'lab.rewind("open+5m")'),
        ("%play 0 until 10:30", 'lab.play(0, until="10:30")'),
    ],
)
def test_a_magic_does_what_its_twin_does(one: Cells, magic: str, twin: str) -> None:
    one("twin = sl.demo(); lab.advance('10:00'); twin.advance('10:00')")
    one("%lab lab")
    one(magic)
    expected = one(twin.replace("lab", "twin"))

    assert one["lab"].now == one["twin"].now
    assert one["lab"].now != at("10:00")
    assert expected is None or not isinstance(expected, Exception)
    assert one["lab"].data.to_dict() == one["twin"].data.to_dict()


def test_a_step_is_shown_as_the_step_that_it_is(one: Cells) -> None:
    step = one("%step 20")

    assert step.now == at("09:50")
    assert len(step.bars) == 2 * (20 + 4 + 2)


def test_going_back_and_pausing_say_where_it_stands(one: Cells) -> None:
    one("%until 10:30")
    one("%rewind 09:45")
    back = one.said
    one("%play 0 until 10:00")
    one("%pause")

    assert "back at 2025-07-02 09:45:00, from 2025-07-02 10:30:00" in back
    assert "paused at 2025-07-02 10:00:00: it came to 2025-07-02 10:00:00" in one.said


def test_playing_on_goes_at_the_last_speed(one: Cells) -> None:
    one("%play 0x until 09:40")
    one("%play until 09:45")

    assert one["lab"].now == at("09:45")
    assert one["lab"].pacing.speed == 0.0


def test_quality_is_the_table_of_the_lab_or_of_some_symbols(one: Cells) -> None:
    one("%until 10:00")

    pd.testing.assert_frame_equal(one("%quality"), one["lab"].data.quality())
    pd.testing.assert_frame_equal(one("%quality --window"), one["lab"].data.quality(window=True))
    assert set(one("%quality AAPL")["symbol"]) == {"AAPL"}


@pytest.mark.parametrize(
    ("magic", "said"),
    [
        ("%step abc", "'abc' is not a moment"),
        ("%step -5m", "%step -5m: back it goes by steps, as in %step -3"),
        ("%step -1", "there are no 1 steps since then"),
        ("%until", "until when? As in %until 10:30"),
        ("%until 2025-07-01 10:00", "is before now"),
        ("%rewind", "back to when?"),
        ("%rewind 15:00", "'15:00' lies ahead of 2025-07-02 09:30:00"),
        ("%play fast", "%play fast: how many times as fast as the wall's clock?"),
        ("%play -1", "0 is as fast as it can"),
        ("%quality AAP", "AAP takes no part in this session; did you mean AAPL?"),
        ("%lab nothing", "%lab nothing: that is no lab; there are lab (Demo)"),
        ("%lab 1/0", "that is no lab"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_line(one: Cells, magic: str, said: str) -> None:
    one(magic)

    assert said in one.said
    assert one.said.startswith("UsageError: ")
    assert "Traceback" not in one.said
    assert one["lab"].now == at("09:30")


def test_what_a_hook_raises_keeps_its_traceback(one: Cells) -> None:
    one("@lab.every('1m')\ndef broken(ctx, symbol):\n    ctx.data['NOPE']")
    error = one("%step")

    assert isinstance(error, sl.errors.NoDataError)
    assert "ctx" in one.said
    assert "Traceback" in one.said


def test_without_a_lab_it_says_how_to_make_one(cells: Cells) -> None:
    cells("%step")

    assert cells.said == "UsageError: there is no lab here yet; make one, as in lab = sl.demo()\n"


def test_of_several_labs_one_is_chosen(one: Cells) -> None:
    one("other = lab.fork(name='an hour')")
    one("%step")
    unclear = one.said
    one("%lab other")
    one("%step")

    assert "which lab? there are lab (Demo), other (an hour); choose one with %lab NAME" in unclear
    assert (one["lab"].now, one["other"].now) == (at("09:30"), at("09:31"))
    assert one("%lab") is one["other"]


def test_a_lab_is_chosen_by_its_own_name_or_an_expression_too(one: Cells) -> None:
    one("labs = [lab.fork(name='an hour'), lab.fork(name='two hours')]")
    one("%lab two hours")
    one("%step")
    one("%lab labs[0]")
    one("%step 2")

    assert [lab.now for lab in one["labs"]] == [at("09:32"), at("09:31")]
    assert one["lab"].now == at("09:30")


def test_of_several_labs_the_one_displayed_last_is_meant(one: Cells) -> None:
    one("other = lab.fork()")
    one("other")
    one("lab.now")
    one("%step")
    one("lab")
    one("%step 2")

    assert (one["lab"].now, one["other"].now) == (at("09:32"), at("09:31"))


def test_two_names_of_one_lab_are_one(one: Cells) -> None:
    one("same = lab")
    one("%step")

    assert one["lab"].now == at("09:31")


def test_a_chosen_variable_means_the_lab_that_it_holds_now(one: Cells) -> None:
    one("other = sl.demo()")
    one("%lab lab")
    one("lab = sl.demo()")
    one("%step")

    assert one["lab"].now == at("09:31")
    assert one["other"].now == at("09:30")


def test_every_magic_names_its_twin(one: Cells) -> None:
    magics = one.shell.magics_manager.magics["line"]
    ours = {name: magics[name] for name in ("step", "until", "rewind", "play", "pause", "quality", "lab")}

    assert [name for name, magic in ours.items() if "twin" not in (magic.__doc__ or "")] == []


def test_in_a_running_loop_it_plays_in_the_background(one: Cells) -> None:
    one("import asyncio")
    one("%load_ext sessionlab")
    playing = one("%play 36000\nawait asyncio.sleep(0.2)\n%pause\nlab.pacing.state")

    assert playing == "paused"
    assert one["lab"].now > at("09:30")
