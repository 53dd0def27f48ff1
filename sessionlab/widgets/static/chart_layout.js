// Cells of a chart at a size: where each panel, tick and word stands, in pixels from the top left.
import { columnsOf, slotsPerColumn } from "./chart_grouping.js";
import { headerWords, newestPrice, PAD } from "./chart_header.js";
import { panelsOf, scaleOf } from "./chart_panels.js";
import { SIZE, textWidth } from "./chart_text.js";

const AXIS = 22, GAP = 8, LEAST_PRICE = 90, LEAST_PANEL = 40, WIDE_ENOUGH = 340;
const ONE_HIGH = 440, ROW_HIGH = 330, PANEL_HIGH = 80;

export function columnsAcross(most, cells, width) {
  for (let count = Math.max(1, Math.min(most, cells)); count > 1; count--) if (width / count >= WIDE_ENOUGH) return count;
  return 1;
}

// Enough for each row of cells, and for panels below the price.
export function naturalHeight(stores, across) {
  const rows = Math.ceil(stores.length / across);
  const own = Math.max(0, ...stores.map((store) => store.lines.filter((line) => line.names.length && !line.isOver(store)).length));
  return rows * ((rows === 1 ? ONE_HIGH : ROW_HIGH) + PANEL_HIGH * own);
}

// Where every cell stands; `shown` tells which slots of a cell are shown, `show` which marks are.
export function layOut(stores, across, width, height, stretch, show, clock) {
  const columns = columnsAcross(across, stores.length, width), rows = Math.ceil(stores.length / columns);
  return stores.map((store, i) => {
    const column = i % columns, row = Math.floor(i / columns);
    const left = Math.round((width * column) / columns), top = Math.round((height * row) / rows);
    const right = Math.round((width * (column + 1)) / columns), bottom = Math.round((height * (row + 1)) / rows);
    return new PlacedCell(store, left, top, right - left, bottom - top, stretch.of(store), show, clock);
  });
}

export class PlacedCell {
  constructor(store, x, y, width, height, [from, past], show, clock) {
    Object.assign(this, { store, x, y, width, height, from, past });
    const slots = Math.max(past - from, 1);
    this.per = slotsPerColumn(slots, width - 7 * PAD);
    this.columns = columnsOf(store, from, past, this.per);
    this.axis = y + height - AXIS - 2;
    const panels = panelsOf(this, show);
    this.header = headerWords(this, panels, clock);
    const top = Math.max(...this.header.map((word) => word.baseline)) + GAP;
    const boxes = [...boxesOf(panels, top, this.axis)];
    for (const [panel, above, below] of boxes) Object.assign(panel, { top: above, bottom: below }, scaleOf(panel, above, below));
    const side = Math.max(0, textWidth(newestPrice(store), SIZE), ...panels.flatMap((panel) => panel.ticks.map(([, text]) => textWidth(text, SIZE)))) + 12;
    this.left = x + PAD;
    this.right = x + width - side - 4;
    this.slot = (this.right - this.left) / slots;
    this.panels = panels;
    this.ticks = store.axis.slots ? store.axis.labelsFor(from, past, (slot) => this.across(slot), x + 2, x + width - 2) : [];
  }
  across(slot) {
    return this.left + this.slot * (slot - this.from);
  }
  slotAt(x) {
    return this.from + (x - this.left) / this.slot;
  }
  has(x, y) {
    return x >= this.x && x < this.x + this.width && y >= this.y && y < this.y + this.height;
  }
}

function* boxesOf(panels, top, bottom) {
  const room = bottom - top - GAP * (panels.length - 1);
  const weights = panels.reduce((sum, panel) => sum + panel.weight, 0);
  const least = panels.map((_, i) => (i ? LEAST_PANEL : LEAST_PRICE));
  const heights = panels.map((panel, i) => Math.max((room * panel.weight) / weights, least[i]));
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  heights[0] = Math.max(room - total(heights.slice(1)), LEAST_PRICE);
  const excess = total(heights) - room;
  if (excess > 1e-9 && panels.length > 1) {
    const spare = heights.map((high, i) => high - least[i]), sum = Math.max(total(spare), 1e-9);
    spare.forEach((one, i) => (heights[i] -= one * (excess / sum)));
  }
  let at = top;
  for (const [i, panel] of panels.entries()) {
    yield [panel, Math.round(at), Math.round(at + heights[i])];
    at += heights[i] + GAP;
  }
}
