// Exchange time: instants are ms since 1970 UTC, written in the zone of the exchange.
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
}
