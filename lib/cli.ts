#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "./cli/connect.ts";
import { draw } from "./cli/drawing.ts";
import { Failure } from "./cli/failure.ts";
import { TreeWatch } from "./cli/tree-watch.ts";
import { VERSION } from "./errors/copies.ts";

const HELP = `Usage: skein ps <pid | socket> [--watch] [--json]

Shows the task tree of a running process, what each task waits for, and what its threads do.

  --watch   draws it again every second, until it ends or you press Ctrl+C
  --json    the report as data, on one line

A process that has called inspectable() answers on a socket that only its user can reach. Any other one has Node's
inspector opened by the signal SIGUSR1, on 127.0.0.1, where until it is closed again anybody on the machine could run
code in it.`;
const WIDTH = 120;
const AGAIN_MS = 1_000;
const USAGE = 2;

await main();

async function main(): Promise<void> {
  const { target, isWatch, isJson } = readArguments();
  try {
    await show(target, isWatch, isJson);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

function readArguments(): { target: number | string; isWatch: boolean; isJson: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        watch: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", short: "v", default: false },
      },
    });
    if (values.help) leave(HELP);
    if (values.version) leave(VERSION);
    const [command, target] = positionals;
    if (command !== "ps" || target === undefined || positionals.length > 2) {
      throw new TypeError(
        `Expected "ps" and a process id or the path of a socket, got ${JSON.stringify(positionals.join(" "))}`,
      );
    }
    const isId = /^[1-9]\d*$/.test(target);
    return {
      target: isId ? Number(target) : target,
      isWatch: values.watch,
      isJson: values.json,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exit(USAGE);
  }
}

function leave(text: string): never {
  console.log(text);
  process.exit(0);
}

async function show(target: number | string, isWatch: boolean, isJson: boolean): Promise<void> {
  // Node has it from version 22 on without the flag.
  if (typeof WebSocket === "undefined") return again();
  const subject = await connect(target);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
  const watch = new TreeWatch();
  try {
    do {
      const report = await subject.report();
      if (isJson) {
        console.log(JSON.stringify(report));
      } else {
        const lines = draw(report, process.stdout.columns ?? WIDTH, watch.see(report.tasks));
        if (isWatch && process.stdout.isTTY) process.stdout.write("\u001B[H\u001B[J");
        console.log([...lines, "", `looked at ${subject.how}`].join("\n"));
      }
    } while (isWatch && (await passes(AGAIN_MS, stop.signal)));
  } finally {
    await subject.close();
  }
}

/** Runs the same once more, with what this version of Node hides behind a flag. */
function again(): void {
  const flags = ["--experimental-websocket", "--disable-warning=ExperimentalWarning"];
  const self = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [...flags, self, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}

async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  return setTimeout(ms, true, { signal }).catch(() => false);
}
