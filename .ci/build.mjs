// Builds dist/: one file for each entry of package.json's "exports", what they share by rooms of lib/, and the program of
// the threads, which needs no other file. Declarations are the compiler's.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { pureClasses } from "./pure-classes.mjs";
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
  "inspect",
  "cli",
];
/** What is another file in each runtime, by the files of lib/ that stand for it: package.json's "imports" say which. */
const seams = {
  host: "host",
  engine: "threads/engine",
  activity: "testing/activity",
  page: "observe/page",
  introspection: "threads/codec/introspection",
  realm: "threads/codec/realm",
  asserting: "testing/asserting",
};
const variants = [
  "host/node",
  "host/web",
  "host/workerd",
  "threads/engine/node",
  "threads/engine/none",
  "threads/engine/web",
  "threads/codec/introspection/node",
  "threads/codec/introspection/web",
  "threads/codec/realm/node",
  "threads/codec/realm/web",
  "testing/activity/node",
  "testing/activity/web",
  "testing/asserting/node",
  "testing/asserting/web",
  "observe/page/node",
  "observe/page/none",
];
const disposal = `${root}.ci/disposal.mjs`;
/** Runtimes that are older than a name get what stands for it. */
const inject = {
  "Symbol.dispose": [disposal, "dispose"],
  "Symbol.asyncDispose": [disposal, "asyncDispose"],
};
const page = await pageText();
const webThread = await webThreadText();
// For the sources, which are run as they are.
mkdirSync(`${root}.temp`, { recursive: true });
writeFileSync(`${root}.temp/page.html`, page);
writeFileSync(`${root}.temp/web-thread.js`, webThread);
mkdirSync(`${root}dist`, { recursive: true });
writeFileSync(`${root}dist/skein-thread-web.js`, webThread);
await bundle(
  {
    input: Object.fromEntries([
      ...entries.map((name) => [name, `${root}lib/${name}.ts`]),
      ...variants.map((name) => [name.split("/").slice(-2).join("-"), `${root}lib/${name}.ts`]),
    ]),
    external: [
      /^node:/,
      /^skein\//,
      /^#/,
      ...Object.keys({ ...dependencies, ...peerDependencies }),
    ],
    platform: "neutral",
    plugins: [runOnFirstUse("acorn", ["parse"]), leaveToTheRuntime(seams), inlineTexts()],
  },
  {
    format: "esm",
    codeSplitting: {
      // To read one more file costs a process that begins as much as some 25 kB of code; but some bundlers leave out nothing
      // less than a file.
      groups: [
        // What functions in threads import, first of all, is to be small.
        {
          name: "errors",
          test: /disposal\.mjs|\/lib\/(errors|host\/traced-)|\/lib\/threads\/(current-call|call-id|check-cancelled|progress|codec\/transfer)\.ts$/,
          priority: 3,
        },
        {
          name: "core",
          test: /\/lib\/scope\/|\/lib\/tasks\/(?!all|main|map-|race|retry|signal-|stream-)/,
          priority: 2,
        },
        { name: "combinators", test: /\/lib\/tasks\//, priority: 1 },
        { name: "channels", test: /\/lib\/channels\//, priority: 1 },
        { name: "sync", test: /\/lib\/sync\//, priority: 1 },
        { name: "processes", test: /\/lib\/processes\//, priority: 1 },
        // What engines share with those who use them, and with executors.
        {
          name: "calls",
          test: /\/lib\/threads\/(call(back|-(events|context|scopes|arguments))|held-generator|(scope|option)-arguments|named|pending-call|threaded-function|closure\/declared|pool\/pool-reports)\.ts$/,
          priority: 1,
        },
        // What tells of values, below what differs in each runtime; and what of that is Node's.
        { name: "intrinsics", test: /\/lib\/threads\/codec\/intrinsics\.ts$/, priority: 3 },
        { name: "own-data", test: /\/lib\/threads\/codec\/(own-data|memory)\.ts$/, priority: 1 },
        {
          name: "node-code",
          test: /\/lib\/threads\/codec\/(builtins|node-code|generated-places)\.ts$/,
          priority: 1,
        },
        // What reads functions, which browsers load when it is needed.
        {
          name: "source",
          test: /acorn|\/lib\/threads\/closure\/(source|parse|free-variables|name-uses|class-shape|declarations|down-levelled|cache)\.ts$/,
        },
        // What all pools have, and how values travel.
        {
          name: "pool",
          test: /\/lib\/threads\/(codec\/(?!introspection\/|realm\/|packed)|pool\/(session|hold|interrupter|call-queue|call-list|endings|protocol|reports|told-error|pool-engine)\.ts|closure\/refusals)/,
        },
        { name: "calls-elsewhere", test: /\/lib\/executor\// },
        { name: "threads", test: /\/lib\/threads\/[^/]+\.ts$/ },
        // What is loaded only for a page stays out of it.
        { name: "dependencies", test: /\/lib\/(dependencies|observe\/(?!page\/))/ },
      ],
    },
  },
);
await bundle(
  {
    input: { "skein-thread": `${root}lib/thread.ts` },
    external: [/^node:/],
    define: { "import.meta.url": "undefined" },
  },
  {
    // Valid as a script and as a module, whatever a bundler makes of it, and CommonJS starts fastest.
    format: "iife",
    entryFileNames: "[name].cjs",
    globals: (specifier) => `process.getBuiltinModule(${JSON.stringify(specifier)})`,
  },
);

/** Of an entry that another one imports a file without code is left, which would be read all the same. */
function leaveOutEmpty(_, files) {
  const empty = Object.values(files).filter(
    ({ type, code }) => type === "chunk" && code.trim() === "",
  );
  for (const { fileName } of empty) {
    delete files[fileName];
    for (const file of Object.values(files)) {
      if (file.type === "chunk") file.code = file.code.replace(`import "./${fileName}";\n`, "");
    }
  }
}

/** A file that is all ASCII is read faster and takes half the space in memory. */
function escapeOthers(_, files) {
  const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  for (const file of Object.values(files)) {
    if (file.type === "chunk") file.code = file.code.replace(/[\u0080-\uffff]/g, escaped);
  }
}

/** Leaves the choice of a file to whoever imports the package: `lib/host.ts` becomes `#host`. */
function leaveToTheRuntime(files) {
  const keys = new Map(Object.entries(files).map(([key, file]) => [`${root}lib/${file}.ts`, key]));
  return {
    name: "leave-to-the-runtime",
    resolveId: {
      filter: { id: /^\..*\/(host|engine|activity|page|introspection|realm|asserting)\.ts$/ },
      handler(source, importer) {
        const key = keys.get(resolve(dirname(importer), source));
        return key === undefined ? null : { id: `#${key}`, external: true };
      },
    },
  };
}

/** The page that `inspectable` serves, in one text: it asks for nothing else. */
async function pageText() {
  const build = await rolldown({
    input: `${root}lib/page/main.ts`,
    platform: "browser",
    treeshake: { moduleSideEffects: (id) => id.endsWith("/lib/page/main.ts") },
  });
  const { output } = await build.generate({ format: "iife", minify: true });
  await build.close();
  const script = output[0].code.trim().replaceAll("</script", "<\\/script");
  return readFileSync(`${root}lib/page/page.html`, "utf8").replace("/* main.ts */", () => script);
}

/** The program of a worker of a page, in one text: it may be given to one without a file. */
async function webThreadText() {
  const main = `${root}lib/threads/web/worker/main.ts`;
  const build = await rolldown({
    input: main,
    platform: "browser",
    tsconfig: `${root}lib/tsconfig.json`,
    transform: { inject },
    treeshake: { moduleSideEffects: (id) => id === main },
    plugins: [takeWebs(), pureClasses()],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  return output[0].code;
}

/** Of each choice the file for browsers. */
function takeWebs() {
  const files = new Map(
    Object.values(seams).map((file) => [`${root}lib/${file}.ts`, `${root}lib/${file}/web.ts`]),
  );
  return {
    name: "take-webs",
    resolveId: {
      filter: { id: /^\..*\.ts$/ },
      handler: (source, importer) => files.get(resolve(dirname(importer), source)) ?? null,
    },
  };
}

function inlineTexts() {
  return {
    name: "inline-texts",
    load: {
      filter: { id: /\/(observe\/page\/text|threads\/web\/program-text)\.ts$/ },
      handler: (id) =>
        id.endsWith("/program-text.ts")
          ? `export const programText = ${JSON.stringify(webThread)};`
          : `export const pageText = ${JSON.stringify(page)};`,
    },
  };
}

async function bundle({ plugins = [], define = {}, ...input }, output) {
  const build = await rolldown({
    platform: "node",
    // A busy machine is no fault.
    checks: { pluginTimings: false },
    tsconfig: `${root}lib/tsconfig.json`,
    transform: { inject, define },
    treeshake: { moduleSideEffects: (id) => id.endsWith("/lib/thread.ts") },
    onLog(level, log, handle) {
      handle(level === "warn" ? "error" : level, log);
    },
    plugins: [
      ...plugins,
      pureClasses(),
      { name: "ascii", generateBundle: escapeOthers },
      { name: "leave-out-empty", generateBundle: leaveOutEmpty },
    ],
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
    // Those for readers are in lib/, where the source maps lead, and in the declarations; here each start would read them.
    comments: { legal: true, annotation: true, jsdoc: false },
    ...output,
  });
  await build.close();
}
