"""Jobs in processes of their own, some at a time: one that hangs is killed, one that dies takes nobody with it.

Each job has a process that begins afresh and ends with it, so none can see what another left behind, and every report is
what it would be alone. They are forked from a server (``multiprocessing``'s forkserver) that has done nothing but import
sessionlab, once: it has no user's code and runs no threads of ours, which is what makes forking safe, and a process is there
in milliseconds. Where there is no forkserver, as on Windows, each is spawned and imports for itself.

What a job prints goes into a file of its own. Processes end with their parent, also when that is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import monotonic
from typing import Any, Literal, NamedTuple

_PRELOAD = ["sessionlab.nights.imports"]
_GRACE_SECONDS = 3.0
_LOOK_SECONDS = 0.5
_TAIL = 2000

Work = Callable[[Any, Callable[[str, float], object]], Any]
"""Importable, called in the other process with the task and a function to tell how far it is."""


class Ended(NamedTuple):
    """How task ``number`` ended: with a ``value``, by its time being over, or by its process's death, of which ``words`` tell.

    ``label`` is what it told last, ``printed`` the end of what it printed.
    """

    number: int
    how: Literal["made", "timeout", "died"]
    value: Any
    words: str
    label: str
    seconds: float
    printed: str


@dataclass
class Running:
    """A task at work: since when, and what it told last."""

    number: int
    process: Any
    pipe: Connection
    log: Path
    since: float = field(default_factory=monotonic)
    label: str = ""
    fraction: float = 0.0


class Pool:
    """Runs ``work`` on each of ``tasks``, ``workers`` at a time, each for at most ``timeout`` seconds; ``scratch`` is a folder.

    ``running`` are those at work. ``on_start`` is called with the number of each that begins.
    """

    def __init__(
        self,
        work: Work,
        tasks: Sequence[Any],
        *,
        workers: int,
        timeout: float | None,
        scratch: Path,
        on_start: Callable[[int], object] = lambda number: None,
    ) -> None:
        self.running: list[Running] = []
        self._work, self._tasks = work, tasks
        self._workers, self._timeout, self._scratch, self._on_start = workers, timeout, scratch, on_start
        self._context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        )
        if self._context.get_start_method() == "forkserver":
            self._context.set_forkserver_preload(_PRELOAD)

    def ended(self) -> Generator[Ended, None, None]:
        """How each ended, as they end. Whoever stops asking, as Ctrl-C does, ends those at work."""
        waiting = list(range(len(self._tasks)))
        try:
            while waiting or self.running:
                while waiting and len(self.running) < self._workers:
                    self._start(waiting.pop(0))
                yield from self._look()
        finally:
            for one in self.running:
                one.process.terminate()
            for one in self.running:
                _end(one)
            self.running.clear()

    def _start(self, number: int) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        log = self._scratch / f"{number}.log"
        self._on_start(number)
        process = self._context.Process(
            target=_child, args=(theirs, self._work, self._tasks[number], str(log)), name=f"report-{number}", daemon=False
        )
        with _signals_wait():  # between these two the process would be at work, and nobody would know of it
            process.start()
            self.running.append(Running(number, process, ours, log))
        theirs.close()

    def _look(self) -> Iterator[Ended]:
        """Hear what those at work say, until something happens or a moment has passed."""
        ready = wait([one.pipe for one in self.running], timeout=_LOOK_SECONDS)
        for one in list(self.running):
            ended = self._heard(one) if one.pipe in ready else None
            if ended is None and self._timeout is not None and monotonic() - one.since > self._timeout:
                ended = self._ended(one, "timeout", None, f"its time of {self._timeout:g} s was over")
            if ended is not None:
                self.running.remove(one)
                _end(one, after_seconds=0.0 if ended.how == "timeout" else _GRACE_SECONDS)
                yield ended

    def _heard(self, one: Running) -> Ended | None:
        try:
            kind, *told = one.pipe.recv()
        except (EOFError, OSError):
            one.process.join(_GRACE_SECONDS)
            return self._ended(one, "died", None, _of_death(one.process.exitcode))
        if kind == "at":
            one.label, one.fraction = told
            return None
        if kind == "raised":
            return self._ended(one, "died", None, told[0])
        return self._ended(one, "made", told[0], "")

    def _ended(self, one: Running, how: Literal["made", "timeout", "died"], value: Any, words: str) -> Ended:
        return Ended(one.number, how, value, words, one.label, monotonic() - one.since, _end_of(one.log))


def _end_of(log: Path) -> str:
    """The last of what was printed: there may be more of it than memory."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - _TAIL, 0))
        return file.read(_TAIL).decode(errors="replace")


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let Ctrl-C, and what ends the night from outside, come when this is over."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = {one: signal.signal(one, lambda number, _: heard.append(number)) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        for number in heard:
            signal.raise_signal(number)


def _end(one: Running, *, after_seconds: float = 0.0) -> None:
    """End a process: kindly, so that it can end a kernel that it started, then for good."""
    one.process.join(after_seconds)
    if one.process.is_alive():
        one.process.terminate()
        one.process.join(_GRACE_SECONDS)
    if one.process.is_alive():
        one.process.kill()
    one.process.join()
    one.process.close()
    one.pipe.close()
    one.log.unlink(missing_ok=True)


def _of_death(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {one.value for one in signal.Signals} else str(-code)
        return f"its process was killed by {name}" + ("; was there enough memory?" if name == "SIGKILL" else "")
    return f"its process ended by itself, with code {code}"


class _Terminated(BaseException):
    """The parent ends this process. It is no SystemExit, which a strategy may raise and a report would tell."""


def _terminate(*_: object) -> None:
    raise _Terminated


def _child(pipe: Connection, work: Work, task: Any, log: str) -> None:
    """In the other process."""
    # Ctrl-C goes to the whole group: the parent decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with Path(log).open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    told = [float("-inf")]

    def tell(label: str, fraction: float) -> None:
        if monotonic() - told[0] < _LOOK_SECONDS / 2:
            return
        told[0] = monotonic()
        pipe.send(("at", label, fraction))

    try:
        signal.signal(signal.SIGTERM, _terminate)  # only from here on: raised any earlier, nobody would catch it
        value = work(task, tell)
    except _Terminated:
        return
    except Exception as why:
        import traceback

        traceback.print_exc()
        pipe.send(("raised", f"sessionlab itself failed: {type(why).__name__}: {why}"))
    else:
        pipe.send(("made", value))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        pipe.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(_GRACE_SECONDS)
        os._exit(143)
