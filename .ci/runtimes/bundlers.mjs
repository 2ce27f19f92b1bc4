// What each bundler makes of a program that imports the package. None is told anything but that it is for a browser, where it
// has to be told so.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const bundlers = ["esbuild", "rollup", "vite", "webpack"];

/** @returns the path of the bundle; what it loads later is beside it */
export async function bundlePage(project, bundler) {
  const require = createRequire(join(project, "package.json"));
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);
  const folder = join(project, `page-${bundler.replaceAll(" ", "-")}`);
  const outputFile = join(folder, "page.js");
  const page = join(project, "page.mjs");
  switch (bundler) {
    case "esbuild": {
      const { build } = require("esbuild");
      await build({
        entryPoints: [page],
        bundle: true,
        format: "esm",
        outfile: outputFile,
        minify: true,
      });
      break;
    }
    case "esbuild for workerd": {
      const { build } = require("esbuild");
      const conditions = ["workerd", "worker", "browser"];
      const entryPoints = [join(project, "worker.mjs")];
      await build({ entryPoints, bundle: true, format: "esm", outfile: outputFile, conditions });
      break;
    }
    case "rollup": {
      const { rollup } = await load("rollup");
      const { nodeResolve } = await load("@rollup/plugin-node-resolve");
      const bundle = await rollup({ input: page, plugins: [nodeResolve({ browser: true })] });
      await bundle.write({ dir: folder, entryFileNames: "page.js", format: "esm" });
      break;
    }
    case "vite": {
      const { build } = await load("vite");
      await build({
        root: project,
        configFile: false,
        logLevel: "error",
        build: {
          outDir: folder,
          lib: { entry: page, formats: ["es"], fileName: () => "page.js" },
        },
      });
      break;
    }
    case "webpack": {
      const webpack = require("webpack");
      const settings = {
        mode: "production",
        context: project,
        entry: page,
        experiments: { outputModule: true },
        output: { path: folder, filename: "page.js", library: { type: "module" } },
      };
      await new Promise((resolve, reject) => {
        webpack(settings, (error, stats) => {
          const wrong =
            error ?? (stats.hasErrors() ? new Error(stats.toString("errors-only")) : null);
          if (wrong === null) resolve();
          else reject(wrong);
        });
      });
      break;
    }
  }
  return outputFile;
}
