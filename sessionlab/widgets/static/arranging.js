// How the parts of a view are arranged: one below the other, or as a dashboard, where those below the chart share a place.
import { make } from "./dom.js";
import { choose, walkable } from "./tabs.js";

const BELOW = { blotter: "Blotter", metrics: "Metrics", quality: "Quality", timing: "Timing" };

export function arrange(view, layout) {
  if (layout !== "dashboard") {
    view.root.append(...Object.values(view.parts).map(({ el }) => el));
    return;
  }
  const { player, chart, ticket, ...rest } = view.parts;
  const below = Object.keys(rest).filter((name) => name in BELOW);
  const tabs = below.map((name) => make("button.sl-tab", { type: "button", role: "tab", text: BELOW[name], onclick: () => show(name) }));
  walkable(tabs);
  const show = (chosen) => {
    for (const name of below) rest[name].el.hidden = name !== chosen;
    choose(tabs, tabs[below.indexOf(chosen)]);
    view.showOnly(Object.keys(view.parts).filter((name) => !(name in BELOW) || name === chosen));
  };
  for (const name of below) Object.assign(rest[name].el, { role: "tabpanel" }).setAttribute("aria-label", BELOW[name]);
  const list = make("div.sl-tabs.sl-places", { role: "tablist", "aria-label": "Below the chart" }, ...tabs);
  view.root.append(player.el, make("div.sl-row", {}, chart.el, ticket.el), make("div", {}, list, ...below.map((name) => rest[name].el)));
  show(below[0]);
}
