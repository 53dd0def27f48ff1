// Light or dark as the page is: JupyterLab and VS Code say so, elsewhere the ground that the picture lies on tells.
function isDark(element) {
  const said = document.body.dataset.jpThemeLight;
  if (said) return said === "false";
  if (document.body.classList.contains("vscode-dark")) return true;
  for (let at = element; at; at = at.parentElement) {
    const found = getComputedStyle(at).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (found && (found.length < 4 || found[3] > 0.5)) return 0.3 * found[0] + 0.6 * found[1] + 0.1 * found[2] < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// The colors of `themes` on `root`, as variables for its style sheet and as values for a canvas; `changed` is called with each.
export function follow(root, themes, changed) {
  let name = null;
  const look = () => {
    const now = isDark(root.parentElement) ? "dark" : "light";
    if (now === name) return;
    name = now;
    root.dataset.theme = now;
    for (const [key, value] of Object.entries(themes[now])) if (key !== "lines") root.style.setProperty(`--sl-${key}`, value);
    changed({ name: now, ...themes[now] });
  };
  const page = new MutationObserver(look);
  page.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class", "style"] });
  const wish = matchMedia("(prefers-color-scheme: dark)");
  wish.addEventListener("change", look);
  look();
  return () => {
    page.disconnect();
    wish.removeEventListener("change", look);
  };
}
