"""The tree of forks: who is in it, what is told of each, and that it keeps nobody."""

from __future__ import annotations

import gc

import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.errors import ConfigError

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


def lab_of() -> sl.Lab:
    return sl.Lab(config(["A"], "1m"), source=RowsSource({("A", "1m"): make_bars(DAY)}), times=TIMES)


def test_forks_of_forks_are_drawn_below_what_they_were_forked_from() -> None:
    lab = lab_of().use(sl.strategies.SmaCross())
    lab.advance("10:00")
    child = lab.fork(name="child")
    child.advance("10:30")
    grandchild = child.fork(name="grandchild", at="10:10")
    other = lab.fork(name="other")

    head, *lines = repr(child.forks).splitlines()

    assert head.split() == ["forked", "at", "stands", "at", "equity", "strategies"]
    assert [line[2:22].rstrip() for line in lines] == ["A test", "├─ child ← this one", "│  └─ grandchild", "└─ other"]
    assert "2025-07-02 10:00:00  2025-07-02 10:30:00 " in lines[1]
    assert lines[1].split()[-2:] == [f"{child.equity:,.2f}", "SmaCross"]
    assert "2025-07-02 10:10:00  2025-07-02 10:10:00" in lines[2]
    assert list(grandchild.forks) == list(other.forks) == [lab, child, grandchild, other]


def test_a_lab_is_found_by_its_name() -> None:
    lab = lab_of()
    other = lab.fork(name="other")

    assert lab.forks["other"] is other
    assert other.forks["A test"] is lab
    assert (len(lab.forks), "other" in lab.forks, other in lab.forks, "third" in lab.forks) == (2, True, True, False)
    with pytest.raises(ConfigError, match="there is no fork 'third'; there are 'A test', 'other'"):
        lab.forks["third"]


def test_a_fork_that_nobody_holds_is_gone_and_the_tree_holds_none() -> None:
    lab = lab_of()
    kept, dropped = lab.fork(name="kept"), lab.fork(name="dropped")
    tree = lab.forks
    shown = repr(tree), tree._repr_html_()

    del dropped
    gc.collect()

    assert "dropped" in shown[0]
    assert list(tree) == [lab, kept]


def test_a_fork_stays_while_a_fork_of_it_does() -> None:
    lab = lab_of()
    grandchild = lab.fork(name="middle").fork(name="end")
    gc.collect()

    assert [one.name for one in lab.forks] == ["A test", "middle", "end"]
    assert grandchild.root is lab


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    lab = lab_of()
    other = lab.fork(name="<img src=x>")
    page = lab.forks._repr_html_()

    assert other.name == "<img src=x>"
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
