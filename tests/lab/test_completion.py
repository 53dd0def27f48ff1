"""What a notebook offers after a dot is all of a lab, also behind a call that gives one."""

from __future__ import annotations

import pytest

import sessionlab as sl

jedi = pytest.importorskip("jedi")


@pytest.mark.parametrize("call", ["use(1)", "use_scanner(1)", "fork()"])
def test_what_gives_a_lab_completes_as_one(call: str) -> None:
    offered = {one.name for one in jedi.Interpreter(f"lab.{call}.", [{"lab": sl.demo()}]).complete()}

    public = {name for name in dir(sl.Lab) if not name.startswith("_")}
    assert public <= offered
