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

// Call `put(slot, value)` for the points of a line that are shown, and `lift(isEnd)` where the pen is lifted.
function walk(cell, line, y, put, lift) {
  const [from, past] = within(cell, line), isBars = line.kind === "bars", { axis, slot } = cell.store;
  const x = isBars ? slot.values : line.x.values, values = y.values, until = Math.min(past + 1, y.size);
  for (let i = Math.max(0, from - 1); i < until; i++) {
    if (isBars && i > 0 && (x[i] !== x[i - 1] + 1 || (axis.first.length > 1 && axis.first.includes(x[i])))) lift(false);
    if (values[i] === values[i]) put(isBars ? x[i] + 0.5 : x[i], values[i]);
    else lift(false);
  }
  lift(true);
}

// Of each pixel the first, lowest, highest and last point, where there are more than that.
// Source: Jugel et al. (2014), "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 7(10).
function through(path, cell, panel, line, y) {
  const [from, past] = within(cell, line), thins = past - from > 4 * (cell.right - cell.left);
  const slope = panel.y(1) - panel.y(0), offset = panel.y(0), { slot: wide, left, from: begin } = cell;
  let drawn = 0, pixel = NaN;
  let lowX = 0, low = 0, highX = 0, high = 0, lastX = 0, last = 0, held = 0;
  const to = (x, at) => {
    if (drawn++) path.lineTo(x, at);
    else path.moveTo(x, at);
  };
  const flush = () => {
    if (held > 1) {
      if (lowX <= highX) {
        path.lineTo(lowX, low);
        path.lineTo(highX, high);
      } else {
        path.lineTo(highX, high);
        path.lineTo(lowX, low);
      }
      path.lineTo(lastX, last);
    }
    held = 0;
  };
  const put = (place, value) => {
    const x = left + wide * (place - begin), at = offset + slope * value;
    if (!thins || Math.floor(x) !== pixel) {
      flush();
      pixel = Math.floor(x);
      to(x, at);
      [lowX, highX, low, high] = [x, x, at, at];
    } else if (at < low) [lowX, low] = [x, at];
    else if (at > high) [highX, high] = [x, at];
    [lastX, last] = [x, at];
    held++;
  };
  walk(cell, line, y, put, () => {
    flush();
    if (drawn === 1) path.lineTo(lastX, last); // of a point on its own the round end is seen
    drawn = 0;
    pixel = NaN;
  });
}

function steps(path, cell, panel, line, y) {
  const until = cell.store.at;
  let isDown = false, before = NaN;
  const put = (slot, value) => {
    const x = cell.across(slot), at = panel.y(value);
    if (isDown) {
      path.lineTo(x, before);
      path.lineTo(x, at);
    } else path.moveTo(x, at);
    isDown = true;
    before = at;
  };
  walk(cell, line, y, put, (isEnd) => {
    if (isDown && isEnd) path.lineTo(cell.across(until), before);
    isDown = false;
  });
}

function dots(path, cell, panel, line, y) {
  const put = (slot, value) => {
    path.moveTo(cell.across(slot), panel.y(value));
    path.lineTo(cell.across(slot), panel.y(value));
  };
  walk(cell, line, y, put, () => {});
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
