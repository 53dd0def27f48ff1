// What the engine spends its time on, and what this picture costs: the kernel's work for a frame, and the browser's.
import { make, say } from "./dom.js";
import { decimal } from "./numbers.js";
import { Table } from "./table.js";

const ms = (us) => (us === null ? "–" : us >= 1000 ? `${decimal(us / 1000, 1)} ms` : `${decimal(us, 1)} µs`);
const COLUMNS = [
  { head: "Part", of: (row) => row.part },
  { head: "Count", number: true, of: (row) => decimal(row.count) },
  { head: "Total", number: true, of: (row) => ms(row.mean === null ? null : 1000 * row.total) },
  { head: "Mean", number: true, of: (row) => ms(row.mean) },
  { head: "Longest", number: true, of: (row) => ms(row.most) },
  { head: "What it is", wide: true, of: (row) => (row.note ? `${row.meaning} (${row.note})` : row.meaning) },
];
const LATEST = 120;

export const openTiming = (view) => new Timing(view);

class Timing {
  constructor(view) {
    this.view = view;
    this.spent = [];
    this.gaps = [];
    this.table = new Table("What the engine spends its time on");
    this.table.columns(COLUMNS);
    this.lag = make("span");
    this.own = make("span.sl-muted");
    this.el = make("div", {}, make("div.sl-bar", {}, this.lag, this.own), make("div.sl-scroll", { tabindex: "0", role: "region", "aria-label": "Timing" }, this.table.el));
  }
  hear({ parts, lag }) {
    const rows = parts.map(([part, meaning, count, total, least, mean, most, note]) => ({ key: part, part, meaning, count, total, least, mean, most, note }));
    this.table.show(rows.map((row) => row.key), rows);
    say(this.lag, lagged(lag));
    this.tell();
  }
  moved(lab) {
    const { spent } = this.view.timing, now = performance.now();
    this.spent.push(spent);
    if (lab.playing && this.played) this.gaps.push(now - this.heard);
    this.played = lab.playing;
    this.heard = now;
    for (const kept of [this.spent, this.gaps]) if (kept.length > LATEST) kept.shift();
    if (!this.played || now - (this.saidAt ?? 0) > 1000) this.tell();
  }
  // Of the latest frames, mean and worst.
  tell() {
    this.saidAt = performance.now();
    const gaps = this.gaps.length ? `; ${decimal(mean(this.gaps), 0)} ms from frame to frame while it played, at most ${decimal(Math.max(...this.gaps), 0)} ms` : "";
    say(this.own, this.spent.length ? `This picture: ${decimal(mean(this.spent), 2)} ms of the kernel's time a frame, at most ${decimal(Math.max(...this.spent), 2)} ms${gaps}` : "");
  }
}

const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

function lagged({ seconds, gated, reason, skipped }) {
  const told = seconds >= 0.05 ? `${decimal(seconds, 1)} s behind the clock on the wall` : "Nothing lags";
  return [told, gated ? `strategies sleep: ${reason}` : "", skipped ? `${decimal(skipped)} calls skipped` : ""].filter(Boolean).join("; ");
}
