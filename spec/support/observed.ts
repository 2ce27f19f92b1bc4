import { type ChildProcess, execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** A program of `observed-programs/` that runs, until the test ends at the latest. */
export interface Observed {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: { stdout: string; stderr: string };
  /** Resolves once it has printed a text, on whichever stream. */
  prints(text: string): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

export function observe(name: string, args: readonly string[], flags: string[] = []): Observed {
  const path = fileURLToPath(new URL(`./observed-programs/${name}`, import.meta.url));
  // No two of them want the same port.
  const child = spawn(process.execPath, ["--inspect-port=0", ...flags, path, ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      output[stream] += chunk;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const prints = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!output.stdout.includes(text) && !output.stderr.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended without "${text}": ${output.stderr}`)));
    });
  return { child, pid: child.pid!, output, prints, ended };
}

/** What `skein` prints when it is called with arguments. */
export function skein(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
