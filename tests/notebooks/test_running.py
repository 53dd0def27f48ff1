"""A notebook is run where it lies; what ran in it is kept, and a cell that fails leaves all that came before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
from notebooks.made import OPEN, PARAMETERS, RUN, STRATEGY, write_desk

import sessionlab as sl
from sessionlab.cli.given import value_of
from sessionlab.errors import BadDataError, NoDataError
from sessionlab.notebooks import Executed, check, execute
from sessionlab.notebooks.running import Where, write_ipynb
from sessionlab.reports import notebook_html
from sessionlab.saving import verify_each

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # each starts a kernel


def ran(path: Path, **parameters: str) -> Executed:
    return execute(check(path, parameters, {}, value_of=value_of))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an executed desk, good.ipynb and good.html, and one that failed, bad.ipynb and bad.html."""
    folder = tmp_path_factory.mktemp("desk")
    path = write_desk(folder)
    for name, parameters in (("good", {"fast": "4"}), ("bad", {"fail_at": "100"})):
        done = ran(path, **parameters)
        (folder / f"{name}.ipynb").write_text(write_ipynb(done.notebook))
        (folder / f"{name}.html").write_text(notebook_html(done.notebook))
    return folder


def test_parameters_arrive_and_the_run_stands_in_the_metadata(desk: Path) -> None:
    notebook = nbformat.read(desk / "good.ipynb", as_version=4)
    said = notebook.metadata["sessionlab"]

    nbformat.validate(notebook)
    assert (said["format"], said["notebook"], said["failure"]) == ("sessionlab-notebook/1", "desk.ipynb", None)
    assert said["parameters"] == {"fast": 4}
    manifest = said["runs"][0]["documents"]["manifest.json"]
    assert manifest["strategies"][0]["parameters"]["fast"] == 4
    assert manifest["data"].keys() == {"AAPL"}
    assert notebook.cells[-1].outputs[0].data["text/plain"].startswith("<RunResult 'Desk'")
    assert str(desk) not in json.dumps({**notebook.metadata["papermill"]})


def test_a_class_of_a_cell_is_run_again_of_the_report_alone(desk: Path, tmp_path: Path) -> None:
    for name in ("good.ipynb", "good.html", "bad.ipynb", "bad.html"):
        (tmp_path / name).write_bytes((desk / name).read_bytes())
        run = subprocess.run(
            [sys.executable, "-m", "sessionlab", "verify", name], cwd=tmp_path, capture_output=True, text=True, check=False
        )

        assert (run.returncode, run.stderr) == (0, ""), run.stderr
        assert run.stdout.startswith("Desk: as it was written; 1 sessions run again: the same; ")


def test_a_cell_that_fails_is_told_on_top_with_its_market_time(desk: Path) -> None:
    notebook = nbformat.read(desk / "bad.ipynb", as_version=4)
    top, said = notebook.cells[0].source, notebook.metadata["sessionlab"]["failure"]

    assert "This report failed in cell 5 of 5, In [5]." in top
    assert "at 2025-07-02 11:10:00 market time" in top
    assert "<b>bid" not in top
    assert "&lt;b&gt;bid" in top
    assert "\n" not in top
    assert (said["kind"], said["at"]) == ("ValueError", "2025-07-02T11:10:00-04:00")
    assert notebook.cells[4].source == STRATEGY
    assert [cell for cell in notebook.cells if "papermill-error-cell-tag" in cell.metadata.get("tags", [])] == []
    assert "This report failed in cell 5 of 5" in (desk / "bad.html").read_text()


def test_equal_notebooks_have_equal_bytes(desk: Path) -> None:
    done = ran(desk / "desk.ipynb", fast="4")

    assert write_ipynb(done.notebook) == (desk / "good.ipynb").read_text()
    assert notebook_html(done.notebook) == (desk / "good.html").read_text()


def test_a_changed_report_is_told(desk: Path, tmp_path: Path) -> None:
    for name in ("good.ipynb", "good.html"):
        text = (desk / name).read_text()
        (tmp_path / name).write_text(text.replace("ctx.target(symbol, 5 if", "ctx.target(symbol, 6 if"))

        with pytest.raises(BadDataError, match="was changed since it was written"):
            sl.verify(tmp_path / name)


def test_a_notebook_that_ran_no_lab_says_so(tmp_path: Path) -> None:
    done = ran(write_desk(tmp_path, "1 / fast"))
    (tmp_path / "out.ipynb").write_text(write_ipynb(done.notebook))

    assert (done.failure, done.runs) == (None, [])
    with pytest.raises(NoDataError, match="no run of a lab is in this notebook"):
        sl.verify(tmp_path / "out.ipynb")
    with pytest.raises(NoDataError, match="carries no run"):
        sl.verify(write_desk(tmp_path))


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    breaks = "from sessionlab.notebooks import in_kernel\nin_kernel.collected = lambda *_, **__: 1 / 0"
    done = ran(write_desk(tmp_path, OPEN, "lab.run()", breaks))
    (tmp_path / "out.ipynb").write_text(write_ipynb(done.notebook))

    assert done.notebook.metadata["sessionlab"]["unkept"] == ["ZeroDivisionError: division by zero"]
    with pytest.raises(NoDataError, match=r"no run of this notebook could be kept \(ZeroDivisionError"):
        sl.verify(tmp_path / "out.ipynb")


def test_equal_notebooks_without_ids_of_cells_have_equal_bytes_too(tmp_path: Path) -> None:
    """Those of format 4.4 and before have none."""
    path = write_desk(tmp_path, "fast")
    old = nbformat.read(path, as_version=4)
    old.nbformat_minor = 4
    for cell in old.cells:
        del cell["id"]
    path.write_text(json.dumps(old))
    one, other = (write_ipynb(ran(path, fast="4").notebook) for _ in range(2))

    assert one == other
    nbformat.validate(nbformat.reads(one, as_version=4))


def test_a_parameter_without_bounds_leaves_a_notebook_that_is_json(tmp_path: Path) -> None:
    done = ran(write_desk(tmp_path, "limit", parameters="limit = 1.0"), limit="1e999")
    told = json.loads(write_ipynb(done.notebook), parse_constant=pytest.fail)

    assert told["cells"][-1]["outputs"][0]["data"]["text/plain"] == ["inf"]
    assert told["metadata"]["sessionlab"]["parameters"] == {"limit": "Infinity"}
    assert "Infinity" in notebook_html(done.notebook)


def test_an_error_outside_of_hooks_is_told_with_where_the_lab_stands(tmp_path: Path) -> None:
    done = ran(write_desk(tmp_path, OPEN, 'lab.advance("10:15")', "lab.nothing_of_that_name"))

    assert done.failure is not None
    assert (done.failure.kind, str(done.failure.at)) == ("AttributeError", "2025-07-02 10:15:00-04:00")
    assert done.where == "cell 4 of 4, In [4]"
    assert len(done.runs) == 1


def test_a_kernel_that_dies_leaves_a_readable_notebook(tmp_path: Path) -> None:
    done = ran(write_desk(tmp_path, OPEN, "lab.run()", "import os\nos._exit(3)"))

    assert done.failure is not None
    assert done.failure.kind == "DeadKernelError"
    assert done.where.startswith("cell 4 of 4")
    assert done.notebook.cells[3].outputs[0].data["text/plain"].startswith("<RunResult 'Desk'")
    assert done.runs == []


def test_several_runs_are_kept_and_each_is_verified(tmp_path: Path) -> None:
    loop = "results = {n: sl.Lab(sl.SessionConfig.from_file(config)).use(Flip(fast=n)).run() for n in (3, 5)}"
    done = ran(write_desk(tmp_path, OPEN, STRATEGY, loop))
    (tmp_path / "out.html").write_text(notebook_html(done.notebook))

    assert [one.same for one in verify_each(tmp_path / "out.html")] == [True, True]
    assert sl.verify(tmp_path / "out.html", run=1).again.manifest["strategies"][0]["parameters"]["fast"] == 5
    with pytest.raises(sl.errors.ConfigError, match="holds 2 runs; say which"):
        sl.verify(tmp_path / "out.html")


def test_no_state_of_widgets_is_kept(tmp_path: Path) -> None:
    done = ran(write_desk(tmp_path, "import ipywidgets\nipywidgets.IntSlider()"))

    text = write_ipynb(done.notebook)
    assert "application/vnd.jupyter.widget" not in text
    assert "IntSlider(value=0)" in text


def test_it_says_at_which_cell_it_is_and_at_which_market_time(tmp_path: Path) -> None:
    seen: list[Where] = []
    execute(
        check(write_desk(tmp_path, OPEN, STRATEGY, "lab.run()"), {}, {}, value_of=value_of),
        progress=lambda where: seen.append(where),
    )

    assert [(one.cell, one.cells) for one in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_progress_goes_into_a_file_where_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sessionlab.engine.progress import PROGRESS_FILE, read_progress

    monkeypatch.setenv(PROGRESS_FILE, str(tmp_path / "progress.json"))
    lab = sl.demo()
    lab.run()

    told = read_progress(tmp_path / "progress.json")
    assert told is not None
    assert told[0].startswith("2025-07-0")
    assert read_progress(tmp_path / "none.json") is None


def test_the_notebook_is_run_as_people_run_it(tmp_path: Path) -> None:
    """What a report shows is what Jupyter shows, which nbclient runs here by itself."""
    path = write_desk(tmp_path, OPEN, STRATEGY, RUN)
    plain = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(plain, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    done = ran(path)

    shown = [cell.outputs[0].data["text/plain"] for cell in (plain.cells[-1], done.notebook.cells[-1])]
    assert shown[0] == shown[1]
    assert PARAMETERS.splitlines()[0] in done.notebook.cells[0].source
    assert "SESSIONLAB_PROGRESS_FILE" not in os.environ


def test_a_kernel_that_only_its_author_has_is_replaced_by_the_one_here(tmp_path: Path) -> None:
    path = write_desk(tmp_path, "fast + 1")
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["kernelspec"]["name"] = "of-somebody-else"
    nbformat.write(notebook, path)

    assert ran(path).notebook.cells[-1].outputs[0].data["text/plain"] == "4"


def test_kernels_at_one_time_do_not_hear_each_other_and_leave_no_files(tmp_path: Path) -> None:
    write_desk(tmp_path, "import time\ntime.sleep(1)\nfast")
    before = sorted(tmp_path.iterdir())
    code = (
        "import sys; from pathlib import Path; from sessionlab.notebooks import check, execute\n"
        "done = execute(check(Path('desk.ipynb'), {'fast': sys.argv[1]}, {}, value_of=int))\n"
        "print(done.words, done.notebook.cells[-1].outputs[0].data['text/plain'])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(n)], cwd=tmp_path, stdout=subprocess.PIPE, text=True) for n in (4, 5, 6)
    ]

    assert [process.communicate(timeout=200)[0] for process in running] == ["None 4\n", "None 5\n", "None 6\n"]
    assert sorted(tmp_path.iterdir()) == before
