// What the kernel has told of one cell: bars in columns that grow, lines, fills and open orders.
import { Axis } from "./chart_axis.js";

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
    Object.assign(this, { symbol: about.symbol, interval: about.interval, about });
    this.axis = new Axis(about);
    this.slot = new Column(Int32Array);
    this.values = Array.from({ length: 5 }, () => new Column(Float64Array));
    this.flags = new Column(Uint8Array);
    this.counts = new Column(Int32Array);
    this.lines = about.lines.map((line) => new StoredLine(line));
    this.fills = [];
    this.orders = new Map();
    this.at = this.ended = this.unpriced = this.repaired = this.incomplete = 0;
    this.hasVolume = false;
    this.decimals = 2;
    this.tooFine = false;
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
      const [open, high, low, close] = bars.subarray(5 * i, 5 * i + 4);
      if (!Number.isFinite(open + high + low + close)) this.unpriced++;
      else {
        kept.push(i);
        this.add(slot[i], bars.subarray(5 * i, 5 * i + 5), flags[i], counts[i]);
      }
    }
    this.lines.forEach((line, j) => line.hear(facts.points?.[j] ?? 0, reader, kept));
    for (const [x, y, side, role, reason, label] of facts.fills ?? []) this.fills.push({ x, y, side, role, reason, label });
    for (const [id, x, side, role, lines] of facts.orders ?? []) this.orders.set(id, { id, x, side, role, lines });
    for (const id of facts.gone ?? []) this.orders.delete(id);
  }
  add(slot, values, flags, count) {
    this.slot.push(slot);
    for (let j = 0; j < 4; j++) this.values[j].push(values[j]);
    this.values[4].push(Number.isFinite(values[4]) ? values[4] : 0);
    this.flags.push(flags);
    this.counts.push(count);
    this.hasVolume ||= Number.isFinite(values[4]);
    this.repaired += (flags & REPAIRED) > 0;
    this.incomplete += (flags & COMPLETE) === 0;
    this.low = Math.min(this.low, values[2]);
    this.high = Math.max(this.high, values[1]);
    if (this.tooFine) return;
    while (this.decimals <= MOST_DECIMALS && Math.abs(Number(values[3].toFixed(this.decimals)) - values[3]) >= 1e-9) this.decimals++;
    if (this.decimals > MOST_DECIMALS) {
      this.tooFine = true;
      this.decimals = values[3] >= 10 ? 2 : 4;
    }
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
  // The number of the bar in `slot`, -1 where there is none.
  index(slot) {
    const i = this.from(slot);
    return i < this.slot.size && this.slot.values[i] === slot ? i : -1;
  }
  // How much of what was expected is there, in words.
  coverage() {
    if (!this.about.measured || !this.ended) return "";
    const there = this.from(this.ended), absent = this.ended - there;
    const lacking = [absent && `${absent.toLocaleString("en-US")} absent`, this.incomplete && `${this.incomplete.toLocaleString("en-US")} incomplete`];
    const said = lacking.filter(Boolean).join(", ");
    return `coverage ${((100 * (there - this.incomplete)) / this.ended).toFixed(2)} %${said ? ` (${said})` : ""}`;
  }
  // Runs of absent slots among those that have ended, as `[first, past]`, from slot `a` to `b`.
  *absent(a, b) {
    const past = Math.min(b, this.ended);
    let expected = Math.max(0, a);
    for (let i = this.from(expected); i < this.slot.size && this.slot.values[i] < past; i++) {
      if (this.slot.values[i] > expected) yield [expected, this.slot.values[i]];
      expected = this.slot.values[i] + 1;
    }
    if (expected < past) yield [expected, past];
  }
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
