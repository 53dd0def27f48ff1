// Exchange time: instants are ms since 1970 UTC, written in the zone of the exchange.
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTE = 60000;
const STEPS = [5, 10, 15, 30, 60, 120, 240, 480].map((minutes) => minutes * MINUTE);
const writers = new Map();

function writer(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!writers.has(key)) writers.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options }));
  return writers.get(key);
}

export function clock(ms, zone, seconds = true) {
  const parts = { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) };
  return writer(zone, parts).format(ms);
}

export function day(ms, zone) {
  const [date, month] = writer(zone, { day: "numeric", month: "numeric" }).format(ms).split("/").map(Number);
  return `${date} ${MONTHS[month - 1]}`;
}

// Trading time of a session: its breaks take none.
export class Hours {
  constructor(spans) {
    this.spans = spans;
    this.length = spans.reduce((sum, [from, until]) => sum + until - from, 0);
  }
  fraction(ms) {
    let passed = 0;
    for (const [from, until] of this.spans) passed += Math.max(0, Math.min(ms, until) - from);
    return Math.min(passed / this.length, 1);
  }
  instant(fraction) {
    let left = Math.max(0, Math.min(1, fraction)) * this.length;
    for (const [from, until] of this.spans) {
      if (left <= until - from) return from + left;
      left -= until - from;
    }
    return this.spans.at(-1)[1];
  }
  // Round times on the wall of `zone`, at least `apart` pixels from each other where all of it is `width` wide.
  round(zone, width, apart) {
    const step = STEPS.find((one) => (one / this.length) * width >= apart) ?? STEPS.at(-1), found = new Set();
    for (const [from, until] of this.spans) {
      const [hour, minute] = clock(from, zone, false).split(":").map(Number), midnight = from - (60 * hour + minute) * MINUTE;
      for (let at = midnight + Math.ceil((from - midnight) / step) * step; at <= until; at += step) found.add(at);
    }
    return [...found];
  }
}
