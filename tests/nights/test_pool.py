"""Processes of jobs: alone, killed when they hang, heard when they die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from nights.works import work

from sessionlab.nights.pool import Ended, Pool

PARENT = """
import sys
from pathlib import Path
from nights.works import work
from sessionlab.nights.pool import Pool
if __name__ == "__main__":
    pool = Pool(work, [("hang", None)], workers=1, timeout=None, scratch=Path(sys.argv[1]), on_start=lambda n: None)
    for _ in range(1):
        pool._start(0)
        print(pool.running[0].process.pid, flush=True)
        list(pool._look())
        import time
        time.sleep(60)
"""

BEGINNING = """
import sys
from multiprocessing import Pipe
from nights.works import work
from sessionlab.nights.pool import _child
print("begins", flush=True)
_child(Pipe()[1], work, ("give", 1), sys.argv[1])
"""


def ended(tmp_path: Path, *tasks: Any, workers: int = 2, timeout: float | None = None) -> dict[int, Ended]:
    found = Pool(work, tasks, workers=workers, timeout=timeout, scratch=tmp_path).ended()
    return {one.number: one for one in found}


def test_ctrl_c_while_a_process_begins_ends_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(work, [("hang", None)], workers=1, timeout=None, scratch=tmp_path)
    begun = []

    def start(process: Any, was: Any = pool._context.Process.start) -> None:
        was(process)
        begun.append(process.pid)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(pool._context.Process, "start", start)
    with pytest.raises(KeyboardInterrupt):
        list(pool.ended())

    assert len(begun) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(begun[0], 0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_values_come_back_whatever_their_size(tmp_path: Path) -> None:
    many = b"x" * 20_000_000
    found = ended(tmp_path, ("give", 1), ("give", many), ("give", {"a": None}))

    assert [found[n].value for n in range(3)] == [1, many, {"a": None}]
    assert {one.how for one in found.values()} == {"made"}
    assert list(tmp_path.iterdir()) == []


def test_each_job_has_a_process_that_begins_afresh(tmp_path: Path) -> None:
    found = ended(tmp_path, *[("count", None)] * 4, workers=1)

    assert [one.value for one in found.values()] == [(1, [])] * 4


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_one_that_is_ended_while_it_begins_says_nothing_on_what_it_shares(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")  # where nobody reads, so it stays at opening it
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", BEGINNING, str(tmp_path / "log")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.5)
    process.terminate()
    _, said = process.communicate(timeout=30)

    assert (process.returncode, said) == (-signal.SIGTERM, b"")


@pytest.mark.parametrize("what", ["hang", "stubborn"])
def test_one_that_hangs_is_killed_and_the_others_go_on(tmp_path: Path, what: str) -> None:
    found = ended(tmp_path, (what, None), ("give", 1), ("give", 2), timeout=8)

    assert (found[0].how, found[0].label) == ("timeout", "10:15")
    assert found[0].words == "its time of 8 s was over"
    assert [found[n].value for n in (1, 2)] == [1, 2]


def test_one_that_dies_is_heard(tmp_path: Path) -> None:
    found = ended(tmp_path, ("kill", None), ("leave", None), ("raise", None), ("give", 1))

    assert found[0].words == "its process was killed by SIGKILL; was there enough memory?"
    assert found[1].words == "its process ended by itself, with code 7"
    assert found[2].words == "sessionlab itself failed: RuntimeError: a bug of ours"
    assert {found[n].how for n in (0, 1, 2)} == {"died"}
    assert found[3].value == 1


def test_what_it_prints_is_kept_apart(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = ended(tmp_path, ("print", None))

    assert {"said", "told", "by another"} <= set(found[0].printed.splitlines())
    assert capfd.readouterr() == ("", "")


def test_of_what_one_prints_without_end_the_end_is_kept(tmp_path: Path) -> None:
    found = ended(tmp_path, ("flood", None))

    assert found[0].printed.lstrip("\0").startswith("said last\n")
    assert len(found[0].printed) == 2000


def test_who_stops_asking_ends_those_at_work(tmp_path: Path) -> None:
    pool = Pool(work, [("hang", None), ("give", 1)], workers=2, timeout=None, scratch=tmp_path)
    asking = pool.ended()
    next(asking)
    pid = pool.running[0].process.pid
    asking.close()

    assert pool.running == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
    }
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py"), str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    deadline = time.monotonic() + 30
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the child lives on"
        time.sleep(0.1)
