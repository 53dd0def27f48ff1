// A bar in words and numbers: for the crosshair, for who listens, and for the table beside the canvas.
import { wall } from "./chart_axis.js";
import { columnOf } from "./chart_grouping.js";
import { plain } from "./chart_text.js";

const LAST = 20;

// What stands in `slot` of a placed cell: `{ time, rows, fills }`, rows as `[name, value]`. Null where that is still to come.
export function barFacts(cell, slot) {
  const { store, per } = cell;
  if (slot < 0 || slot >= store.ended) return null;
  const [left, right] = per > 1 ? columnOf(store.axis, slot, per) : [slot, slot + 1];
  const from = store.from(left), past = store.from(right);
  const time = per > 1 ? `${timeOf(store, left)} to ${timeOf(store, right)}` : timeOf(store, left);
  const fills = store.fills.filter(({ x }) => x >= left && x < right).map(({ label }) => label);
  if (past === from) return { left, right, time, rows: [["", per > 1 ? "no bars" : "no bar"]], fills };
  const [open, high, low, close, volume] = store.values.map((column) => column.values.subarray(from, past));
  const price = (value) => plain(value, store.decimals);
  const rows = [["O", price(open[0])], ["H", price(high.reduce((a, b) => Math.max(a, b)))], ["L", price(low.reduce((a, b) => Math.min(a, b)))], ["C", price(close.at(-1))]];
  if (store.hasVolume) rows.push(["V", volume.reduce((a, b) => a + b, 0).toLocaleString("en-US", { maximumFractionDigits: 8 })]);
  rows.push(...fullness(store, from, past, left, right));
  for (const panel of cell.panels) {
    for (const { line, name, y } of panel.lines) {
      const value = valueAt(store, line, y, store.slot.values[past - 1], past - 1);
      if (Number.isFinite(value)) rows.push([name, plain(value, panel.numbers === "price" ? store.decimals : Math.max(panel.digits, Math.abs(value) < 1 ? 4 : 2))]);
    }
  }
  return { left, right, time, rows, fills };
}

function timeOf(store, slot) {
  if (!store.axis.seconds) return new Date(store.axis.clock(slot) * 1000).toISOString().slice(0, 10);
  return wall(store.axis.clock(slot));
}

// How many of the bars that it is made of are there.
function fullness(store, from, past, left, right) {
  const many = right - left > 1, { base, made } = store.about;
  if (many) return [["bars", `${past - from} of ${Math.min(right, store.ended) - left}`], ["coverage", percent(past - from, Math.min(right, store.ended) - left)]];
  if (!made) return [];
  const { axis } = store, until = Math.min(axis.clock(left) + axis.seconds, left + 1 < axis.slots ? axis.clock(left + 1) : axis.past);
  const expected = Math.max(Math.ceil((until - axis.clock(left)) / base), 1), count = store.counts.values[from];
  const whole = store.flags.values[from] & 1 ? "complete" : "incomplete";
  return [["made of", `${count} of ${expected}, ${whole}`], ["coverage", percent(count, expected)]];
}

function percent(part, of) {
  return `${((100 * part) / of).toFixed(2)} %`;
}

function valueAt(store, line, y, slot, i) {
  if (line.kind === "bars") return y.values[i];
  let at = -1;
  while (at + 1 < line.x.size && line.x.values[at + 1] <= slot + 0.5) at++;
  return at < 0 ? NaN : y.values[at];
}

export function inWords(facts) {
  if (!facts) return "";
  return [facts.time, ...facts.rows.map(([name, value]) => `${name} ${value}`.trim()), ...facts.fills].join(", ");
}

// What a chart shows, as a sentence.
export function sentence(stores, clock) {
  const counted = (count, what) => (count ? `, ${count} ${what}${count === 1 ? "" : "s"}` : "");
  const told = stores.map((store) => {
    const last = store.size ? `, last ${plain(store.values[3].values[store.size - 1], store.decimals)}` : "";
    return `${store.symbol} ${store.interval}: ${store.size} bars${last}${counted(store.fills.length, "fill")}${counted(store.orders.size, "open order")}`;
  });
  return `Chart as of ${clock}. ${told.join("; ")}`;
}

// The newest bars of a cell as rows of a table: time, open, high, low, close, volume.
export function lastBars(store) {
  const rows = [];
  for (let i = Math.max(0, store.size - LAST); i < store.size; i++) {
    const [open, high, low, close, volume] = store.values.map((column) => column.values[i]);
    const prices = [open, high, low, close].map((value) => plain(value, store.decimals));
    rows.push([timeOf(store, store.slot.values[i]), ...prices, store.hasVolume ? volume.toLocaleString("en-US") : ""]);
  }
  return rows;
}
