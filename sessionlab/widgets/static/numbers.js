// Numbers as people of the field write them; what is not there is a dash.
const NONE = "–";
const formats = new Map();

export function decimal(value, least = 0, most = least) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  const key = `${least} ${most}`;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most }));
  return formats.get(key).format(value).replace("-", "−");
}

export const price = (value) => decimal(value, 2, 4);
export const money = (value) => decimal(value, 2);
export const shares = (value) => decimal(value, 0, 8);

// With its sign, so that gain and loss are told apart without color.
export function signed(value) {
  return value > 0 ? `+${money(value)}` : money(value);
}
