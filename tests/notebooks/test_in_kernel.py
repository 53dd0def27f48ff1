"""Which runs a notebook's names lead to."""

from __future__ import annotations

from typing import Any

import sessionlab as sl
from sessionlab.notebooks.in_kernel import collected


def trading(fast: int = 5) -> sl.Lab:
    return sl.demo().use(sl.strategies.SmaCross(fast=fast, slow=20))


def ends(found: dict[str, Any]) -> list[tuple[int, bool]]:
    return [(one["tables"]["fills"]["rows"], one["documents"]["result.json"]["complete"]) for one in found["runs"]]


def test_a_run_is_found_once_by_whatever_names_it_has() -> None:
    lab = trading()
    result = lab.run()
    found = collected({"lab": lab, "result": result, "again": result, "all": {"a": result}, "Out": {3: result, 4: [result]}})

    assert ends(found) == [(109, True)]
    assert found["figures"]["trades"] == 54
    assert (found["unkept"], found["failure"]) == ([], None)


def test_a_thing_that_will_not_say_what_it_is_hides_no_run() -> None:
    class StandIn:
        @property  # type: ignore[misc]
        def __class__(self) -> type:
            raise RuntimeError("nobody is behind it yet")

    assert ends(collected({"later": StandIn(), "result": trading().run()})) == [(109, True)]


def test_runs_in_lists_dicts_and_outputs_are_found() -> None:
    results = {fast: trading(fast).run() for fast in (5, 7)}
    last = trading(9).run()
    found = collected({"results": results, "Out": {7: last}, "_": last, "_private": trading(3).run()})

    assert [one["documents"]["manifest.json"]["strategies"][0]["parameters"]["fast"] for one in found["runs"]] == [5, 7, 9]


def test_a_lab_that_has_begun_is_a_run_and_one_that_was_only_opened_is_none() -> None:
    lab, opened, gone_on = trading(), sl.demo(), trading(7)
    lab.advance("11:00")
    early = gone_on.result()
    gone_on.run_session()
    found = collected({"lab": lab, "opened": opened, "early": early, "gone_on": gone_on})

    assert len(found["runs"]) == 3
    assert found["labs"] == {
        "lab": "2025-07-02T11:00:00-04:00",
        "opened": "2025-07-02T09:30:00-04:00",
        "gone_on": "2025-07-02T16:00:00-04:00",
    }
    assert [complete for _, complete in ends(found)] == [False, False, False]
