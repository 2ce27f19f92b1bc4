import { type ChildProcessWithoutNullStreams, spawn, type SpawnOptions } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** A process of Node that runs, until the test ends at the latest. */
export interface Program {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it has printed so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves with its exit code when it has ended; `null` if it had to be ended. */
  readonly ended: Promise<number | null>;
  /** Resolves once it has printed a text, on whichever stream; if it ends first, with false. */
  readonly prints: (text: string) => Promise<boolean>;
}

/** @param args - flags, the path of the program, and its own arguments */
export function startNode(args: readonly string[], options: SpawnOptions = {}): Program {
  const child = spawn(process.execPath, args, {
    ...options,
    stdio: "pipe",
  }) as ChildProcessWithoutNullStreams;
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (output[stream] += chunk));
  }
  // It may have ended when it is told something.
  child.stdin.on("error", () => {});
  let hasEnded = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  const hasPrinted = (text: string): boolean =>
    output.stdout.includes(text) || output.stderr.includes(text);
  return {
    child,
    output,
    ended,
    async prints(text) {
      while (!hasEnded && !hasPrinted(text)) await setTimeout(1);
      return hasPrinted(text);
    },
  };
}
