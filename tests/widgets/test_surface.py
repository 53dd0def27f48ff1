"""What goes between a lab and a browser: frames that are pulled, wishes that are granted, and nothing else."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pandas as pd
import pytest
from eyes import Eyes

import sessionlab as sl
from sessionlab.widgets.front_end import code, in_order, loader
from sessionlab.widgets.kernel_loop import KernelLoop
from sessionlab.widgets.still import WIDGET


@pytest.fixture
def lab() -> sl.Lab:
    made = sl.demo()
    made.advance("10:00")
    return made


def test_a_frame_comes_only_where_something_is_new(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Player(lab))

    assert eyes.pull() is None
    lab.step()
    eyes.pull()
    assert eyes.lab["clock"] == "10:01:00"
    assert eyes.pull() is None


def test_frames_asked_for_ahead_come_one_by_one_and_never_more_than_three(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Player(lab))
    told = len(eyes.told)
    for _ in range(10):
        assert eyes.pull() is None
    for _ in range(5):
        lab.step()
        eyes.surface._look()

    assert len(eyes.told) - told == 3
    assert eyes.lab["clock"] == "10:03:00"


def test_the_run_is_told_once_a_session(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Player(lab))
    first = eyes.told[-1]["lab"]["run"]
    lab.step()

    assert "run" not in (eyes.pull() or {})["lab"]
    lab.run_session()
    lab.step()
    second = (eyes.pull() or {})["lab"]["run"]
    assert (first["number"], second["number"], second["sessions"]) == (1, 2, 3)
    # 2025-07-03 closes at 13:00 in New York.
    assert second["spans"][0][1] == pd.Timestamp("2025-07-03 13:00", tz="America/New_York").value / 1e6


def test_a_wish_does_what_a_cell_does(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Player(lab))
    at = {"10:30": pd.Timestamp("2025-07-02 10:30", tz="America/New_York")}

    for name, how, clock in [
        ("step", {"n": 1}, "10:01"), ("step", {"n": -1}, "10:00"), ("go", {"by": "5m"}, "10:05"), ("go", {"by": "-5m"}, "10:00"),
        ("seek", {"at": at["10:30"].value / 1e6}, "10:30"), ("rewind", {"at": at["10:30"].value / 1e6}, "10:30"),
        ("open", {}, "09:30"), ("close", {}, "16:00"), ("session", {}, "09:30"), ("open", {}, "09:30"),
    ]:  # fmt: skip
        assert eyes.wish(name, **how)["ok"], name
        assert f"{lab.now:%H:%M}" == clock, name
    assert str(lab.session.date) == "2025-07-02"  # at an open, to the open before


def test_back_by_minutes_stops_at_the_open(lab: sl.Lab) -> None:
    lab.rewind("09:32")

    assert Eyes(sl.widgets.Player(lab)).wish("go", by="-5m")["ok"]
    assert lab.now == lab.session.open


def test_what_cannot_be_granted_is_said_with_market_time(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Player(lab))

    said = eyes.wish("rewind", at=0)
    assert not said["ok"]
    assert said["kind"] == "RewindError"
    assert said["at"] == "2025-07-02 10:00:00"
    assert eyes.wish("fly")["kind"] == "ConfigError"


def test_an_error_of_a_hook_while_it_plays_is_told_and_still_raised_later(lab: sl.Lab) -> None:
    @lab.every("5m")
    def fails(ctx: Any, symbol: str) -> None:
        raise ValueError("no <b>luck</b>")

    eyes = Eyes(sl.widgets.Player(lab))

    async def play() -> None:
        lab.play(speed=0, until="10:30")
        while lab.pacing.state == "playing":
            await asyncio.sleep(0)
        eyes.pull()

    asyncio.run(play())
    (notice,) = eyes.notices
    assert (notice["kind"], notice["words"], notice["at"]) == ("ValueError", "no <b>luck</b>", "2025-07-02 10:05:00")
    with pytest.raises(ValueError, match="luck"):
        lab.step()


def test_a_message_of_another_thread_is_acted_on_by_the_lab_s_own(lab: sl.Lab) -> None:
    threads: list[int] = []

    async def main() -> None:
        loop = KernelLoop()
        worker = threading.Thread(target=lambda: loop.soon(lambda: threads.append(threading.get_ident())))
        worker.start()
        worker.join()
        assert not threads  # it waits for its turn
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert threads == [threading.get_ident()]


def test_what_is_no_message_of_ours_does_no_harm(lab: sl.Lab, caplog: pytest.LogCaptureFixture) -> None:
    player = sl.widgets.Player(lab)

    player._heard(player, {"do": "pull"}, [])
    player._heard(player, {}, [])
    assert "could not make out" in caplog.text
    assert Eyes(player).lab["clock"] == "10:00:00"


def test_two_pages_are_told_each_on_its_own(lab: sl.Lab) -> None:
    player = sl.widgets.Player(lab)
    one = Eyes(player, "one")
    lab.step()
    other = Eyes(player, "other")

    assert other.told[0]["parts"]["player"]["fresh"]
    player.send = one._hear
    assert not (one.pull() or {})["parts"].get("player", {}).get("fresh", False)


def test_a_saved_widget_is_small_and_holds_no_data(lab: sl.Lab) -> None:
    dashboard = lab.dashboard()
    Eyes(dashboard)
    lab.advance("15:00")

    state = dashboard.get_state()
    assert len(json.dumps(state)) < 8_000
    assert state["_esm"] == loader()


def test_the_code_that_draws_comes_each_module_after_what_it_imports() -> None:
    sent = code()
    names = [name for name, _ in sent["modules"]]

    assert names[-1] == "view.js" or names.index("view.js") > names.index("parts.js")
    assert in_order({"a.js": 'from "./b.js"', "b.js": 'from "./c.js"', "c.js": ""}) == ["c.js", "b.js", "a.js"]
    assert all("http" not in text.replace("http://www.w3.org/2000/svg", "") for _, text in sent["modules"])


def test_a_closed_lab_takes_its_widgets_along(lab: sl.Lab) -> None:
    player = sl.widgets.Player(lab)

    lab.close()
    assert player.comm is None
    assert not lab._faces


def test_the_same_state_is_there_without_a_widget_manager(lab: sl.Lab) -> None:
    bundle, _ = lab.dashboard()._repr_mimebundle_()

    assert bundle["text/plain"] == "<Dashboard of 'Demo'>"
    assert "session 1 of 3, 2025-07-02 10:00:00" in bundle["text/html"]
    assert WIDGET not in bundle  # no kernel is here to draw it with
    assert "<script" not in bundle["text/html"]


def test_the_still_picture_of_a_moment_is_always_the_same(lab: sl.Lab) -> None:
    again = sl.demo()
    again.advance("10:00")

    assert lab.dashboard()._repr_mimebundle_()[0]["text/html"] == again.dashboard()._repr_mimebundle_()[0]["text/html"]


def test_markup_in_a_name_is_shown_in_the_still_picture() -> None:
    config = sl.demo().config.replace({"session_name": "<img src=x onerror=alert(1)>"})
    bundle, _ = sl.Lab(config).dashboard()._repr_mimebundle_()

    assert "<img" not in bundle["text/html"]
    assert "&lt;img" in bundle["text/html"]
