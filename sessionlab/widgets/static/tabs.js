// Tabs that the arrow keys walk along: only the chosen one is on the way of the Tab key.
export function walkable(tabs) {
  tabs.forEach((tab, i) =>
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = tabs[(i + by + tabs.length) % tabs.length];
      next.focus();
      next.click();
    }),
  );
}

export function choose(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
  }
}
