"""Playing in a real kernel: a cell awaits it, other tasks run meanwhile, pause and Ctrl-C hold it, errors are seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

SETUP = """
import asyncio, json
import sessionlab as sl
lab = sl.demo()
"""


class Kernel:
    """Runs cells: ``kernel("code")`` is what it printed; ``errors`` what it raised."""

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self.manager = manager
        self.client = client

    def start(self, code: str) -> str:
        return str(self.client.execute(code))

    def __call__(self, code: str, *, raises: str | None = None) -> str:
        return self.finish(self.start(code), raises=(raises,))

    def finish(self, request: str, *, raises: tuple[str | None, ...], interrupt_at: str | None = None) -> str:
        printed, error = "", None
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                printed += content["text"]
                if interrupt_at is not None and interrupt_at in printed:
                    interrupt_at = None
                    self.manager.interrupt_kernel()
            elif kind == "error":
                error = content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                assert error in raises
                return printed.strip()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def cells(kernel: Kernel) -> Kernel:
    kernel(SETUP)
    return kernel


def test_a_cell_awaits_it_and_another_task_runs_meanwhile(cells: Kernel) -> None:
    printed = cells(
        """
        seen = set()
        async def look():
            while True:
                seen.add(lab.now)
                await asyncio.sleep(0.001)
        task = asyncio.create_task(look())
        step = await lab.play(speed=18_000, until="10:30")
        task.cancel()
        print(f"{step.now:%H:%M:%S}", lab.pacing.state, len(step.bars) > 0, len(seen) > 2)
        """
    )
    assert printed == "10:30:00 paused True True"


def test_a_subscriber_of_the_kernels_loop_gets_every_bar(cells: Kernel) -> None:
    printed = cells(
        """
        got = []
        async def consume():
            async for event in lab.subscribe("AAPL", "1m"):
                got.append(lab.now == event.moment)
        task = asyncio.create_task(consume())
        await lab.play(speed=0)
        await task
        print(lab.state, len(got), all(got))
        """
    )
    assert printed == "done 990 True"


def test_in_the_background_cells_go_on_and_pause_holds_it(cells: Kernel) -> None:
    assert cells("playing = lab.play(speed=3600)\nprint(playing)") == "<Playing: plays at 3600 x>"
    cells("lab.step()", raises="BusyError")
    cells("while lab.now <= lab.session.open: await asyncio.sleep(0.001)")  # an awaiting cell lets it play
    cells("lab.pause(); stood = lab.now")
    cells("await asyncio.sleep(0.2)")

    assert cells("print(lab.now == stood, lab.pacing.state, lab.state)") == "True paused open"
    assert cells("step = lab.step(); print(step.now > stood)") == "True"
    assert cells('await lab.play(until="close"); print(f"{lab.now:%H:%M}")') == "16:00"


def test_pause_from_a_hook_and_from_another_task(cells: Kernel) -> None:
    printed = cells(
        """
        @lab.every("5m")
        def hold(ctx):
            if f"{ctx.now:%H:%M}" == "10:05":
                lab.pause()
        await lab.play(speed=36_000)
        print(f"{lab.now:%H:%M:%S}")
        async def pause():
            while f"{lab.now:%H:%M}" < "10:10":
                await asyncio.sleep(0.001)
            lab.pause()
        task = asyncio.create_task(pause())
        await lab.play(speed=360)
        print(lab.pacing.state, f"{lab.now:%H:%M}" >= "10:10", lab.state)
        """
    )
    assert printed.splitlines() == ["10:05:00", "paused True open"]


def test_what_a_hook_raises_is_seen(cells: Kernel) -> None:
    cells('@lab.every("5m")\ndef bad(ctx):\n    raise ZeroDivisionError("bad luck")')
    cells("await lab.play(speed=36_000)", raises="ZeroDivisionError")
    cells("playing = lab.play(speed=36_000)")
    cells("while lab.pacing.state == 'playing': await asyncio.sleep(0.001)")
    cells("lab.step()", raises="ZeroDivisionError")
    assert cells("lab.step(); print(lab.pacing.why)") == "ZeroDivisionError: bad luck"


def test_interrupting_the_cell_holds_it_whole(cells: Kernel) -> None:
    request = cells.start('print("begun", flush=True)\nawait lab.play(speed=1)')
    cells.finish(request, raises=("CancelledError", "KeyboardInterrupt"), interrupt_at="begun")  # the kernel's own word for it

    assert cells("await asyncio.sleep(0.1); print(lab.pacing.state, lab.state in ('ready', 'open'))") == "paused True"
    assert cells("lab.run(progress=False); print(lab.state)") == "done"
