// What is pointed at is told in words, and a part of a picture can be looked at: drag over it, Escape or "Show all" to go back.
// Everything is there without this script; it reads the JSON beside each picture and asks nobody for anything.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const make = (name, attributes, text) => {
    const one = document.createElementNS(SVG, name);
    for (const key in attributes) one.setAttribute(key, attributes[key]);
    if (text !== undefined) one.textContent = text;
    return one;
  };
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const volume = (value) => {
    for (const [unit, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]])
      if (Math.abs(value) >= unit) return Number((value / unit).toPrecision(4)) + letter;
    return String(Number(value.toPrecision(4)));
  };
  const fixed = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const words = (value, unit, digits) =>
    unit === "fraction" ? fixed(100 * value, digits) + " %" : unit === "volume" ? volume(value) : fixed(value, digits);
  const textWidth = (text) => text.length * 7.2;

  const scaleOf = (low, high, most, factor) => {
    const span = (high - low) * factor, rough = span / Math.max(most, 1), power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= rough * (1 - 1e-9));
    let digits = 0;
    while (digits < 12 && Math.abs(Number(step.toFixed(digits)) - step) > step * 1e-6) digits++;
    const ticks = [];
    for (let n = Math.ceil((low * factor) / step - 1e-9); n * step <= high * factor + step * 1e-9; n++) ticks.push((n * step) / factor);
    return { ticks, digits };
  };

  class Picture {
    constructor(figure, data) {
      this.figure = figure;
      this.data = data;
      this.svgs = [...figure.querySelectorAll(":scope > svg")];
      this.originals = this.svgs.map((svg) => svg.innerHTML);
      this.canvas = document.createElement("div");
      this.canvas.className = "canvas";
      this.canvas.tabIndex = 0;
      this.canvas.setAttribute("role", "group");
      const title = figure.querySelector("figcaption strong").textContent;
      this.canvas.setAttribute("aria-label", title + ": arrow keys tell values, plus zooms in, Escape shows all");
      this.svgs[0].before(this.canvas);
      this.tip = document.createElement("output");
      this.tip.className = "tip";
      this.whole = document.createElement("button");
      this.whole.className = "whole";
      this.whole.type = "button";
      this.whole.textContent = "Show all";
      this.whole.hidden = true;
      this.whole.addEventListener("click", () => this.showAll());
      this.canvas.append(...this.svgs, this.tip, this.whole);
      this.begun = null;
      this.canvas.addEventListener("pointerdown", (event) => this.down(event));
      this.canvas.addEventListener("pointermove", (event) => this.move(event));
      this.canvas.addEventListener("pointerup", (event) => this.up(event));
      this.canvas.addEventListener("pointercancel", () => { this.begun = null; this.clear(); });
      this.canvas.addEventListener("pointerleave", () => this.begun || this.clear());
      this.canvas.addEventListener("dblclick", () => this.showAll());
      this.canvas.addEventListener("blur", () => this.clear());
      this.canvas.addEventListener("keydown", (event) => this.key(event));
    }
    get svg() { return this.svgs.find((one) => one.getBoundingClientRect().width > 0) || this.svgs[0]; }
    at(event) {
      const svg = this.svg, box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
      return [((event.clientX - box.left) / box.width) * view.width, ((event.clientY - box.top) / box.height) * view.height];
    }
    cursor(...parts) { this.svg.querySelector(":scope > .cursor").replaceChildren(...parts); }
    clear() { this.tip.replaceChildren(); this.cursor(); }
    down(event) {
      if (event.button !== 0 || event.target === this.whole) return;
      this.begun = this.at(event);
      if (event.pointerType === "mouse") { this.canvas.setPointerCapture(event.pointerId); event.preventDefault(); this.canvas.focus({ preventScroll: true }); }
    }
    move(event) {
      const place = this.at(event);
      if (this.begun && this.isDrag(place)) { this.tip.replaceChildren(); this.cursor(this.band(this.begun, place)); } else this.point(place);
    }
    up(event) {
      const place = this.at(event), begun = this.begun;
      this.begun = null;
      if (begun && this.isDrag(place, begun)) { this.clear(); this.zoom(begun, place); } else this.point(place);
    }
    isDrag(place, begun = this.begun) { return Math.abs(place[0] - begun[0]) > 6 || (this.bothWays && Math.abs(place[1] - begun[1]) > 6); }
    key(event) {
      const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
      if (event.key === "Escape") { this.clear(); this.showAll(); }
      else if (event.key === "+" || event.key === "=") this.zoomIn();
      else if (steps[event.key]) this.stepBy(...steps[event.key], event.shiftKey ? 10 : 1);
      else return;
      event.preventDefault();
    }
    tell(lines, x, y) {
      this.tip.replaceChildren(...lines.map(([head, text], i) => {
        const line = document.createElement(i ? "span" : "b");
        line.textContent = (i ? "\n" : "") + (head ? head + "  " : "") + text;
        return line;
      }));
      const svg = this.svg, box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
      const left = x * scale, wide = this.tip.offsetWidth;
      this.tip.style.left = clamp(left + 14 + wide > box.width ? left - wide - 14 : left + 14, 0, Math.max(box.width - wide, 0)) + "px";
      this.tip.style.top = clamp(y * scale - this.tip.offsetHeight / 2, 0, Math.max(box.height - this.tip.offsetHeight, 0)) + "px";
    }
    showAll() {
      this.svgs.forEach((svg, i) => { svg.innerHTML = this.originals[i]; });
      this.reset();
      this.whole.hidden = true;
    }
  }

  class Plot extends Picture {
    constructor(figure, data) {
      super(figure, data);
      this.reset();
      for (const panel of data.panels) for (const one of panel.series) one.x = one.x || data.x;
      this.index = null;
    }
    reset() { this.low = this.data.low; this.high = this.data.high; this.index = null; }
    get box() {
      const svg = this.svg;
      return { left: +svg.dataset.left, right: +svg.dataset.right, bottom: +svg.dataset.bottom };
    }
    value(x) { const { left, right } = this.box; return this.low + ((x - left) / (right - left)) * (this.high - this.low); }
    place(value) { const { left, right } = this.box; return left + ((value - this.low) / (this.high - this.low)) * (right - left); }
    nearest(xs, value) {
      let low = 0, high = xs.length - 1;
      while (high - low > 1) { const middle = (low + high) >> 1; if (xs[middle] < value) low = middle; else high = middle; }
      return Math.abs(xs[high] - value) < Math.abs(xs[low] - value) ? high : low;
    }
    point([x]) {
      const value = clamp(this.value(x), this.low, this.high);
      this.show(this.nearest(this.data.x, value));
    }
    stepBy(across, _down, many) {
      const first = this.index === null ? this.nearest(this.data.x, this.low) - across * many : this.index;
      this.show(clamp(first + across * many, 0, this.data.x.length - 1));
    }
    show(index) {
      this.index = index;
      const data = this.data, at = data.x[index], x = this.place(at), { bottom } = this.box;
      const when = [data.days[1][data.days[0][index]], data.clocks[1][data.clocks[0][index]]].filter(Boolean).join(" ");
      const lines = [["", when]];
      for (const panel of data.panels) for (const one of panel.series) {
        const value = one.y[this.nearest(one.x, one.style === "signed" ? Math.floor(Math.min(at, data.high - 1e-9)) + 0.5 : at)];
        if (value !== null && value !== undefined) lines.push([one.name, words(value, panel.unit, 2)]);
      }
      this.cursor(make("path", { d: `M${x} 0V${bottom}` }));
      this.tell(lines, x, 40);
    }
    band(a, b) {
      const { left, right, bottom } = this.box, from = clamp(Math.min(a[0], b[0]), left, right), to = clamp(Math.max(a[0], b[0]), left, right);
      return make("rect", { class: "band", x: from, y: 0, width: to - from, height: bottom });
    }
    zoom(a, b) {
      const from = clamp(this.value(Math.min(a[0], b[0])), this.low, this.high), to = clamp(this.value(Math.max(a[0], b[0])), this.low, this.high);
      if (to - from < (this.data.high - this.data.low) / 5000) return;
      this.low = from; this.high = to;
      this.svgs.forEach((svg) => this.draw(svg));
      this.whole.hidden = false;
    }
    zoomIn() {
      const middle = this.index === null ? (this.low + this.high) / 2 : this.data.x[this.index], quarter = (this.high - this.low) / 4;
      this.zoom([this.place(middle - quarter), 0], [this.place(middle + quarter), 0]);
      if (this.index !== null) this.show(this.index);
    }
    draw(svg) {
      const left = +svg.dataset.left, right = +svg.dataset.right, across = (right - left) / (this.high - this.low);
      for (const group of svg.querySelectorAll(":scope > .panel")) {
        const panel = this.data.panels[+group.dataset.panel], top = +group.dataset.top, bottom = +group.dataset.bottom;
        const shown = panel.series.map((one) => {
          const half = one.style === "bars" || one.style === "signed" ? panel.wide / 2 : 0, points = [];
          for (let i = 0; i < one.x.length; i++)
            if ((one.x[i + 1] === undefined || one.x[i + 1] + half >= this.low) && (one.x[i - 1] === undefined || one.x[i - 1] - half <= this.high))
              points.push([one.x[i], one.y[i]]);
          return points;
        });
        let low = Infinity, high = -Infinity;
        shown.flat().forEach(([, y]) => { if (y !== null) { low = Math.min(low, y); high = Math.max(high, y); } });
        if (panel.series.some((one) => one.style !== "line" && one.style !== "dotted")) { low = Math.min(low, 0); high = Math.max(high, 0); }
        if (!(high > low)) { low = (Number.isFinite(low) ? low : 0) - 0.5; high = low + 1; }
        const room = (high - low) * 0.04;
        if (low !== 0) low -= room;
        if (high !== 0) high += room;
        const down = (y) => ((high - y) / (high - low)) * (bottom - top);
        const { ticks, digits } = scaleOf(low, high, Math.max(2, Math.floor((bottom - top) / 28)), panel.unit === "fraction" ? 100 : 1);
        group.querySelector(".ticks").replaceChildren(...ticks.flatMap((value) => [
          make("path", { class: "grid", d: `M${left} ${top + down(value)}H${right}` }),
          make("text", { class: "tick", x: left - 6, y: top + down(value) + 4, "text-anchor": "end" }, words(value, panel.unit, digits)),
        ]));
        const marks = group.querySelector(".marks");
        const edges = this.data.edges.filter((x) => x > this.low && x < this.high);
        const drawn = edges.length > 40 ? [] : edges.map((x) => make("path", { class: "edge", d: `M${(x - this.low) * across} 0V${bottom - top}` }));
        marks.replaceChildren(...drawn, ...panel.series.flatMap((one, i) => this.marks(one, shown[i], (x) => (x - this.low) * across, down, Math.max(panel.wide * across, 0.6))));
      }
      const labels = this.data.at.filter(([x]) => x >= this.low && x <= this.high);
      const near = labels.length ? labels : [this.data.at.reduce((a, b) => (Math.abs(b[0] - (this.low + this.high) / 2) < Math.abs(a[0] - (this.low + this.high) / 2) ? b : a))];
      const places = near.map(([x, label]) => [clamp(left + (x - this.low) * across, left + textWidth(label) / 2, right - textWidth(label) / 2), label]);
      label(svg, places, right - left, +svg.dataset.bottom + 15);
    }
    marks(one, points, x, y, wide) {
      if (one.style === "bars" || one.style === "signed") {
        const bar = ([a, b]) => `M${x(a) - wide / 2} ${y(0)}V${y(b)}h${wide}V${y(0)}Z`;
        const there = points.filter(([, b]) => b !== null);
        const kinds = one.style === "bars" ? [[one.look, there]] : [["up", there.filter(([, b]) => b >= 0)], ["down", there.filter(([, b]) => b < 0)]];
        return kinds.map(([look, some]) => make("path", { class: "bar " + look, d: some.map(bar).join("") }));
      }
      let pen = "M", line = "";
      for (const [a, b] of points) { if (b === null) pen = "M"; else { line += pen + x(a).toFixed(1) + " " + y(b).toFixed(1); pen = "L"; } }
      const drawn = make("path", { class: "line " + one.look + (one.style === "dotted" ? " dotted" : ""), d: line });
      const there = points.filter(([, b]) => b !== null);
      if (one.style !== "area" || !there.length) return [drawn];
      return [make("path", { class: "area " + one.look, d: `${line}L${x(there.at(-1)[0])} ${y(0)}L${x(there[0][0])} ${y(0)}Z` }), drawn];
    }
  }

  const label = (svg, places, room, y) => {
    const widest = Math.max(...places.map(([, text]) => textWidth(text))) + 14;
    const every = Math.max(Math.ceil(places.length / Math.max(Math.floor(room / widest), 1)), 1);
    svg.querySelector(":scope > .across").replaceChildren(
      ...places.filter((_, i) => i % every === Math.floor(every / 2)).map(([x, text]) => make("text", { class: "tick", x, y, "text-anchor": "middle" }, text)));
  };

  class Heat extends Picture {
    constructor(figure, data) { super(figure, data); this.bothWays = true; this.reset(); }
    reset() {
      const { rows, columns } = this.data;
      this.view = [0, 0, columns.length, rows.length];
      this.cell = null;
    }
    get box() {
      const cells = this.svg.querySelector(":scope > .cells");
      return ["x", "y", "width", "height"].map((name) => +cells.getAttribute(name));
    }
    inside([x, y]) {
      const [left, top, wide, high] = this.box, [a, b, across, down] = this.view;
      return [clamp(a + ((x - left) / wide) * across, a, a + across - 1e-9), clamp(b + ((y - top) / high) * down, b, b + down - 1e-9)];
    }
    point(place) { const [column, row] = this.inside(place); this.show(Math.floor(column), Math.floor(row)); }
    stepBy(across, down, many) {
      const [a, b, wide, high] = this.view, [column, row] = this.cell || [a - across * many, b - down * many];
      this.show(clamp(column + across * many, a, a + wide - 1), clamp(row + down * many, b, b + high - 1));
    }
    show(column, row) {
      this.cell = [column, row];
      const { rows, columns, words, told } = this.data, [left, top, wide, high] = this.box, [a, b, across, down] = this.view;
      const x = left + ((column - a) / across) * wide, y = top + ((row - b) / down) * high, w = wide / across, h = high / down;
      this.cursor(make("path", { class: "box", d: `M${x} ${y}h${w}v${h}h${-w}Z` }));
      this.tell([["", `${rows[row]}, ${columns[column]}`], ["", words[told[row * columns.length + column]]]], x + w / 2, y);
    }
    band(a, b) {
      const [left, top, wide, high] = this.box, xs = [a[0], b[0]].map((x) => clamp(x, left, left + wide)).sort((p, q) => p - q);
      const ys = [a[1], b[1]].map((y) => clamp(y, top, top + high)).sort((p, q) => p - q);
      return make("rect", { class: "band", x: xs[0], y: ys[0], width: xs[1] - xs[0], height: ys[1] - ys[0] });
    }
    zoom(a, b) {
      const [p, q] = [this.inside(a), this.inside(b)];
      this.look(Math.floor(Math.min(p[0], q[0])), Math.floor(Math.min(p[1], q[1])), Math.ceil(Math.max(p[0], q[0])), Math.ceil(Math.max(p[1], q[1])));
    }
    zoomIn() {
      const [a, b, wide, high] = this.view, [column, row] = this.cell || [a + wide / 2, b + high / 2];
      this.look(Math.floor(Math.max(column - wide / 4, a)), b, Math.ceil(Math.min(column + wide / 4 + 1, a + wide)), b + high);
      if (this.cell) this.show(...this.cell.map(Math.floor));
    }
    look(a, b, past, below) {
      this.view = [a, b, Math.max(past - a, 1), Math.max(below - b, 1)];
      const [, , across, down] = this.view, { rows, columns } = this.data;
      for (const svg of this.svgs) {
        const cells = svg.querySelector(":scope > .cells");
        cells.setAttribute("viewBox", this.view.join(" "));
        const [left, wide, high] = ["x", "width", "height"].map((name) => +cells.getAttribute(name));
        const every = Math.max(Math.ceil((13 * down) / high), 1);
        svg.querySelector(":scope > .down").replaceChildren(...rows.slice(b, b + down).map((name, i) => [name, i]).filter(([, i]) => i % every === 0).map(([name, i]) =>
          make("text", { class: "tick", x: left - 6, y: ((i + 0.5) * high) / down + 4, "text-anchor": "end" }, fitted(name, left - 10))));
        label(svg, columns.slice(a, a + across).map((name, i) => [clamp(left + ((i + 0.5) * wide) / across, left + textWidth(name) / 2, left + wide - textWidth(name) / 2), name]), wide, high + 15);
      }
      this.whole.hidden = false;
    }
  }
  const fitted = (name, room) => (name.length * 6.4 <= room ? name : name.slice(0, Math.max(Math.floor(room / 6.4) - 1, 1)) + "…");

  for (const figure of document.querySelectorAll("figure[data-plot]")) {
    const data = JSON.parse(figure.querySelector(":scope > script").textContent);
    new (figure.dataset.plot === "heat" ? Heat : Plot)(figure, data);
  }

  // Where one reads, in the table of contents.
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.getAttribute("href").slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      for (const link of links.values()) link.removeAttribute("aria-current");
      const link = links.get(entry.target.id), list = link.closest("nav");
      link.setAttribute("aria-current", "true");
      if (list.scrollWidth > list.clientWidth) list.scrollTo({ left: link.offsetLeft - 24 });
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  for (const name of links.keys()) seen.observe(document.getElementById(name));
})();
