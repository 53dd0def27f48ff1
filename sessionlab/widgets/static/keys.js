// What the keyboard does anywhere in the picture but where somebody writes.
const STEP = 1;
const MINUTES = "5m";

export function keys(view) {
  const { wish, player } = view;
  return {
    " ": () => wish("toggle", { speed: player.speed ?? null }),
    ArrowRight: (event) => (event.shiftKey ? wish("go", { by: MINUTES }) : wish("step", { n: STEP })),
    ArrowLeft: (event) => (event.shiftKey ? wish("go", { by: `-${MINUTES}` }) : wish("step", { n: -STEP })),
    Home: () => wish("open"),
    End: () => wish("close"),
    n: () => wish("session"),
    f: () => wish("next", { what: "fill" }),
    g: () => wish("next", { what: "gap" }),
    "+": () => player.faster(1),
    "=": () => player.faster(1),
    "-": () => player.faster(-1),
  };
}

export function listenTo(root, view) {
  const acts = keys(view);
  const pressed = (event) => {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target;
    if (at.matches("input, select, textarea, [contenteditable]")) return;
    if (event.key === " " && at.matches("button, a, summary, [role=tab], [role=row], [role=gridcell]")) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  };
  root.addEventListener("keydown", pressed);
  // JupyterLab looks at keys before they arrive here; this is how it is told to leave them.
  root.dataset.lmSuppressShortcuts = "true";
}
