"""The tests' own browser, servers and kernels: that they see what they must see, and end with the test run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from browser.asking import KernelError
from browser.notebook_page import NotebookPage, write_notebook
from playwright.sync_api import expect

BUTTON = """
import ipywidgets
presses = []
label = ipywidgets.Label()
button = ipywidgets.Button(description="press")


@button.on_click
def press(_):
    presses.append(lab.step().now)
    label.value = f"pressed {len(presses)} times"


ipywidgets.VBox([button, label])
"""


def test_a_widget_reaches_the_kernel_and_back(show) -> None:
    shown = show(BUTTON)
    now = show.ask("lab.now.isoformat()")
    shown.get_by_role("button", name="press").click()

    show.until("len(presses) == 1")
    assert show.ask("presses[0] == lab.now")
    assert show.ask("lab.now.isoformat()") > now


def test_a_cell_that_raises_fails_at_once(show) -> None:
    with pytest.raises(KernelError, match="ZeroDivisionError: division by zero"):
        show("1 / 0")


def test_a_question_that_raises_fails_at_once(show) -> None:
    with pytest.raises(KernelError, match="nobody: NameError"):
        show.ask("nobody")


def test_an_answer_is_whole_however_long(show) -> None:
    assert show.ask("list(range(5000))") == list(range(5000))
    assert show.ask("1, 'a', None") == (1, "a", None)
    assert show.ask("lab.now").startswith("Timestamp('2025-07-02 09:")


def test_each_test_finds_no_outputs_and_no_widgets(show) -> None:
    expect(show.page.locator(".jp-Notebook .jp-OutputArea-child")).to_have_count(0)
    assert show.ask("len(ipywidgets.widgets.widget._instances)") == 0


def test_a_test_may_change_how_it_looks(show) -> None:
    show.theme("dark")
    show.width(800)

    assert show.page.evaluate("[document.body.dataset.jpThemeLight, innerWidth]") == ["false", 800]


def test_the_next_one_does_not_see_it(show) -> None:
    assert show.page.evaluate("[document.body.dataset.jpThemeLight, innerWidth]") == ["true", 1280]


def test_an_error_on_the_console_is_seen(show) -> None:
    show("from IPython.display import Javascript; Javascript('console.error(\"oh\")')")
    troubles(show, 1)

    with pytest.raises(AssertionError, match="console error: oh"):
        show.window.check()


def test_a_request_to_another_machine_is_seen(show) -> None:
    show("from IPython.display import HTML; HTML('<img src=\"http://example.invalid/x.png\">')")
    troubles(show, 2)  # the second says that it got no answer

    with pytest.raises(AssertionError, match=r"leaves this machine: http://example\.invalid/x\.png"):
        show.window.check()


def test_a_notebook_of_cells_runs(open_notebook) -> None:
    notebook = open_notebook("a = 1", "print(a + 1)")
    notebook.run_all()

    expect(notebook.output(1)).to_have_text("2")
    assert notebook.ask("a") == 1
    assert [cell.execution_count for cell in notebook.save().cells] == [1, 2]


def test_a_page_of_voila_is_live(voila, page) -> None:
    path = write_notebook(voila.folder / "button.ipynb", ["import sessionlab as sl; lab = sl.demo()", BUTTON])
    page.goto(f"{voila.url}/voila/render/{path.name}")
    page.get_by_role("button", name="press").click()

    expect(page.get_by_text("pressed 1 times")).to_be_visible()


def test_a_server_ends_when_the_test_run_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = f"""
        import sys, time
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        from browser.served import free_port, serve
        from pathlib import Path
        port = free_port()
        server = serve([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)], port, Path("."), Path("."), {{}})
        Path("started").write_text(str(server.watcher.pid))
        time.sleep(60)
    """
    run = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path)
    while not (started.exists() and started.read_text()):
        assert run.poll() is None
        time.sleep(0.02)
    group = int(started.read_text())
    run.send_signal(signal.SIGKILL)
    run.wait()

    end = time.monotonic() + 10
    while is_there(group):
        assert time.monotonic() < end
        time.sleep(0.05)


def troubles(show: NotebookPage, expected: int) -> None:
    """Wait until the page had as many troubles."""
    end = time.monotonic() + 10
    while len(show.window.troubles) < expected:
        assert time.monotonic() < end
        show.page.wait_for_timeout(10)


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
