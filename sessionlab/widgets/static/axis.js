// Round numbers for an axis, and days as people write them.
const writers = new Map();

// Some round numbers between two, about `count` of them.
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * ten).find((one) => one >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
  return found;
}

// How many decimals tell the numbers of `ticks` apart.
export function decimals(found) {
  return found.length < 2 ? 0 : Math.max(0, -Math.floor(Math.log10(found[1] - found[0]) + 1e-9));
}

export function day(ms, zone) {
  if (!writers.has(zone)) writers.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" }));
  return writers.get(zone).format(ms);
}

// What fits into `width` of whole hours, half hours and so on of a session, as instants.
const STEPS_MIN = [5, 10, 15, 30, 60, 120, 240, 360];
export function hoursOf(hours, width, apart = 70) {
  const [from] = hours.spans[0], until = hours.spans.at(-1)[1];
  const most = Math.max(1, Math.floor(width / apart));
  const step = 60000 * (STEPS_MIN.find((one) => hours.length / (one * 60000) <= most) ?? 720);
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= until; at += step) if (hours.spans.some(([a, b]) => a <= at && at <= b)) found.push(at);
  return found;
}
