// More bars than there are pixels, told honestly: each column of pixels the range of all bars in it, and the sum of their volume.
// A column holds the same number of slots everywhere and never reaches across the end of a session.
const LEAST_PIXELS = 1.5;

export function slotsPerColumn(slots, pixels) {
  return slots * LEAST_PIXELS > pixels ? Math.max(1, Math.ceil((slots * 3) / Math.max(Math.floor(pixels * 2), 1))) : 1;
}

// Where columns of `per` slots begin and end that hold `slot`.
export function columnOf(axis, slot, per) {
  const [first, past] = axis.session(slot);
  const left = first + Math.floor((slot - first) / per) * per;
  return [left, Math.min(left + per, past)];
}

// The bars of `cell` from slot `a` to `b` in columns of `per`: typed arrays of `count` columns.
export function columnsOf(cell, a, b, per) {
  const from = cell.from(per > 1 ? columnOf(cell.axis, Math.max(0, Math.floor(a)), per)[0] : Math.floor(a)), past = cell.from(Math.ceil(b));
  const most = per > 1 ? Math.ceil((b - a) / per) + 2 + cell.axis.first.length : past - from;
  const made = (Kind) => new Kind(Math.max(0, Math.min(most, past - from)));
  const found = { count: 0, bars: past - from, left: made(Float64Array), right: made(Float64Array), open: made(Float64Array), high: made(Float64Array), low: made(Float64Array), close: made(Float64Array), volume: made(Float64Array), whole: made(Uint8Array) };
  const slot = cell.slot.values, flags = cell.flags.values;
  const [open, high, low, close, volume] = cell.values.map((column) => column.values);
  let at = -1, right = -1, expected = 0, there = 0;
  const settle = () => {
    if (at >= 0) found.whole[at] = there >= expected ? 1 : 0;
  };
  for (let i = from; i < past; i++) {
    if (slot[i] >= right) {
      settle();
      at++;
      const edges = per > 1 ? columnOf(cell.axis, slot[i], per) : [slot[i], slot[i] + 1];
      right = edges[1];
      found.left[at] = edges[0];
      found.right[at] = right;
      found.open[at] = open[i];
      found.high[at] = high[i];
      found.low[at] = low[i];
      found.volume[at] = 0;
      expected = per > 1 ? Math.min(right, cell.ended) - edges[0] : 1;
      there = 0;
    }
    if (high[i] > found.high[at]) found.high[at] = high[i];
    if (low[i] < found.low[at]) found.low[at] = low[i];
    found.close[at] = close[i];
    found.volume[at] += volume[i];
    there += flags[i] & 1;
  }
  settle();
  found.count = at + 1;
  return found;
}

// Runs of absent bars as slots: where several share a column, of the columns that have none at all.
export function absentColumns(cell, a, b, per) {
  const found = [];
  for (const [first, past] of cell.absent(Math.floor(a), Math.ceil(b))) {
    const [begin, end] = cell.axis.session(first);
    const left = begin + Math.ceil((first - begin) / per) * per;
    const right = past >= Math.min(end, cell.ended) ? past : begin + Math.floor((past - begin) / per) * per;
    if (right > left) found.push([left, right]);
  }
  return found;
}
