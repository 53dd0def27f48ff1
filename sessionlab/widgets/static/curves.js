// Equity, drawdown and exposure one above the other, over one session or over the run. A point is a Float64Array as the kernel
// says: x, time, equity, low, high, drawdown, gross, net.
import { ticks } from "./chart_text.js";
import { clock, day } from "./clock.js";
import { make, say, sharp } from "./dom.js";
import { decimal, money } from "./numbers.js";

export const [X, TIME, EQUITY, LOW, HIGH, DRAWDOWN, GROSS, NET] = [0, 1, 2, 3, 4, 5, 6, 7];
export const POINT = 8;
const APART = 70, GUTTER = 78, FOOT = 18, HEAD = 16, BETWEEN = 6;

export class Curves {
  constructor(view) {
    this.view = view;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.hint = make("span.sl-hint", { hidden: true, "aria-hidden": "true" });
    this.el = make("div.sl-curves", { role: "img" }, this.canvas, this.hint);
    this.at = null;
    this.el.addEventListener("pointermove", (event) => this.point(event.clientX - this.canvas.getBoundingClientRect().left));
    this.el.addEventListener("pointerleave", () => this.point(null));
  }
  // `range` is the first and the past x, `base` the equity that it is measured from.
  show(points, range, base, hours, all) {
    Object.assign(this, { range, base, hours, all });
    const opened = all ? -Infinity : hours.spans[0][0];
    this.points = points.filter((one) => one[X] >= range[0] && one[X] <= range[1] && one[TIME] >= opened);
  }
  name(words) {
    this.el.setAttribute("aria-label", words);
  }
  x(value, width) {
    return ((value - this.range[0]) / (this.range[1] - this.range[0])) * (width - GUTTER);
  }
  point(x) {
    this.at = x;
    const found = x === null ? null : this.nearest(x);
    this.hint.hidden = !found;
    if (found) {
      const { zone } = this.view.run;
      const when = this.all ? `${day(found[TIME], zone)} ${clock(found[TIME], zone)}` : clock(found[TIME], zone);
      say(this.hint, [
        when, `equity ${money(found[EQUITY])}`, `drawdown ${decimal(100 * found[DRAWDOWN], 2)} %`,
        `gross ${money(found[GROSS])}`, `net ${money(found[NET])}`,
      ].join(" · "));
      const half = this.hint.offsetWidth / 2, width = this.canvas.clientWidth;
      this.hint.style.left = `${Math.max(half, Math.min(width - half, this.x(found[X], width)))}px`;
    }
    this.view.paint(this.part);
  }
  nearest(x) {
    const width = this.canvas.clientWidth;
    let best = null;
    for (const one of this.points ?? []) {
      if (!best || Math.abs(this.x(one[X], width) - x) < Math.abs(this.x(best[X], width) - x)) best = one;
    }
    return best;
  }
  draw() {
    return !this.points || sharp(this.canvas, (context, width, height) => this.paint(context, width, height));
  }
  paint(context, width, height) {
    const { theme } = this.view;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    const room = height - FOOT - 2 * BETWEEN, parts = [0.56, 0.2, 0.24].map((part) => Math.round(room * part));
    this.times(context, width, height, theme);
    let top = 0;
    const panels = [this.equity, this.drawdown, this.exposure];
    panels.forEach((panel, i) => {
      panel.call(this, context, { top: top + HEAD, bottom: top + parts[i] - 1, width }, theme);
      top += parts[i] + BETWEEN;
    });
    const found = this.at === null ? null : this.nearest(this.at);
    if (!found) return;
    context.fillStyle = theme.muted;
    context.fillRect(Math.round(this.x(found[X], width)), 0, 1, height - FOOT);
  }
  times(context, width, height, theme) {
    context.textAlign = "center";
    const { zone } = this.view.run;
    const labels = this.all ? this.days(width, zone) : this.hours.round(zone, width - GUTTER, APART).map((at) => [this.range[0] + this.hours.fraction(at), clock(at, zone, false)]);
    let free = 0;
    for (const [at, label] of labels) {
      const x = Math.round(this.x(at, width)), half = context.measureText(label).width / 2;
      context.fillStyle = theme.grid;
      context.fillRect(x, 0, 1, height - FOOT);
      const middle = Math.max(half, Math.min(width - GUTTER - half, x));
      if (middle - half < free) continue;
      free = middle + half + 10;
      context.fillStyle = theme.muted;
      context.fillText(label, middle, height - FOOT / 2);
    }
  }
  // A line where each session begins, named where there is room.
  days(width, zone) {
    const found = [], seen = new Set();
    for (const one of this.points) {
      const number = Math.max(0, Math.ceil(one[X]) - 1); // a close is the end of its session
      if (!seen.has(number)) found.push([number, day(one[TIME], zone)]);
      seen.add(number);
    }
    return found;
  }
  panel(context, { top, bottom, width }, theme, [low, high], title, label, count) {
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const { values, digits } = ticks(low, high, count);
    context.textAlign = "left";
    for (const value of values) {
      context.fillStyle = theme.grid;
      context.fillRect(0, Math.round(y(value)), width - GUTTER, 1);
      context.fillStyle = theme.muted;
      context.fillText(label(value, digits), width - GUTTER + 6, Math.max(top, Math.min(bottom - 4, y(value))));
    }
    context.fillStyle = theme.ink;
    context.fillText(title, 0, top - HEAD / 2);
    return y;
  }
  equity(context, box, theme) {
    let low = this.base, high = this.base;
    for (const one of this.points) [low, high] = [Math.min(low, one[LOW]), Math.max(high, one[HIGH])];
    const room = (high - low || Math.abs(high) * 0.001 || 1) * 0.06;
    const y = this.panel(context, box, theme, [low - room, high + room], "Equity", (value, digits) => decimal(value, digits), 4);
    context.strokeStyle = theme.muted;
    context.setLineDash([3, 3]);
    line(context, [[0, y(this.base)], [box.width - GUTTER, y(this.base)]]);
    context.setLineDash([]);
    context.fillStyle = theme.hatch;
    for (const one of this.points) context.fillRect(this.x(one[X], box.width) - 0.5, y(one[HIGH]), 1.5, Math.max(0, y(one[LOW]) - y(one[HIGH])));
    context.strokeStyle = theme.up;
    context.lineWidth = 1.5;
    line(context, this.points.map((one) => [this.x(one[X], box.width), y(one[EQUITY])]));
    context.lineWidth = 1;
  }
  drawdown(context, box, theme) {
    const low = Math.min(-0.0001, ...this.points.map((one) => one[DRAWDOWN]));
    const y = this.panel(context, box, theme, [low * 1.06, 0], "Drawdown", (value, digits) => `${decimal(100 * value, Math.max(0, digits - 2))} %`, 3);
    context.fillStyle = theme.down;
    area(context, this.points.map((one) => [this.x(one[X], box.width), y(one[DRAWDOWN])]), y(0));
  }
  exposure(context, box, theme) {
    const of = (one) => [one[GROSS], one[NET]];
    const all = this.points.flatMap(of), low = Math.min(0, ...all), high = Math.max(0, ...all) || 1;
    const y = this.panel(context, box, theme, [low * 1.06, high * 1.06], "Exposure: gross filled, net dashed", (value, digits) => decimal(value, digits), 3);
    context.fillStyle = theme.hatch;
    area(context, this.points.map((one) => [this.x(one[X], box.width), y(one[GROSS])]), y(0));
    context.strokeStyle = theme.ink;
    context.setLineDash([4, 3]);
    line(context, this.points.map((one) => [this.x(one[X], box.width), y(one[NET])]));
    context.setLineDash([]);
  }
}

function line(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

function area(context, points, zero) {
  if (!points.length) return;
  context.beginPath();
  context.moveTo(points[0][0], zero);
  for (const [x, y] of points) context.lineTo(x, y);
  context.lineTo(points.at(-1)[0], zero);
  context.fill();
}
