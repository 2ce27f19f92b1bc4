// Builds dist/: one file for each entry of package.json's "exports", what they share by rooms of lib/, and the program of
// the threads, which needs no other file. Declarations are the compiler's.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { runOnFirstUse } from "./run-on-first-use.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

rmSync(`${root}dist`, { recursive: true, force: true });
const tsc = `${root}node_modules/typescript/bin/tsc`;
execFileSync(process.execPath, [tsc, "-p", "lib"], { cwd: root, stdio: "inherit" });

const entries = [
  "index",
  "ambient",
  "bullmq",
  "executor",
  "testing",
  "testing/executor",
  "testing/fast-check",
  "worker",
];
await bundle(
  {
    input: Object.fromEntries(entries.map((name) => [name, `${root}lib/${name}.ts`])),
    external: [/^node:/, /^skein\//, ...Object.keys({ ...dependencies, ...peerDependencies })],
    plugins: [runOnFirstUse("acorn", ["parse"])],
  },
  {
    format: "esm",
    codeSplitting: {
      groups: [
        // What functions in threads import, first of all, is to be small.
        { name: "errors", test: /\/lib\/errors/, priority: 2 },
        {
          name: "inside",
          test: /\/lib\/threads\/(current-call|call-id|check-cancelled|progress|codec\/transfer)\.ts$/,
          priority: 2,
        },
        { name: "core", test: /\/lib\/scope\/|\/lib\/tasks\/(?!all|main|map-|race|retry|stream-)/ },
        { name: "combinators", test: /\/lib\/tasks\// },
        { name: "channels", test: /\/lib\/channels\// },
        { name: "sync", test: /\/lib\/sync\// },
        { name: "calls-elsewhere", test: /\/lib\/executor\// },
        { name: "threads", test: /\/lib\/threads\/|acorn/ },
        { name: "dependencies", test: /\/lib\/dependencies\// },
        { name: "observe", test: /\/lib\/observe\// },
      ],
    },
  },
);
await bundle(
  {
    input: { "skein-thread": `${root}lib/thread.ts` },
    external: [/^node:/],
    transform: { define: { "import.meta.url": "undefined" } },
  },
  {
    // Valid as a script and as a module, whatever a bundler makes of it, and CommonJS starts fastest.
    format: "iife",
    entryFileNames: "[name].cjs",
    globals: (specifier) => `process.getBuiltinModule(${JSON.stringify(specifier)})`,
  },
);

async function bundle(input, output) {
  const build = await rolldown({
    platform: "node",
    tsconfig: `${root}lib/tsconfig.json`,
    // Of a machine that does much else.
    checks: { pluginTimings: false },
    treeshake: { moduleSideEffects: (id) => id.endsWith("/lib/thread.ts") },
    onLog(level, log, handle) {
      handle(level === "warn" ? "error" : level, log);
    },
    ...input,
  });
  await build.write({
    dir: `${root}dist`,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    // They are in the package.
    sourcemapExcludeSources: true,
    minifyInternalExports: false,
    ...output,
  });
  await build.close();
}
