import type { ChildProcess, SpawnOptions } from "node:child_process";
import { readFrom } from "../scope/read-from.ts";
import { Child } from "./child.ts";
import { ProcessStartError } from "../errors/process-errors.ts";
import type { ProcessOptions } from "./process-options.ts";

/** The command of a process with its arguments. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

type Directory = NonNullable<ProcessOptions["cwd"]>;

/** How long a command may be in a message. */
const LONGEST = 200;

/** Starts a process, as the leader of a group of its own where there are groups. */
export async function start(command: Command, options: ProcessOptions): Promise<Child> {
  const { cwd, env, input, stopSignal = "SIGTERM", graceMs = 5_000 } = options;
  // It is loaded when it is needed: a program that starts no process does not pay for it.
  const { spawn } = process.getBuiltinModule("child_process");
  const given: SpawnOptions = {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
    ...(cwd !== undefined && { cwd: cwd as string | URL }),
    ...(env !== undefined && { env: env as NodeJS.ProcessEnv }),
  };
  let started: ChildProcess;
  try {
    started = spawn(command.file, command.args, given);
  } catch (error) {
    throw notStarted(command, cwd, error);
  }
  if (started.pid === undefined) {
    const error = await new Promise((resolve) => started.once("error", resolve));
    throw notStarted(command, cwd, error);
  }
  return new Child(started, stopSignal, graceMs);
}

/** For messages. */
export function inWords({ file, args }: Command): string {
  const words = [file, ...args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word),
  );
  const text = words.join(" ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function notStarted({ file }: Command, cwd: Directory | undefined, cause: unknown): Error {
  return new ProcessStartError(`Could not start \`${file}\`: ${why(file, cwd, cause)}`, { cause });
}

function why(file: string, cwd: Directory | undefined, cause: unknown): string {
  const code = typeof cause === "object" && cause !== null ? readFrom(cause, "code") : undefined;
  if (cwd !== undefined && (code === "ENOENT" || code === "ENOTDIR") && !isDirectory(cwd)) {
    return `its \`cwd\`, ${typeof cwd === "string" ? cwd : cwd.href}, is no directory that there is`;
  }
  const isPath = /[/\\]/.test(file);
  switch (code) {
    case "ENOENT":
      return isPath
        ? "there is no such file, or not the interpreter that its first line names"
        : "there is no such command. Is it installed, and its folder in PATH? A line for a shell is run by `sh`, with the arguments `-c` and the line";
    case "EACCES":
      return "it may not be run. Is it a program, and executable?";
    case "E2BIG":
      return "its arguments and environment are longer than the system allows. Give it what is long as `input`";
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function isDirectory(path: Directory): boolean {
  const { statSync } = process.getBuiltinModule("fs");
  return statSync(path as string | URL, { throwIfNoEntry: false })?.isDirectory() === true;
}
