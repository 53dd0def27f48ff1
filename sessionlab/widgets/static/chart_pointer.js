// A pointer and keys on the canvas: crosshair, zoom by wheel, pan by dragging, a stretch chosen by dragging with shift or on the
// axis. Keys , and . move the crosshair from bar to bar where the canvas has the focus, PageUp and PageDown pan.
const CLICK = 4; // pixels that a click may move
const ZOOM = 1.0015;

export class Pointer {
  constructor(chart, surface) {
    this.chart = chart;
    this.surface = surface;
    this.at = null;
    this.chosen = null;
    surface.addEventListener("pointermove", (event) => this.move(event));
    surface.addEventListener("pointerleave", () => !this.drag && this.leave());
    surface.addEventListener("pointerdown", (event) => this.down(event));
    surface.addEventListener("pointerup", (event) => this.up(event));
    surface.addEventListener("pointercancel", () => this.stop());
    surface.addEventListener("dblclick", () => chart.move((stretch) => stretch.soFar()));
    surface.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    surface.addEventListener("keydown", (event) => this.key(event));
    surface.addEventListener("blur", () => !this.at?.isPointed && this.leave());
  }
  place(event) {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
  part(cell, x) {
    return (x - cell.left) / (cell.right - cell.left);
  }
  move(event) {
    const [x, y] = this.place(event), { drag } = this;
    if (drag?.isChoice) this.chosen = { cell: drag.cell, from: drag.x, to: x };
    else if (drag && Math.abs(x - drag.x) + Math.abs(y - drag.y) >= (drag.hasMoved ? 0 : CLICK)) {
      drag.hasMoved = true;
      const by = (drag.at - x) / (drag.cell.right - drag.cell.left);
      drag.at = x;
      this.chart.move((stretch) => stretch.pan(drag.cell.store, by));
    }
    const cell = this.chart.cellAt(x, y);
    this.at = cell && { cell, x, y, slot: Math.floor(cell.slotAt(x)), isPointed: true };
    if (cell) this.chart.focusOn(cell);
    this.chart.point();
  }
  leave() {
    this.at = this.chosen = null;
    this.chart.point();
  }
  down(event) {
    if (event.button !== 0) return;
    const [x, y] = this.place(event), cell = this.chart.cellAt(x, y);
    if (!cell || !cell.store.isToday) return;
    this.surface.setPointerCapture(event.pointerId);
    this.drag = { cell, x, y, at: x, hasMoved: false, isChoice: event.shiftKey || y > cell.axis };
  }
  up(event) {
    const { drag, chosen } = this, [x, y] = this.place(event);
    this.stop();
    if (!drag) return;
    if (chosen && Math.abs(chosen.to - chosen.from) >= CLICK) {
      this.chart.move((stretch) => stretch.choose(chosen.cell.store, this.part(chosen.cell, chosen.from), this.part(chosen.cell, chosen.to)));
    } else if (!drag.hasMoved) this.chart.clicked(drag.cell, x, y);
  }
  stop() {
    this.drag = this.chosen = null;
    this.chart.point();
  }
  wheel(event) {
    const [x, y] = this.place(event), cell = this.chart.cellAt(x, y);
    if (!cell || !cell.store.isToday || event.ctrlKey || event.metaKey) return;
    const scale = event.deltaMode === 1 ? 16 : 1, isAcross = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const by = (isAcross && event.deltaX ? event.deltaX : event.deltaY) * scale;
    // Where there is no more to show, the page goes on scrolling.
    if (!isAcross && by > 0 && this.chart.stretch.span === 1) return;
    event.preventDefault();
    if (isAcross) this.chart.move((stretch) => stretch.pan(cell.store, by / (cell.right - cell.left)));
    else this.chart.move((stretch) => stretch.zoom(cell.store, ZOOM ** by, Math.min(1, Math.max(0, this.part(cell, x)))));
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      ",": () => this.step(-1),
      ".": () => this.step(1),
      PageUp: () => this.chart.move((stretch, cell) => stretch.pan(cell, -0.5)),
      PageDown: () => this.chart.move((stretch, cell) => stretch.pan(cell, 0.5)),
      Escape: () => this.leave(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
  // Move the crosshair by bars, or columns, and say what stands there.
  step(by) {
    const cell = this.chart.focused();
    if (!cell || !cell.store.ended) return;
    const newest = cell.store.ended - 1, oldest = Math.max(0, Math.floor(cell.from)), last = Math.min(newest, Math.ceil(cell.past) - 1);
    const was = this.at && this.at.cell.store === cell.store ? this.at.slot : by > 0 ? oldest - cell.per : last + cell.per;
    const slot = Math.min(last, Math.max(oldest, was + by * cell.per));
    this.at = { cell, slot, x: cell.across(slot + 0.5), y: null, isPointed: false };
    this.chart.point();
    this.chart.sayBar();
  }
}
