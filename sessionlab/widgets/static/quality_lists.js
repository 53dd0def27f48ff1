// The lists of the quality inspector: gaps, longer bars that lack some, and rows left out, with where to go from each.
import { clock, day } from "./clock.js";
import { make, say } from "./dom.js";
import { decimal } from "./numbers.js";
import { Table } from "./table.js";
import { choose, walkable } from "./tabs.js";

const LISTS = [["gaps", "Gaps"], ["short", "Longer bars"], ["left_out", "Rows left out"]];
const EMPTY = {
  gaps: "No gap here: every bar that was due came on time.",
  short: "No longer bar lacks a bar that it is made of.",
  left_out: "No row was refused, and none lies off the session's hours.",
};
export const bars = (count) => `${decimal(count)} ${count === 1 ? "bar" : "bars"}`;

export class Lists {
  // `ask(what)` has the kernel tell another list, or sort it, or the map show a gap.
  constructor(view, ask) {
    Object.assign(this, { view, ask, told: {}, isRun: false });
    this.tabs = LISTS.map(([name, label]) => make("button.sl-tab", { type: "button", role: "tab", "aria-selected": "false", "data-list": name, onclick: () => ask({ list: name }) }, label, make("span.sl-count")));
    walkable(this.tabs);
    this.of = make("span.sl-muted");
    const next = make("button.sl-button.sl-text", { type: "button", text: "Advance to the next gap", onclick: () => view.wish("next", { what: "gap" }) });
    this.table = new Table("What is not as it should be", { pick: (row) => this.pick(row), act: (row) => this.acts(row) });
    this.empty = make("p.sl-empty");
    this.bar = make("div.sl-bar", {}, make("div.sl-tabs", { role: "tablist", "aria-label": "What is not as it should be" }, ...this.tabs), this.of, next);
    this.panel = make("div.sl-scroll", { role: "tabpanel", tabindex: "0", "aria-label": "What is not as it should be" }, this.table.el, this.empty);
  }
  // What has changed of `list, sort, rows, of, gaps`; in a list of all days instants are told with their date.
  hear(changed, isRun) {
    Object.assign(this.told, changed);
    const { list, sort, rows, of } = this.told;
    const anew = list !== this.list || isRun !== this.isRun;
    [this.list, this.isRun] = [list, isRun];
    if (anew) {
      this.table.act = list === "gaps" ? (row) => this.acts(row) : null;
      this.table.pick = list === "left_out" ? null : (row) => this.pick(row);
      this.table.columns(this.heads(list));
    }
    if (list === "gaps") this.sortable(sort);
    if (changed.rows || anew) {
      const made = rows.map((row) => this.row(list, row));
      this.table.show(made.map((row) => row.key), made);
    }
    const chosen = this.tabs.find((tab) => tab.dataset.list === list);
    choose(this.tabs, chosen);
    for (const tab of this.tabs) say(tab.querySelector(".sl-count"), tab === chosen && of ? decimal(of) : "");
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
    const { zone } = this.view.run, when = (ms) => (this.isRun ? `${day(ms, zone)} ${clock(ms, zone)}` : clock(ms, zone));
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
      th.querySelector("button").onclick = () => this.ask({ sort: chosen ? other : by });
      th.setAttribute("aria-sort", !chosen ? "none" : sort.startsWith("-") ? "descending" : "ascending");
    });
  }
  // Looked at in the map: free, and no clock moves.
  pick(row) {
    this.ask({ gap: { part: row.part, from: row.from, until: row.until } });
    const { spans } = this.view.run;
    this.view.lookAt(row.from >= spans[0][0] && row.from < spans.at(-1)[1] ? row.from : null);
  }
  acts(row) {
    if (row.part === "window") return [];
    const { zone } = this.view.run, at = row.from + (row.until - row.from) / row.count, when = `${this.isRun ? `${day(at, zone)} ` : ""}${clock(at, zone)}`;
    if (at >= this.view.lab.now) return [];
    const label = `Go back to ${when}, when it began to show`;
    return [make("button.sl-small", { type: "button", title: label, "aria-label": label, onclick: () => this.view.wish("rewind", { at: Math.round(at) }) }, "⟲", make("span.sl-when", { text: when }))];
  }
}

function lasting(ms) {
  const seconds = Math.round(ms / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  return [hours ? `${hours} h` : "", minutes % 60 ? `${minutes % 60} min` : "", seconds % 60 ? `${seconds % 60} s` : ""].filter(Boolean).join(" ") || "0 s";
}
