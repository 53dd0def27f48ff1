// What a cell is drawn with on a canvas: colors, hatching, words with a halo, and room for words that others leave free.
import { FONT, SIZE, SMALL, textWidth } from "./chart_text.js";

const hatches = new Map();

export class Pen {
  constructor(context, theme, dashes) {
    this.context = context;
    this.theme = theme;
    this.dashes = dashes;
    context.textBaseline = "alphabetic";
    context.lineCap = "butt";
    context.lineJoin = "miter";
    this.font = null;
  }
  hatch() {
    const color = this.theme.hatch;
    if (!hatches.has(color)) hatches.set(color, hatched(this.context, color));
    return hatches.get(color);
  }
  lineOf(color) {
    const { lines } = this.theme;
    return [lines[color % lines.length], dashOf(this.dashes[Math.floor(color / lines.length) % this.dashes.length])];
  }
  words(x, y, text, color, { anchor = "start", size = SIZE, bold = false, halo = false } = {}) {
    const { context } = this;
    const font = `${bold ? "600 " : ""}${size}px ${FONT}`;
    if (font !== this.font) context.font = this.font = font; // to set one takes as long as to write a word
    context.textAlign = anchor;
    if (halo) {
      context.globalAlpha = 0.85;
      Object.assign(context, { strokeStyle: this.theme.background, lineWidth: 3, lineJoin: "round" });
      context.strokeText(text, x, y);
      context.globalAlpha = 1;
      context.lineJoin = "miter";
    }
    context.fillStyle = color;
    context.fillText(text, x, y);
  }
  // Draw what `path` traces, as a stroke.
  stroke(color, thick, dash, path) {
    const { context } = this;
    context.strokeStyle = color;
    context.lineWidth = thick;
    context.setLineDash(dash);
    context.beginPath();
    path(context);
    context.stroke();
    context.setLineDash([]);
  }
}

export function dashOf(text) {
  return text ? text.split(" ").map(Number) : [];
}

// In the middle of its pixel, where a stroke of one pixel is sharp.
export function half(value) {
  return Math.floor(value) + 0.5;
}

function hatched(context, color) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 12;
  const inside = tile.getContext("2d");
  inside.fillStyle = color;
  inside.fillRect(0.8, 0, 2.4, 12);
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().rotate(45).scale(0.5));
  return pattern;
}

const ABOVE = 9, BELOW = 3; // of a baseline, at the small size

// What is taken of the room of a panel.
export class Labels {
  constructor(left, top, right, bottom) {
    this.room = [left, top, right, bottom];
    this.taken = [];
  }
  take(left, top, right, bottom) {
    this.taken.push([left, top, right, bottom]);
  }
  // The first of `places`, middles of a baseline, that is free, and taken from now on; null where none is.
  put(text, places) {
    const wide = textWidth(text, SMALL) / 2 + 1, [a, b, c, d] = this.room;
    if (2 * wide > c - a) return null;
    for (const [wanted, y] of places) {
      const x = Math.min(Math.max(wanted, a + wide), c - wide), box = [x - wide, y - ABOVE, x + wide, y + BELOW];
      if (box[1] < b || box[3] > d) continue;
      if (this.taken.some(([left, top, right, bottom]) => box[0] < right && box[2] > left && box[1] < bottom && box[3] > top)) continue;
      this.taken.push(box);
      return [x, y];
    }
    return null;
  }
}
