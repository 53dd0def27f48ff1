// What every widget holds: it asks the kernel for the code that draws, once a page, and hands the widget over to it.
const homes = (globalThis.sessionlabCode ??= new Map());

function ask(model) {
  return new Promise((resolve, reject) => {
    const waits = setTimeout(() => reject(new Error("the kernel does not answer")), 30000);
    const heard = (content) => {
      if (content.is !== "code") return;
      clearTimeout(waits);
      model.off("msg:custom", heard);
      resolve(content);
    };
    model.on("msg:custom", heard);
    model.send({ do: "code", have: [...homes.keys()].at(-1) ?? null });
  });
}

function linked({ modules, ...rest }) {
  const urls = new Map();
  for (const [name, text] of modules) {
    const own = text.replace(/from "\.\/([\w-]+\.js)"/g, (_, other) => `from "${urls.get(other)}"`);
    urls.set(name, URL.createObjectURL(new Blob([own], { type: "text/javascript" })));
  }
  return import(urls.get("view.js")).then((view) => ({ view, ...rest }));
}

export default {
  async render({ model, el }) {
    const words = Object.assign(document.createElement("p"), { textContent: "Opening…" });
    el.append(words);
    try {
      const told = await ask(model);
      if (told.modules) homes.set(told.digest, linked(told));
      const code = await homes.get(told.digest);
      words.remove();
      return code.view.open({ model, el, code });
    } catch (error) {
      words.textContent = `This picture is drawn with its kernel, and it could not be reached (${error.message}). Run the cell again.`;
      throw error;
    }
  },
};
