"""One night at a time: who is at work is said, and what a dead one left is recognized."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from sessionlab.errors import ConfigError, SourceError
from sessionlab.nights.lock import NAME, NightLock
from sessionlab.nights.place import place_at

HOLDING = """
import sys, time
from sessionlab.nights.lock import NightLock
from sessionlab.nights.place import place_at
with NightLock(place_at(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def remote() -> Iterator[str]:
    yield "memory://a-locked-night"
    fsspec.filesystem("memory").rm("/a-locked-night", recursive=True)


def held_elsewhere(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDING, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_second_night_is_refused_and_told_whose_the_first_is(tmp_path: Path) -> None:
    place = place_at(str(tmp_path))
    with (
        NightLock(place),
        pytest.raises(ConfigError, match=f"another night is at work.*process {os.getpid()} on"),
        NightLock(place),
    ):
        pass

    assert not (tmp_path / NAME).exists()
    with NightLock(place) as lock:
        assert lock.left_over is None


def test_a_disk_that_locks_nothing_is_no_other_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(SourceError, match="could not be locked: No locks available"), NightLock(place_at(str(tmp_path))):
        pass


@pytest.mark.parametrize("gone_at", [1, 2])
def test_a_lock_that_is_gone_when_it_is_looked_at_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone_at: int
) -> None:
    """Another night that has just ended removes it between any two looks."""
    stat, looks = Path.stat, []

    def look(self: Path, **how: bool) -> os.stat_result:
        if self.name == NAME:
            looks.append(self)
            if len(looks) == gone_at:
                self.unlink()
        return stat(self, **how)

    monkeypatch.setattr(Path, "stat", look)
    with NightLock(place_at(str(tmp_path))) as lock:
        assert lock.left_over is None


def test_a_night_of_another_process_is_seen(tmp_path: Path) -> None:
    process = held_elsewhere(tmp_path)
    with pytest.raises(ConfigError, match=f"process {process.pid} on"), NightLock(place_at(str(tmp_path))):
        pass
    end(process)


def test_the_lock_of_a_killed_process_is_taken_over_and_said(tmp_path: Path) -> None:
    process = held_elsewhere(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    end(process)

    assert (tmp_path / NAME).exists()
    with NightLock(place_at(str(tmp_path))) as lock:
        assert f"process {process.pid} on {socket.gethostname()}" in str(lock.left_over)
    assert not (tmp_path / NAME).exists()


def test_the_lock_of_another_machine_stands_until_it_is_removed(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps({"host": "another", "pid": 1, "since": "2025-07-02"}))
    with pytest.raises(ConfigError, match=r"process 1 on another.*remove .*\.night\.lock"), NightLock(place_at(str(tmp_path))):
        pass

    assert json.loads((tmp_path / NAME).read_text())["host"] == "another"


def test_a_remote_folder_is_locked_by_a_file(remote: str) -> None:
    place = place_at(remote)
    with NightLock(place), pytest.raises(ConfigError, match="another night"), NightLock(place):
        pass

    assert place.read(NAME) is None
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    place.write(NAME, json.dumps({"host": socket.gethostname(), "pid": dead.pid}).encode())
    with NightLock(place) as lock:
        assert f"process {dead.pid}" in str(lock.left_over)
