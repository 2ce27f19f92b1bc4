import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Program, startNode } from "./programs.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** A program of `observed-programs/` that runs. */
export interface Observed extends Omit<Program, "prints"> {
  readonly pid: number;
  /** Resolves once it has printed a text, on whichever stream; it must not end first. */
  prints(text: string): Promise<void>;
}

export function observe(name: string, args: readonly string[], flags: string[] = []): Observed {
  const path = fileURLToPath(new URL(`./observed-programs/${name}`, import.meta.url));
  // No two of them want the same port.
  const program = startNode(["--inspect-port=0", ...flags, path, ...args]);
  return {
    ...program,
    pid: program.child.pid!,
    async prints(text) {
      if (await program.prints(text)) return;
      throw new Error(`It ended without "${text}": ${program.output.stderr}`);
    },
  };
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
