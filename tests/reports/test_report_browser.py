"""A report in a real browser without a network: everything is drawn, nothing is asked for, nothing that was named is obeyed."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import pytest
from reports.runs import Read, failed, page_of, traded

import sessionlab as sl
from sessionlab.reports import Failure, report_html

ATTACK = '"\'></script><script>window.obeyed=1</script><img src=x onerror="window.obeyed=1"><svg onload="window.obeyed=1">'
LEGIBLE = 9.0  # pixels of the smallest words in a picture

SHOWN = """figure => [...figure.querySelectorAll('svg')].filter(svg => !svg.parentElement.closest('svg'))
    .map(svg => svg.getBoundingClientRect()).filter(box => box.width > 200 && box.height > 40).length"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('figure svg text')]
    .filter(one => one.getBoundingClientRect().width > 0 && one.textContent.trim())
    .map(one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))"""
CLIPPED = """() => [...document.querySelectorAll('figure svg')].filter(svg => !svg.parentElement.closest('svg'))
    .flatMap(svg => { const box = svg.getBoundingClientRect(); return [...svg.querySelectorAll('text')].filter(one => {
        const own = one.getBoundingClientRect();
        return own.width > 0 && (own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1);
    }).map(one => one.textContent); })"""
UNNAMED = """() => [...document.querySelectorAll('svg[role=img],[role=region],[role=group],nav')]
    .filter(one => !one.getAttribute('aria-label')).length"""
CAPTIONED = "() => [...document.querySelectorAll('table')].every(one => one.caption && one.querySelector('th[scope=row]'))"
OVERLAPPING = """() => [...document.querySelectorAll('figure svg .across')].flatMap(group => {
    const boxes = [...group.querySelectorAll('text')].map(one => one.getBoundingClientRect()).filter(box => box.width > 0);
    return boxes.slice(1).filter((box, i) => box.left < boxes[i].right).map(box => box.left);
})"""


@pytest.mark.parametrize(
    ("which", "width", "scheme"),
    [
        ("demo", 1280, "light"),
        ("watched", 390, "dark"),
        ("traded", 1280, "light"),
        ("traded", 800, "dark"),
        ("traded", 390, "light"),
    ],
)
def test_every_picture_is_drawn_legible_and_within_its_page(open_page: Any, which: str, width: int, scheme: str) -> None:
    page = open_page(page_of(which), width=width, scheme=scheme)
    figures = page.locator("figure").all()

    assert len(figures) >= 5
    assert [figure.evaluate(SHOWN) for figure in figures] == [1] * len(figures)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALLEST) >= LEGIBLE
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(OVERLAPPING) == []


def test_it_is_all_there_without_its_script(open_page: Any) -> None:
    page = open_page(page_of("traded"), javascript=False)

    assert page.locator("figure svg.wide:visible").count() >= 3
    assert page.locator("figure .chart .wide svg:visible").count() == 3
    assert page.get_by_role("table").first.is_visible()


def test_a_dark_screen_has_a_dark_page(open_page: Any) -> None:
    grounds = [
        open_page(page_of("demo"), scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]

    assert grounds == ["rgb(255, 255, 255)", "rgb(17, 22, 28)"]


def test_what_is_pointed_at_is_told_as_the_tables_tell_it(open_page: Any) -> None:
    page = open_page(page_of("traded"))
    canvas = page.locator("#equity .canvas")
    canvas.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = canvas.locator("output").inner_text().splitlines()
    equity = traded().equity

    assert told[0] == f"{equity.index[2]:%Y-%m-%d %H:%M}"
    assert told[1] == f"equity  {equity.iloc[2]:,.2f}"


def test_a_cell_that_is_pointed_at_says_what_was_made_in_it(open_page: Any) -> None:
    page = open_page(page_of("traded"))
    cells = Read(page_of("traded")).heat("P&L by time of day")
    box = page.locator("#clock svg.wide > .cells")
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    page.mouse.move(place["x"] + place["width"] * 1.5 / 6, place["y"] + place["height"] * 2.5 / 13)

    told = page.locator("#clock output").inner_text().splitlines()
    assert told == ["10:30, 2025-07-02", cells.loc["10:30", "2025-07-02"]]


def test_a_part_of_a_curve_can_be_looked_at_and_the_whole_again(open_page: Any) -> None:
    page = open_page(page_of("traded"))
    canvas, whole = page.locator("#equity .canvas"), page.locator("#equity .whole")
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    before = page.locator("#equity svg.wide .across").inner_html()
    page.mouse.move(place["x"] + place["width"] * 0.3, place["y"] + 100)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.4, place["y"] + 110, steps=3)
    page.mouse.up()
    shown = page.locator("#equity svg.wide > .across text").all_inner_texts()
    first = page.evaluate("document.querySelector('#equity svg.wide .line').getAttribute('d').split('L').length")
    whole.click()

    assert 1 <= len(shown) <= 2
    assert first < 400
    assert page.locator("#equity svg.wide .across").inner_html() == before
    assert not whole.is_visible()


def test_a_part_of_a_heat_map_can_be_looked_at(open_page: Any) -> None:
    page = open_page(page_of("traded"))
    page.locator("#clock .canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    view = page.locator("#clock svg.wide > .cells").get_attribute("viewBox")
    page.keyboard.press("Escape")

    assert view == "0 0 3 13"
    assert page.locator("#clock svg.wide > .cells").get_attribute("viewBox") == "0 0 6 13"


@pytest.mark.parametrize("which", ["demo", "traded"])
def test_it_can_be_read_without_eyes(open_page: Any, which: str) -> None:
    page = open_page(page_of(which))
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => +one.tagName[1])")
    unnamed = page.evaluate(UNNAMED)

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert levels.count(1) == 1
    assert unnamed == 0
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every(one => one.caption && one.querySelector('th[scope=row]'))"
    )
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("[...document.querySelectorAll('nav a')].every(one => document.querySelector(one.getAttribute('href')))")
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )


def test_paper_is_light_and_has_no_contents(open_page: Any) -> None:
    page = open_page(page_of("traded"), scheme="dark", width=800)
    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert page.locator("figure svg.wide").first.is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"


def test_it_prints_on_a_few_pages(open_page: Any) -> None:
    page = open_page(page_of("traded"))
    pages = page.pdf(format="A4").count(b"/Type /Page\n")

    assert 6 <= pages <= 14


def test_a_failure_is_the_first_thing_that_one_sees(open_page: Any) -> None:
    result, failure = failed()
    page = open_page(report_html(result, failure=failure))
    box = page.locator("#failure").bounding_box()

    assert box["y"] < 500
    assert page.locator("#failure pre").is_visible()


def hostile() -> str:
    """A run in which every word that somebody could choose is an attack, and each text of its tables."""
    result = traded()
    tables = {
        name: getattr(result.traded, name).map(lambda value: ATTACK if isinstance(value, str) and value else value)
        for name in ("cash", "events", "positions")
    }
    orders = result.orders.assign(
        reason=ATTACK, limit_hit=[ATTACK if hit else "" for hit in result.orders["limit_hit"]], tag=ATTACK, strategy=ATTACK,
        client_id=ATTACK,
    )  # fmt: skip
    words = {"symbol": ATTACK, "strategy": ATTACK}
    config = result.config.replace({"session_name": ATTACK, "metadata": {ATTACK: [ATTACK]}})
    used = [one | {"name": ATTACK, "repr": ATTACK, "source": ATTACK, "since": ATTACK} for one in result.manifest["strategies"]]
    doctored = sl.RunResult(
        config, result.plan, result._series, result.timing, result.refused,
        result.manifest | {"strategies": used, "source": ATTACK}, result.stopped_at, complete=False, times=result.times,
        traded=dataclasses.replace(
            result.traded, orders=orders, fills=result.fills.assign(reason=ATTACK, ambiguous=True, **words),
            trades=result.trades.assign(**words), strategies=(ATTACK,), **tables,
        ),
        benchmark=result.benchmark.rename(ATTACK) if result.benchmark is not None else None,
    )  # fmt: skip
    vars(doctored)["quality"] = result.quality
    vars(doctored)["gaps"] = result.gaps.assign(symbol=ATTACK, status=ATTACK)
    vars(doctored)["incomplete"] = result.incomplete.assign(symbol=ATTACK)
    return report_html(doctored, failure=Failure(ATTACK, ATTACK, result.stopped_at, ATTACK, ATTACK), title=ATTACK)


def test_markup_in_any_name_is_shown_and_not_obeyed(open_page: Any) -> None:
    html = hostile()
    page = open_page(html)
    for canvas in page.locator(".canvas").all():
        canvas.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("+")
    page.wait_for_timeout(200)

    assert page.evaluate("window.obeyed") is None
    assert page.locator("h1").inner_text() == ATTACK
    assert page.locator("main img, main script:not([type='application/json'])").count() == 0
    assert html.count("<script") == html.count("</script>") == 3 + page.locator("figure script").count()


def test_a_script_that_is_not_its_own_does_not_run_at_all(open_page: Any, troubles: list[str]) -> None:
    page = open_page(page_of("demo").replace("<main", "<script>window.obeyed=1</script><main", 1))
    said = list(troubles)
    troubles.clear()

    assert page.evaluate("window.obeyed") is None
    assert len(said) == 1
    assert "Content Security Policy" in said[0]
