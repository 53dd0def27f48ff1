"""The chart in a browser: what is drawn is what the kernel knows, and a person finds the way through it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

LAB = "lab = sl.demo(); step = lab.advance('10:30')\n"
ONE = f"{LAB}sl.widgets.Chart(lab, 'AAPL', '1m')"
TRADED = (
    "lab = sl.demo(); step = lab.advance('10:00'); order = lab.buy('AAPL', 100, trail='2%'); step = lab.advance('10:30')\n"
    "sl.widgets.Chart(lab, 'AAPL', '1m')"
)
FAULTS = "{'api_config.data_options': {'faults': {'missing': 0.05, 'halts': 1}}}"
HOLES = f"lab = sl.Lab(sl.demo().config.replace({FAULTS})); step = lab.advance('11:30')\nsl.widgets.Chart(lab, 'AAPL', '1m')"
GROUND = """color => {
    const canvas = document.querySelector('canvas[data-bars]');
    return String([...canvas.getContext('2d').getImageData(4, 4, 1, 1).data].slice(0, 3)) === String(color);
}"""


class Drawn:
    """A chart on the screen, with what its canvas says of itself."""

    def __init__(self, shown: Locator) -> None:
        self.shown = shown
        self.picture = shown.locator("canvas[data-bars]")
        self.over = shown.locator(".sl-over")
        self.tip = shown.locator(".sl-tip")
        expect(self.picture).to_have_count(1)

    def numbers(self, name: str) -> list[float]:
        """A number of each cell."""
        return [float(one) for one in str(self.picture.get_attribute(f"data-{name}")).split()]

    def expect_numbers(self, name: str, *numbers: int) -> None:
        expect(self.picture).to_have_attribute(f"data-{name}", " ".join(map(str, numbers)))

    def places(self) -> list[list[float]]:
        """Of each cell the left, top, right and bottom of what is drawn over its axis."""
        found: list[list[float]] = self.picture.evaluate("canvas => JSON.parse(canvas.dataset.places)")
        return found

    def press(self, name: str) -> None:
        self.shown.get_by_role("button", name=name, exact=True).click()

    def point(self, slot: float, cell: int = 0, down: float = 40.0) -> tuple[float, float]:
        """Put the pointer over a slot, and give the place."""
        left, top, right, _ = self.places()[cell]
        first, past = self.numbers("from")[cell], self.numbers("to")[cell]
        self.over.scroll_into_view_if_needed()
        box = self.over.bounding_box()
        assert box is not None
        x, y = box["x"] + left + (right - left) * (slot + 0.5 - first) / (past - first), box["y"] + top + down
        self.over.page.mouse.move(x, y)
        return x, y


def test_every_bar_that_the_kernel_knows_is_drawn(show) -> None:
    chart = Drawn(show(ONE))
    chart.expect_numbers("bars", 60)
    show("step = lab.step(3)")
    chart.expect_numbers("bars", 63)
    assert show.ask("len(lab.data['AAPL'].bars('1m'))") == 63
    show("lab.rewind('09:45')")
    chart.expect_numbers("bars", 15)


def test_absent_bars_are_holes(show) -> None:
    chart = Drawn(show(HOLES))
    gaps = show.ask("len(lab.data['AAPL'].bars('1m').gaps)")

    assert gaps > 1
    chart.expect_numbers("holes", gaps)
    chart.expect_numbers("bars", show.ask("len(lab.data['AAPL'].bars('1m'))"))
    slot = show.ask(
        "(lab.data['AAPL'].bars('1m').gaps['start'].iloc[0] - lab.session.open) // __import__('pandas').Timedelta('1min')"
    )
    chart.point(slot)
    expect(chart.tip).to_contain_text("no bar")


@pytest.mark.parametrize("interval", ["1m", "5m"])
def test_the_crosshair_tells_the_bar_of_the_kernel(show, interval: str) -> None:
    chart = Drawn(show(f"{LAB}sl.widgets.Chart(lab, 'AAPL', {interval!r}, [sl.EMA(3, {interval!r})])"))
    chart.point(7)
    show(f"bar = lab.data['AAPL'].bars({interval!r})[7]; ema = lab.data['AAPL'][sl.EMA(3, {interval!r})][7]")
    told = show.ask(
        "f'{bar.start:%H:%M:%S}|{bar.open:,.2f}|{bar.high:,.2f}|{bar.low:,.2f}|{bar.close:,.2f}|{bar.volume:,.0f}|{ema:,.2f}'"
    )
    time, *numbers, ema = told.split("|")

    expect(chart.tip.locator("strong")).to_have_text(time)
    rows = dict(
        zip(chart.tip.locator("div > span").all_inner_texts(), chart.tip.locator("div > b").all_inner_texts(), strict=True)
    )
    assert [rows[name] for name in "OHLCV"] == numbers
    assert rows[f"EMA(3, {interval})"] == ema
    assert rows.get("made of") == (None if interval == "1m" else "5 of 5, complete")


def test_the_wheel_zooms_around_the_pointer_and_buttons_zoom(show) -> None:
    chart = Drawn(show(ONE))
    chart.point(30)
    show.page.mouse.wheel(0, -400)
    expect(chart.picture).not_to_have_attribute("data-from", "0.00")
    first, past = chart.numbers("from")[0], chart.numbers("to")[0]
    assert first < 30 < past < 60
    left = (30.5 - 0) / 84
    assert (30.5 - first) / (past - first) == pytest.approx(left, abs=0.4)
    chart.press("Whole session")
    expect(chart.picture).to_have_attribute("data-to", "390.00")
    chart.press("Zoom in")
    expect(chart.picture).not_to_have_attribute("data-to", "390.00")
    assert chart.numbers("to")[0] - chart.numbers("from")[0] == pytest.approx(195)


def test_a_page_that_is_scrolled_goes_on_scrolling_over_a_chart(show) -> None:
    chart = Drawn(show(ONE))
    wheel = "(element) => element.dispatchEvent(new WheelEvent('wheel', {deltaY: -100, bubbles: true, cancelable: true}))"

    assert chart.shown.locator(".sl-chart-controls").evaluate(wheel)
    assert chart.over.evaluate(wheel)  # true: nobody has kept it from scrolling
    show.page.wait_for_timeout(500)
    x, y = chart.point(30)
    show.page.mouse.move(x, y)
    show.page.mouse.wheel(0, -100)
    expect(chart.picture).not_to_have_attribute("data-from", "0.00")


def test_a_stretch_is_chosen_by_dragging_with_shift(show) -> None:
    chart = Drawn(show(ONE))
    show.page.keyboard.down("Shift")
    chart.point(9.5)
    show.page.mouse.down()
    chart.point(29.5)
    show.page.mouse.up()
    show.page.keyboard.up("Shift")

    expect(chart.picture).to_have_attribute("data-bars", "20")
    assert chart.numbers("from")[0] == pytest.approx(10, abs=0.5)
    assert chart.numbers("to")[0] == pytest.approx(30, abs=0.5)


def test_it_follows_now_until_somebody_pans_back(show) -> None:
    chart = Drawn(show(ONE))
    follow = chart.shown.get_by_role("button", name="Follow now")
    chart.press("Zoom in")
    expect(follow).to_have_attribute("aria-pressed", "true")
    before = chart.numbers("to")[0]
    show("playing = lab.play(speed=3600)")
    show.until("lab.now > lab.session.open + __import__('pandas').Timedelta('80min')")
    show("lab.pause()")
    bars = show.ask("len(lab.data['AAPL'].bars('1m'))")
    expect(chart.shown.locator(".sl")).to_have_attribute("data-playing", "false")
    assert chart.numbers("to")[0] > max(before, bars)

    x, y = chart.point(bars - 10)
    show.page.mouse.down()
    show.page.mouse.move(x + 200, y, steps=4)
    show.page.mouse.up()
    expect(follow).to_have_attribute("aria-pressed", "false")
    stands = chart.picture.get_attribute("data-to")
    show("step = lab.step(5)")
    expect(chart.shown.locator(".sl")).to_have_attribute("data-now", str(show.ask("int(lab.now.value // 10**6)")))
    expect(chart.picture).to_have_attribute("data-to", str(stands))
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    expect(chart.picture).not_to_have_attribute("data-to", str(stands))
    assert chart.numbers("to")[0] > bars + 5


def test_fills_and_orders_are_drawn_and_tell_their_words(show) -> None:
    chart = Drawn(show(TRADED))
    chart.expect_numbers("fills", 1)
    chart.expect_numbers("orders", 1)
    # The fill is of the bar that starts at 10:00, the 30th: its triangle lies under its price.
    price = show.ask("float(lab.fills['price'].iloc[0])")
    chart.point(30)
    expect(chart.tip.locator("em")).to_have_text(f"buy 100 at {price:,.2f}: entry")
    chart.press("Fills")
    chart.expect_numbers("fills", 0)
    chart.press("Fills")
    show("cancelled = lab.cancel(lab.open_orders[0])")
    chart.expect_numbers("orders", 0)
    chart.expect_numbers("fills", 1)


def test_a_click_on_a_fill_says_what_it_was(show) -> None:
    chart = Drawn(show(TRADED))
    _, top, _, bottom = chart.places()[0]
    x, _ = chart.point(30)
    box = chart.over.bounding_box()
    assert box is not None
    said = chart.shown.get_by_role("status")
    for down in range(int(top) + 4, int(bottom), 6):
        show.page.mouse.click(x, box["y"] + down)
        if said.inner_text():
            break

    expect(said).to_have_text(re.compile(r"AAPL: buy 100 at [\d.]+: entry"))


def test_a_dark_page_has_a_dark_picture(show) -> None:
    chart = Drawn(show(ONE))
    show.page.wait_for_function(GROUND, arg=[255, 255, 255])
    show.theme("dark")

    expect(chart.shown.locator(".sl")).to_have_attribute("data-theme", "dark")
    show.page.wait_for_function(GROUND, arg=[0x11, 0x16, 0x1C])


def test_it_is_as_wide_as_its_page(show) -> None:
    chart = Drawn(show(f"{LAB}sl.widgets.Chart(lab, None, '1m')"))
    assert len(chart.places()) == 2
    assert chart.places()[0][0] < chart.places()[1][0]
    show.width(800)

    expect(chart.picture).to_have_attribute("data-bars", "60 60")
    show.page.wait_for_function("() => JSON.parse(document.querySelector('canvas[data-bars]').dataset.places)[1][0] < 20")
    sizes = chart.picture.evaluate("canvas => [canvas.clientWidth, canvas.parentElement.clientWidth]")
    assert sizes[0] == sizes[1] < 700
    assert all(right <= sizes[0] for _, _, right, _ in chart.places())


@pytest.mark.parametrize(("kind", "begins"), [("SVG", b"<svg xmlns="), ("PNG", b"\x89PNG")])
def test_what_is_saved_is_a_picture_of_python(show, kind: str, begins: bytes, tmp_path: Any) -> None:
    chart = Drawn(show(ONE))
    with show.page.expect_download() as waited:
        chart.press(f"Save as {kind}")
    path = tmp_path / "saved"
    waited.value.save_as(path)

    assert waited.value.suggested_filename == f"AAPL 1m 2025-07-02.{kind.lower()}"
    assert path.read_bytes().startswith(begins)
    if kind == "SVG":
        size = chart.picture.evaluate("canvas => [canvas.clientWidth, canvas.clientHeight]")
        show(f"drawn = lab.chart('AAPL', '1m').to_svg(width={size[0]}, height={size[1]})")
        assert path.read_text() == show.ask("drawn")


def test_other_symbols_and_intervals_are_chosen_in_it(show) -> None:
    chart = Drawn(show(ONE))
    chart.shown.locator("summary", has_text="AAPL").click()
    chart.shown.get_by_role("checkbox", name="RIVN").check()
    chart.expect_numbers("bars", 60, 60)
    chart.shown.get_by_role("checkbox", name="AAPL").uncheck()
    chart.expect_numbers("bars", 60)
    expect(chart.shown.get_by_role("checkbox", name="RIVN")).to_be_disabled()
    chart.shown.locator("summary", has_text="1m").click()
    chart.shown.get_by_role("checkbox", name="5m").check()
    chart.expect_numbers("bars", 60, 12)


def test_keys_move_the_crosshair_and_say_the_bar(show) -> None:
    chart = Drawn(show(ONE))
    chart.over.focus()
    show.page.keyboard.press(",")
    show.page.keyboard.press(",")
    last = show.ask('f\'{lab.data["AAPL"].bars("1m")[-2].close:,.2f}\'')

    expect(chart.shown.get_by_role("status")).to_have_text(re.compile(rf"^10:28:00, O .*, C {last}, V "))
    show.page.keyboard.press("Escape")
    expect(chart.tip).to_be_hidden()
    # The keys of the player are left to it.
    show.page.keyboard.press("ArrowRight")
    show.until("f'{lab.now:%H:%M}' == '10:31'")


def test_words_and_a_table_stand_beside_the_canvas(show) -> None:
    chart = Drawn(show(ONE))
    close = show.ask("[f'{close:,.2f}' for close in lab.data['AAPL'].bars('1m').close[-20:]]")

    expect(chart.shown.get_by_role("img")).to_have_attribute(
        "aria-label", f"Chart as of 10:30:00. AAPL 1m: 60 bars, last {close[-1]}"
    )
    rows = chart.shown.locator("tbody tr")
    expect(rows).to_have_count(20)
    assert [row.locator("td").nth(4).inner_text() for row in rows.all()] == close
