// One view of a lab: its parts, the frames that they are told of, and what is said to all.
import { arrange } from "./arranging.js";
import { make, say } from "./dom.js";
import { listenTo } from "./keys.js";
import { PARTS } from "./parts.js";
import { follow } from "./theme.js";
import { Wire } from "./wire.js";

const SLOW_MS = 300, AGAIN_MS = 250;
const AHEAD = 2; // frames that are asked for before the first is drawn

class View {
  constructor({ model, el, code }) {
    this.run = {};
    this.looking = null;
    this.lab = {};
    this.theme = {};
    this.dashes = code.dashes;
    this.dirty = new Set();
    this.timing = { spent: 0 };
    this.owes = 0;
    styled(code);
    this.alert = make("div.sl-notice", { role: "alert", hidden: true });
    this.root = make("section.sl", { role: "group", tabindex: "0", "aria-label": "sessionlab" }, this.alert);
    this.root.classList.add(`sl-${model.get("layout_name")}`);
    el.append(this.root);
    this.wire = new Wire(model, (content) => this.hear(content));
    this.wish = (name, how) => this.begun(this.wire.wish(name, how));
    this.stopFollowing = follow(this.root, code.themes, (theme) => {
      this.theme = theme;
      for (const part of Object.values(this.parts ?? {})) this.paint(part);
    });
    this.parts = {};
    for (const name of model.get("parts")) {
      const part = (this.parts[name] = PARTS[name](this));
      part.name = name;
      part.el.classList.add("sl-part", `sl-${name}-part`);
    }
    this.player = this.parts.player ?? { faster() {} };
    listenTo(this.root, this);
    this.sizes = new ResizeObserver(() => Object.values(this.parts).forEach((part) => this.paint(part)));
    this.sizes.observe(this.root);
    this.wire.send("begin");
    arrange(this, model.get("layout_name"));
    this.owes = AHEAD;
    this.schedule();
  }
  // The parts that can be seen: of others nothing is told.
  showOnly(names) {
    this.wire.send("show", { parts: names });
    for (const name of names) this.paint(this.parts[name]);
  }
  // Have a part drawn before the next frame is asked for.
  paint(part) {
    this.dirty.add(part);
    this.schedule();
  }
  schedule() {
    this.scheduled ??= requestAnimationFrame(() => this.draw());
  }
  draw() {
    this.scheduled = null;
    const parts = [...this.dirty];
    this.dirty.clear();
    const unsized = parts.filter((part) => part.draw?.() === false && !part.el.hidden);
    if (unsized.length) this.drawLater(unsized);
    if (this.owes) {
      this.owes--;
      this.wire.pull();
    }
    // One at a time: spread over frames, what goes up also acknowledges what came down, which else waits for it.
    if (this.owes) this.schedule();
  }
  // A page that changes its theme takes every size away for a moment, and need not say when it is there again.
  drawLater(parts) {
    clearTimeout(this.again);
    this.again = setTimeout(() => parts.forEach((part) => this.paint(part)), AGAIN_MS);
  }
  hear({ lab, parts, notices, spent }) {
    this.timing = { spent };
    const run = lab.run;
    delete lab.run;
    if (run) this.run = run;
    this.lab = lab;
    this.root.dataset.state = lab.state;
    this.root.dataset.playing = lab.playing;
    this.root.dataset.now = lab.now;
    for (const [name, told] of Object.entries(parts)) this.parts[name]?.hear(told.facts, told.arrays, told.fresh);
    for (const part of Object.values(this.parts)) {
      part.moved?.(lab, Boolean(run));
      this.paint(part);
    }
    const failed = notices.findLast((notice) => !notice.ok);
    if (failed) this.tell(failed);
    this.owes++;
    this.schedule();
  }
  // What went wrong stands there until it is put away, or something else is done.
  tell({ kind, words, at }) {
    const away = make("button.sl-plain", { type: "button", "aria-label": "Dismiss", onclick: () => (this.alert.hidden = true) });
    say(away, "×");
    this.alert.replaceChildren(make("b", { text: `${kind} at ${at}` }), make("span", { text: words }), away);
    this.alert.hidden = false;
  }
  // A moment that somebody looks back at, ms, or null: who draws time marks it. No clock moves.
  lookAt(ms) {
    this.looking = ms;
    for (const part of Object.values(this.parts)) this.paint(part);
  }
  begun(ends) {
    this.alert.hidden = true;
    const slow = setTimeout(() => this.root.classList.add("sl-busy"), SLOW_MS);
    return ends.finally(() => {
      clearTimeout(slow);
      if (!this.wire.waiting.size) this.root.classList.remove("sl-busy");
    });
  }
  close() {
    clearTimeout(this.again);
    cancelAnimationFrame(this.scheduled);
    this.sizes.disconnect();
    this.stopFollowing();
    for (const part of Object.values(this.parts)) part.close?.();
    this.wire.close();
  }
}

function styled({ digest, css }) {
  const id = `sessionlab-${digest}`;
  if (!document.getElementById(id)) document.head.append(make("style", { id, text: css }));
}

export function open(given) {
  const view = new View(given);
  return () => view.close();
}
