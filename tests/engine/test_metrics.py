"""What a run cost, shown without the parts that never happened."""

from __future__ import annotations

from sessionlab.engine.metrics import PARTS, PerformanceMetrics


def test_text_and_html_leave_out_what_never_happened_and_the_frame_keeps_it() -> None:
    timing = PerformanceMetrics()
    timing["session"].add(2_000_000)

    assert [line.split()[0] for line in timing.report().splitlines()[1:]] == ["session"]
    assert "overruns" not in timing._repr_html_()
    assert "session" in timing._repr_html_()
    assert list(timing.frame().index) == list(PARTS)


def test_nothing_timed_is_told_as_that() -> None:
    assert PerformanceMetrics().report() == "nothing timed yet"
