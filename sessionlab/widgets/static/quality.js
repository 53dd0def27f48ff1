// The quality inspector: a map of coverage to look closer into, and lists of gaps, of longer bars that lack some, and of rows left out.
import { day } from "./axis.js";
import { clock } from "./clock.js";
import { make, say } from "./dom.js";
import { HeatMap, LEGEND, range, SCALE } from "./heat.js";
import { decimal } from "./numbers.js";
import { Table } from "./table.js";

const LISTS = [["gaps", "Gaps"], ["short", "Longer bars"], ["left_out", "Rows left out"]];
const EMPTY = {
  gaps: "No gap here: every bar that was due came on time.",
  short: "No longer bar lacks a bar that it is made of.",
  left_out: "No row was refused, and none lies off the session's hours.",
};
const SUMMARY = [
  { head: "Symbol", of: (row) => row.symbol },
  { head: "Bars", of: (row) => row.interval },
  { head: "Present", number: true, of: (row) => decimal(row.present) },
  { head: "Expected", number: true, of: (row) => decimal(row.expected) },
  { head: "Coverage", number: true, of: (row) => (row.expected ? `${decimal((100 * row.present) / row.expected, 2)} %` : "–") },
  { head: "Gaps", number: true, of: (row) => decimal(row.gaps) },
  { head: "Longest", number: true, of: (row) => (row.gaps ? bars(row.longest) : "–") },
];
const bars = (count) => `${decimal(count)} ${count === 1 ? "bar" : "bars"}`;

const named = ([part, , name]) => (part === "window" ? `${name} (window)` : name);

export const openQuality = (view) => new Quality(view);

class Quality {
  constructor(view) {
    this.view = view;
    this.shown = null;
    this.told = {};
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
    this.tabs = LISTS.map(([name, label]) => make("button.sl-tab", { type: "button", role: "tab", "aria-selected": "false", "data-list": name, onclick: () => ask({ list: name }) }, label, make("span.sl-count")));
    for (const tab of this.tabs) tab.addEventListener("keydown", (event) => this.turn(event, tab));
    this.of = make("span.sl-muted");
    this.next = make("button.sl-button.sl-text", { type: "button", text: "Advance to the next gap", onclick: () => this.view.wish("next", { what: "gap" }) });
    this.table = new Table("What is not as it should be", { pick: (row) => this.pick(row), act: (row) => this.acts(row) });
    this.empty = make("p.sl-empty");
    this.panel = make("div.sl-scroll", { role: "tabpanel", tabindex: "0", "aria-label": "What is not as it should be" }, this.table.el, this.empty);
    this.el = make(
      "div", {},
      make("div.sl-bar", {}, make("nav", { "aria-label": "What is looked at" }, this.crumbs), this.select, this.legend),
      make("div.sl-maps", {}, this.map.el),
      this.unmeasured,
      make("details.sl-summary", {}, make("summary", { text: "As a table" }), make("div.sl-scroll", { tabindex: "0", role: "region", "aria-label": "Coverage by symbol" }, this.summary.el)),
      make("div.sl-bar", {}, make("div.sl-tabs", { role: "tablist", "aria-label": "What is not as it should be" }, ...this.tabs), this.of, this.next),
      this.panel,
    );
  }
  asked(what) {
    this.view.wire.ask("quality", what);
  }
  hear({ shown, list, sort, rows, of, gaps }, { cells, present, expected, edges }, fresh) {
    if (shown) this.open(shown, edges);
    if (fresh && present) [this.present, this.expected] = [present, expected];
    else if (cells) {
      cells.forEach((cell, i) => {
        this.present[cell] = present[i];
        this.expected[cell] = expected[i];
      });
    }
    const told = Object.entries({ list, sort, rows, of, gaps }).filter(([, value]) => value !== undefined);
    if (told.length) this.listed(Object.assign(this.told, Object.fromEntries(told)), Boolean(rows));
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
    const rows = this.shown.rows.map(([symbol, interval], i) => {
      const [present, expected] = this.map.sum([i], range(this.columns)), [gaps, longest] = this.gapCounts[i] ?? [0, 0];
      return { key: `${symbol} ${interval}`, symbol, interval, present, expected, gaps, longest };
    });
    this.summary.show(rows.map((row) => row.key), rows);
    const [present, expected] = this.map.sum(range(rows.length), range(this.columns));
    const where = this.path(this.view.run.zone).at(-1)[0];
    this.map.el.setAttribute("aria-label", `Coverage, ${where}: ${expected ? `${decimal((100 * present) / expected, 2)} % of ${decimal(expected)} bars` : "nothing is due yet"}. Arrows move, Enter looks closer, Escape goes back.`);
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
  }
  listed({ list, sort, rows, of, gaps }, anyRow) {
    if (list === "gaps") this.gapCounts = gaps;
    const anew = list !== this.table.list || this.shown.run !== this.table.ofRun;
    [this.table.list, this.table.ofRun] = [list, this.shown.run];
    if (anew) {
      this.table.act = list === "gaps" ? (row) => this.acts(row) : null;
      this.table.pick = list === "left_out" ? null : (row) => this.pick(row);
      this.table.columns(this.heads(list));
    }
    if (list === "gaps") this.sortable(sort);
    if (anyRow || anew) {
      const made = rows.map((row) => this.row(list, row));
      this.table.show(made.map((row) => row.key), made);
    }
    for (const tab of this.tabs) {
      const chosen = tab.dataset.list === list;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) say(tab.querySelector(".sl-count"), of ? decimal(of) : "");
    }
    say(this.of, rows.length < of ? `${decimal(rows.length)} of ${decimal(of)} shown` : "");
    say(this.empty, EMPTY[list]);
    this.empty.hidden = rows.length > 0;
    this.table.el.hidden = !rows.length;
  }
  row(list, row) {
    if (list === "left_out") {
      const [symbol, series, why, count, example] = row;
      return { key: `${symbol} ${series} ${why}`, symbol, series, why, count, example };
    }
    const [part, symbol, interval, from, until, ...rest] = row, base = { part, symbol, interval, from, until };
    if (list === "short") {
      const [have, expected, of, status] = rest;
      return { ...base, key: `${part} ${symbol} ${interval} ${from}`, have, expected, of, status };
    }
    const [count, status, cause, soFar] = rest;
    return { ...base, key: `${part} ${symbol} ${interval} ${from} ${status}`, count, status, cause, soFar };
  }
  heads(list) {
    const { zone } = this.view.run, when = (ms) => (this.shown.run ? `${day(ms, zone)} ${clock(ms, zone)}` : clock(ms, zone));
    const symbol = { head: "Symbol", sort: "symbol", of: (row) => `${row.symbol} ${row.interval ?? row.series}` };
    const span = [{ head: "From", sort: "from", of: (row) => when(row.from) }, { head: "To", of: (row) => clock(row.until, zone) }];
    if (list === "left_out") {
      return [
        symbol, { head: "Why", of: (row) => row.why },
        { head: "Rows", number: true, of: (row) => decimal(row.count) }, { head: "The first", wide: true, of: (row) => row.example },
      ];
    }
    if (list === "short") {
      return [
        symbol, ...span, { head: "What became of it", of: (row) => row.status },
        { head: "Why", wide: true, of: (row) => `${row.have} of ${row.expected} ${row.of} bars` },
      ];
    }
    return [
      symbol, ...span,
      { head: "Length", sort: "-length", number: true, of: (row) => `${lasting(row.until - row.from)}${row.soFar ? " so far" : ""}` },
      { head: "Missing", number: true, of: (row) => bars(row.count) },
      { head: "Status", sort: "status", of: (row) => row.status, mark: (row) => (row.status === "absent" ? "down" : "") },
      { head: "Cause", wide: true, of: (row) => row.cause },
    ];
  }
  // Heads that sort are buttons; a second press turns the order round.
  sortable(sort) {
    this.table.own.forEach(({ head, sort: by }, i) => {
      if (!by) return;
      const th = this.table.head.children[i], name = by.replace("-", "");
      const chosen = sort.replace("-", "") === name;
      if (!th.querySelector("button")) th.replaceChildren(make("button.sl-sort", { type: "button", text: head }));
      const other = name === "from" || name === "length" ? (sort.startsWith("-") ? name : `-${name}`) : name;
      th.querySelector("button").onclick = () => this.asked({ sort: chosen ? other : by });
      th.setAttribute("aria-sort", !chosen ? "none" : sort.startsWith("-") ? "descending" : "ascending");
    });
  }
  // Looked at in the map: free, and no clock moves.
  pick(row) {
    this.asked({ gap: { part: row.part, from: row.from, until: row.until } });
    if (row.part === "session") this.view.lookAt(row.from);
  }
  acts(row) {
    if (row.part === "window") return [];
    const { zone } = this.view.run, at = row.from + (row.until - row.from) / row.count, when = `${this.shown.run ? `${day(at, zone)} ` : ""}${clock(at, zone)}`;
    if (at >= this.view.lab.now) return [];
    const label = `Go back to ${when}, when it began to show`;
    return [make("button.sl-small", { type: "button", title: label, "aria-label": label, onclick: () => this.view.wish("rewind", { at: Math.round(at) }) }, "⟲", make("span.sl-when", { text: when }))];
  }
  turn(event, tab) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = this.tabs[(this.tabs.indexOf(tab) + by + this.tabs.length) % this.tabs.length];
    next.focus();
    next.click();
  }
  draw() {
    const scale = SCALE[this.view.theme.name];
    [...this.legend.children].forEach((one, i) => (one.firstChild.style.background = scale[i]));
    if (this.shown?.measured) this.map.draw();
  }
}

function lasting(ms) {
  const seconds = Math.round(ms / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  return [hours ? `${hours} h` : "", minutes % 60 ? `${minutes % 60} min` : "", seconds % 60 ? `${seconds % 60} s` : ""].filter(Boolean).join(" ") || "0 s";
}
