// What goes between a view and the kernel: frames that are pulled, a few ahead, and wishes, each with how it ended.
const KINDS = { f8: Float64Array, i4: Int32Array, u1: Uint8Array };
const REPEAT_MS = 10000; // a pull that was lost with its connection

export class Wire {
  constructor(model, heard) {
    this.model = model;
    this.id = Array.from(crypto.getRandomValues(new Uint8Array(6)), (one) => one.toString(16).padStart(2, "0")).join("");
    this.number = 0;
    this.waiting = new Map();
    this.heard = heard;
    this.listens = (content, buffers) => this.listen(content, buffers);
    model.on("msg:custom", this.listens);
    this.repeats = setInterval(() => performance.now() - this.pulledAt > REPEAT_MS && this.pull(), REPEAT_MS);
  }
  send(what, more = {}) {
    this.model.send({ do: what, view: this.id, ...more });
  }
  pull() {
    this.pulledAt = performance.now();
    this.send("pull");
  }
  ask(part, what) {
    this.send("ask", { part, what });
  }
  // Resolves with how it ended: `ok`, and what was `said`; or why not, which is heard as a notice as well.
  wish(name, how = {}) {
    const number = ++this.number;
    this.send("wish", { name, how, number });
    return new Promise((resolve) => this.waiting.set(number, resolve));
  }
  listen(content, buffers) {
    if (content.is !== "frame" || content.view !== this.id) return;
    let at = 0;
    for (const part of Object.values(content.parts)) {
      const described = part.arrays;
      part.arrays = {};
      for (const [name, kind, count] of described) part.arrays[name] = typed(kind, count, buffers[at++]);
    }
    for (const notice of content.notices) {
      this.waiting.get(notice.number)?.(notice);
      this.waiting.delete(notice.number);
    }
    this.heard(content);
  }
  close() {
    clearInterval(this.repeats);
    this.model.off("msg:custom", this.listens);
    try {
      this.send("leave");
    } catch {
      // the kernel has gone before the picture has
    }
  }
}

// A column over bytes that came, which need not lie where an array of its kind could begin.
function typed(kind, count, view) {
  const Kind = KINDS[kind];
  if (!count) return new Kind(0);
  const bytes = new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, count * Kind.BYTES_PER_ELEMENT);
  return new Kind(bytes.slice().buffer);
}
