// What the kernel has told of one cell: bars in columns that grow, lines, fills and open orders.
import { Axis } from "./chart_axis.js";
import { plain } from "./chart_text.js";

const COMPLETE = 1, REPAIRED = 2;
const MOST_DECIMALS = 6;

// A typed array with room at its end.
export class Column {
  constructor(Kind) {
    this.values = new Kind(256);
    this.size = 0;
  }
  push(value) {
    if (this.size === this.values.length) {
      const wider = new this.values.constructor(2 * this.size);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[this.size++] = value;
  }
}

// Reads columns of several cells that lie one after another.
export class Reader {
  constructor(arrays) {
    this.arrays = arrays;
    this.at = {};
  }
  take(name, count) {
    const from = this.at[name] ?? 0;
    this.at[name] = from + count;
    return this.arrays[name]?.subarray(from, from + count) ?? [];
  }
}

export class CellStore {
  constructor(about) {
    Object.assign(this, { symbol: about.symbol, interval: about.interval, isToday: about.today, about });
    this.axis = new Axis(about);
    this.slot = new Column(Int32Array);
    this.values = Array.from({ length: 5 }, () => new Column(Float64Array));
    this.flags = new Column(Uint8Array);
    this.counts = new Column(Int32Array);
    this.lines = about.lines.map((line) => new StoredLine(line));
    this.gaps = []; // runs of absent slots between two bars, as [first, past]
    this.fills = [];
    this.orders = new Map();
    this.at = this.ended = this.unpriced = this.repaired = this.incomplete = 0;
    this.hasVolume = false;
    this.decimals = 2;
    this.isTooFine = false;
    this.low = Infinity;
    this.high = -Infinity;
  }
  get size() {
    return this.slot.size;
  }
  hear(facts, reader) {
    this.at = facts.at ?? this.at;
    this.ended = facts.ended ?? this.ended;
    const count = facts.bars ?? 0;
    const slot = reader.take("slot", count), bars = reader.take("bars", 5 * count);
    const flags = reader.take("flags", count), counts = reader.take("counts", count);
    const kept = [];
    for (let i = 0; i < count; i++) {
      if (slot[i] < 0) continue;
      if (!Number.isFinite(bars[5 * i] + bars[5 * i + 1] + bars[5 * i + 2] + bars[5 * i + 3])) this.unpriced++;
      else {
        kept.push(i);
        this.add(slot[i], bars, 5 * i, flags[i], counts[i]);
      }
    }
    this.lines.forEach((line, j) => line.hear(facts.points?.[j] ?? 0, reader, kept));
    for (const [x, y, side, role, reason, label] of facts.fills ?? []) this.fills.push({ x, y, side, role, reason, label });
    for (const [id, x, side, role, lines] of facts.orders ?? []) this.orders.set(id, { id, x, side, role, lines });
    for (const id of facts.gone ?? []) this.orders.delete(id);
  }
  add(slot, bars, at, flags, count) {
    const volume = bars[at + 4], next = this.size ? this.slot.values[this.size - 1] + 1 : 0;
    if (slot > next) this.gaps.push([next, slot]);
    this.slot.push(slot);
    for (let j = 0; j < 4; j++) this.values[j].push(bars[at + j]);
    this.values[4].push(Number.isFinite(volume) ? volume : 0);
    this.flags.push(flags);
    this.counts.push(count);
    this.hasVolume ||= Number.isFinite(volume);
    this.repaired += (flags & REPAIRED) > 0;
    this.incomplete += (flags & COMPLETE) === 0;
    this.high = Math.max(this.high, bars[at + 1]);
    this.low = Math.min(this.low, bars[at + 2]);
    if (!this.isTooFine) this.refine(bars[at + 3]);
  }
  // How many digits after the point the closes have: at least 2, and no more than a price is told with.
  refine(close) {
    while (this.decimals <= MOST_DECIMALS && !hasNoMore(close, 10 ** this.decimals)) this.decimals++;
    if (this.decimals <= MOST_DECIMALS) return;
    this.isTooFine = true;
    this.decimals = close >= 10 ? 2 : 4;
  }
  // The number of the first bar that stands in `slot` or after it.
  from(slot) {
    let low = 0, high = this.slot.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.slot.values[middle] < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  // How much of what was expected is there, in words.
  coverage() {
    if (!this.about.measured || !this.ended) return "";
    const there = this.from(this.ended), absent = this.ended - there;
    const lacking = [absent && `${plain(absent, 0)} absent`, this.incomplete && `${plain(this.incomplete, 0)} incomplete`];
    const said = lacking.filter(Boolean).join(", ");
    return `coverage ${((100 * (there - this.incomplete)) / this.ended).toFixed(2)} %${said ? ` (${said})` : ""}`;
  }
  // Runs of absent slots among those that have ended, as `[first, past]`, from slot `a` to `b`.
  absent(a, b) {
    const past = Math.min(b, this.ended), next = this.size ? this.slot.values[this.size - 1] + 1 : 0;
    let low = 0, high = this.gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.gaps[middle][1] <= a) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (; low < this.gaps.length && this.gaps[low][0] < past; low++) found.push(this.gaps[low]);
    if (next < past) found.push([next, this.ended]);
    return found.map(([first, end]) => [Math.max(first, a, 0), Math.min(end, past)]).filter(([first, end]) => end > first);
  }
}

function hasNoMore(value, scale) {
  return Math.abs(value * scale - Math.round(value * scale)) < 1e-9 * scale;
}

// An indicator: for each of its outputs a value per bar of the cell, or points of its own.
class StoredLine {
  constructor(about) {
    Object.assign(this, about);
    this.x = new Column(Float64Array);
    this.y = about.names.map(() => new Column(Float64Array));
    this.low = Infinity;
    this.high = -Infinity;
  }
  hear(count, reader, kept) {
    const isPoints = this.kind === "points";
    if (isPoints) for (const x of reader.take("points", count)) this.x.push(x);
    for (const column of this.y) {
      const values = reader.take("points", count);
      for (let i = 0; i < (isPoints ? count : kept.length); i++) {
        const value = values[isPoints ? i : kept[i]];
        column.push(value);
        if (value < this.low) this.low = value;
        if (value > this.high) this.high = value;
      }
    }
  }
  // Whether it is drawn over candles of `cell`: as its kind is, or by its values.
  isOver(cell) {
    if (this.over !== null) return this.over;
    const reach = cell.high - cell.low || Math.abs(cell.high) || 1;
    return this.low <= this.high && this.low >= cell.low - reach && this.high <= cell.high + reach;
  }
}
