"""The work of a command, done to its end: an exit code, and one answer on stderr whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sessionlab.cli.options import LogFormat

if TYPE_CHECKING:
    from sessionlab.cli.notices import Notices


def end_with(work: Callable[[Notices], int], verbose: bool = False, log: LogFormat | None = None) -> None:
    """Do ``work`` and exit with its code; whatever it raises becomes one answer on stderr, and a code of its own."""
    from sessionlab.cli.notices import Notices

    with Notices(verbose=verbose, as_json=log is not None) as notices:
        try:
            code = int(work(notices))
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:
            from sessionlab.cli.endings import answer_to, ending_of

            code, now = int(ending_of(error)), notices.market_time()
            where = f" at {now:%Y-%m-%d %H:%M:%S} market time" if now is not None and isinstance(error, KeyboardInterrupt) else ""
            notices.error(answer_to(error) + where, exit_code=code, cause=error)
    raise typer.Exit(code)


@contextmanager
def terminated_as_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, which a service manager sends, end the work as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
