// Elements in few words. Text is only ever set as text, so a symbol or a name can hold markup and it is shown, not obeyed.
const SVG = "http://www.w3.org/2000/svg";

export function make(tag, given = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "text") element.textContent = value;
    else if (key in element && typeof value === "boolean") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// A drawing of 16 by 16 from one path, for buttons.
export function icon(path) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  drawing.append(shape);
  return drawing;
}

export function button(label, path, act, keys = "") {
  const title = keys ? `${label} (${keys})` : label;
  return make("button.sl-button", { type: "button", "aria-label": label, title, onclick: act }, icon(path));
}

// Change the text of an element only where it differs, so that nothing is laid out, or read aloud, again.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Paint a canvas as sharp as the screen: `draw(context, width, height)` is called in pixels of the page. False where it has no size.
export function sharp(canvas, draw) {
  const width = canvas.clientWidth, height = canvas.clientHeight, scale = globalThis.devicePixelRatio || 1;
  if (!width || !height) return false;
  const wide = Math.round(width * scale), high = Math.round(height * scale);
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  draw(context, width, height);
  return true;
}
