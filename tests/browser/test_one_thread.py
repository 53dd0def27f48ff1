"""The engine is entered from one thread alone, whatever thread the messages of a browser arrive on.

That depends on the version of ipykernel: the main thread, or that of a subshell with a loop of its own. ``each_ipykernel.py``
beside this file runs it under several.
"""

from __future__ import annotations

from playwright.sync_api import expect

# Notes the thread of every way into the engine, and of every message of a browser.
HOOK = """
import threading
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.engine.desk import Desk
from sessionlab.widgets.surface import Surface

entered, heard = {}, {}


def noting(owner, name, threads):
    was = getattr(owner, name)

    def noted(*args, **kwargs):
        threads.setdefault(name, set()).add(threading.get_ident())
        return was(*args, **kwargs)

    setattr(owner, name, noted)


for name in ("move", "open_next", "rewind", "restart"):
    noting(SessionCoordinator, name, entered)
noting(Desk, "send", entered)
noting(Surface, "_heard", heard)
main = threading.main_thread().ident
"""
TRADING = """
lab = sl.demo()


@lab.every("5m")
def trade(ctx, symbol):
    ctx.buy(symbol, 1)


lab.dashboard()
"""


def test_the_engine_is_entered_from_the_main_thread_alone(show) -> None:
    show(HOOK)
    player = show(TRADING)

    def press(name: str) -> None:
        player.get_by_role("button", name=name, exact=True).click()

    player.get_by_role("combobox", name="Speed").select_option("360")
    press("Play")
    show.until("lab.pacing.state == 'playing' and lab.fills")
    press("Pause")
    show.until("lab.pacing.state == 'paused'")
    now = show.ask("lab.now.value")
    press("Step back")
    show.until(f"lab.now.value < {now}")
    press("Next session")
    show.until("lab.progress.session == 2")
    player.get_by_role("slider", name="Market time").click()
    show.until("lab.now.hour == 11")  # the middle of a half day
    press("Play")
    show.until("lab.pacing.state == 'playing'")
    show("lab.pause(); lab.step()")
    press("Buy RIVN")
    show.until("(lab.orders.strategy == 'hand').any()")
    press("To the open")
    expect(player.locator(".sl-time")).to_have_text("09:30:00")

    assert show.ask("all(threads == {main} for threads in entered.values())"), show.ask("(main, entered)")
    assert set(show.ask("sorted(entered)")) == {"move", "open_next", "rewind", "send"}
    version = show.ask("__import__('ipykernel').__version__")
    named = "[one.name for one in threading.enumerate() if one.ident in threads]"
    print(f"ipykernel {version}:", show.ask(f"{{name: {named} for name, threads in (heard | entered).items()}}"))
