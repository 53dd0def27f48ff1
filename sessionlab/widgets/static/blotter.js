// The blotter: tabs, a filter, and what a row looked like when it happened.
import { clock } from "./clock.js";
import { make, say } from "./dom.js";
import { money, price, shares, signed } from "./numbers.js";
import { choose, walkable } from "./tabs.js";
import { Table } from "./table.js";

const TABS = ["orders", "fills", "positions", "rejections"];
const EMPTY = {
  orders: "No orders yet: send one from the ticket, or let a strategy trade.",
  fills: "No fills yet.",
  positions: "Nothing is held.",
  rejections: "No order was rejected.",
};
const side = { head: "Side", of: (row) => row.side, mark: (row) => (["buy", "long"].includes(row.side) ? "up" : "down") };
const symbol = { head: "Symbol", of: (row) => row.symbol };
const quantity = { head: "Quantity", number: true, of: (row) => shares(row.quantity) };
const strategy = { head: "Book", spare: true, of: (row) => row.strategy };

function columns(tab, zone) {
  const when = (head, of) => ({ head, of: (row) => clock(of(row), zone) });
  const prices = { head: "Price", number: true, of: (row) => orderPrice(row) };
  if (tab === "fills") {
    return [
      when("Bar", (row) => row.time), symbol, side, quantity, { head: "Price", number: true, of: (row) => price(row.price) },
      { head: "Fee", number: true, of: (row) => money(row.fee) },
      { head: "Reason", wide: true, of: (row) => row.reason + (row.ambiguous ? ", ambiguous" : "") }, strategy,
      { head: "Order", number: true, spare: true, of: (row) => String(row.id) },
    ];
  }
  if (tab === "positions") {
    return [
      symbol, side, quantity, { head: "Average", number: true, of: (row) => price(row.average) },
      { head: "Last", number: true, of: (row) => price(row.price) }, { head: "Value", number: true, of: (row) => money(row.value) },
      { head: "Unrealized", number: true, of: (row) => signed(row.unrealized), mark: (row) => (row.unrealized < 0 ? "down" : "up") },
      strategy,
    ];
  }
  if (tab === "rejections") {
    return [
      when("Sent", (row) => row.at), symbol, side, quantity, { head: "Limit met", of: (row) => row.met || "–" },
      { head: "Would be", number: true, spare: true, of: (row) => money(row.number) }, { head: "Allowed", number: true, spare: true, of: (row) => money(row.allowed) },
      { head: "Reason", wide: true, of: (row) => row.reason }, strategy,
    ];
  }
  return [
    { head: "No.", number: true, of: (row) => String(row.id) }, when("Sent", (row) => row.at), symbol, side,
    { head: "Type", spare: true, of: (row) => row.type }, quantity, prices, { head: "Tif", spare: true, of: (row) => row.tif },
    { head: "Status", of: (row) => row.status, mark: (row) => (row.status === "rejected" ? "down" : row.open ? "open" : "") },
    { head: "Filled at", number: true, spare: true, of: (row) => (row.filled ? price(row.average) : "") },
    { head: "Reason", wide: true, of: (row) => [row.role === "entry" ? "" : row.role, row.reason, row.tag].filter(Boolean).join(" · ") },
    strategy,
  ];
}

function orderPrice(row) {
  const told = [row.stop === null ? "" : `stop ${price(row.stop)}`, row.limit === null ? "" : `limit ${price(row.limit)}`];
  return told.filter(Boolean).join(", ") || "market";
}

export const openBlotter = (view) => new Blotter(view);

class Blotter {
  constructor(view) {
    this.view = view;
    this.tab = null;
    this.tabs = TABS.map((name) => this.tabButton(name));
    walkable(this.tabs);
    this.filter = make("input", { type: "search", placeholder: "Filter", "aria-label": "Filter the blotter", size: 16 });
    this.filter.addEventListener("input", () => this.asked({ words: this.filter.value }));
    this.table = new Table("Blotter", { pick: (row) => this.pick(row), act: (row) => this.acts(row) });
    this.empty = make("p.sl-empty", { hidden: true });
    this.of = make("span.sl-muted");
    this.look = make("aside.sl-look", { hidden: true, "aria-label": "Look back" });
    this.panel = make("div.sl-scroll", { role: "tabpanel", tabindex: "0", "aria-label": "Blotter" }, this.table.el, this.empty);
    const bar = make("div.sl-bar", {}, make("div.sl-tabs", { role: "tablist", "aria-label": "Blotter" }, ...this.tabs), this.of, this.filter);
    this.el = make("div", {}, bar, make("div.sl-sides", {}, this.panel, this.look));
  }
  tabButton(name) {
    const tab = make("button.sl-tab", { type: "button", role: "tab", "aria-selected": "false", "data-tab": name, onclick: () => this.asked({ tab: name }) });
    tab.append(`${name[0].toUpperCase()}${name.slice(1)} `, make("span.sl-count"));
    return tab;
  }
  asked(what) {
    this.view.wire.ask("blotter", what);
  }
  hear({ tab, rows, keys, of, counts, look }, _, fresh) {
    if (look) this.showLook(look);
    if (!tab) return;
    if (fresh || tab !== this.tab) {
      this.tab = tab;
      this.table.columns(columns(tab, this.view.run.zone));
    }
    this.table.show(keys, rows);
    choose(this.tabs, this.tabs[TABS.indexOf(tab)]);
    for (const one of this.tabs) {
      const name = one.dataset.tab;
      say(one.querySelector(".sl-count"), counts[name] ? String(counts[name]) : "");
    }
    say(this.of, keys.length < of ? `newest ${keys.length} of ${of}` : "");
    say(this.empty, this.filter.value ? "Nothing matches the filter." : EMPTY[tab]);
    this.empty.hidden = keys.length > 0;
    this.table.el.hidden = keys.length === 0;
  }
  acts(row) {
    const small = (label, title, act) => make("button.sl-small", { type: "button", title, "aria-label": title, text: label, onclick: act });
    const acts = [];
    if (row.at !== undefined) acts.push(small("⟲", `Go back to ${clock(row.at, this.view.run.zone)}`, () => this.view.wish("rewind", { at: row.at })));
    if (row.open) acts.push(small("×", `Cancel order ${row.id}`, () => this.view.wish("cancel", { id: row.id })));
    if (this.tab === "positions" && row.strategy === "hand") {
      acts.push(small("×", `Close ${row.symbol}`, () => this.view.wish("flatten", { symbol: row.symbol })));
    }
    return acts;
  }
  pick(row) {
    if (row.at === undefined) return;
    this.asked({ look: { at: row.at, symbol: row.symbol } });
    this.view.lookAt(row.at);
  }
  showLook(look) {
    const away = make("button.sl-plain", { type: "button", "aria-label": "Close the look back", text: "×" });
    away.addEventListener("click", () => {
      this.look.hidden = true;
      this.view.lookAt(null);
    });
    const back = make("button.sl-button.sl-text", { type: "button", text: "Go back there", onclick: () => this.view.wish("rewind", { at: look.at }) });
    this.image = make("img", { alt: `${look.symbol} as known at ${look.when}` });
    this.svg = look.svg;
    this.look.replaceChildren(
      make("div.sl-bar", {}, make("b", { text: `${look.symbol} as known at ${look.when}` }), away),
      this.image,
      make("div.sl-bar", {}, make("span.sl-muted", { text: look.words }), back),
    );
    this.look.hidden = false;
    this.draw();
  }
  draw() {
    const source = this.svg && `data:image/svg+xml;base64,${this.svg[this.view.theme.name]}`;
    if (source && this.image.src !== source) this.image.src = source;
  }
}
