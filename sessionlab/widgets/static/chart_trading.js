// What was traded, on a canvas: fills as triangles whose tips are at their prices, with their reasons, and open orders as lines.
// A buy stands below its price and points up, a sell stands above and points down. An entry is solid; the others are hollow,
// a stop with a bar across its tip, a target with a dot behind it, an exit plain.
import { onLine } from "./chart_lines.js";
import { half } from "./chart_pen.js";
import { SMALL } from "./chart_text.js";

const HALF = 5.5, HEIGHT = 10, MOST_ORDERS = 4, MOST_FILLS = 12;
const ORDER_DASH = { entry: [1.5, 3], stop: [7, 3, 1.5, 3], target: [9, 4], exit: [4, 4] };

export function fillShape(pen, x, y, side, role, color) {
  const { context, theme } = pen, down = side === "buy" ? HEIGHT : -HEIGHT;
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + HALF, y + down);
  context.lineTo(x - HALF, y + down);
  context.closePath();
  Object.assign(context, { strokeStyle: theme.background, lineWidth: 4 });
  context.stroke();
  Object.assign(context, { strokeStyle: color, lineWidth: 1.6, fillStyle: role === "entry" ? color : theme.background });
  context.fill();
  context.stroke();
  context.lineJoin = "miter";
  context.fillStyle = color;
  if (role === "stop") context.fillRect(x - 6.5, y - 1.2, 13, 2.4);
  if (role === "target") {
    context.beginPath();
    context.arc(x, y + down + (side === "buy" ? 4.5 : -4.5), 2.6, 0, 2 * Math.PI);
    context.fill();
  }
}

// Let no words stand where a fill does.
export function keepFree(cell, panel, labels) {
  for (const fill of panel.fills) labels.take(...box(cell, panel, fill));
}

function box(cell, panel, { x, y, side }) {
  const at = cell.across(x), tip = panel.y(y);
  return side === "buy" ? [at - 7, tip - 1, at + 7, tip + 17] : [at - 7, tip - 17, at + 7, tip + 1];
}

// The fills of a placed cell under a point.
export function fillsAt(cell, x, y) {
  const panel = cell.panels[0];
  return panel.fills.filter((fill) => {
    const [left, top, right, bottom] = box(cell, panel, fill);
    return x >= left && x <= right && y >= top && y <= bottom;
  });
}

export function drawOrders(pen, cell, panel, labels, above) {
  const { order: color } = pen.theme, isFew = panel.orders.length <= 3 * MOST_ORDERS;
  for (const { x, y, role, label } of panel.orders) {
    const height = panel.y(y), left = Math.max(cell.across(x), cell.left), { right } = cell;
    if (left > right) continue;
    if (height >= panel.top && height <= panel.bottom) {
      pen.stroke(color, 1.2, ORDER_DASH[role], (path) => {
        path.moveTo(left, half(height));
        path.lineTo(right, half(height));
      });
    }
    if (isFew) above.push(onLine(pen, label, height, left, right, panel, labels, color));
  }
}

export function drawFills(pen, cell, panel, labels, above) {
  const { theme } = pen, isFew = panel.fills.length <= MOST_FILLS;
  for (const { x, y, side, role, reason } of panel.fills) {
    const at = cell.across(x), tip = panel.y(y), isBuy = side === "buy";
    const places = [0, 1, 2].flatMap((i) => [0, -24, 24].map((aside) => [at + aside, tip + (isBuy ? 26 : -19) + (isBuy ? 11 : -11) * i]));
    const place = reason && isFew ? labels.put(reason, places) : null;
    above.push(() => {
      fillShape(pen, at, tip, side, role, isBuy ? theme.up : theme.down);
      if (place) pen.words(place[0], place[1], reason, theme.ink, { anchor: "center", size: SMALL, halo: true });
    });
  }
}
