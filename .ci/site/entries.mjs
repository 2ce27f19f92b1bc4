// A plugin of TypeDoc: modules are called what one imports, `skein/testing` and not `testing`.

/** @param {{ converter: { on(event: string, listener: (context: any) => void): void } }} app */
export function load(app) {
  app.converter.on("resolveBegin", ({ project }) => {
    for (const entry of project.children) {
      entry.name = entry.name.replace(/^lib\b/, "skein");
    }
  });
}
