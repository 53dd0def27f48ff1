// The axis of a cell: runs of slots by the clock of the exchange, the labels that have room, and sessions in it.
import { SIZE, textWidth } from "./chart_text.js";
import { MONTHS } from "./clock.js";

const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const MOST_TICKS = 600, BETWEEN_LABELS = 14;
const LEAST_LABEL = textWidth("00:00", SIZE) + BETWEEN_LABELS;
const DAY = 86400;

export class Axis {
  constructor({ clock, seconds, past, first, labels, breaks, ticks, pasts }) {
    this.runs = [];
    let at = 0;
    for (const [begin, step, count] of clock) {
      this.runs.push({ at, begin, step, count });
      at += count;
    }
    this.slots = at;
    Object.assign(this, { seconds, past, first: first.length ? first : [0], pasts, labels, breaks, edges: [...first, ...pasts] });
    this.given = ticks ?? null;
  }
  run(slot) {
    return this.runs.findLast((run) => run.at <= slot) ?? this.runs[0];
  }
  // Seconds since 1970 on the exchange's wall, at which a slot begins; that of the slot past the last is the end.
  clock(slot) {
    if (slot >= this.slots) return this.past;
    const run = this.run(slot);
    return run.begin + (slot - run.at) * run.step;
  }
  // The first slots of the sessions that have one of `slot`, and of the one after it.
  session(slot) {
    let i = this.first.length - 1;
    while (i > 0 && this.first[i] > slot) i--;
    return [this.first[i], this.first[i + 1] ?? this.slots];
  }
  // Slots from `a` to `b` that begin at whole multiples of `step` seconds, and the end of the last one.
  *round(step, a, b) {
    for (const run of this.runs) {
      const common = gcd(step, run.step), stride = step / common;
      if (run.begin % common) continue;
      let i = Math.max(0, Math.ceil(a - run.at));
      const isRound = () => (run.begin + i * run.step) % step === 0;
      if (common === run.step) i += (stride - ((run.begin / run.step + i) % stride)) % stride;
      else for (let tried = 0; tried < stride && !isRound(); tried++) i++;
      for (; isRound() && i < run.count && run.at + i <= b; i += stride) yield run.at + i;
    }
    if (this.slots <= b && this.slots >= a && this.past % step === 0) yield this.slots;
  }
  // Places from slot `a` to `b` worth a label, rank by rank, the roundest first; none of a rank that would touch each other.
  *ranked(a, b, wide) {
    const days = this.first.length > 1 ? this.first.filter((slot) => slot > 0 && slot >= a && slot <= b) : [];
    const seen = new Set(days);
    yield days;
    for (const step of STEPS.toReversed()) {
      // Every other one may be of a rounder rank, and the shortest label is that of a minute.
      if (seen.size && (2 * step * wide) / this.seconds < LEAST_LABEL) return;
      const mine = [];
      for (const slot of this.round(step, a, b)) {
        if (!seen.has(slot)) mine.push(slot);
        if (mine.length + seen.size > MOST_TICKS) return;
      }
      for (const slot of mine) seen.add(slot);
      yield mine;
    }
  }
  label(slot) {
    if (this.given) return this.given[1][this.given[0].indexOf(slot)];
    const clock = this.clock(slot), day = this.first.indexOf(slot);
    if (day > 0 && this.labels[day]) return this.labels[day];
    const crosses = Math.floor(this.clock(0) / DAY) !== Math.floor(this.clock(this.slots - 1) / DAY);
    if (crosses && clock % DAY === 0 && slot < this.slots) return dayLabel(clock);
    const told = wall(clock);
    return this.seconds % 60 !== 0 && !told.endsWith(":00") ? told : told.slice(0, 5);
  }
  // Labels that have room: `[x, middle, label]`. Those of a rank all together, for as long as they do not touch each other.
  labelsFor(a, b, across, lowest, highest) {
    let kept = [];
    for (const rank of this.given ? this.givenRanks(a, b) : this.ranked(a, b, across(1) - across(0))) {
      const mine = [];
      for (const slot of rank) {
        const text = this.label(slot);
        const x = across(slot), half = textWidth(text, SIZE) / 2;
        const middle = Math.min(Math.max(x, lowest + half), highest - half);
        if (Math.abs(middle - x) <= 14) mine.push({ x, middle, text, half });
      }
      if (kept.length && mine.some((one, i) => i && touch(mine[i - 1], one))) break;
      kept = merged(kept, mine);
    }
    return kept.map(({ x, middle, text }) => [x, middle, text]);
  }
  *givenRanks(a, b) {
    const [places, , ranks] = this.given;
    for (let rank = Math.max(...ranks, 0); rank >= 0; rank--) yield places.filter((x, i) => ranks[i] === rank && x >= a && x <= b);
  }
}

function merged(kept, mine) {
  const all = [...kept];
  let from = 0;
  for (const one of mine) {
    while (from < all.length && all[from].middle < one.middle) from++;
    const before = all[from - 1], after = all[from];
    if ((before && touch(before, one)) || (after && touch(one, after))) continue;
    all.splice(from, 0, one);
  }
  return all;
}

function touch(a, b) {
  return Math.abs(a.middle - b.middle) < a.half + b.half + BETWEEN_LABELS;
}

function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}

// "10:05:00" of seconds on the wall.
export function wall(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

function dayLabel(seconds) {
  const day = new Date(seconds * 1000);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`;
}
