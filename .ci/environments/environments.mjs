import { cpSync } from "node:fs";
import { join } from "node:path";

/**
 * Each takes the program from `project` to `out`, a folder in which nothing is installed, and gives the path of what is to be
 * run. A bundle has the library inside; where its tool does not see the program of the threads, that is an entry point.
 */
export const environments = {
  "as it is": async ({ project }) => join(project, "app.mjs"),

  "esbuild, modules": (given) => esbuild(given, "esm", ".mjs"),
  "esbuild, CommonJS": (given) => esbuild(given, "cjs", ".cjs"),
  "esbuild, minified": (given) => esbuild(given, "esm", ".mjs", { minify: true }),

  "rollup, modules": (given) => rollup(given, "es", "mjs"),
  "rollup, CommonJS": (given) => rollup(given, "cjs", "cjs"),

  async "vite build --ssr"({ project, out, load }) {
    const { build } = await load("vite");
    await build({
      root: project,
      logLevel: "error",
      ssr: { noExternal: true },
      build: {
        ssr: true,
        outDir: out,
        rollupOptions: {
          input: { app: join(project, "app.mjs"), "skein-thread": "skein/thread" },
          output: { entryFileNames: "[name].mjs" },
        },
      },
    });
    return join(out, "app.mjs");
  },

  "webpack, modules": (given) => webpack(given, "webpack", true),
  "webpack, CommonJS": (given) => webpack(given, "webpack", false),
  "rspack, modules": (given) => webpack(given, "@rspack/core", true),
  "rspack, CommonJS": (given) => webpack(given, "@rspack/core", false),

  async "traced by @vercel/nft"({ project, out, load }) {
    const { nodeFileTrace } = await load("@vercel/nft");
    const { fileList } = await nodeFileTrace([join(project, "app.mjs")], { base: project });
    for (const file of fileList) {
      cpSync(join(project, file), join(out, file), { recursive: true });
    }
    return join(out, "app.mjs");
  },
};

async function esbuild({ project, out, load }, format, extension, options = {}) {
  const { build } = await load("esbuild");
  await build({
    absWorkingDir: project,
    entryPoints: { app: "./app.mjs", "skein-thread": "skein/thread" },
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

async function rollup({ project, out, load }, format, extension) {
  const [tool, resolve, commonjs] = await Promise.all(
    ["rollup", "@rollup/plugin-node-resolve", "@rollup/plugin-commonjs"].map(load),
  );
  const bundle = await tool.rollup({
    input: { app: join(project, "app.mjs"), "skein-thread": "skein/thread" },
    plugins: [resolve.default({ rootDir: project }), commonjs.default()],
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
