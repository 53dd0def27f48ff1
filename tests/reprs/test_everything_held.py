"""Whatever a user holds in a notebook shows itself: in short, the same in every run, and without obeying what people wrote."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from held_things import Buys, held, lab_of

import sessionlab as sl

TEXTS = ("<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "'><svg/onload=alert(1)> & &lt;b&gt;")
TAGS = {
    "b", "br", "circle", "clippath", "code", "defs", "desc", "div", "g", "li", "line", "p", "path", "pattern", "polyline", "pre",
    "rect", "span", "style", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
}  # fmt: skip
VOID = {"br"}
CARRY_TEXT = (
    "Lab", "fork", "Forks", "of one's own", "SessionConfig", "Order", "rejected", "filled", "Fill", "ambiguous", "Difference",
    "Mark", "Grades", "RunResult",
    "Comparison", "Robustness", "watched", "Pitfalls", "Audit", "DataCheck", "ImportReport", "Contents", "Step",
)  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of a page: its tags, their attributes, its text; and which tags were not closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("held")


def pages(things: dict[str, Any]) -> dict[str, str]:
    return {name: page for name, one in things.items() if (page := getattr(one, "_repr_html_", lambda: None)())}


@pytest.mark.parametrize("text", TEXTS)
def test_no_page_obeys_what_people_wrote(text: str, folder: Path) -> None:
    for name, page in pages(held(text, "R&D", folder)).items():
        read = Page(page)

        assert read.tags <= TAGS, name
        assert not read.open, name
        assert not read.crossed, name
        assert not [one for one, _ in read.attributes if one.startswith("on") or one in ("href", "src", "xlink:href")], name
        assert not [value for _, value in read.attributes if "javascript:" in value or "url(" in value.replace("url(#", "")], name


@pytest.mark.parametrize("text", TEXTS)
def test_every_page_that_tells_of_a_name_shows_it_as_it_is(text: str, folder: Path) -> None:
    shown = pages(held(text, "R&D", folder))
    lost = [name for name in CARRY_TEXT if " ".join(written(name, text).split()) not in " ".join(Page(shown[name]).text.split())]

    assert lost == []


def written(name: str, text: str) -> str:
    """``text`` as the page called ``name`` has reason to tell it: in a path, or quoted as Python does."""
    if name in ("DataCheck", "ImportReport", "Contents"):
        return text.replace("/", "_").replace("{", "_")
    return repr(text)[1:-1] if name in ("RunResult", "watched", "Difference") else text


@pytest.mark.parametrize("symbol", ["R&D", "&lt", "A&amp"])
def test_a_symbol_that_looks_like_an_entity_stays_a_symbol(symbol: str) -> None:
    shown = pages(held("A name", symbol))
    without = [
        name
        for name in ("SessionData", "SymbolData", "BarView", "quality", "StreamPlan", "Order")
        if symbol not in Page(shown[name]).text
    ]

    assert without == []


def test_words_in_plain_text_name_no_place_in_memory(folder: Path) -> None:
    found = {name: repr(one) for name, one in held(TEXTS[0], "R&D", folder).items()}

    assert [name for name, told in found.items() if " at 0x" in told or re.search(r"0x[0-9a-f]{6}", told)] == []


def test_they_are_the_same_when_made_again() -> None:
    """All but what tells of time on the wall."""
    once, again = held("A name", "A"), held.__wrapped__("A name", "A")
    timed = {"PerformanceMetrics", "Profile", "CacheInfo"}
    words = [name for name in once if name not in timed and repr(once[name]) != repr(again[name])]
    looks = [name for name, page in pages(once).items() if name not in timed and page != pages(again)[name]]

    assert (words, looks) == ([], [])


def test_every_class_with_a_page_of_its_own_is_among_them(folder: Path) -> None:
    """A new one has to join, so that all that is asked of pages is asked of it."""
    there = {kind for one in held(TEXTS[0], "R&D", folder).values() for kind in type(one).__mro__}
    missing = [kind.__qualname__ for kind in classes() if "_repr_html_" in vars(kind) and kind not in there]

    assert missing == []


def test_every_public_class_is_among_them(folder: Path) -> None:
    there = {kind for one in held(TEXTS[0], "R&D", folder).values() for kind in type(one).__mro__}
    public = [getattr(sl, name) for name in sl.__all__ if inspect.isclass(getattr(sl, name))]

    assert [kind.__name__ for kind in public if kind not in there and not issubclass(kind, Warning)] == []


def classes() -> list[type]:
    names = [module.name for module in pkgutil.walk_packages(sl.__path__, "sessionlab.") if not module.name.endswith("__main__")]
    return [
        kind
        for name in names
        for kind in vars(importlib.import_module(name)).values()
        if inspect.isclass(kind) and kind.__module__ == name
    ]


LOOKS: dict[str, Callable[[sl.Lab], Any]] = {
    "lab": lambda lab: lab,
    "forks": lambda lab: lab.forks,
    "data": lambda lab: lab.data,
    "symbol": lambda lab: lab.data["A"],
    "bars": lambda lab: lab.data["A"].bars("5m"),
    "quotes": lambda lab: lab.data["A"].quotes,
    "historical": lambda lab: lab.data["A"].historical,
    "quality": lambda lab: lab.data.quality(),
    "plan": lambda lab: lab.plan,
    "result": lambda lab: lab.result(),
}


@pytest.mark.filterwarnings("ignore:A quotes on:sessionlab.lab.DataWarning")
@pytest.mark.parametrize("look", LOOKS)
def test_looking_loads_nothing_and_leaves_no_trace(look: str) -> None:
    looked_at, left_alone = lab_of("A name", "A"), lab_of("A name", "A")
    for lab in (looked_at, left_alone):
        lab.use(sl.strategies.SmaCross(fast=2, slow=5))
        lab.advance("10:30")
    before = list(looked_at.source.asked)
    _ = repr(LOOKS[look](looked_at)), LOOKS[look](looked_at)._repr_html_()

    assert looked_at.source.asked == before
    assert looked_at.data.to_dict() == left_alone.data.to_dict()
    assert looked_at.run().equity.equals(left_alone.run().equity)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("moment", ["09:30", "10:30", "10:32:30"])
def test_another_future_shows_the_same(look: str, moment: str) -> None:
    """Nothing of what lies ahead is in any page or text: not its prices, not its holes, not its quotes."""
    told = []
    for lab in (lab_of("A name", "A"), lab_of("A name", "A", until="10:33")):
        lab.use(Buys(text="A tag"))
        _ = moment == "09:30" or lab.advance(moment)
        one = LOOKS[look](lab)
        told.append((repr(one), one._repr_html_()))

    assert told[0] == told[1]
