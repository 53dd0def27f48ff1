// The order ticket. What is written on it stays with the person; the kernel sizes, checks and answers.
import { make, say } from "./dom.js";
import { money, price, shares, signed } from "./numbers.js";

const SIZES = [
  ["quantity", "shares", 100],
  ["value", "dollars", 10000],
  ["percent", "% of equity", 10],
  ["risk", "% risk to stop", 0.5],
];
const FRACTIONS = new Set(["percent", "risk"]);
const TYPES = { market: [], limit: ["limit"], stop: ["stop"], "stop limit": ["stop", "limit"], "trailing stop": ["trail"] };
const TIFS = ["day", "gtc", "ioc", "fok", "opg", "cls"];

export const openTicket = (view) => new Ticket(view);

class Ticket {
  constructor(view) {
    this.view = view;
    this.facts = null;
    const field = (label, control) => make("label.sl-field", {}, make("span", { text: label }), control);
    const number = (name) => make("input", { type: "text", inputmode: "decimal", autocomplete: "off", name, size: 8 });
    const choice = (name, options) => make("select", { name, onchange: () => this.shape() }, ...options.map(([value, text]) => make("option", { value, text })));
    this.symbol = choice("symbol", []);
    this.size = number("size");
    this.size.value = SIZES[0][2];
    this.unit = choice("unit", SIZES);
    this.type = choice("type", Object.keys(TYPES).map((name) => [name, name]));
    this.tif = choice("tif", TIFS.map((name) => [name, name]));
    this.prices = { limit: number("limit"), stop: number("stop"), trail: number("trail") };
    this.exits = { stop_loss: number("stop_loss"), take_profit: number("take_profit") };
    this.tag = make("input", { type: "text", name: "tag", size: 8, autocomplete: "off" });
    this.unit.addEventListener("change", () => (this.size.value = SIZES.find(([name]) => name === this.unit.value)[2]));
    this.priceFields = Object.fromEntries(
      Object.entries(this.prices).map(([name, input]) => [name, field(name === "trail" ? "trail ($ or %)" : name, input)]),
    );
    const act = (side) => make(`button.sl-button.sl-text.sl-${side}`, { type: "button", onclick: () => this.send(side) });
    this.buys = act("buy");
    this.sells = act("sell");
    this.flat = make("button.sl-button.sl-text", { type: "button", text: "Close position", onclick: () => this.close() });
    this.cancels = make("button.sl-button.sl-text", { type: "button", text: "Cancel all", onclick: () => this.view.wish("cancel_all") });
    this.answer = make("p.sl-answer", { role: "status", "aria-live": "polite" });
    this.held = make("p.sl-muted");
    this.el = make(
      "form",
      { "aria-label": "Order ticket", autocomplete: "off" },
      make("div.sl-fields", {}, field("Symbol", this.symbol), field("Size", make("span.sl-joined", {}, this.size, this.unit)), field("Type", this.type), ...Object.values(this.priceFields), field("Stop loss", this.exits.stop_loss), field("Take profit", this.exits.take_profit), field("In force", this.tif), field("Tag", this.tag)),
      make("div.sl-bar", {}, this.buys, this.sells, this.flat, this.cancels),
      this.held,
      this.answer,
    );
    this.unit.setAttribute("aria-label", "Unit of the size");
    this.size.setAttribute("aria-label", "Size");
    this.el.addEventListener("submit", (event) => event.preventDefault());
    this.el.addEventListener("input", () => this.tell());
    this.shape();
  }
  shape() {
    for (const [name, el] of Object.entries(this.priceFields)) el.hidden = !TYPES[this.type.value].includes(name);
    this.tell();
  }
  hear(facts) {
    this.facts = facts;
    const names = Object.keys(facts.symbols);
    if (names.join() !== [...this.symbol.options].map((one) => one.value).join()) {
      const chosen = this.symbol.value;
      this.symbol.replaceChildren(...names.map((name) => make("option", { value: name, text: name })));
      if (names.includes(chosen)) this.symbol.value = chosen;
    }
    this.tell();
  }
  // What can be said before the order is sent: prices, what is held, and what is left.
  tell() {
    const name = this.symbol.value, mine = this.facts?.symbols[name];
    say(this.buys, `Buy ${name}`);
    say(this.sells, `Sell ${name}`);
    if (!mine) return;
    const [last, quantity, average] = mine;
    const worth = quantity ? `holds ${shares(quantity)} at ${price(average)}, ${signed(quantity * (last - average))}` : "flat";
    const left = Math.max(0, this.facts.limits["buying power"] - this.facts.gross);
    const notional = this.unit.value === "quantity" && last !== null ? this.number(this.size) * last : null;
    const about = notional ? `about ${money(notional)}; ` : "";
    say(this.held, `last ${price(last)}; ${worth}; ${about}cash ${money(this.facts.cash)}, ${money(left)} of buying power left`);
    this.flat.disabled = !quantity;
  }
  number(input) {
    const text = input.value.replaceAll(",", "").trim();
    return text === "" ? null : Number(text);
  }
  async send(side) {
    const how = { symbol: this.symbol.value, side, tif: this.tif.value };
    const size = this.number(this.size);
    const fields = { [this.unit.value]: this.size, ...this.asked(), ...this.exits };
    for (const [name, input] of Object.entries(fields)) {
      const isTrail = name === "trail" && input.value.trim().endsWith("%");
      const value = isTrail ? input.value.trim() : this.number(input);
      const missing = value === null && !(name in this.exits);
      if (missing || Number.isNaN(value)) return this.refuse(input, `${name.replace("_", " ")}: ${missing ? "write a number" : `${input.value} is no number`}`);
      if (value !== null) how[name] = value;
    }
    if (FRACTIONS.has(this.unit.value)) how[this.unit.value] = size / 100;
    if (this.tag.value) how.tag = this.tag.value;
    this.said(await this.view.wish("order", how));
  }
  asked() {
    return Object.fromEntries(TYPES[this.type.value].map((name) => [name, this.prices[name]]));
  }
  refuse(input, words) {
    this.say(words, "down");
    input.focus();
  }
  async close() {
    this.said(await this.view.wish("flatten", { symbol: this.symbol.value }));
  }
  said(notice) {
    if (!notice.ok) return this.say(notice.words, "down");
    const { said } = notice;
    return said ? this.say(`Order ${said.id} ${said.status}${said.reason ? `: ${said.reason}` : ""}`, said.status === "rejected" ? "down" : "up") : this.say("Nothing is to do.", "");
  }
  say(words, mark) {
    say(this.answer, words);
    this.answer.dataset.mark = mark;
  }
}
