// A table whose rows have keys: only what changed is touched. Columns are {head, of(row), number, wide, spare, mark(row)};
// spare ones are shown where there is room.
import { make, say } from "./dom.js";

export class Table {
  constructor(caption, { pick = null, act = null } = {}) {
    this.pick = pick;
    this.act = act;
    this.rows = new Map();
    this.head = make("tr");
    this.body = make("tbody");
    this.el = make("table.sl-table", {}, make("caption.sl-hear", { text: caption }), make("thead", {}, this.head), this.body);
  }
  columns(columns) {
    this.own = columns;
    const heads = columns.map((column) => make(`th${classes(column)}`, { scope: "col", text: column.head }));
    this.head.replaceChildren(...heads, ...(this.act ? [make("th", { scope: "col" }, make("span.sl-hear", { text: "Act" }))] : []));
    this.clear();
  }
  clear() {
    this.rows.clear();
    this.body.replaceChildren();
  }
  show(keys, changed) {
    for (const row of changed) this.write(row);
    const wanted = new Set(keys);
    for (const [key, { el }] of this.rows) {
      if (wanted.has(key)) continue;
      el.remove();
      this.rows.delete(key);
    }
    let at = this.body.firstElementChild;
    for (const key of keys) {
      const el = this.rows.get(key)?.el;
      if (!el) continue;
      if (el === at) at = at.nextElementSibling;
      else this.body.insertBefore(el, at);
    }
  }
  write(row) {
    let found = this.rows.get(row.key);
    if (!found) {
      const cells = this.own.map((column) => make(`td${classes(column)}`));
      const el = make("tr", {}, ...cells);
      found = { el, cells };
      if (this.act) found.acts = el.appendChild(make("td.sl-acts"));
      if (this.pick) {
        Object.assign(el, { tabIndex: 0 });
        const picked = () => this.pick(found.row);
        el.addEventListener("click", (event) => event.target.closest("button") || picked());
        el.addEventListener("keydown", (event) => {
          if (event.target !== el || (event.key !== "Enter" && event.key !== " ")) return;
          event.preventDefault();
          picked();
        });
      }
      this.rows.set(row.key, found);
    }
    found.row = row;
    this.own.forEach(({ of, mark }, i) => {
      say(found.cells[i], of(row));
      if (mark) found.cells[i].dataset.mark = mark(row) ?? "";
    });
    if (this.act) found.acts.replaceChildren(...this.act(row));
  }
}

const classes = ({ number, wide, spare }) => (number ? ".sl-number" : wide ? ".sl-wide" : "") + (spare ? ".sl-spare" : "");
