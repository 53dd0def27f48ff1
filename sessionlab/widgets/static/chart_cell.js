// One cell on a canvas: its header, bands where bars are absent, axes, and the marks of each panel within its bounds.
import { drawCandles, drawVolume, STRIP } from "./chart_bars.js";
import { absentColumns } from "./chart_grouping.js";
import { lastValue, newestPrice } from "./chart_header.js";
import { drawGuides, drawLine, drawPrior, LEVEL_DASH } from "./chart_lines.js";
import { half, Labels } from "./chart_pen.js";
import { cutTo, SIZE, SMALL, SWATCH, textWidth, TITLE_SIZE } from "./chart_text.js";
import { drawFills, drawOrders, fillShape, keepFree } from "./chart_trading.js";

export function drawCell(pen, cell) {
  drawHeader(pen, cell);
  if (cell.store.size || cell.store.ended) drawAbsent(pen, cell);
  drawAcross(pen, cell);
  for (const panel of cell.panels) drawPanel(pen, cell, panel);
  if (cell.store.size) return;
  const price = cell.panels[0], note = cutTo(cell.store.about.note, cell.right - cell.left, SIZE);
  pen.words((cell.left + cell.right) / 2, price.top + (price.bottom - price.top) / 3, note, pen.theme.muted, { anchor: "center" });
}

function drawHeader(pen, cell) {
  const { theme } = pen;
  for (const word of cell.header) {
    if (word.kind === "title") pen.words(word.x, word.baseline, word.text, theme.ink, { size: TITLE_SIZE, bold: true });
    else if (word.kind === "fact") pen.words(word.x, word.baseline, word.text, theme.muted);
    else {
      swatch(pen, word);
      pen.words(word.x + SWATCH, word.baseline, word.text, theme.ink);
    }
  }
}

function swatch(pen, { x, baseline, kind, of }) {
  const { context, theme } = pen, y = baseline - 4;
  if (kind === "hatch") {
    const high = of === "absent" ? 11 : STRIP;
    context.fillStyle = pen.hatch();
    context.fillRect(x, y + 5.5 - high, 13, high);
  } else if (kind === "fill") fillShape(pen, x + 6, y - (of === "target" ? 8 : 5), "buy", of, theme.ink);
  else {
    const [color, dash] = kind === "line" ? pen.lineOf(of) : [theme.level, LEVEL_DASH];
    pen.stroke(color, 1.8, dash, (path) => {
      path.moveTo(x, y);
      path.lineTo(x + 13, y);
    });
  }
}

// Bands over all panels where bars are absent; where several share a column, if all of them are.
function drawAbsent(pen, cell) {
  const { context } = pen, top = cell.panels[0].top;
  cell.holes = absentColumns(cell.store, cell.from, cell.past, cell.per);
  context.save();
  context.beginPath();
  context.rect(cell.left, top, cell.right - cell.left, cell.axis - top);
  context.clip();
  context.globalAlpha = 0.6;
  context.fillStyle = pen.hatch();
  for (const [from, past] of cell.holes) {
    const left = cell.across(from);
    context.fillRect(left, top, Math.max(cell.across(past) - left, 1), cell.axis - top);
  }
  context.restore();
}

// Lines at times, edges of sessions, and what the axis says.
function drawAcross(pen, cell) {
  const { context, theme } = pen, { axis } = cell.store;
  const inside = cell.ticks.map(([x]) => x).filter((x) => x > cell.left && x < cell.right);
  const shown = (slots) => [...new Set(slots)].filter((slot) => slot >= cell.from && slot <= cell.past).map((slot) => cell.across(slot));
  verticals(pen, cell, inside, theme.grid, []);
  verticals(pen, cell, shown(axis.edges), theme.edge, []);
  verticals(pen, cell, shown(axis.breaks), theme.edge, [2, 3]);
  pen.stroke(theme.edge, 1, [], (path) => {
    path.moveTo(cell.left, half(cell.axis));
    path.lineTo(cell.right, half(cell.axis));
    for (const [x] of cell.ticks) {
      path.moveTo(half(x), cell.axis);
      path.lineTo(half(x), cell.axis + 4);
    }
  });
  for (const [, middle, label] of cell.ticks) pen.words(middle, cell.axis + 16, label, theme.muted, { anchor: "center" });
}

function verticals(pen, cell, places, color, dash) {
  if (!places.length) return;
  pen.stroke(color, 1, dash, (path) => {
    for (const x of places) {
      path.moveTo(half(x), cell.panels[0].top);
      path.lineTo(half(x), cell.axis);
    }
  });
}

// The scale, the marks, and over them what they are called.
function drawPanel(pen, cell, panel) {
  const { context, theme } = pen, isPrice = panel === cell.panels[0];
  const across = (y) => (path) => {
    path.moveTo(cell.left, half(y));
    path.lineTo(cell.right, half(y));
  };
  if (!isPrice) pen.stroke(theme.grid, 1, [], across(panel.top - 4));
  for (const [y] of panel.ticks) pen.stroke(theme.grid, 1, [], across(y));
  const newest = isPrice && cell.store.size && panel.low !== null ? cell.store.values[3].values[cell.store.size - 1] : null;
  const tag = newest === null ? null : Math.min(Math.max(panel.y(newest), panel.top + 7), panel.bottom - 7);
  for (const [y, label] of panel.ticks) {
    if (tag === null || Math.abs(y - tag) > 14) pen.words(cell.right + 6, y + 4, label, theme.muted);
  }

  const labels = new Labels(cell.left, panel.top, cell.right, panel.bottom), above = [];
  if (isPrice) keepFree(cell, panel, labels);
  context.save();
  context.beginPath();
  context.rect(cell.left, panel.top, cell.right - cell.left, panel.bottom - panel.top);
  context.clip();
  if (isPrice) drawCandles(pen, cell, panel);
  else if (panel.numbers === "volume") drawVolume(pen, cell, panel);
  else drawGuides(pen, cell, panel);
  for (const line of panel.lines) drawLine(pen, cell, panel, line);
  if (isPrice) {
    drawPrior(pen, cell, panel, labels, above);
    drawOrders(pen, cell, panel, labels, above);
    drawFills(pen, cell, panel, labels, above);
  }
  context.restore();
  if (tag !== null) drawTag(pen, cell, tag);
  for (const draw of above) draw();
  if (!isPrice) drawName(pen, cell, panel);
}

// The newest price, at the side.
function drawTag(pen, cell, tag) {
  const text = newestPrice(cell.store);
  pen.context.fillStyle = pen.theme.ink;
  pen.context.fillRect(cell.right + 1, tag - 8, textWidth(text, SIZE) + 8, 16);
  pen.words(cell.right + 6, tag + 4, text, pen.theme.background);
}

// What a panel below the price shows, at its top left, of lines with the newest value; as much as there is room for.
function drawName(pen, cell, panel) {
  const lines = panel.lines.map(({ name, y, color }) => [`${name}${lastValue(y, Math.max(panel.digits, 2))}`, pen.lineOf(color)[0]]);
  let x = cell.left + 4;
  for (const [said, color] of lines.length ? lines : [[panel.name, pen.theme.muted]]) {
    const text = cutTo(said, cell.right - x - 4, SMALL);
    if (text === "…") return;
    pen.words(x, panel.top + 8, text, color, { size: SMALL, halo: true });
    x += textWidth(text, SMALL) + 10;
  }
}
