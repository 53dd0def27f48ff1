// The quality inspector: a map of coverage to look closer into, and lists of gaps, of longer bars that lack some, and of rows left out.
import { clock } from "./clock.js";
import { make, say } from "./dom.js";
import { HeatMap, LEGEND, range, SCALE } from "./heat.js";
import { decimal } from "./numbers.js";
import { bars, Lists } from "./quality_lists.js";
import { Table } from "./table.js";

const SUMMARY = [
  { head: "Symbol", of: (row) => row.symbol },
  { head: "Bars", of: (row) => row.interval },
  { head: "Present", number: true, of: (row) => decimal(row.present) },
  { head: "Expected", number: true, of: (row) => decimal(row.expected) },
  { head: "Coverage", number: true, of: (row) => (row.expected ? `${decimal((100 * row.present) / row.expected, 2)} %` : "–") },
  { head: "Gaps", number: true, of: (row) => decimal(row.gaps) },
  { head: "Longest", number: true, of: (row) => (row.gaps ? bars(row.longest) : "–") },
];

const named = ([part, , name]) => (part === "window" ? `${name} (window)` : name);

export const openQuality = (view) => new Quality(view);

class Quality {
  constructor(view) {
    this.view = view;
    this.shown = null;
    this.gapCounts = [];
    const ask = (what) => this.asked(what);
    this.crumbs = make("ol.sl-crumbs");
    this.select = make("select.sl-select", { "aria-label": "Bars that are counted", title: "Bars that are counted", onchange: () => ask({ interval: this.select.value || null }) });
    this.legend = make("span.sl-legend", { "aria-hidden": "true" }, ...LEGEND.map((name) => make("span", {}, make("i"), name)));
    this.map = new HeatMap(view, { words: (row, column) => this.words(row, column), pick: (row, column) => this.closer(column), back: () => this.wider() });
    this.map.part = this;
    this.unmeasured = make("p.sl-empty", { text: "Coverage is not measured: gap_filler.enable_session_quality is false.", hidden: true });
    this.summary = new Table("Coverage by symbol");
    this.summary.columns(SUMMARY);
    this.table = make("details.sl-summary", { ontoggle: () => this.summed() }, make("summary", { text: "As a table" }), make("div.sl-scroll", { tabindex: "0", role: "region", "aria-label": "Coverage by symbol" }, this.summary.el));
    this.lists = new Lists(view, ask);
    this.el = make(
      "div", {},
      make("div.sl-bar", {}, make("nav", { "aria-label": "What is looked at" }, this.crumbs), this.select, this.legend),
      make("div.sl-maps", {}, this.map.el),
      this.unmeasured,
      this.table,
      this.lists.bar,
      this.lists.panel,
    );
  }
  asked(what) {
    this.view.wire.ask("quality", what);
  }
  hear({ shown, ...changed }, { cells, present, expected, edges }, fresh) {
    if (shown) this.open(shown, edges);
    if (fresh && present) [this.present, this.expected] = [present, expected];
    else if (cells) {
      cells.forEach((cell, i) => {
        this.present[cell] = present[i];
        this.expected[cell] = expected[i];
      });
    }
    if (Object.keys(changed).length) this.lists.hear(changed, this.shown.run);
    if (changed.gaps) this.gapCounts = changed.gaps;
    this.figured();
  }
  // Another look: its rows and columns, and the way back from it.
  open(shown, edges) {
    this.shown = shown;
    this.edges = edges;
    const { zone } = this.view.run;
    this.rows = shown.rows.map(([symbol, interval]) => `${symbol} ${interval}`);
    this.columns = shown.run ? shown.days.length : edges.length - 1;
    this.edge = shown.run ? shown.days.findIndex(([part]) => part === "session") : 0;
    this.marks = shown.run ? shown.days.map(([, , name], i) => [i, name.split(" ").slice(1, 3).join(" ")]) : this.clocks(zone);
    const options = [["", "shortest stored"], ...shown.intervals.map((one) => [one, one])];
    this.select.replaceChildren(...options.map(([value, text]) => make("option", { value, text })));
    this.select.value = shown.interval ?? "";
    this.crumbs.replaceChildren(...this.path(zone).map(([text, what], i, all) => {
      const here = i === all.length - 1;
      const step = here ? make("span", { "aria-current": "page", text }) : make("button.sl-crumb", { type: "button", text, onclick: () => this.asked(what) });
      return make("li", {}, step);
    }));
    this.unmeasured.hidden = shown.measured;
    this.map.el.hidden = this.legend.hidden = !shown.measured;
  }
  // From the run to what is shown, each with what to ask for.
  path(zone) {
    const { shown } = this, path = [["All days", { run: true }]];
    if (shown.run) return path;
    const [part, date] = shown.day, seconds = (ms) => ms % 60000 !== 0;
    path.push([named(shown.day), { step: 0 }]);
    for (const [step, from, until] of shown.steps.slice(1)) {
      const fine = seconds(from) || seconds(until);
      path.push([`${clock(from, zone, fine)} to ${clock(until, zone, fine)}`, { step }]);
    }
    if (path.length === 2 && !shown.today) path[1][1] = { day: { part, date } };
    return path;
  }
  clocks(zone) {
    const fine = (this.edges[1] - this.edges[0]) % 60000 !== 0, every = Math.max(1, Math.ceil(this.columns / 13));
    return range(this.columns).filter((i) => i % every === 0).map((i) => [i, clock(this.edges[i], zone, fine)]);
  }
  figured() {
    if (!this.shown || !this.present) return;
    this.map.show(this.rows, this.columns, this.present, this.expected, this.marks, this.edge);
    this.summed();
    const [present, expected] = this.map.sum(range(this.rows.length), range(this.columns));
    const where = this.path(this.view.run.zone).at(-1)[0];
    this.map.el.setAttribute("aria-label", `Coverage, ${where}: ${expected ? `${decimal((100 * present) / expected, 2)} % of ${decimal(expected)} bars` : "nothing is due yet"}. Arrows move, Enter looks closer, Escape goes back.`);
  }
  // The map as a table, written only where it is open.
  summed() {
    if (!this.table.open || !this.present) return;
    const rows = this.shown.rows.map(([symbol, interval], i) => {
      const [present, expected] = this.map.sum([i], range(this.columns)), [gaps, longest] = this.gapCounts[i] ?? [0, 0];
      return { key: `${symbol} ${interval}`, symbol, interval, present, expected, gaps, longest };
    });
    this.summary.show(rows.map((row) => row.key), rows);
  }
  words(row, column) {
    const { zone } = this.view.run, i = row * this.columns + column, expected = this.expected[i], present = this.present[i];
    const when = this.shown.run ? named(this.shown.days[column]) : this.span(column, zone);
    const told = !expected ? "nothing is due yet" : `${decimal(present)} of ${bars(expected)}, ${decimal((100 * present) / expected, 2)} %${present ? "" : ", absent"}`;
    return `${this.rows[row]} · ${when} · ${told}`;
  }
  span(column, zone) {
    const from = this.edges[column], until = this.edges[column + 1], fine = from % 60000 !== 0 || until % 60000 !== 0;
    return `${clock(from, zone, fine)} to ${clock(until, zone, fine)}`;
  }
  closer(column) {
    if (this.shown.run) {
      const [part, date] = this.shown.days[column];
      this.asked({ day: { part, date } });
    } else if (this.shown.closer) this.asked({ closer: this.edges[column] });
  }
  wider() {
    const path = this.path(this.view.run.zone);
    if (path.length > 1) this.asked(path.at(-2)[1]);
    this.view.lookAt(null);
  }
  draw() {
    const scale = SCALE[this.view.theme.name];
    [...this.legend.children].forEach((one, i) => (one.firstChild.style.background = scale[i]));
    if (this.shown?.measured) this.map.draw();
  }
}
