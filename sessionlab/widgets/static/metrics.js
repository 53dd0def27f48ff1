// How the account does: figures, curves, what each symbol earned, what is held, and statistics.
import { Hours } from "./clock.js";
import { Curves, DRAWDOWN, EQUITY, GROSS, HIGH, NET, POINT, X } from "./curves.js";
import { make, say } from "./dom.js";
import { decimal, money, price, shares, signed } from "./numbers.js";
import { Table } from "./table.js";

const percent = (value, digits = 2) => (value === null ? "–" : `${value > 0 ? "+" : ""}${decimal(100 * value, digits)} %`);
const share = (value) => (value === null ? "–" : `${decimal(100 * value, 1)} %`);
const up = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");
const FIGURES = [["equity", "Equity"], ["pnl", "Profit and loss"], ["drawdown", "Drawdown"], ["gross", "Gross exposure"], ["net", "Net exposure"], ["cash", "Cash"]];
const STATS = [
  ["trades", "Closed trades", (s) => `${s.trades}${s.open_trades ? `, ${s.open_trades} open` : ""}`],
  ["win_rate", "Win rate", (s) => share(s.win_rate)],
  ["profit_factor", "Profit factor", (s) => decimal(s.profit_factor, 2)],
  ["expectancy", "Mean of a trade", (s) => (s.expectancy === null ? "–" : signed(s.expectancy))],
  ["max_drawdown_intraday", "Deepest drawdown", (s) => percent(s.max_drawdown_intraday)],
  ["exposure", "Time in the market", (s) => share(s.exposure)],
  ["fees", "Fees", (s) => money(s.fees)],
  ["slippage", "Slippage", (s) => money(s.slippage)],
  ["dividends_and_borrow", "Dividends, borrow", (s) => money(s.dividends_and_borrow)],
  ["fills", "Fills", (s) => `${s.fills} of ${s.orders} orders${s.rejected ? `, ${s.rejected} rejected` : ""}`],
];
const MARKET = [
  { head: "Symbol", of: (row) => row.symbol },
  { head: "Last", number: true, of: (row) => price(row.last) },
  { head: "Day change", number: true, of: (row) => percent(row.change), mark: (row) => up(row.change) },
  { head: "Volume", number: true, of: (row) => shares(row.volume) },
];
const EARNED = [
  { head: "Realized", number: true, of: (row) => signed(row.realized), mark: (row) => up(row.realized) },
  { head: "Open", number: true, of: (row) => signed(row.open), mark: (row) => up(row.open) },
  { head: "Fees", number: true, of: (row) => money(row.fees) },
  { head: "Result", number: true, of: (row) => signed(row.total), mark: (row) => up(row.total) },
];
const HELD = [
  { head: "Symbol", of: (row) => row.symbol },
  { head: "Quantity", number: true, of: (row) => shares(row.quantity), mark: (row) => up(row.quantity) },
  { head: "Average", number: true, of: (row) => price(row.average) },
  { head: "Last", number: true, of: (row) => price(row.last) },
  { head: "Value", number: true, of: (row) => money(row.value) },
  { head: "Unrealized", number: true, of: (row) => signed(row.unrealized), mark: (row) => up(row.unrealized) },
  { head: "Book", of: (row) => row.strategy },
];

export const openMetrics = (view) => new Metrics(view);

class Metrics {
  constructor(view) {
    this.view = view;
    this.points = [];
    this.told = {};
    this.range = "session";
    this.figures = Object.fromEntries(FIGURES.map(([name]) => [name, make("dd", { "data-figure": name })]));
    const figures = make("dl.sl-figures", {}, ...FIGURES.map(([name, label]) => make("div", {}, make("dt", { text: label }), this.figures[name])));
    this.ranges = ["session", "run"].map((name) =>
      make("button.sl-tab", { type: "button", "aria-pressed": "false", "data-range": name, text: name === "session" ? "Session" : "Run", onclick: () => this.chosen(name) }),
    );
    this.choice = make("div.sl-tabs", { role: "group", "aria-label": "Shown of the account", hidden: true }, ...this.ranges);
    this.curves = new Curves(view);
    this.curves.part = this;
    this.empty = make("p.sl-empty", { text: "Nothing traded yet: here is what the market did today." });
    this.symbols = new Table("What each symbol did and earned");
    this.positions = new Table("Positions");
    this.flat = make("p.sl-empty", { text: "Nothing is held." });
    this.stats = make("dl.sl-stats", { "aria-label": "Statistics" });
    this.cells = Object.fromEntries(STATS.map(([name]) => [name, make("dd", { "data-stat": name })]));
    this.stats.append(...STATS.map(([name, label]) => make("div", {}, make("dt", { text: label }), this.cells[name])));
    this.traded = make(
      "div.sl-metrics-traded", {},
      make("div.sl-bar", {}, figures, this.choice),
      this.curves.el,
    );
    this.held = make("div", {}, make("h4", { text: "Positions" }), make("div.sl-scroll", { tabindex: "0", role: "region", "aria-label": "Positions" }, this.positions.el, this.flat));
    this.el = make(
      "div", {}, this.traded, this.empty,
      make("div.sl-metrics-tables", {}, make("div", {}, make("h4", { text: "By symbol" }), make("div.sl-scroll", { tabindex: "0", role: "region", "aria-label": "By symbol" }, this.symbols.el)), this.held, this.stats),
    );
    this.traded.hidden = this.held.hidden = this.stats.hidden = true;
  }
  hear({ at, ...facts }, { line }, fresh) {
    if (fresh) [this.points, this.told] = [[], {}];
    if (line) {
      this.points.length = at;
      for (let i = 0; i < line.length; i += POINT) this.points.push(line.subarray(i, i + POINT));
    }
    if (Object.keys(facts).length) {
      Object.assign(this.told, facts);
      this.tables(facts);
    }
    this.figured();
  }
  moved(lab, anew) {
    if (!anew) return;
    this.hours = new Hours(this.view.run.spans);
    this.choice.hidden = this.view.run.number < 2;
    if (this.choice.hidden) this.range = "session";
    this.figured();
  }
  chosen(range) {
    this.range = range;
    this.figured();
    this.view.paint(this);
  }
  tables({ traded, symbols, positions, stats }) {
    if (traded !== undefined && traded !== this.isTraded) {
      this.isTraded = traded;
      this.symbols.columns(traded ? [...MARKET, ...EARNED] : MARKET);
      symbols = this.told.symbols;
      this.traded.hidden = this.held.hidden = this.stats.hidden = !traded;
      this.empty.hidden = traded;
      this.el.classList.toggle("sl-untraded", !traded);
    }
    if (symbols) this.earned(symbols);
    if (positions) {
      const rows = positions.map(([strategy, symbol, quantity, average, last, value, unrealized]) => ({ key: `${strategy} ${symbol}`, strategy, symbol, quantity, average, last, value, unrealized }));
      if (!this.positions.own) this.positions.columns(HELD);
      this.positions.show(rows.map((row) => row.key), rows);
      this.flat.hidden = rows.length > 0;
      this.positions.el.hidden = !rows.length;
    }
    if (stats) for (const [name, , of] of STATS) say(this.cells[name], of(stats));
  }
  earned(symbols) {
    const rows = symbols.map(([symbol, last, change, volume, realized, open, fees, other, total]) => ({ key: symbol, symbol, last, change, volume, realized, open, fees, other, total }));
    this.symbols.show(rows.map((row) => row.key), rows);
    if (!this.isTraded) return;
    const most = Math.max(...rows.map((row) => Math.abs(row.total))) || 1;
    for (const row of rows) {
      const cell = this.symbols.rows.get(row.key).cells.at(-1);
      cell.classList.add("sl-earned");
      cell.style.setProperty("--sl-share", `${(100 * Math.abs(row.total)) / most}%`);
    }
  }
  figured() {
    const last = this.points.at(-1), { starting_cash: cash } = this.told;
    if (!last || cash === undefined || !this.hours) return;
    const now = last[EQUITY];
    say(this.figures.equity, money(now));
    say(this.figures.pnl, `${signed(now - cash)} (${percent(now / cash - 1)})`);
    this.figures.pnl.dataset.mark = up(now - cash);
    const peak = this.points.reduce((most, one) => Math.max(most, one[HIGH]), cash);
    say(this.figures.drawdown, percent(now / peak - 1));
    say(this.figures.gross, money(last[GROSS]));
    say(this.figures.net, money(last[NET]));
    say(this.figures.cash, money(now - last[NET]));
    const number = this.view.run.number - 1, isRun = this.range === "run";
    const range = isRun ? [0, number + 1] : [number, number + 1];
    const first = this.points.find((one) => one[X] >= range[0]);
    this.curves.show(this.points, range, isRun || !first ? cash : this.opened(number, cash), this.hours, isRun);
    const deepest = this.curves.points.reduce((least, one) => Math.min(least, one[DRAWDOWN]), 0);
    this.curves.name(`Equity, drawdown and exposure of this ${this.range}: equity ${money(now)}, deepest drawdown ${percent(deepest)}`);
    for (const one of this.ranges) one.setAttribute("aria-pressed", String(one.dataset.range === this.range));
  }
  // Equity when session `number` opened: what the one before ended with.
  opened(number, cash) {
    const before = this.points.findLast((one) => one[X] <= number);
    return before ? before[EQUITY] : cash;
  }
  draw() {
    return !this.isTraded || this.curves.draw();
  }
}
