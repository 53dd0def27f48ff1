// A map of cells that somebody can walk over: by mouse, and as a grid by the keyboard. What a cell says is told in words.
import { make, say, sharp } from "./dom.js";

// By lightness alone already: the fewer bars, the darker on light ground and the lighter on dark; complete ones are blue.
const STEPS = [1, 0.99, 0.95, 0.75, 0.5, Number.MIN_VALUE, 0];
export const SCALE = {
  light: ["#dcebf7", "#f3d19c", "#edb566", "#df9332", "#c07216", "#8c4a08", "#4d2200"],
  dark: ["#1e3448", "#6b4a1e", "#8f6023", "#bb7b28", "#de9a45", "#f3bf80", "#ffe9cf"],
};
export const LEGEND = ["complete", "≥ 99 %", "≥ 95 %", "≥ 75 %", "≥ 50 %", "> 0", "absent"];
const LEFT = 92, RIGHT = 62, LINE = 40, GAP = 6, FOOT = 18;
const MANY = 8000, MANY_MS = 250; // so many cells are not painted with every frame
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
let numbers = 0;

// Which step of the scale a fraction is on.
export const stepOf = (fraction) => STEPS.findIndex((least) => fraction >= least);

export class HeatMap {
  // `words(row, column)` tells of a cell, `pick(row, column)` is called for one that is clicked or entered, `back()` to leave.
  constructor(view, { words, pick, back }) {
    Object.assign(this, { view, words, pick, back, rows: [], columns: 0, cursor: [0, 0], at: null });
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.hint = make("span.sl-hint", { hidden: true, "aria-hidden": "true" });
    this.cell = make("div", { role: "gridcell", id: `sl-cell-${Math.random().toString(36).slice(2)}-${++numbers}` });
    this.el = make("div.sl-map", { role: "grid", tabindex: "0", "aria-label": "Coverage", "aria-readonly": "true" }, this.canvas, this.hint, make("div.sl-hear", { role: "row" }, this.cell));
    this.el.setAttribute("aria-activedescendant", this.cell.id);
    this.el.addEventListener("pointermove", (event) => this.point(this.found(event)));
    this.el.addEventListener("pointerleave", () => this.point(null));
    this.el.addEventListener("click", (event) => {
      const at = this.found(event);
      if (at) this.enter(at);
    });
    this.el.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) this.el.addEventListener(name, () => this.stand(this.cursor));
  }
  // `present` and `expected` are read when it is drawn; `marks` are `[column, label]` for the axis.
  // `edge` is the column before which something else begins.
  show(rows, columns, present, expected, marks, edge = 0) {
    this.version = (this.version ?? 0) + 1;
    const anew = rows.length !== this.rows.length || columns !== this.columns;
    Object.assign(this, { rows, columns, present, expected, marks, edge });
    this.high = rows.length <= 6 ? 26 : rows.length <= 20 ? 20 : 16;
    this.canvas.style.height = `${LINE + GAP + rows.length * this.high + FOOT}px`;
    this.el.setAttribute("aria-rowcount", String(rows.length));
    this.el.setAttribute("aria-colcount", String(columns));
    if (anew) this.point(null);
    this.stand(this.cursor);
  }
  fraction(row, column) {
    const i = row * this.columns + column;
    return this.expected[i] ? this.present[i] / this.expected[i] : null;
  }
  // Over all rows, or one: bars present and expected.
  sum(rows, columns) {
    let present = 0, expected = 0;
    for (const row of rows) {
      for (const column of columns) {
        present += this.present[row * this.columns + column];
        expected += this.expected[row * this.columns + column];
      }
    }
    return [present, expected];
  }
  x(column) {
    return LEFT + ((this.canvas.clientWidth - LEFT - RIGHT) * column) / Math.max(this.columns, 1);
  }
  found(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left - LEFT) * this.columns) / (box.width - LEFT - RIGHT));
    const row = Math.floor((event.clientY - box.top - LINE - GAP) / this.high);
    return column >= 0 && column < this.columns && row >= 0 && row < this.rows.length ? [row, column] : null;
  }
  point(at) {
    this.at = at;
    this.tell(at ?? (document.activeElement === this.el ? this.cursor : null));
  }
  tell(at) {
    this.hint.hidden = !at || !this.rows.length;
    this.view.paint(this.part);
    if (this.hint.hidden) return;
    const [row, column] = at;
    say(this.hint, this.words(row, column));
    const half = this.hint.offsetWidth / 2, middle = (this.x(column) + this.x(column + 1)) / 2;
    this.hint.style.left = `${Math.max(half, Math.min(this.canvas.clientWidth - half, middle))}px`;
    this.hint.style.top = `${LINE + GAP + row * this.high}px`;
  }
  stand([row, column]) {
    this.cursor = [Math.max(0, Math.min(this.rows.length - 1, row)), Math.max(0, Math.min(this.columns - 1, column))];
    if (!this.rows.length || !this.columns) return;
    this.cell.parentElement.setAttribute("aria-rowindex", String(this.cursor[0] + 1));
    this.cell.setAttribute("aria-colindex", String(this.cursor[1] + 1));
    say(this.cell, this.words(...this.cursor));
    this.tell(this.at ?? (document.activeElement === this.el ? this.cursor : null));
  }
  enter(at) {
    this.stand(at);
    this.pick(...at);
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const [row, column] = this.cursor, by = MOVES[event.key];
    if (by) this.stand([row + by[0], column + by[1]]);
    else if (event.key === "Home") this.stand([row, 0]);
    else if (event.key === "End") this.stand([row, this.columns - 1]);
    else if (event.key === "Enter") this.enter(this.cursor);
    else if (event.key === "Escape" || event.key === "Backspace") this.back();
    else return;
    event.preventDefault();
    this.follow();
  }
  // Keep the cursor in sight where there are more rows than have room.
  follow() {
    const room = this.el.parentElement, top = LINE + GAP + this.cursor[0] * this.high, below = top + this.high + FOOT;
    if (below > room.scrollTop + room.clientHeight) room.scrollTop = below - room.clientHeight;
    else if (top - LINE < room.scrollTop) room.scrollTop = top - LINE;
  }
  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas, focused = document.activeElement === this.el;
    const looks = [this.version, width, height, this.view.theme.name, String(this.at), focused && String(this.cursor)].join(" ");
    if (!this.rows.length || looks === this.drawn) return;
    const now = performance.now(), many = this.rows.length * this.columns > MANY;
    if (many && this.drawnAt && now - this.drawnAt < MANY_MS) {
      this.view.paint(this.part);
      return true;
    }
    this.drawnAt = now;
    this.drawn = width && height ? looks : null;
    return sharp(this.canvas, (context) => this.paint(context, width));
  }
  paint(context, width) {
    const { theme } = this.view, scale = SCALE[theme.name], top = LINE + GAP;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    this.rows.forEach((name, row) => {
      const y = top + row * this.high;
      context.fillStyle = theme.ink;
      context.textAlign = "left";
      context.fillText(shortened(context, name, LEFT - 8), 0, y + this.high / 2);
      for (let column = 0; column < this.columns; column++) {
        const fraction = this.fraction(row, column), left = Math.round(this.x(column)), right = Math.round(this.x(column + 1));
        const wide = Math.max(1, right - left - (right - left > 4 ? 1 : 0));
        context.fillStyle = fraction === null ? theme.grid : scale[stepOf(fraction)];
        if (fraction === null) context.fillRect(left, y + this.high / 2, wide, 1);
        else context.fillRect(left, y + 1, wide, this.high - 2);
      }
      const [present, expected] = this.sum([row], range(this.columns));
      context.textAlign = "right";
      context.fillStyle = theme.ink;
      context.fillText(expected ? `${((100 * present) / expected).toFixed(2)} %` : "–", width, y + this.high / 2);
    });
    if (this.edge) {
      context.fillStyle = theme.ink;
      context.fillRect(Math.round(this.x(this.edge)) - 1, top - 3, 1, this.rows.length * this.high + 6);
    }
    this.line(context, theme);
    this.axis(context, theme, top + this.rows.length * this.high);
    const shown = this.at ?? (document.activeElement === this.el ? this.cursor : null);
    if (!shown) return;
    const [row, column] = shown, left = Math.round(this.x(column));
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.strokeRect(left, top + row * this.high, Math.max(3, Math.round(this.x(column + 1)) - left), this.high);
    context.lineWidth = 1;
  }
  // Coverage of all rows together, column by column, from the lowest to 100 %.
  line(context, theme) {
    const every = range(this.rows.length), values = range(this.columns).map((column) => {
      const [present, expected] = this.sum(every, [column]);
      return expected ? present / expected : null;
    });
    const known = values.filter((value) => value !== null);
    if (!known.length) return;
    const low = Math.min(0.99, ...known), y = (value) => 5 + (LINE - 10) * (1 - (value - low) / (1 - low));
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = theme.muted;
    context.textAlign = "left";
    context.fillText("Coverage", 0, LINE / 2);
    context.textAlign = "right";
    context.fillText("100 %", LEFT - 6, y(1));
    context.fillText(`${Math.floor(100 * low)} %`, LEFT - 6, y(low));
    context.fillStyle = theme.grid;
    context.fillRect(LEFT, Math.round(y(1)), this.x(this.columns) - LEFT, 1);
    context.strokeStyle = theme.up;
    context.lineWidth = 1.5;
    context.beginPath();
    let joined = false;
    values.forEach((value, column) => {
      if (value === null) joined = false;
      else {
        const from = joined ? "lineTo" : "moveTo";
        context[from](this.x(column), y(value));
        context.lineTo(this.x(column + 1), y(value));
        joined = true;
      }
    });
    context.stroke();
    context.lineWidth = 1;
  }
  axis(context, theme, top) {
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    let free = LEFT - 20;
    for (const [column, label] of this.marks) {
      const x = Math.round(this.x(column)), half = context.measureText(label).width / 2;
      if (x - half < free) continue;
      free = x + half + 12;
      context.fillStyle = theme.edge;
      context.fillRect(x, top, 1, 4);
      context.fillStyle = theme.muted;
      context.fillText(label, x, top + FOOT - 7);
    }
  }
}

export const range = (count) => Array.from({ length: count }, (_, i) => i);

function shortened(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let kept = text;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
