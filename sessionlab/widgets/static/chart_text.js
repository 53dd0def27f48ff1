// Words and numbers of a chart: how wide a text is at most, how a value is written, and round steps of a scale.
// The same rules as those of Python's drawing, so both pictures have the same words in the same places.
export const SIZE = 11, TITLE_SIZE = 13, SMALL = 10, SWATCH = 18;
export const FONT = `system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif`;

const NARROW = new Set("ijl.,:;'|!()[] I/\\-·"), WIDE = new Set("mwMW%@—…&+=<>#~");
const EAST_ASIAN = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const widths = new Map();

function em(letter) {
  if (NARROW.has(letter)) return 0.4;
  if (WIDE.has(letter)) return 0.98;
  if (letter.codePointAt(0) > 0xffff || EAST_ASIAN.test(letter)) return 1.05;
  return letter !== letter.toLowerCase() ? 0.76 : 0.64;
}

// Pixels, at most.
export function textWidth(text, size, bold = false) {
  let sum = 0;
  for (const letter of text) {
    if (!widths.has(letter)) widths.set(letter, em(letter));
    sum += widths.get(letter);
  }
  return sum * size * (bold ? 1.1 : 1);
}

export function cutTo(text, width, size, bold = false) {
  if (textWidth(text, size, bold) <= width) return text;
  const kept = [...text];
  while (kept.length && textWidth(`${kept.join("")}…`, size, bold) > width) kept.pop();
  return `${kept.join("")}…`;
}

function niceStep(span, most) {
  const rough = span / Math.max(most, 1), power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((factor) => power * factor).find((step) => step >= rough * (1 - 1e-9));
}

// Round values from `low` to `high`, and how many digits after the point tell them apart.
export function ticks(low, high, most) {
  if (!(high > low) || most < 1) return { values: [], digits: 0 };
  const step = niceStep(high - low, most);
  if (!(step > 0) || !Number.isFinite(step) || Math.abs(high) / step > 1e12) return { values: [], digits: 0 };
  let digits = 0;
  while (digits < 12 && Math.abs(Number(step.toFixed(digits)) - step) >= step * 1e-6) digits++;
  const values = [];
  for (let n = Math.ceil(low / step - 1e-9); n <= Math.floor(high / step + 1e-9); n++) values.push(Number((n * step).toFixed(digits)) + 0);
  return { values, digits };
}

const writers = new Map();

export function plain(value, digits) {
  if (!writers.has(digits)) {
    writers.set(digits, new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return writers.get(digits).format(value);
}

export function valueText(value, numbers, digits) {
  if (numbers === "volume" || (Math.abs(value) >= 1e7 && numbers === "number")) return volumeText(value);
  return plain(value, digits);
}

export function volumeText(value) {
  for (const [unit, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
    if (Math.abs(value) >= unit) return `${Number((value / unit).toPrecision(4))}${letter}`;
  }
  return String(Number(value.toPrecision(4)));
}
