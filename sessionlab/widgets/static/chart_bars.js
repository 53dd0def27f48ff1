// Bars on a canvas: hollow candles where the price rose, filled ones where it fell, and columns of volume.
// Where a bar has too few pixels to be hollow its body is a thicker part of its wick; with fewer still its range alone is left.
const STRIP = 5, CANDLE_FROM = 4, BODY_FROM = 2.2, WIDEST_HALF = 12;

export { STRIP };

export function drawCandles(pen, cell, panel) {
  const { context, theme } = pen, { columns } = cell, wide = cell.slot * cell.per;
  for (const isUp of [true, false]) {
    const color = isUp ? theme.up : theme.down;
    context.fillStyle = color;
    if (wide >= CANDLE_FROM) {
      context.lineWidth = 1;
      context.strokeStyle = color;
      context.beginPath();
    }
    for (let i = 0; i < columns.count; i++) {
      if (columns.close[i] >= columns.open[i] !== isUp) continue;
      const middle = cell.across((columns.left[i] + columns.right[i]) / 2);
      const row = [columns.open[i], columns.high[i], columns.low[i], columns.close[i]].map((value) => Math.floor(panel.y(value)) + 0.5);
      const [open, high, low, close] = row, upper = Math.min(open, close), lower = Math.max(open, close);
      if (wide >= CANDLE_FROM) candle(context, Math.floor(middle) + 0.5, high, upper, lower, low, bodyHalf(wide), isUp);
      else if (wide >= BODY_FROM) {
        upright(context, middle, high, low, 1);
        upright(context, middle, upper, lower, wide * 0.75);
      } else upright(context, middle, high, low, Math.max(1, wide * 0.7));
    }
    if (wide >= CANDLE_FROM) {
      context.fillStyle = isUp ? theme.background : color;
      context.fill();
      context.stroke();
    }
  }
  drawFeet(pen, cell, panel);
}

// A wick, which ends at a hollow body, and the body.
function candle(context, x, top, upper, lower, bottom, wide, isHollow) {
  if (isHollow) {
    if (top < upper) line(context, x, top, upper);
    if (bottom > lower) line(context, x, lower, bottom);
  } else line(context, x, top, bottom);
  context.rect(x - wide, upper, 2 * wide, lower - upper);
}

function line(context, x, top, bottom) {
  context.moveTo(x, top);
  context.lineTo(x, bottom);
}

// A stroke from top to bottom, none shorter than two pixels.
function upright(context, x, top, bottom, thick) {
  context.fillRect(x - thick / 2, top - 1, thick, bottom - top + 2);
}

// Pixels of a body on each side of its wick.
function bodyHalf(wide) {
  return Math.min(Math.floor(wide * 0.34), WIDEST_HALF);
}

export function drawVolume(pen, cell, panel) {
  const { context, theme } = pen, { columns } = cell, wide = cell.slot * cell.per;
  const isWide = wide >= CANDLE_FROM, room = isWide ? 2 * bodyHalf(wide) + 1 : Math.max(wide * 0.75, 0.8);
  context.globalAlpha = 0.55;
  context.fillStyle = theme.muted;
  for (let i = 0; i < columns.count; i++) {
    const middle = cell.across((columns.left[i] + columns.right[i]) / 2), top = panel.y(columns.volume[i]);
    // Where several bars share a column it has no direction.
    if (cell.per === 1) context.fillStyle = columns.close[i] >= columns.open[i] ? theme.up : theme.down;
    context.fillRect(isWide ? Math.floor(middle) - bodyHalf(wide) : middle - room / 2, top, room, panel.bottom - top);
  }
  context.globalAlpha = 1;
}

// A hatched foot under what is incomplete.
function drawFeet(pen, cell, panel) {
  const { context } = pen, { columns } = cell;
  context.fillStyle = pen.hatch();
  for (let i = 0; i < columns.count; i++) {
    if (columns.whole[i]) continue;
    const left = cell.across(columns.left[i]), right = cell.across(columns.right[i]);
    context.fillRect(left, panel.bottom - STRIP, right - left, STRIP);
  }
}
