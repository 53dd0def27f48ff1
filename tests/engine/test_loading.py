"""What a run asks of its calendar, what it loads when, and what others see meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.errors import NoDataError
from sessionlab.tape import DayBlock

EXAMPLE = Path(__file__).parents[2] / "session_configs" / "example_session.json"
TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))


def test_nine_of_ten_questions_of_the_example_run_were_asked_before():
    lab = sl.Lab(EXAMPLE, source="synthetic")
    lab.run()

    assert lab.times.cache_info().hit_rate > 0.9


class Asked(RowsSource):
    """Calls ``meanwhile`` in another thread, and waits for it, while the second session is loaded."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def load(self, *asked: Any) -> list[DayBlock]:
        if asked[2][0].date == DAYS[1].date:
            thread = threading.Thread(target=self.meanwhile)
            thread.start()
            thread.join()
        return super().load(*asked)


def test_while_a_session_loads_another_thread_sees_the_time_and_is_told_to_wait_for_bars() -> None:
    source = Asked({("A", "1m"): make_bars(DAYS)})
    lab = sl.Lab(config("A", "1m", "2025-07-02", "2025-07-03"), source=source, times=TIMES)
    seen: list[Any] = []

    def look() -> None:
        seen.extend([lab.now, lab.session.date, lab.state, lab.progress.session, lab.symbols])
        with pytest.raises(NoDataError, match="A: the next session is being loaded"):
            len(lab.data["A"].bars("5m"))
        seen.append("refused")

    source.meanwhile = look
    lab.run()

    assert seen == [DAYS[0].close, DAYS[0].date, "closed", 1, ("A",), "refused"]
