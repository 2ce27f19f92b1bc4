import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/**
 * The program bundled, and run from a folder in which nothing is installed. The library is inside; where the tool does not see the
 * program of the threads, that is an entry point. "External": only the user's own code is in the bundle.
 */
export const bundlers = {
  "esbuild, modules": bundled("esbuild", (given) => esbuild(given, "esm", ".mjs")),
  "esbuild, CommonJS": bundled("esbuild", (given) => esbuild(given, "cjs", ".cjs")),
  "esbuild, minified": bundled("esbuild", (given) =>
    esbuild(given, "esm", ".mjs", { minify: true }),
  ),
  "esbuild, minified with names kept": bundled("esbuild", (given) =>
    esbuild(given, "esm", ".mjs", { minify: true, keepNames: true }),
  ),
  "esbuild, split": bundled("esbuild", (given) =>
    esbuild(given, "esm", ".mjs", { splitting: true }),
  ),
  "esbuild, external": external("esbuild", (given) =>
    esbuild(given, "esm", ".mjs", { packages: "external", minify: true, keepNames: true }),
  ),
  "esbuild, external, CommonJS": {
    ...external("esbuild", (given) => esbuild(given, "cjs", ".cjs", { packages: "external" })),
    limits: {
      names: ["exportItself"],
      error: "TypeError: ",
      why: "the default of a package in modules is an object there, which no program can call, be it in a thread or not",
    },
  },

  "rollup, modules": bundled("rollup", (given) => rollup(given, "es", "mjs")),
  "rollup, CommonJS": bundled("rollup", (given) => rollup(given, "cjs", "cjs")),
  "rollup, external": external("rollup", (given) => rollup(given, "es", "mjs", true)),

  "vite build --ssr": bundled("vite", (given) => vite(given, true)),
  "vite build --ssr, external": external("vite", (given) => vite(given, false)),

  "webpack, modules": bundled("webpack", (given) => webpack(given, "webpack", true)),
  "webpack, CommonJS": bundled("webpack", (given) => webpack(given, "webpack", false)),
  "rspack, modules": bundled("@rspack/core", (given) => webpack(given, "@rspack/core", true)),
  "rspack, CommonJS": bundled("@rspack/core", (given) => webpack(given, "@rspack/core", false)),

  "tsup, external": external("tsup", ({ project, out, run, bin }) => {
    run(
      "24",
      [
        bin("tsup", "dist/cli-default.js"),
        "app.mjs",
        "--format",
        "esm",
        "--no-config",
        "--out-dir",
        out,
        "--silent",
      ],
      project,
    );
    return join(out, "app.js");
  }),
  "tsdown, external": external("tsdown", ({ project, out, run, bin }) => {
    run(
      "24",
      [
        bin("tsdown", "dist/run.mjs"),
        "app.mjs",
        "--format",
        "esm",
        "--no-config",
        "--no-dts",
        "--no-clean",
        "--out-dir",
        out,
        "--logLevel",
        "error",
      ],
      project,
    );
    return join(out, "app.mjs");
  }),

  "traced by @vercel/nft": bundled("@vercel/nft", async ({ project, out, load, packages }) => {
    const { nodeFileTrace } = await load("@vercel/nft");
    const { fileList } = await nodeFileTrace([join(project, "app.mjs")], { base: packages });
    for (const file of fileList) {
      cpSync(join(packages, file), join(out, file), { recursive: true, verbatimSymlinks: true });
    }
    return join(out, relative(packages, project), "app.mjs");
  }),
};

/** Built on this Node, run on the oldest and the newest. */
function bundled(tool, build, isLinked = false) {
  return {
    nodes: ["20.19.0", "26"],
    tool,
    isEmpty: true,
    async prepare({ program, out, link, tool: load, bin, run, base }) {
      const [project, target] = [
        join(base, "sources", basename(dirname(out))),
        join(out, "bundle"),
      ];
      program(project, "mjs");
      mkdirSync(target, { recursive: true });
      writeFileSync(join(project, "package.json"), '{ "type": "module", "name": "program" }');
      link(project);
      if (isLinked) link(target);
      return [await build({ project, out: target, load, bin, run, packages: base })];
    },
  };
}

function external(tool, build) {
  return bundled(tool, build, true);
}

async function vite({ project, out, load }, isInside) {
  const { build } = await load("vite");
  await build({
    root: project,
    logLevel: "error",
    ssr: isInside ? { noExternal: true } : { external: true },
    build: {
      ssr: true,
      outDir: out,
      rollupOptions: {
        input: {
          app: join(project, "app.mjs"),
          ...(isInside ? { "skein-thread": "skein/thread" } : {}),
        },
        output: { entryFileNames: "[name].mjs" },
      },
    },
  });
  return join(out, "app.mjs");
}

async function esbuild({ project, out, load }, format, extension, options = {}) {
  const { build } = await load("esbuild");
  await build({
    absWorkingDir: project,
    entryPoints: {
      app: "./app.mjs",
      ...(options.packages === "external" ? {} : { "skein-thread": "skein/thread" }),
    },
    bundle: true,
    platform: "node",
    format,
    outdir: out,
    outExtension: { ".js": extension },
    logLevel: "error",
    ...options,
  });
  return join(out, `app${extension}`);
}

async function rollup({ project, out, load }, format, extension, isExternal = false) {
  const [tool, resolve, commonjs] = await Promise.all(
    ["rollup", "@rollup/plugin-node-resolve", "@rollup/plugin-commonjs"].map(load),
  );
  const bundle = await tool.rollup({
    input: {
      app: join(project, "app.mjs"),
      ...(isExternal ? {} : { "skein-thread": "skein/thread" }),
    },
    plugins: isExternal ? [] : [resolve.default({ rootDir: project }), commonjs.default()],
    external: isExternal ? (id) => !/^[./]/.test(id) : undefined,
    onLog() {},
  });
  await bundle.write({ dir: out, format, entryFileNames: `[name].${extension}` });
  return join(out, `app.${extension}`);
}

async function webpack({ project, out, load }, name, isModule) {
  const tool = (await load(name)).default;
  const compiler = (tool.webpack ?? tool)({
    context: project,
    entry: "./app.mjs",
    target: "node20",
    mode: "production",
    experiments: isModule ? { outputModule: true } : {},
    output: {
      path: out,
      filename: isModule ? "app.mjs" : "app.cjs",
      ...(isModule ? { module: true, chunkFormat: "module", library: { type: "module" } } : {}),
    },
  });
  const stats = await new Promise((done, fail) => {
    compiler.run((error, result) => (error ? fail(error) : done(result)));
  });
  if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  return join(out, isModule ? "app.mjs" : "app.cjs");
}
