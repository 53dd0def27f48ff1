"""The ticket and the blotter in a browser: a person trades by hand, and looks at what became of it."""

from __future__ import annotations

from playwright.sync_api import expect

TICKET = "lab = sl.demo(); step = lab.advance('10:00'); sl.widgets.Ticket(lab)"
BLOTTER = (
    "lab = sl.demo(); step = lab.advance('10:00'); order = lab.buy('AAPL', 100, stop_loss=1.0)\n"
    "step = lab.advance('10:10'); order = lab.buy('RIVN', 10**7); sl.widgets.Blotter(lab)"
)


def test_a_bracket_is_sent_as_it_is_written(show) -> None:
    ticket = show(TICKET)
    ticket.get_by_label("Symbol").select_option("AAPL")
    ticket.get_by_label("Size", exact=True).fill("5")
    ticket.get_by_label("Type").select_option("limit")
    ticket.get_by_role("textbox", name="limit").fill("1,000")
    ticket.get_by_label("Stop loss").fill("1.5")
    ticket.get_by_role("button", name="Buy AAPL").click()

    expect(ticket.get_by_role("status")).to_have_text("Order 1 accepted")
    sent = "lab.orders[['symbol', 'side', 'type', 'quantity']].to_numpy().tolist()"
    assert show.ask(sent) == [["AAPL", "buy", "limit", 5.0], ["AAPL", "sell", "stop", 5.0]]
    assert show.ask("[float(lab.orders['limit'].iloc[0]), float(lab.orders['stop'].iloc[1])]") == [1000.0, 1.5]


def test_a_rejection_says_why(show) -> None:
    ticket = show(TICKET)
    ticket.get_by_label("Size", exact=True).fill("1000000")
    ticket.get_by_role("button", name="Sell RIVN").click()

    expect(ticket.get_by_role("status")).to_contain_text("Order 1 rejected")
    assert show.ask("lab.orders['reason'].iloc[0]") in ticket.get_by_role("status").inner_text()


def test_what_is_no_number_is_said_before_anything_is_sent(show) -> None:
    ticket = show(TICKET)
    ticket.get_by_label("Size", exact=True).fill("many")
    ticket.get_by_role("button", name="Buy RIVN").click()

    expect(ticket.get_by_role("status")).to_have_text("quantity: many is no number")
    assert show.ask("len(lab.orders)") == 0


def test_a_share_of_equity_and_a_trail_in_percent(show) -> None:
    ticket = show(TICKET)
    ticket.get_by_label("Unit of the size").select_option("percent")
    ticket.get_by_role("button", name="Buy RIVN").click()
    expect(ticket.get_by_role("status")).to_have_text("Order 1 accepted")
    show("step = lab.step()")
    # A tenth of 100,000 at the last known price, in whole shares.
    assert show.ask("lab.orders['quantity'].iloc[0] == 10_000 // lab.data.as_of('10:00')['RIVN'].bars('1m').close[-1]")

    ticket.get_by_label("Unit of the size").select_option("quantity")
    ticket.get_by_label("Size", exact=True).fill("10")
    ticket.get_by_label("Type").select_option("trailing stop")
    ticket.get_by_label("trail ($ or %)").fill("1%")
    ticket.get_by_role("button", name="Sell RIVN").click()
    expect(ticket.get_by_role("status")).to_have_text("Order 2 accepted")
    assert show.ask("str(lab.open_orders[0].trail)") == "1%"


def test_a_position_is_closed(show) -> None:
    ticket = show(TICKET)
    expect(ticket.get_by_role("button", name="Close position")).to_be_disabled()
    ticket.get_by_role("button", name="Buy RIVN").click()
    expect(ticket.get_by_role("status")).to_have_text("Order 1 accepted")
    show("step = lab.step()")
    ticket.get_by_role("button", name="Close position").click()
    expect(ticket.get_by_role("status")).to_have_text("Order 2 accepted")
    show("step = lab.step()")

    assert not show.ask("bool(lab.position('RIVN'))")


def test_the_tabs_show_the_tables(show) -> None:
    blotter = show(BLOTTER)
    rows = blotter.get_by_role("row")

    expect(rows).to_have_count(4)  # the head, and three orders
    blotter.get_by_role("tab", name="Rejections").click()
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(show.ask("lab.orders['reason'].iloc[-1]"))
    blotter.get_by_role("tab", name="Rejections").press("ArrowLeft")
    expect(blotter.get_by_role("tab", name="Positions")).to_have_attribute("aria-selected", "true")
    expect(rows.nth(1)).to_contain_text("AAPL")
    blotter.get_by_role("tab", name="Orders").click()
    blotter.get_by_label("Filter the blotter").fill("rivn rejected")
    expect(rows).to_have_count(2)


def test_a_click_looks_back_and_a_button_goes_there(show) -> None:
    blotter = show(BLOTTER)
    blotter.get_by_role("tab", name="Fills").click()
    expect(blotter.get_by_role("row")).to_have_count(2)
    blotter.get_by_role("row").nth(1).click()
    look = blotter.get_by_label("Look back", exact=True)

    expect(look).to_contain_text("AAPL as known at 2025-07-02 10:01:00")
    expect(look.get_by_role("img")).to_have_js_property("naturalWidth", 640)
    assert show.ask("f'{lab.now:%H:%M}'") == "10:10"
    look.get_by_role("button", name="Go back there").click()
    show.until("f'{lab.now:%H:%M}' == '10:01'")


def test_an_open_order_is_canceled_from_its_row(show) -> None:
    blotter = show(BLOTTER)
    blotter.get_by_role("button", name="Cancel order 2").click()

    show.until("not lab.open_orders")
    expect(blotter.get_by_role("row").filter(has_text="stop loss")).to_contain_text("canceled")


def test_markup_in_a_tag_is_shown(show) -> None:
    blotter = show(
        "lab = sl.demo(); step = lab.advance('10:00')\n"
        "order = lab.buy('AAPL', 1, tag='<img src=x onerror=\"document.title=1\">'); sl.widgets.Blotter(lab)"
    )

    expect(blotter.get_by_role("row").nth(1)).to_contain_text("<img src=x")
    expect(blotter.locator("td img")).to_have_count(0)
