"""Fixtures for tests that look at the lab in a real browser: headless Chromium on JupyterLab and Voila, real kernels behind.

A test of one widget is short and quick. Ask for ``show``, a notebook that is open and warm, and call it with the code of a cell:

    def test_the_play_button_plays(show):
        player = show("lab = sl.demo(); sl.widgets.Player(lab)")  # a playwright Locator: the output of the cell
        player.get_by_role("button", name="Play").click()

        show.until("lab.state == 'playing'")  # asks the kernel until it is so
        expect(player.get_by_role("status")).to_contain_text("playing")  # expect is of playwright.sync_api, and waits

``sl`` is imported already. ``show.ask("lab.progress")`` is a value of the kernel, ``show.page`` playwright's page (``.keyboard``,
``.mouse``), ``show.screenshot("name")`` takes a picture, ``show.theme("dark")`` and ``show.width(800)`` change how it looks.
Locators wait; ``show.page.mouse`` does not: expect something of the picture first, or it is not there yet, or moves.
A cell that raises fails the test with its traceback. Cells and widgets go with the test; names in the kernel stay until somebody
sets them anew.

A test of a whole notebook asks for ``open_notebook`` and gives it cells, ``notebook = open_notebook("import sessionlab as sl")``,
then ``notebook.run_all()``; the rest is as above.

Either fails at its end if the page wrote an error on the console, or asked anything of another machine (``show.window.check()``
does it earlier). A test that failed says where its screenshot is; ``SESSIONLAB_SCREENSHOTS`` names the folder.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser.needed import chromium_path, need
from browser.served import Server, free_port, own_folders, serve

from sessionlab.widgets.front_end import PAGE

# Without playwright the folder is skipped, but this file is read all the same.
if TYPE_CHECKING:
    from browser.notebook_page import NotebookPage
    from browser.served_page import ServedPage
    from browser.windows import Windows
    from playwright.sync_api import Page

# Root has no sandbox to use; the rest keeps Chromium from asking its maker's hosts about things.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WARM = "import sessionlab as sl; import anywidget, ipywidgets, plotly; lab = sl.demo(); lab.step()"


@pytest.fixture(scope="session")
def chromium_program() -> str:
    """Where Chromium is. All that these tests need is there, or they are skipped before anything starts."""
    need("playwright", "test")
    need("jupyterlab", "lab")
    need("voila", "lab")
    return chromium_path()


@pytest.fixture(scope="session")
def jupyter(chromium_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One JupyterLab for the test run, over an empty folder."""
    own, port = tmp_path_factory.mktemp("jupyter"), free_port()
    environment = own_folders(own)
    _settings(own / "settings")
    folder = tmp_path_factory.mktemp("notebooks")
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--LabApp.expose_app_in_browser=True",
    ]
    server = serve([sys.executable, "-m", "jupyterlab", *options], port, folder, own, environment)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def voila(chromium_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Voila for the test run: ``{voila.url}/voila/render/NAME`` shows the notebook NAME of its folder."""
    own, port = tmp_path_factory.mktemp("voila"), free_port()
    folder = tmp_path_factory.mktemp("pages")
    options = ["--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", "--template=sessionlab", "--show_tracebacks=True"]
    environment = own_folders(own) | {"JUPYTER_PATH": str(PAGE)}
    server = serve([sys.executable, "-m", "voila", *options, str(folder)], port, folder, own, environment)
    yield server
    server.stop()


# By module, since playwright leaves an event loop running in this thread while it is there: other tests have to find none.
@pytest.fixture(scope="module")
def chromium(chromium_program: str, pictures: Path) -> Iterator[Windows]:
    """A headless Chromium; ``chromium.open()`` gives a window."""
    from browser.windows import Windows
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program, args=FLAGS)
        yield Windows(browser, pictures)
        browser.close()


@pytest.fixture
def page(chromium: Windows) -> Iterator[Page]:
    """An empty page, that has to stay clean: no error on the console, no request to another machine."""
    window = chromium.open()
    yield window.page
    chromium.close(window)
    window.check()


@pytest.fixture
def open_notebook(chromium: Windows, jupyter: Server) -> Iterator[Callable[..., NotebookPage]]:
    """Open a notebook of the given cells in JupyterLab, in a window and with a kernel of its own. The page has to stay clean."""
    opened: list[NotebookPage] = []

    def open_(*cells: str) -> NotebookPage:
        opened.append(_open(chromium, jupyter, cells))
        return opened[-1]

    yield open_
    for notebook in opened:
        _close(chromium, notebook)
    for notebook in opened:
        notebook.window.check()


@pytest.fixture
def open_app(chromium: Windows, tmp_path: Path) -> Iterator[Callable[..., ServedPage]]:
    """Open what ``sessionlab app`` serves of a config, given with options of that command. The page has to stay clean."""
    from browser.served_page import ServedPage

    with ExitStack() as ends:

        def open_(config: dict[str, Any], *options: str) -> ServedPage:
            port = free_port()
            (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
            command = [sys.executable, "-m", "sessionlab", "app", "config.json", "--no-browser", f"--port={port}", *options]
            server = serve(command, port, tmp_path, tmp_path, own_folders(tmp_path))
            ends.callback(server.stop)
            window = chromium.open()
            ends.callback(window.check)
            ends.callback(chromium.close, window)
            page = ServedPage(window, server, "/", chromium.pictures)
            ends.callback(page.close)
            return page

        yield open_


@pytest.fixture(scope="module")
def warm_notebook(chromium: Windows, jupyter: Server) -> Iterator[NotebookPage]:
    """A notebook for all tests of a module, with sessionlab imported as ``sl``."""
    notebook = _open(chromium, jupyter)
    notebook(WARM)
    yield notebook
    _close(chromium, notebook)


@pytest.fixture
def show(warm_notebook: NotebookPage) -> Iterator[NotebookPage]:
    """A notebook without cells, open and warm: call it with the code of a cell. The page has to stay clean."""
    from browser.windows import SIZE

    warm_notebook.clear()
    yield warm_notebook
    warm_notebook.ask("lab.pause()")
    warm_notebook.clear()
    warm_notebook.theme("light")
    warm_notebook.width(SIZE["width"])
    warm_notebook.window.check()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    named = os.environ.get("SESSIONLAB_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a test that failed in front of a page, keep what the page looked like and said."""
    report = yield
    windows = getattr(item, "funcargs", {}).get("chromium")
    if report.when == "call" and report.failed and windows is not None:
        report.sections.append(("Browser", windows.report(item.name)))
    return report


_numbers = count(1)


def _open(chromium: Windows, jupyter: Server, cells: Sequence[str] = ()) -> NotebookPage:
    from browser.notebook_page import NotebookPage, write_notebook

    path = write_notebook(jupyter.folder / f"notebook_{next(_numbers)}.ipynb", cells)
    return NotebookPage(chromium.open(), jupyter, path.name, chromium.pictures)


def _close(chromium: Windows, notebook: NotebookPage) -> None:
    kernel = notebook.kernel()
    chromium.close(notebook.window)
    # After the page, which would write on its console what it misses.
    urllib.request.urlopen(urllib.request.Request(kernel, method="DELETE")).close()


def _settings(folder: Path) -> None:
    """What a person could have set: all cells in the page, widgets kept in what is saved, no question about news."""
    for plugin, content in {
        "@jupyterlab/notebook-extension/tracker": '{"windowingMode": "none"}',
        "@jupyterlab/apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
        "@jupyter-widgets/jupyterlab-manager/plugin": '{"saveState": true}',
    }.items():
        path = folder / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
