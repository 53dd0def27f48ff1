// The chart: canvases, one for the picture and one for the crosshair over it, with what steers them and what tells them in words.
import { drawCell } from "./chart_cell.js";
import { Controls } from "./chart_controls.js";
import { columnsAcross, layOut, naturalHeight } from "./chart_layout.js";
import { half, Pen } from "./chart_pen.js";
import { Pointer } from "./chart_pointer.js";
import { CellStore, Reader } from "./chart_store.js";
import { Stretch } from "./chart_stretch.js";
import { fillsAt } from "./chart_trading.js";
import { barFacts, inWords, lastBars, sentence } from "./chart_words.js";
import { make, say, sharp } from "./dom.js";

const WORDS_MS = 400; // for which it has to stand still before words and table are renewed

export function openChart(view) {
  return new Chart(view);
}

class Chart {
  constructor(view) {
    this.view = view;
    this.stores = [];
    this.cells = [];
    this.choice = { symbols: [], intervals: [] };
    this.across = 1;
    this.show = null;
    this.stretch = new Stretch();
    this.picture = make("canvas", { "aria-hidden": "true" });
    this.picture.getContext("2d", { alpha: false }); // nothing shines through, which is quicker
    this.over = make("canvas.sl-over", { role: "img", tabindex: "0", "aria-label": "Chart" });
    this.tip = make("div.sl-tip", { hidden: true, "aria-hidden": "true" });
    this.box = make("div.sl-canvas", {}, this.picture, this.over, this.tip);
    this.heard = make("span.sl-hear", { role: "status", "aria-live": "polite" });
    this.table = make("div.sl-hear");
    this.controls = new Controls(this);
    this.el = make("div", {}, this.controls.el, this.box, this.heard, this.table);
    this.pointer = new Pointer(this, this.over);
  }
  hear(facts, arrays, fresh) {
    if (fresh) this.stores = [];
    if (facts.symbols) {
      this.choice = facts;
      this.across = facts.across;
      this.show ??= { ...facts.show, fills: true, orders: true };
    }
    const reader = new Reader(arrays);
    (facts.cells ?? []).forEach((told, i) => {
      if (!told) return;
      if (told.new) this.stores[i] = new CellStore(told.new);
      this.stores[i].hear(told, reader);
    });
    if (facts.saved) this.keep(facts.saved, arrays.png);
  }
  moved(lab) {
    this.controls.moved(this.choice, this.view.run);
    clearTimeout(this.wording);
    if (!lab.playing) this.wording = setTimeout(() => this.tell(), WORDS_MS);
  }
  // The first cell of today, which zooming goes by.
  get first() {
    return this.stores.find((store) => store.isToday) ?? null;
  }
  move(act) {
    if (this.first) act(this.stretch, this.first);
    this.view.paint(this);
  }
  // Around the middle, or now where it follows.
  zoom(factor) {
    this.move((stretch, cell) => {
      const [from, past] = stretch.of(cell);
      stretch.zoom(cell, factor, stretch.follows ? Math.min(1, (cell.at - from) / (past - from)) : 0.5);
    });
  }
  toggle(name) {
    this.show[name] = !this.show[name];
    this.view.paint(this);
  }
  choose(what) {
    this.view.wire.ask("chart", { symbols: this.choice.symbols, intervals: this.choice.intervals, ...what });
  }
  cellAt(x, y) {
    return this.cells.find((cell) => cell.has(x, y)) ?? null;
  }
  focused() {
    return this.cells.find((cell) => nameOf(cell.store) === this.focus) ?? this.cells[0] ?? null;
  }
  focusOn(cell) {
    if (this.focus === nameOf(cell.store)) return;
    this.focus = nameOf(cell.store);
    if (!this.view.lab.playing) this.moved(this.view.lab);
  }
  clicked(cell, x, y) {
    const fills = fillsAt(cell, x, y);
    if (fills.length) say(this.heard, fills.map(({ label }) => `${cell.store.symbol}: ${label}`).join("; "));
  }
  sayBar() {
    const { at } = this.pointer;
    if (at) say(this.heard, inWords(barFacts(at.cell, at.slot)));
  }
  draw() {
    if (!this.show || !this.stores.length) return true;
    if (!this.picture.clientWidth) return false;
    const width = this.box.clientWidth, across = columnsAcross(this.across, this.stores.length, width);
    const high = `${naturalHeight(this.stores, across)}px`;
    if (this.box.style.height !== high) this.box.style.height = high;
    sharp(this.picture, (context, wide, tall) => {
      const pen = new Pen(context, this.view.theme, this.view.dashes);
      context.fillStyle = this.view.theme.background;
      context.fillRect(0, 0, wide, tall);
      this.cells = layOut(this.stores, this.across, wide, tall, this.stretch, this.show, this.view.lab.clock);
      for (const cell of this.cells) drawCell(pen, cell);
    });
    this.controls.show(this.show, this.stretch);
    this.told();
    this.point();
    return true;
  }
  // For who looks from outside: what is drawn.
  told() {
    const of = (value) => this.cells.map(value).join(" ");
    Object.assign(this.picture.dataset, {
      series: JSON.stringify(this.cells.map(({ store }) => [store.symbol, store.interval])),
      bars: of((cell) => cell.columns.bars),
      from: of((cell) => cell.from.toFixed(2)),
      to: of((cell) => cell.past.toFixed(2)),
      holes: of((cell) => cell.holes?.length ?? 0),
      fills: of((cell) => cell.panels[0].fills.length),
      orders: of((cell) => cell.panels[0].orders.length),
      places: JSON.stringify(this.cells.map(({ left, right, panels, axis }) => [left, panels[0].top, right, axis])),
    });
  }
  // The crosshair, and what stands under it.
  point() {
    const { at, chosen } = this.pointer;
    const cell = at && this.cells.find((one) => one.store === at.cell.store);
    const facts = cell && barFacts(cell, at.isPointed ? Math.floor(cell.slotAt(at.x)) : at.slot);
    if (!facts && !chosen && !this.isMarked) return;
    this.isMarked = Boolean(facts || chosen);
    sharp(this.over, (context) => {
      const pen = new Pen(context, this.view.theme, this.view.dashes);
      if (facts) this.cross(pen, cell, facts, at);
      if (!chosen) return;
      context.globalAlpha = 0.15;
      context.fillStyle = this.view.theme.up;
      const [left, right] = [chosen.from, chosen.to].sort((a, b) => a - b);
      context.fillRect(left, chosen.cell.panels[0].top, right - left, chosen.cell.axis - chosen.cell.panels[0].top);
    });
    this.tip.hidden = !facts;
    if (facts) this.tipOver(cell, facts);
  }
  cross(pen, cell, { left, right }, { y }) {
    const x = cell.across((left + right) / 2), { muted } = pen.theme;
    if (x < cell.left || x > cell.right) return;
    pen.stroke(muted, 1, [3, 3], (path) => {
      path.moveTo(half(x), cell.panels[0].top);
      path.lineTo(half(x), cell.axis);
      if (y !== null && y >= cell.panels[0].top && y <= cell.axis) {
        path.moveTo(cell.left, half(y));
        path.lineTo(cell.right, half(y));
      }
    });
  }
  tipOver(cell, { left, right, time, rows, fills }) {
    const told = JSON.stringify([cell.store.symbol, time, rows, fills]);
    if (this.tip.told !== told) {
      this.tip.told = told;
      const lines = rows.map(([name, value]) => make("div", {}, make("span", { text: name }), make("b", { text: value })));
      this.tip.replaceChildren(make("strong", { text: time }), ...lines, ...fills.map((text) => make("em", { text })));
    }
    const isRight = cell.across((left + right) / 2) > (cell.left + cell.right) / 2, { style } = this.tip;
    style.top = `${cell.panels[0].top + 4}px`;
    style.left = isRight ? `${cell.left + 4}px` : "auto";
    style.right = isRight ? "auto" : `${this.box.clientWidth - cell.right + 4}px`;
  }
  // Where it stands still: a sentence, and the newest bars of the cell at hand as a table.
  tell() {
    if (!this.stores.length) return;
    this.over.setAttribute("aria-label", sentence(this.stores, this.view.lab.clock));
    const store = this.focused()?.store ?? this.stores[0], names = ["Time", "Open", "High", "Low", "Close", "Volume"];
    const row = (cells, tag) => make("tr", {}, ...cells.map((text) => make(tag, { text })));
    this.table.replaceChildren(
      make(
        "table",
        {},
        make("caption", { text: `The newest bars of ${store.symbol} ${store.interval}` }),
        make("thead", {}, row(names, "th")),
        make("tbody", {}, ...lastBars(store).map((cells) => row(cells, "td"))),
      ),
    );
  }
  save(kind) {
    const { first, stretch, show, view } = this, isSoFar = stretch.span === null;
    const [from, past] = first && !isSoFar ? stretch.of(first) : [null, null];
    const window = from === null ? {} : { from: Math.floor(from), past: Math.ceil(past) };
    const size = { width: Math.round(this.picture.clientWidth), height: Math.round(this.picture.clientHeight) };
    view.wire.ask("chart", { save: kind, theme: view.theme.name, ...size, ...window, ...show });
  }
  // Hand over to the browser what the kernel drew.
  keep({ name, svg }, png) {
    const isText = svg !== null, blob = new Blob([isText ? svg : png], { type: isText ? "image/svg+xml" : "image/png" });
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(this.heard, `Saved ${name}`);
  }
  close() {
    this.pointer.close();
    clearTimeout(this.wording);
  }
}

function nameOf(store) {
  return `${store.symbol} ${store.interval}`;
}
