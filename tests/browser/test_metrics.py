"""The metrics and the timing in a browser: what a person reads is what the lab says."""

from __future__ import annotations

from playwright.sync_api import expect

TRADED = (
    "lab = sl.demo(); lab.use(sl.strategies.SmaCross(fast=3, slow=8))\n"
    "step = lab.run_session(); step = lab.advance('11:00')\n"
    "sl.widgets.Metrics(lab)"
)


def test_figures_tables_and_statistics_are_those_of_the_lab(show) -> None:
    metrics = show(TRADED)

    equity = show.ask("f'{lab.equity:,.2f}'")
    expect(metrics.locator("[data-figure=equity]")).to_have_text(equity)
    stats = show.ask("{name: lab.result().stats[name] for name in ('trades', 'open_trades', 'win_rate', 'profit_factor')}")
    expect(metrics.locator("[data-stat=trades]")).to_contain_text(f"{stats['trades']}, {stats['open_trades']} open")
    expect(metrics.locator("[data-stat=win_rate]")).to_have_text(f"{100 * stats['win_rate']:.1f} %")
    expect(metrics.locator("[data-stat=profit_factor]")).to_have_text(f"{stats['profit_factor']:.2f}")
    held = show.ask("[f'{one.symbol}{one.quantity:g}' for one in lab.positions.itertuples()]")
    rows = metrics.get_by_role("table", name="Positions").locator("tbody tr")
    expect(rows).to_have_count(len(held))
    for row, told in zip(rows.all(), held, strict=True):
        expect(row).to_contain_text(told.replace("-", "−"))
    last = show.ask("f\"{lab.data['AAPL'].day.last:.2f}\"")
    expect(metrics.get_by_role("table", name="What each symbol did and earned")).to_contain_text(f"AAPL{last}")


def test_the_curves_are_drawn_and_say_what_they_show(show) -> None:
    metrics = show(TRADED)
    curves = metrics.get_by_role("img", name="Equity, drawdown and exposure of this session")
    expect(curves).to_be_visible()
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(one => one)"
    assert curves.locator("canvas").evaluate(painted)
    metrics.get_by_role("button", name="Run").click()

    expect(metrics.get_by_role("img", name="Equity, drawdown and exposure of this run")).to_be_visible()
    expect(metrics.get_by_role("button", name="Run")).to_have_attribute("aria-pressed", "true")
    metrics.locator(".sl-curves").hover(position={"x": 100, "y": 100})
    expect(metrics.locator(".sl-curves .sl-hint")).to_contain_text("drawdown")


def test_it_follows_the_lab_on_and_back(show) -> None:
    metrics = show(TRADED)
    figure = metrics.locator("[data-figure=equity]")
    for move in ("lab.step(37)", "lab.rewind('09:50')", "lab.run_session()", "lab.advance('10:00')", "lab.step(-1)"):
        show(f"moved = {move}")

        expect(figure).to_have_text(show.ask("f'{lab.equity:,.2f}'"))
        expect(metrics.locator("[data-stat=trades]")).to_contain_text(f"{show.ask('lab.result().stats.trades')}")


def test_a_lab_that_did_not_trade_shows_the_market_and_then_the_account(show) -> None:
    metrics = show("lab = sl.demo(); step = lab.advance('10:00'); sl.widgets.Metrics(lab)")
    expect(metrics.get_by_text("Nothing traded yet")).to_be_visible()
    expect(metrics.get_by_role("img")).to_have_count(0)
    table = metrics.get_by_role("table", name="What each symbol did and earned")
    expect(table).to_contain_text(show.ask("f\"{lab.data['RIVN'].day.volume:,.0f}\""))
    show("order = lab.buy('RIVN', 10); step = lab.step()")

    expect(metrics.get_by_text("Nothing traded yet")).to_be_hidden()
    expect(metrics.get_by_role("table", name="Positions")).to_contain_text("RIVN10")
    expect(metrics.get_by_role("img")).to_have_count(1)


def test_the_timing_is_that_of_the_engine_and_of_the_picture(show) -> None:
    timing = show("lab = sl.demo(); lab.use(sl.strategies.SmaCross()); step = lab.step(100); sl.widgets.Timing(lab)")

    rows = timing.get_by_role("table").locator("tbody tr")
    expect(rows.filter(has_text="strategy cycles")).to_be_visible()
    for row in rows.all():
        part = row.locator("td").first.inner_text()
        expect(row.locator("td").nth(1)).to_have_text(show.ask(f"format(lab.timing[{part!r}].count, ',')"))
    expect(timing.get_by_text("Nothing lags")).to_be_visible()
    expect(timing.get_by_text("This picture:")).to_contain_text("ms of the kernel's time a frame")
