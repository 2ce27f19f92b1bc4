import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

const named = (name) => ({
  nodes: ["20.19.0", "26"],
  prepare: ({ program, out, link }) => {
    const folder = join(out, name);
    mkdirSync(folder);
    link(folder);
    return { args: [program(folder, "mjs")], cwd: folder };
  },
});

/** Where a program and its packages may be. */
export const places = {
  "a path with spaces": named("a folder of mine"),
  "a path with `#`, `%` and `?`": named("50%25 #1?x"),
  "a path with other letters": named("日本 ü"),
  "links as pnpm makes them": {
    nodes: ["20.19.0", "26"],
    prepare: ({ program, out, project }) => {
      const store = join(out, "node_modules/.pnpm");
      const modules = join(project, "node_modules");
      for (const name of ["skein", "ms", "escape-string-regexp"]) {
        const place = join(store, `${name}@1.0.0/node_modules/${name}`);
        cpSync(join(modules, name), place, { recursive: true, dereference: true });
        symlinkSync(place, join(out, "node_modules", name));
      }
      return [program(out, "mjs")];
    },
    isEmpty: true,
  },
  "a library that is linked from elsewhere": {
    nodes: ["20.19.0", "26"],
    prepare: ({ program, out, project }) => {
      const elsewhere = join(out, "checkout/library");
      cpSync(join(project, "node_modules/skein"), elsewhere, { recursive: true });
      mkdirSync(join(out, "project/node_modules"), { recursive: true });
      symlinkSync(join(project, "node_modules"), join(dirname(elsewhere), "node_modules"));
      for (const name of ["ms", "escape-string-regexp"])
        symlinkSync(join(project, "node_modules", name), join(out, "project/node_modules", name));
      symlinkSync(elsewhere, join(out, "project/node_modules/skein"));
      return { args: [program(join(out, "project"), "mjs")], cwd: join(out, "project") };
    },
    isEmpty: true,
  },
  "`--preserve-symlinks`": {
    nodes: ["20.19.0", "26"],
    prepare: ({ program, out }) => [
      "--preserve-symlinks",
      "--preserve-symlinks-main",
      program(out, "mjs"),
    ],
  },
};
