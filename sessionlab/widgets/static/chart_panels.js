// The panels of a cell and their scales: prices with what lies over them, volume, and a panel for each indicator of its own kind.
// The price's scale holds every candle and fill that is shown, and the lines and levels that are near.
import { ticks, valueText } from "./chart_text.js";

export function panelsOf(cell, show) {
  const { store } = cell;
  const lines = store.lines.filter((line) => line.names.length && (show.vwap || line.name !== "VWAP"));
  const over = lines.filter((line) => line.isOver(store)), under = lines.filter((line) => !line.isOver(store));
  const fills = show.fills ? store.fills.filter(({ x }) => x >= cell.from && x <= cell.past) : [];
  const orders = show.orders ? [...store.orders.values()].flatMap((order) => order.lines.map(([y, label]) => ({ ...order, y, label }))) : [];
  const prior = show.prior ? store.about.prior : null;
  const price = { name: "price", weight: 6, numbers: "price", decimals: store.decimals, lines: numbered(over), fills, orders, prior, guides: [] };
  const panels = [Object.assign(price, priceRange(cell, price))];
  if (store.hasVolume) {
    let most = 0;
    for (let i = 0; i < cell.columns.count; i++) most = Math.max(most, cell.columns.volume[i]);
    panels.push({ name: "volume", weight: 1.5, numbers: "volume", decimals: 0, lines: [], guides: [], low: 0, high: (most || 1) * 1.12 });
  }
  return [...panels, ...under.map((line) => ownPanel(cell, line))];
}

function numbered(lines) {
  let color = 0;
  return lines.flatMap((line) => line.names.map((name, i) => ({ line, name, y: line.y[i], color: color++ })));
}

function priceRange(cell, { lines, fills, orders, prior }) {
  const { columns } = cell;
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < columns.count; i++) {
    if (columns.low[i] < low) low = columns.low[i];
    if (columns.high[i] > high) high = columns.high[i];
  }
  for (const { y } of fills) [low, high] = [Math.min(low, y), Math.max(high, y)];
  if (low > high) return prior === null ? { low: null, high: null } : padded(prior, prior, 0);
  const reach = high - low || Math.abs(high) * 0.005, [lowest, highest] = [low - reach, high + reach];
  const near = (value) => {
    if (!(value >= lowest && value <= highest)) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  if (prior !== null) near(prior);
  for (const { y } of orders) near(y);
  for (const { line, y } of lines) {
    const [from, past] = within(cell, line);
    for (let i = from; i < past; i++) near(y.values[i]);
  }
  return padded(low, high, 0.06);
}

// Numbers of the first point of a line that is shown, and of the one past the last.
export function within(cell, line) {
  const { store } = cell;
  if (line.kind === "bars") return [store.from(Math.floor(cell.from)), store.from(Math.ceil(cell.past))];
  const x = line.x.values;
  let from = 0, past = line.x.size;
  while (from + 1 < past && !(x[from + 1] > cell.from)) from++; // the step that reaches into what is shown
  while (past > from && x[past - 1] > cell.past) past--;
  return [from, past];
}

function ownPanel(cell, line) {
  let low = Infinity, high = -Infinity;
  const [from, past] = within(cell, line);
  for (const column of line.y) {
    for (let i = from; i < past; i++) {
      if (column.values[i] < low) low = column.values[i];
      if (column.values[i] > high) high = column.values[i];
    }
  }
  let { guides } = line, range = { low: null, high: null };
  if (low <= high) {
    if (!line.bounds && low < 0 && high > 0 && !guides.length) guides = [0];
    range = line.bounds ? { low: line.bounds[0], high: line.bounds[1] } : padded(low, high, 0.08);
    guides = guides.filter((guide) => guide >= range.low && guide <= range.high);
  }
  return { name: line.name, weight: 2, numbers: "number", decimals: 2, lines: numbered([line]), guides, ...range };
}

function padded(low, high, share) {
  const room = low === high ? Math.abs(low) * 0.01 || 1 : share * (high - low);
  return { low: low - room, high: high + room };
}

// Of a panel between `top` and `bottom`: how its values become heights, its ticks and their digits.
export function scaleOf(panel, top, bottom) {
  const { low, high, numbers, guides } = panel;
  if (low === null) return { ticks: [], digits: 0, y: () => bottom };
  const slope = (top - bottom) / (high - low), offset = bottom - slope * low;
  const y = (value) => offset + slope * value;
  if (guides.length > 1) return { y, digits: 0, ticks: guides.map((guide) => [y(guide), valueText(guide, "number", 0)]) };
  const most = Math.floor((bottom - top) / (numbers === "volume" ? 24 : 34));
  const round = ticks(low, high, Math.min(Math.max(most, 1), 12));
  const digits = numbers === "price" && round.digits > 0 && round.digits < panel.decimals ? panel.decimals : round.digits;
  const shown = round.values.filter((value) => y(value) >= top + 6 && y(value) <= bottom - 5 && (value || numbers !== "volume"));
  return { y, digits, ticks: shown.map((value) => [y(value), valueText(value, numbers, digits)]) };
}
