"""What a run asks of its calendar, and what it loads when."""

from __future__ import annotations

from pathlib import Path

import sessionlab as sl

EXAMPLE = Path(__file__).parents[2] / "session_configs" / "example_session.json"


def test_nine_of_ten_questions_of_the_example_run_were_asked_before():
    lab = sl.Lab(EXAMPLE, source="synthetic")
    lab.run()

    assert lab.times.cache_info().hit_rate > 0.9
