// How the parts of a view are arranged: one below the other, or as a dashboard, where those below the chart share a place.
import { make } from "./dom.js";

const BELOW = { blotter: "Blotter", metrics: "Metrics", quality: "Quality", timing: "Timing" };

export function arrange(view, layout) {
  if (layout !== "dashboard") {
    view.root.append(...Object.values(view.parts).map(({ el }) => el));
    return;
  }
  const { player, chart, ticket, ...rest } = view.parts;
  const below = Object.keys(rest).filter((name) => name in BELOW);
  const tabs = below.map((name) => tabOf(name, below, (chosen) => show(chosen)));
  const show = (chosen) => {
    below.forEach((name, i) => {
      const isShown = name === chosen;
      rest[name].el.hidden = !isShown;
      tabs[i].setAttribute("aria-selected", String(isShown));
      tabs[i].tabIndex = isShown ? 0 : -1;
    });
    view.showOnly(Object.keys(view.parts).filter((name) => !(name in BELOW) || name === chosen));
  };
  for (const name of below) Object.assign(rest[name].el, { role: "tabpanel" }).setAttribute("aria-label", BELOW[name]);
  const list = make("div.sl-tabs.sl-places", { role: "tablist", "aria-label": "Below the chart" }, ...tabs);
  view.root.append(player.el, make("div.sl-row", {}, chart.el, ticket.el), make("div.sl-below", {}, list, ...below.map((name) => rest[name].el)));
  show(below[0]);
}

function tabOf(name, names, show) {
  const tab = make("button.sl-tab", { type: "button", role: "tab", text: BELOW[name], onclick: () => show(name) });
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const to = (names.indexOf(name) + by + names.length) % names.length;
    tab.parentElement.children[to].focus();
    show(names[to]);
  });
  return tab;
}
