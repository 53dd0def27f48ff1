// Lines and levels on a canvas: through points, in steps or as dots, with the pen lifted where there is no value.
import { half } from "./chart_pen.js";
import { SMALL, textWidth } from "./chart_text.js";
import { within } from "./chart_panels.js";

export const LEVEL_DASH = [4, 3];

export function drawLine(pen, cell, panel, { line, y, color }) {
  const [stroke, dash] = pen.lineOf(color), { context } = pen;
  context.lineJoin = context.lineCap = "round";
  if (line.style === "dots") pen.stroke(stroke, 3, [], (path) => dots(path, cell, panel, line, y));
  else if (line.style === "step") pen.stroke(stroke, 1.5, dash, (path) => steps(path, cell, panel, line, y));
  else pen.stroke(stroke, 1.5, dash, (path) => through(path, cell, panel, line, y));
  context.lineJoin = "miter";
  context.lineCap = "butt";
}

// The points of a line that are shown, and NaN where the pen is lifted.
function* points(cell, line, y) {
  const [from, past] = within(cell, line), slot = cell.store.slot.values, isBars = line.kind === "bars";
  const begins = new Set(cell.store.axis.first);
  for (let i = Math.max(0, from - 1); i < Math.min(past + 1, y.size); i++) {
    if (isBars && i > 0 && (slot[i] !== slot[i - 1] + 1 || begins.has(slot[i]))) yield [NaN, NaN];
    yield [isBars ? slot[i] + 0.5 : line.x.values[i], y.values[i]];
  }
}

// Of each pixel the first, lowest, highest and last point, where there are more than that.
// Source: Jugel et al. (2014), "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 7(10).
function through(path, cell, panel, line, y) {
  const [from, past] = within(cell, line), isThinned = past - from > 4 * (cell.right - cell.left);
  let isDown = false, pixel = NaN, held = [];
  const put = (x, at) => {
    if (isDown) path.lineTo(x, at);
    else path.moveTo(x, at);
    isDown = true;
  };
  const flush = () => {
    if (!held.length) return;
    const [first, low, high, last] = held;
    const between = low[2] < high[2] ? [low, high] : [high, low];
    for (const one of [first, ...between, last]) put(one[0], one[1]);
    held = [];
  };
  let number = 0, lone = null;
  for (const [slot, value] of points(cell, line, y)) {
    if (!(value === value)) {
      flush();
      if (lone) path.lineTo(lone[0], lone[1]); // of a point on its own the round end is seen
      [isDown, pixel, lone] = [false, NaN, null];
      continue;
    }
    const x = cell.across(slot), at = panel.y(value), point = [x, at, number++];
    lone = isDown || held.length ? null : point;
    if (!isThinned) {
      put(x, at);
      continue;
    }
    if (Math.floor(x) !== pixel) {
      flush();
      pixel = Math.floor(x);
      held = [point, point, point, point];
    } else {
      if (at < held[1][1]) held[1] = point;
      if (at > held[2][1]) held[2] = point;
      held[3] = point;
    }
  }
  flush();
  if (lone) path.lineTo(lone[0], lone[1]);
}

function steps(path, cell, panel, line, y) {
  let isDown = false, before = NaN;
  const until = cell.across(cell.store.at);
  for (const [slot, value] of points(cell, line, y)) {
    if (slot >= cell.store.at && line.kind === "points") break; // known, but not before now
    const x = cell.across(slot), at = panel.y(value);
    if (value !== value) isDown = false;
    else if (!isDown) {
      path.moveTo(x, at);
      isDown = true;
    } else {
      path.lineTo(x, before);
      path.lineTo(x, at);
    }
    before = at;
  }
  if (isDown) path.lineTo(until, before);
}

function dots(path, cell, panel, line, y) {
  for (const [slot, value] of points(cell, line, y)) {
    if (value !== value) continue;
    const x = cell.across(slot), at = panel.y(value);
    path.moveTo(x, at);
    path.lineTo(x, at);
  }
}

export function drawGuides(pen, cell, panel) {
  for (const guide of panel.guides) level(pen, cell, panel.y(guide), pen.theme.edge);
}

export function drawPrior(pen, cell, panel, labels, above) {
  if (panel.prior === null) return;
  const y = panel.y(panel.prior), { level: color } = pen.theme;
  if (y >= panel.top && y <= panel.bottom) level(pen, cell, y, color);
  above.push(onLine(pen, "prior close", y, cell.left, cell.right, panel, labels, color));
}

function level(pen, cell, y, color) {
  pen.stroke(color, 1, LEVEL_DASH, (path) => {
    path.moveTo(cell.left, half(y));
    path.lineTo(cell.right, half(y));
  });
}

// Words on a line, at its right end or as near to it as there is room; of a line beyond the scale at the edge, with an arrow.
export function onLine(pen, label, y, left, right, panel, labels, color) {
  const isAbove = y < panel.top, isBeyond = isAbove || y > panel.bottom;
  const text = `${isBeyond ? (isAbove ? "▲ " : "▼ ") : ""}${label}`;
  let heights = [y - 4, y + 11];
  if (isBeyond) heights = isAbove ? [panel.top + 10, panel.top + 22] : [panel.bottom - 5, panel.bottom - 17];
  const room = textWidth(text, SMALL) / 2 + 4, middles = [];
  for (let i = 0; i < 60; i++) if (!i || right - room - 20 * i >= left + room) middles.push(right - room - 20 * i);
  const place = labels.put(text, heights.flatMap((at) => middles.map((x) => [x, at])));
  return () => place && pen.words(place[0], place[1], text, color, { anchor: "center", size: SMALL, halo: true });
}
