// Which stretch of the session is shown: all so far, a window that follows now, or one that stands where somebody put it.
// Places are fractions of the session's bars, so cells of several intervals show the same time. Cells of other days show all.
const LEAST_SLOTS = 24, FEWEST = 10;
const BEYOND = 0.05; // room beyond now, of what is shown

// The slot up to which a cell is shown where nobody says it.
export function shownPast(ended, total) {
  return Math.min(total, Math.max(ended + Math.max(Math.floor(ended / 20), 1), LEAST_SLOTS));
}

export class Stretch {
  constructor() {
    this.follows = true;
    this.span = null; // null: all so far
    this.left = 0;
  }
  // What is shown of a `cell`, in its slots.
  of(cell) {
    const total = cell.axis.slots;
    if (!cell.isToday) return [0, total];
    return this.span === null ? [0, shownPast(cell.ended, total)] : this.placed(cell, total);
  }
  placed(cell, total) {
    if (this.follows) this.left = this.clamped(cell.at / total + BEYOND * this.span - this.span);
    return [this.left * total, (this.left + this.span) * total];
  }
  clamped(left) {
    return Math.max(0, Math.min(1 - this.span, left));
  }
  // Fix what a cell shows as a window.
  taken(cell) {
    const total = cell.axis.slots, [a, b] = this.of(cell);
    [this.left, this.span] = [a / total, (b - a) / total];
  }
  // Show `factor` times as much around the place `at` of what a cell shows, 0 its left edge and 1 its right one.
  zoom(cell, factor, at) {
    const total = cell.axis.slots;
    if (!total) return;
    const wasAll = this.span === null;
    if (wasAll && factor >= 1) {
      this.whole();
      return;
    }
    this.taken(cell);
    const span = Math.max(Math.min(FEWEST / total, 1), Math.min(1, this.span * factor));
    const left = this.left + (this.span - span) * at;
    this.span = span;
    this.left = this.clamped(left);
    const now = cell.at / total;
    this.follows &&= now >= this.left && now <= this.left + span;
  }
  // Move by a part of what is shown, later where it is above 0.
  pan(cell, part) {
    this.taken(cell);
    const was = this.left;
    this.left = this.clamped(this.left + part * this.span);
    if (this.left !== was) this.follows = false;
  }
  // Show from one place of what a cell shows to another.
  choose(cell, from, to) {
    this.taken(cell);
    const [a, b] = [Math.min(from, to), Math.max(from, to)], least = Math.min(FEWEST / cell.axis.slots, 1);
    this.left = this.left + a * this.span;
    this.span = Math.max(least, (b - a) * this.span);
    this.left = this.clamped(this.left);
    this.follows = false;
  }
  follow() {
    this.follows = true;
    if (this.span === 1) this.span = null;
  }
  soFar() {
    this.follows = true;
    this.span = null;
  }
  whole() {
    this.follows = false;
    this.left = 0;
    this.span = 1;
  }
}
