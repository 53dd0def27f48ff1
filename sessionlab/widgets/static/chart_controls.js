// What a chart is steered with: what is shown of it, which stretch, and how it is kept.
import { button, icon, make, say } from "./dom.js";

const MOST = 4;
const SHAPES = {
  earlier: "M10 3L5 8l5 5",
  later: "M6 3l5 5-5 5",
  closer: "M8 3v10M3 8h10",
  wider: "M3 8h10",
  follow: "M2 8h8M7 4l4 4-4 4M13.500 3v10",
  whole: "M2 3v10M14 3v10M4 8h8M6 6L4 8l2 2M10 6l2 2-2 2",
};
const MARKS = [["vwap", "VWAP"], ["prior", "Prior close"], ["fills", "Fills"], ["orders", "Orders"]];

export class Controls {
  constructor(chart) {
    this.chart = chart;
    const group = (label, ...buttons) => make("div.sl-group", { role: "group", "aria-label": label }, ...buttons);
    this.symbols = new Choice("Symbols", (chosen) => chart.choose({ symbols: chosen }));
    this.intervals = new Choice("Intervals", (chosen) => chart.choose({ intervals: chosen }));
    this.followButton = button("Follow now", SHAPES.follow, () => chart.move((stretch) => stretch.follow()));
    this.wholeButton = button("Whole session", SHAPES.whole, () => chart.move((stretch) => stretch.whole()));
    this.marks = MARKS.map(([name, label]) => {
      const toggle = make("button.sl-button.sl-text", { type: "button", title: `Show ${label}`, text: label, onclick: () => chart.toggle(name) });
      return [name, toggle];
    });
    const save = (kind) => make("button.sl-button.sl-text", { type: "button", "aria-label": `Save as ${kind.toUpperCase()}`, title: `Save as ${kind.toUpperCase()}`, text: kind.toUpperCase(), onclick: () => chart.save(kind) });
    this.el = make(
      "div.sl-controls.sl-chart-controls",
      {},
      this.symbols.el,
      this.intervals.el,
      group(
        "Stretch",
        button("Earlier", SHAPES.earlier, () => chart.move((stretch, cell) => stretch.pan(cell, -0.25))),
        button("Later", SHAPES.later, () => chart.move((stretch, cell) => stretch.pan(cell, 0.25))),
        button("Zoom in", SHAPES.closer, () => chart.zoom(0.5)),
        button("Zoom out", SHAPES.wider, () => chart.zoom(2)),
        this.followButton,
        this.wholeButton,
      ),
      group("Show", ...this.marks.map(([, toggle]) => toggle)),
      make("div.sl-group.sl-save", { role: "group", "aria-label": "Save" }, icon("M8 2v8M5 7l3 3 3-3M2.500 11v2.500h11V11"), save("svg"), save("png")),
    );
  }
  moved({ symbols, intervals }, run) {
    this.symbols.offer(run.symbols ?? symbols, symbols);
    this.intervals.offer(run.intervals ?? intervals, intervals);
  }
  show(shown, stretch) {
    for (const [name, toggle] of this.marks) toggle.setAttribute("aria-pressed", String(shown[name]));
    this.followButton.setAttribute("aria-pressed", String(stretch.follows));
    this.wholeButton.setAttribute("aria-pressed", String(stretch.span === 1));
  }
}

// One to four of what is offered, in a list that opens.
class Choice {
  constructor(label, chosen) {
    this.label = label;
    this.chosen = chosen;
    this.told = make("span");
    this.list = make("div.sl-choices", { role: "group", "aria-label": label });
    this.el = make("details.sl-choice", {}, make("summary.sl-button.sl-text", { "aria-label": label, title: label }, this.told), this.list);
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.el.open) return;
      this.el.open = false;
      this.el.firstElementChild.focus();
    });
    this.el.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.el.contains(event.relatedTarget)) this.el.open = false;
    });
  }
  offer(all, shown) {
    const key = JSON.stringify([all, shown]);
    if (key === this.key) return;
    this.key = key;
    const text = shown.length > 2 ? `${shown[0]} + ${shown.length - 1}` : shown.join(", ");
    say(this.told, text || this.label);
    this.el.firstElementChild.setAttribute("aria-label", `${this.label}: ${shown.join(", ")}`);
    const boxes = [...new Set([...all, ...shown])].map((name) => {
      const box = make("input", { type: "checkbox", value: name, checked: shown.includes(name), onchange: () => this.pick(box) });
      return make("label", {}, box, make("span", { text: name }));
    });
    const focused = this.list.contains(document.activeElement) ? document.activeElement.value : null;
    this.list.replaceChildren(...boxes);
    if (focused !== null) this.boxes().find((box) => box.value === focused)?.focus();
    this.limit();
  }
  boxes() {
    return [...this.list.querySelectorAll("input")];
  }
  // The last one stays, and a fifth cannot be had.
  limit() {
    const boxes = this.boxes(), count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.disabled = box.checked ? count === 1 : count >= MOST;
  }
  pick() {
    this.limit();
    this.chosen(this.boxes().filter((box) => box.checked).map((box) => box.value));
  }
}
