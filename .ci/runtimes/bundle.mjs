// Bundles the specs of the core with the runner of program/, for a runtime that has no vitest.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = fileURLToPath(new URL("program/", import.meta.url));
const folders = [
  "scope",
  "tasks",
  "channels",
  "sync",
  "testing",
  "dependencies",
  "ambient",
  "laws",
];
/** Of threads, of Node's other ways to run, of processes. */
const notOfTheCore =
  /\/laws\/(closure|codec|exploration|thread-\w+)\.|\/(main|node-test|fake-timers|offload|thread-options|translation|methods|implied-scope)\./;
/** What a runtime lacks: an `AsyncLocalStorage`; and where a request may be gone at any moment, a list of all that runs. */
const lacking = {
  node: /^$/,
  browser: /\/ambient\//,
  workerd: /\/ambient\/|\/(explore|with-seed|orders|timers)\./,
};
const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The files that stand for others in some runtime, by the key that the package has for each. */
const seams = new Map([
  [join(root, "lib/host.ts"), "#host"],
  [join(root, "lib/threads/engine.ts"), "#engine"],
  [join(root, "lib/testing/activity.ts"), "#activity"],
  [join(root, "lib/observe/page.ts"), "#page"],
  [join(root, "lib/testing/asserting.ts"), "#asserting"],
  [join(root, "lib/threads/codec/introspection.ts"), "#introspection"],
  [join(root, "lib/threads/codec/realm.ts"), "#realm"],
]);

/**
 * @param project - where esbuild is installed
 * @param condition - of package.json's "imports": what the seams are
 * @param leaveOut - parts of the names of tests that are not for it
 * @returns the text of a module that exports `run()`
 */
export async function bundleSpecs(project, condition, leaveOut) {
  const { build } = createRequire(join(project, "package.json"))("esbuild");
  const make = (specs, variant) => build(settingsOf(entry(specs, leaveOut), variant));
  const all = folders
    .flatMap((folder) =>
      readdirSync(join(root, "spec", folder)).map((name) => `spec/${folder}/${name}`),
    )
    .filter((spec) => spec.endsWith(".spec.ts") && !notOfTheCore.test(spec));
  const { metafile } = await make(all, "browser");
  const specs = all.filter(
    (spec) => !lacking[condition].test(spec) && !reachesNode(metafile.inputs, spec),
  );
  return (await make(specs, condition)).outputFiles[0].text;
}

function settingsOf(contents, condition) {
  return {
    stdin: { contents, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "error",
    target: "es2022",
    keepNames: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*"],
    alias: { vitest: join(program, "vitest.mjs") },
    nodePaths: [join(root, "node_modules")],
    define: {
      "process.env": "{}",
      "Symbol.dispose": "dispose",
      "Symbol.asyncDispose": "asyncDispose",
    },
    inject: [join(root, ".ci/disposal.mjs")],
    plugins: [choosing(condition)],
    sourcemap: "inline",
  };
}

function entry(specs, leaveOut) {
  const loaders = specs.map((spec) => `${JSON.stringify(spec)}: () => import("./${spec}"),`);
  return (
    `import { runSpecs } from ${JSON.stringify(join(program, "run-specs.mjs"))};\n` +
    `export const run = () => runSpecs({\n${loaders.join("\n")}\n}, ${JSON.stringify(leaveOut)});\n`
  );
}

/** Puts in place of a seam what the package has for a condition, and of Node's assertions what stands for them. */
function choosing(condition) {
  return {
    name: "choosing",
    setup(build) {
      build.onResolve(
        { filter: /\/(host|engine|activity|page|asserting|introspection|realm)\.ts$/ },
        async ({ path, pluginData, ...from }) => {
          if (pluginData === "resolved") return undefined;
          const resolved = await build.resolve(path, { ...from, pluginData: "resolved" });
          const key = seams.get(resolved.path);
          return key === undefined
            ? resolved
            : { path: sourceOf(resolved.path, imports[key], condition) };
        },
      );
      // As the build does.
      build.onLoad({ filter: /\/threads\/web\/program-text\.ts$/ }, () => {
        const text = readFileSync(join(root, ".temp/web-thread.js"), "utf8");
        return { contents: `export const programText = ${JSON.stringify(text)};` };
      });
      build.onResolve({ filter: /^node:assert(\/strict)?$/ }, () => ({
        path: join(program, "assert.mjs"),
      }));
    },
  };
}

/** `dist/host-web.js` is made of `lib/host/web.ts`. */
function sourceOf(seam, targets, condition) {
  const [, variant] = /-(\w+)\.js$/.exec(targets[condition] ?? targets.default);
  return seam.replace(/\.ts$/, `/${variant}.ts`);
}

function reachesNode(inputs, start) {
  const seen = new Set([start]);
  for (const path of seen) {
    for (const each of inputs[path]?.imports ?? []) {
      if (each.path.startsWith("node:")) return true;
      seen.add(each.path);
    }
  }
  return false;
}
