// The words over a cell: what it shows, what is to be known of it, and what its lines and shapes mean.
// They flow into as many lines as they need; one that is wider than the cell is cut.
import { cutTo, plain, SIZE, SWATCH, textWidth, TITLE_SIZE, valueText } from "./chart_text.js";

export const PAD = 10;
const LINE = 16, BETWEEN = 12;
const ROLES = ["entry", "stop", "target", "exit"];

export function headerWords(cell, panels, clock) {
  const { store } = cell, room = cell.width - 2 * PAD;
  const words = [[`${store.symbol} ${store.interval}`.trim(), "title", ""], ...facts(cell, clock).map((fact) => [fact, "fact", ""]), ...legend(cell, panels[0])];
  const found = [];
  let at = 0, line = 0, inLegend = false;
  for (const [said, kind, of] of words) {
    const isTitle = kind === "title", size = isTitle ? TITLE_SIZE : SIZE;
    const lead = isTitle || kind === "fact" ? 0 : SWATCH;
    const text = cutTo(said, room - lead, size, isTitle), wide = lead + textWidth(text, size, isTitle);
    const begins = lead > 0 && !inLegend;
    if (at > 0 && (at + wide > room || begins)) [at, line] = [0, line + 1];
    inLegend ||= begins;
    found.push({ x: cell.x + PAD + at, baseline: cell.y + PAD + 10 + line * LINE, text, kind, of });
    at += wide + BETWEEN;
  }
  return found;
}

export function facts(cell, clock) {
  const { store, per } = cell, { date, more, lines } = store.about;
  const left = store.lines.length ? lines.map((line) => line.why) : [];
  const counted = (count, what) => (count ? `${plain(count, 0)} ${what}` : "");
  const grouped = per > 1 ? `${plain(per, 0)} bars of ${store.interval} in a column, low to high` : "";
  const told = [date, clock && `as of ${clock}`, store.coverage(), ...more, ...left, counted(store.repaired, "repaired"), counted(store.unpriced, "without prices left out"), grouped];
  return told.filter(Boolean);
}

function* legend(cell, price) {
  const { store } = cell;
  for (const { name, y, color } of price.lines) {
    const value = lastValue(y, price.decimals);
    if (value) yield [`${name}${value}`, "line", color];
  }
  if (price.prior !== null) yield [`prior close ${plain(price.prior, price.decimals)}`, "level", "prior_close"];
  for (const role of ROLES) if (price.fills.some((fill) => fill.role === role)) yield [role, "fill", role];
  if (store.absent(Math.floor(cell.from), Math.ceil(cell.past)).length) yield ["absent", "hatch", "absent"];
  if (store.incomplete) yield ["incomplete", "hatch", "incomplete"];
}

// The newest value of a line, with a space before it; nothing where there is none.
export function lastValue(column, digits) {
  for (let i = column.size - 1; i >= 0; i--) {
    if (Number.isFinite(column.values[i])) return ` ${valueText(column.values[i], "number", digits)}`;
  }
  return "";
}

export function newestPrice(store) {
  return store.size ? valueText(store.values[3].values[store.size - 1], "price", store.decimals) : "";
}
