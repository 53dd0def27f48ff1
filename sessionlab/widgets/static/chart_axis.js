// The axis of a cell: runs of slots by the clock of the exchange, the labels that have room, and sessions in it.
import { SIZE, textWidth } from "./chart_text.js";

const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const OF_A_DAY = STEPS.length;
const MOST_TICKS = 600, BETWEEN_LABELS = 14;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
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
  // Where it lies that a slot is of a rank or rounder: those of `step` seconds, from slot `a` to `b`.
  *round(step, a, b) {
    for (const run of this.runs) {
      const stride = step / gcd(step, run.step);
      let i = Math.max(0, Math.ceil(a - run.at));
      for (let tried = 0; tried < stride && (run.begin + i * run.step) % step !== 0; tried++) i++;
      if ((run.begin + i * run.step) % step !== 0) continue;
      for (; i < run.count && run.at + i <= b; i += stride) yield run.at + i;
    }
    if (this.slots <= b && this.slots >= a && this.past % step === 0) yield this.slots;
  }
  // Places from slot `a` to `b` worth a label: by rank, the roundest first.
  ranked(a, b) {
    const days = this.first.length > 1 ? this.first.filter((slot) => slot > 0) : [];
    const found = [[OF_A_DAY, days.filter((slot) => slot >= a && slot <= b)]];
    const seen = new Set(found[0][1]);
    for (let rank = STEPS.length - 1; rank >= 0; rank--) {
      const mine = [];
      for (const slot of this.round(STEPS[rank], a, b)) {
        if (!seen.has(slot)) mine.push(slot);
        if (mine.length + seen.size > MOST_TICKS) return found;
      }
      for (const slot of mine) seen.add(slot);
      found.push([rank, mine]);
    }
    return found;
  }
  label(slot) {
    const clock = this.clock(slot), day = this.first.indexOf(slot);
    if (day > 0 && this.labels[day]) return this.labels[day];
    const crosses = Math.floor(this.clock(0) / DAY) !== Math.floor(this.clock(this.slots - 1) / DAY);
    if (crosses && clock % DAY === 0 && slot < this.slots) return dayLabel(clock);
    const told = wall(clock);
    return this.seconds % 60 !== 0 && !told.endsWith(":00") ? told : told.slice(0, 5);
  }
  // Labels that have room: `[x, middle, label]`. Those of a rank all together, for as long as they do not touch each other.
  labelsFor(a, b, across, lowest, highest) {
    const ranks = this.given ? this.givenRanks(a, b) : this.ranked(a, b).map(([, slots]) => slots.map((slot) => [slot, this.label(slot)]));
    let kept = [];
    for (const rank of ranks) {
      const mine = [];
      for (const [slot, text] of rank) {
        const x = across(slot), half = textWidth(text, SIZE) / 2;
        const middle = Math.min(Math.max(x, lowest + half), highest - half);
        if (Math.abs(middle - x) <= 14) mine.push({ x, middle, text, half });
      }
      if (kept.length && mine.some((one, i) => i && touch(mine[i - 1], one))) break;
      kept = merged(kept, mine);
    }
    return kept.map(({ x, middle, text }) => [x, middle, text]);
  }
  givenRanks(a, b) {
    const [places, labels, ranks] = this.given;
    const highest = Math.max(...ranks, 0), found = [];
    for (let rank = highest; rank >= 0; rank--) {
      found.push(places.map((x, i) => [x, labels[i], ranks[i]]).filter(([x, , of]) => of === rank && x >= a && x <= b));
    }
    return found;
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

export function dayLabel(seconds) {
  const day = new Date(seconds * 1000);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`;
}
