"""An executed notebook as one page: every plot is drawn, widgets have what stands beside them, nothing is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import plotly.graph_objects as go
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from reports.runs import Read, demo

from sessionlab.errors import BadDataError, NoDataError
from sessionlab.reports import embedded_run, notebook_html
from sessionlab.reports.embedded import run_document

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
VIEW = {"application/vnd.jupyter.widget-view+json": {"model_id": "a", "version_major": 2, "version_minor": 0}}
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("**/*.ipynb"))
FROM_ELSEWHERE = (
    '<script src="https://cdn.plot.ly/plotly-3.0.0.min.js"></script><link href="//fonts.test/a.css" rel="stylesheet">'
)


def figure(title: str) -> dict[str, Any]:
    made = go.Figure(go.Scatter(x=[1, 2, 3], y=[1, 3, 2], name="</script><script>window.obeyed=1</script>"))
    return {"application/vnd.plotly.v1+json": made.update_layout(title=title).to_plotly_json(), "text/html": FROM_ELSEWHERE}


def shown(*bundles: dict[str, Any]) -> Any:
    cells = [new_code_cell("show()", outputs=[new_output("display_data", data=bundle)]) for bundle in bundles]
    return new_notebook(cells=[new_markdown_cell("# A desk"), *cells])


def test_every_plot_is_drawn_by_one_copy_of_its_library(open_page: Any) -> None:
    html = notebook_html(shown(figure("one"), figure("two"), {"text/html": "<table><tr><td>7</td></tr></table>"}))
    page = open_page(html)
    page.wait_for_selector(".sl-plot .main-svg")

    assert page.locator(".sl-plot .main-svg:first-child").count() >= 2
    assert page.locator(".sl-plot .scatterlayer .trace").count() == 2
    assert page.evaluate("window.obeyed") is None
    assert page.locator("td", has_text="7").is_visible()
    assert html.count("plotly.js v") == 1
    assert len(html) < 6_500_000


def test_without_plots_there_is_no_library(open_page: Any) -> None:
    html = notebook_html(shown({"text/html": FROM_ELSEWHERE + "<p id='told'>told</p>"}))

    assert open_page(html).locator("#told").inner_text() == "told"
    assert len(html) < 600_000


def test_a_widget_is_what_stands_beside_it(open_page: Any) -> None:
    notebook = shown(
        VIEW | {"text/html": "<p class='beside'>a table</p>"}, VIEW | {"image/png": PNG}, VIEW | {"text/plain": "Player(<b>)"}
    )
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": {"secret": "state of a widget"}}}
    }
    html = notebook_html(notebook)
    page = open_page(html)

    assert page.locator(".beside").inner_text() == "a table"
    assert page.locator("img").count() == 1
    assert page.locator(".sl-widget").inner_text() == "A widget of the running notebook: Player(<b>)"
    assert "state of a widget" not in html


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_ours_show_each_picture_and_table_without_javascript(open_page: Any, path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output]
    html = [BeautifulSoup(data["text/html"], "html.parser") for data in shown if "text/html" in data]
    drawn = [data for data in shown if "text/html" not in data and {"image/svg+xml", "image/png"} & set(data)]
    page = open_page(notebook_html(notebook), javascript=False)
    tables = sum(len(one.find_all("table")) for one in html)
    pictures = len(drawn) + sum(len(one.select("img, svg:not(svg svg)")) for one in html)

    assert tables + pictures > 0
    assert page.locator("table:visible").count() == tables
    assert page.locator("img:visible, svg:not(svg svg):visible").count() == pictures


def test_a_notebook_is_left_as_it_was() -> None:
    notebook = shown(figure("one"))
    before = nbformat.writes(notebook)
    notebook_html(notebook)

    assert nbformat.writes(notebook) == before


def test_a_cell_that_failed_is_shown(open_page: Any) -> None:
    output = new_output("error", ename="ZeroDivisionError", evalue="by nothing", traceback=["ZeroDivisionError: by nothing"])
    page = open_page(notebook_html(new_notebook(cells=[new_code_cell("1 / 0", outputs=[output])])))

    assert page.get_by_text("ZeroDivisionError: by nothing").is_visible()


def test_what_a_notebook_carries_its_page_carries() -> None:
    notebook = shown({"text/plain": "7"})
    document = run_document(demo())
    notebook.metadata["sessionlab"] = document | {"apart": {"machine.json": document["apart"]["machine.json"]}}

    assert embedded_run(notebook_html(notebook))["documents"] == document["documents"]


def test_the_title_is_given_or_the_notebook_s_own(tmp_path: Path) -> None:
    file = tmp_path / "desk.ipynb"
    nbformat.write(shown({"text/plain": "7"}), file)

    assert Read(notebook_html(file)).soup.title.get_text() == "desk"
    assert Read(notebook_html(file, title="<b>Tonight</b>")).soup.title.get_text() == "<b>Tonight</b>"


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.ipynb").write_text("not a notebook")

    with pytest.raises(NoDataError, match="there is no notebook"):
        notebook_html(tmp_path / "none.ipynb")
    with pytest.raises(BadDataError, match="is no notebook that can be read"):
        notebook_html(tmp_path / "text.ipynb")


@pytest.mark.parametrize("text", ["[]", "3", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}'])
def test_json_that_is_no_notebook_is_refused_too(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(text)

    with pytest.raises(BadDataError, match="is no notebook that can be read"):
        notebook_html(tmp_path / "a.ipynb")


@pytest.mark.parametrize("plot", [{"layout": {}}, {"data": [], "layout": None, "config": None}])
def test_a_plot_that_lacks_a_part_leaves_the_page_whole(plot: dict[str, Any]) -> None:
    page = notebook_html(shown({"application/vnd.plotly.v1+json": plot}))

    assert len(Read(page).soup.select(".sl-plot")) == 1
    assert '"data":[]' in page
