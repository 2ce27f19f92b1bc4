import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ALL = ["20.19.0", "22", "24", "26"];
const major = (node) => Number(node.split(".")[0]);
/** What has to be refused by name where nothing tells what a closure captures. */
const WITHOUT_INSPECTOR = ["constant", "import", "function", "iterate", "invoke", "resolve"];

const plain = (kind, ...flags) => ({
  nodes: ALL,
  prepare: ({ program, out }) => [...flags, program(out, kind)],
});
const stripped = (kind) => ({
  nodes: ["22", "24", "26"],
  prepare: ({ program, out, node }) => [
    ...(major(node) === 22 ? ["--experimental-strip-types"] : []),
    program(out, kind),
  ],
});
const flagged = (...flags) => plain("mjs", ...flags);

/** Another program, which has this one run. */
const within = (name, text) => ({
  nodes: ALL,
  prepare: ({ program, out }) => {
    program(out, "mjs");
    writeFileSync(join(out, name), text);
    return [join(out, name)];
  },
});

/** The program as Node itself runs it. */
export const runtimes = {
  "ECMAScript modules": plain("mjs"),
  CommonJS: plain("cjs"),
  "types stripped by Node, modules": stripped("mts"),
  "types stripped by Node, CommonJS": {
    ...stripped("ts"),
    prepare: async ({ program, out, node, tool }) => {
      const { transformSync } = await tool("esbuild");
      const path = program(out, "cjs");
      writeFileSync(
        path.replace(".cjs", ".cts"),
        transformSync(readFileSync(path, "utf8"), { loader: "ts" }).code,
      );
      return [
        ...(major(node) === 22 ? ["--experimental-strip-types"] : []),
        path.replace(".cjs", ".cts"),
      ];
    },
  },
  "`--enable-source-maps`": flagged("--enable-source-maps"),
  "`--disable-proto=throw`": flagged("--disable-proto=throw"),
  "`--frozen-intrinsics`": flagged("--frozen-intrinsics"),
  "`--disallow-code-generation-from-strings`": flagged("--disallow-code-generation-from-strings"),
  "`--inspect`": flagged("--inspect=0"),
  "`--permission --allow-worker`": {
    nodes: ALL,
    limits: {
      names: WITHOUT_INSPECTOR,
      why: "a closure needs `captures`: nothing tells what it captures",
    },
    prepare: ({ program, out, node }) => [...permission(node), program(out, "mjs")],
  },
  "`--permission --allow-worker --allow-inspector`": {
    nodes: ["26"],
    prepare: ({ program, out, node }) => [
      ...permission(node),
      "--allow-inspector",
      program(out, "mjs"),
    ],
  },
  "`NODE_V8_COVERAGE`": {
    nodes: ALL,
    prepare: ({ program, out }) => ({
      args: [program(out, "mjs")],
      env: { NODE_V8_COVERAGE: join(out, "coverage") },
    }),
  },
  "`node --eval`": {
    nodes: ALL,
    prepare: ({ program, out }) => [
      "--input-type=module",
      "--eval",
      readFileSync(program(out, "mjs"), "utf8"),
    ],
  },
  "inside a `Worker`": within(
    "worker.mjs",
    'import { Worker } from "node:worker_threads"; new Worker("./app.mjs");',
  ),
  "inside `cluster`": within(
    "cluster.mjs",
    'import cluster from "node:cluster"; if (cluster.isPrimary) cluster.fork(); else { process.channel.unref(); await import("./app.mjs"); }',
  ),
  "a single executable, the library inside": {
    nodes: ["20.19.0", "24", "26"],
    async prepare({ program, out, binary, tool, bin, link }) {
      const { buildSync } = await tool("esbuild");
      const entry = program(join(out, "source"), "mjs");
      link(join(out, "source"));
      buildSync({
        entryPoints: { app: entry, "skein-thread": "skein/thread" },
        absWorkingDir: join(out, "source"),
        bundle: true,
        platform: "node",
        format: "cjs",
        outdir: out,
        outExtension: { ".js": ".cjs" },
        logLevel: "error",
      });
      writeFileSync(
        join(out, "sea.json"),
        JSON.stringify({
          main: "app.cjs",
          output: "app.blob",
          disableExperimentalSEAWarning: true,
        }),
      );
      execFileSync(binary, ["--experimental-sea-config", "sea.json"], { cwd: out, stdio: "pipe" });
      cpSync(binary, join(out, "app"));
      chmodSync(join(out, "app"), 0o755);
      const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
      execFileSync(
        process.execPath,
        [bin("postject", "dist/cli.js"), "app", "NODE_SEA_BLOB", "app.blob", ...fuse],
        { cwd: out, stdio: "pipe" },
      );
      return { binary: join(out, "app"), args: [] };
    },
  },
};

function permission(node) {
  return [
    major(node) < 23 ? "--experimental-permission" : "--permission",
    "--allow-fs-read=*",
    "--allow-fs-write=*",
    "--allow-worker",
  ];
}
