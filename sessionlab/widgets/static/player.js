// The player: buttons, speed, a scrubber over the session, and where it stands in words.
import { clock, Hours } from "./clock.js";
import { button, icon, make, say, sharp } from "./dom.js";

const SPEEDS = [1, 5, 10, 30, 60, 120, 360, 1000, 3600, 0];
const SHAPES = {
  open: "M3 3v10M13 3L6 8l7 5z",
  back: "M12 3v10M9 3L3 8l6 5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4.5 3v10M11.5 3v10",
  step: "M4 3v10M7 3l6 5-6 5z",
  close: "M13 3v10M3 3l7 5-7 5z",
  session: "M2.5 3l4.5 5-4.5 5zM8 3l4.5 5L8 13zM14 3v10",
  fill: "M2 8h7M6.5 5L10 8l-3.500 3M13 4.500v7",
  gap: "M1.500 8h3M11.500 8h3M6 5.500v5M10 5.500v5",
};
const EDGE = 6; // pixels that the canvas is wider than the track, on either side: marks at the open and the close are whole
const NOT_YET = 255, FULL = 200;
const AXIS = 14, LABEL = 62; // pixels below the strip, and what a label needs across

export const openPlayer = (view) => new Player(view);

class Player {
  constructor(view) {
    this.view = view;
    this.strip = null;
    this.fills = [];
    this.hours = null;
    this.speed = null;
    const go = (name, how) => () => view.wish(name, how);
    this.playButton = button("Play", SHAPES.play, () => this.toggle(), "space");
    this.playButton.classList.add("sl-main");
    this.select = make("select.sl-select", { "aria-label": "Speed", title: "Speed (+ and -)", onchange: () => this.chosen() });
    for (const speed of SPEEDS) this.select.append(make("option", { value: speed, text: speed ? `${speed} ×` : "max" }));
    this.time = make("span.sl-time");
    this.day = make("span.sl-day");
    this.words = make("span.sl-words");
    this.status = make("span.sl-hear", { role: "status", "aria-live": "polite" });
    const group = (label, ...buttons) => make("div.sl-group", { role: "group", "aria-label": label }, ...buttons);
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.hint = make("span.sl-hint", { hidden: true, "aria-hidden": "true" });
    this.scrubber = make("div.sl-scrubber", { role: "slider", tabindex: "0", "aria-label": "Market time", "aria-valuemin": "0" }, this.canvas, this.hint);
    this.el = make(
      "div",
      {},
      make(
        "div.sl-controls",
        {},
        group(
          "Move",
          button("To the open", SHAPES.open, go("open"), "Home"),
          button("Step back", SHAPES.back, go("step", { n: -1 }), "←"),
          this.playButton,
          button("Step forward", SHAPES.step, go("step", { n: 1 }), "→"),
          button("To the close", SHAPES.close, go("close"), "End"),
        ),
        group(
          "Jump",
          button("Next session", SHAPES.session, go("session"), "n"),
          button("Next fill", SHAPES.fill, go("next", { what: "fill" }), "f"),
          button("Next gap", SHAPES.gap, go("next", { what: "gap" }), "g"),
        ),
        this.select,
        make("div.sl-where", {}, this.time, this.day),
        this.words,
        this.status,
      ),
      this.scrubber,
    );
    this.scrubber.addEventListener("pointerdown", (event) => this.grab(event));
    this.scrubber.addEventListener("pointermove", (event) => this.point(event));
    this.scrubber.addEventListener("pointerleave", () => this.dragging === undefined && (this.hint.hidden = true));
  }
  hear({ fills }, { strip }, fresh) {
    if (fresh) this.fills = [];
    this.fills.push(...fills);
    if (strip) this.strip = strip;
  }
  moved(lab, anew) {
    const { run } = this.view;
    if (anew) {
      this.hours = new Hours(run.spans);
      this.scrubber.setAttribute("aria-valuemax", String(Math.round(this.hours.length / 1000)));
      say(this.day, `${run.day}${run.early ? ", early close" : ""} · session ${run.number} of ${run.sessions}`);
    }
    if (this.speed === null) this.choose(lab.speed);
    say(this.time, lab.clock);
    say(this.words, words(lab));
    this.scrubber.setAttribute("aria-valuenow", String(Math.round(this.hours.fraction(lab.now) * this.hours.length / 1000)));
    this.scrubber.setAttribute("aria-valuetext", lab.clock);
    if (this.isPlaying !== lab.playing) {
      this.isPlaying = lab.playing;
      if (lab.playing) this.choose(lab.speed);
      this.playButton.replaceChildren(icon(lab.playing ? SHAPES.pause : SHAPES.play));
      const label = lab.playing ? "Pause" : "Play";
      this.playButton.setAttribute("aria-label", label);
      this.playButton.title = `${label} (space)`;
    }
    // Read aloud: what it does, and where it stands still; not every moment on the way.
    say(this.status, lab.playing ? words(lab) : `${lab.state}, ${lab.clock}. ${lab.why}`);
  }
  toggle() {
    return this.view.lab.playing ? this.view.wish("pause") : this.view.wish("play", { speed: this.speed });
  }
  choose(speed) {
    this.speed = speed;
    if (!SPEEDS.includes(speed) && ![...this.select.options].some((one) => Number(one.value) === speed)) {
      this.select.prepend(make("option", { value: speed, text: `${speed} ×` }));
    }
    this.select.value = String(speed);
  }
  chosen() {
    this.speed = Number(this.select.value);
    return this.view.wish("speed", { speed: this.speed });
  }
  faster(by) {
    const ranked = SPEEDS.map((speed) => speed || Infinity);
    const at = ranked.findIndex((speed) => speed >= (this.speed || Infinity));
    this.choose(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + by))]);
    this.chosen();
  }
  at(event) {
    const box = this.scrubber.getBoundingClientRect();
    return this.hours.instant((event.clientX - box.left) / box.width);
  }
  point(event) {
    if (!this.hours) return;
    const { run } = this.view, at = this.at(event);
    const near = this.fills.filter(([ms]) => Math.abs(this.hours.fraction(ms) - this.hours.fraction(at)) * this.canvas.clientWidth < 5);
    say(this.hint, [clock(at, run.zone), this.fullness(at), ...near.slice(0, 2).map(([, , told]) => told)].filter(Boolean).join(" · "));
    this.hint.hidden = false;
    const box = this.scrubber.getBoundingClientRect(), half = this.hint.offsetWidth / 2;
    this.hint.style.left = `${Math.max(half, Math.min(box.width - half, event.clientX - box.left))}px`;
    if (this.dragging !== undefined) {
      this.dragging = at;
      this.view.paint(this);
    }
  }
  fullness(at) {
    const value = this.strip?.[Math.min(this.strip.length - 1, Math.floor(this.hours.fraction(at) * this.strip.length))];
    return value === undefined || value === NOT_YET ? "" : `${Math.round((100 * value) / FULL)} % of bars`;
  }
  grab(event) {
    if (event.button !== 0 || !this.hours) return;
    this.scrubber.setPointerCapture(event.pointerId);
    this.dragging = this.at(event);
    this.point(event);
    const done = (last) => {
      this.scrubber.removeEventListener("pointerup", done);
      this.scrubber.removeEventListener("pointercancel", done);
      const to = this.dragging;
      this.dragging = undefined;
      this.hint.hidden = true;
      if (last.type === "pointerup") this.view.wish("seek", { at: Math.round(to / 1000) * 1000 });
    };
    this.scrubber.addEventListener("pointerup", done);
    this.scrubber.addEventListener("pointercancel", done);
  }
  draw() {
    return sharp(this.canvas, (context, width, height) => {
      context.translate(EDGE, 0);
      this.paint(context, width - 2 * EDGE, height);
    });
  }
  paint(context, width, height) {
    const { theme, lab } = this.view;
    if (!this.hours) return;
    const top = 7, bottom = height - 7 - AXIS;
    this.paintAxis(context, width, height);
    context.fillStyle = theme.grid;
    context.fillRect(0, top, width, bottom - top);
    const count = this.strip?.length ?? 0;
    for (let i = 0; i < count; i++) {
      if (this.strip[i] === NOT_YET) continue;
      const left = Math.floor((i * width) / count), right = Math.floor(((i + 1) * width) / count);
      const high = ((bottom - top) * this.strip[i]) / FULL;
      context.fillStyle = theme.hatch;
      context.fillRect(left, bottom - high, right - left, high);
      if (this.strip[i] < FULL) {
        context.fillStyle = theme.down;
        context.fillRect(left, top, Math.max(1, right - left), 3);
      }
    }
    let passed = 0;
    for (const [from, until] of this.hours.spans.slice(0, -1)) {
      passed += until - from;
      context.fillStyle = theme.edge;
      context.fillRect((passed / this.hours.length) * width, top - 3, 1, bottom - top + 6);
    }
    for (const [ms, side] of this.fills) {
      const x = this.hours.fraction(ms) * width;
      context.fillStyle = side === "buy" ? theme.up : theme.down;
      context.beginPath();
      if (side === "buy") triangle(context, x, bottom + 7, -1);
      else triangle(context, x, 0, 1);
      context.fill();
    }
    if (this.view.looking !== null) {
      const back = Math.round(this.hours.fraction(this.view.looking) * (width - 2));
      context.strokeStyle = theme.ink;
      context.setLineDash([3, 3]);
      context.strokeRect(back + 0.5, 2, 0, bottom + 3);
      context.setLineDash([]);
    }
    const x = Math.round(this.hours.fraction(this.dragging ?? lab.now) * (width - 2));
    context.fillStyle = theme.ink;
    context.fillRect(x, 2, 2, bottom + 3);
    context.beginPath();
    context.arc(x + 1, (top + bottom) / 2, 5, 0, 2 * Math.PI);
    context.fill();
  }
  // Round clock times, as many as have room.
  paintAxis(context, width, height) {
    const { theme, run } = this.view, { hours } = this;
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = theme.muted;
    context.textAlign = "center";
    for (const at of hours.round(run.zone, width, LABEL)) {
      const x = hours.fraction(at) * width;
      if (x < LABEL / 4 || x > width - LABEL / 4) continue;
      context.fillText(clock(at, run.zone, false), x, height - 2);
    }
  }
}

function triangle(context, x, y, way) {
  context.moveTo(x - 4, y);
  context.lineTo(x + 4, y);
  context.lineTo(x, y + way * 6.5);
}

function words(lab) {
  const speed = lab.speed ? `${lab.speed} ×` : "as fast as it can";
  if (lab.playing) return `playing, ${speed}${lab.lag >= 0.1 ? `, ${lab.lag.toFixed(1)} s behind` : ""}`;
  const told = { ready: "ready", open: "stands", closed: "at the close", done: "the run is done" }[lab.state];
  return lab.why && !["paused", "the run is done"].includes(lab.why) ? `${told}: ${lab.why}` : told;
}
