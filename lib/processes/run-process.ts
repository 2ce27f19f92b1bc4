import { processFor } from "../host.ts";
import { got } from "../errors.ts";
import { taskGroup } from "../tasks/run-group.ts";
import type { TaskGroup } from "../tasks/task-group.ts";
import type { Child } from "./child.ts";
import { feed } from "./feed.ts";
import { Output } from "./output.ts";
import { type ProcessEnd, ProcessError, ProcessOutputError } from "../errors/process-errors.ts";
import { checkWord, PROCESS_OPTIONS, type ProcessOptions } from "./process-options.ts";
import { type Command, inWords, start } from "./start.ts";

const MAX_BYTES = 16 * 1_024 * 1_024;
/** How much of what it said last is in the message of an error. */
const TOLD_LINES = 8;
const TOLD_LETTERS = 800;

/**
 * What a process has come to.
 *
 * @public
 */
export interface ProcessResult {
  /** One of `exitCodes`: 0, if nothing else is said. */
  readonly exitCode: number;
  /** What it said on standard output, as UTF-8; the end of that, some kilobytes, where a handler took it. */
  readonly stdout: string;
  /** What it said on standard error, as UTF-8; the end of that, some kilobytes, where a handler took it. */
  readonly stderr: string;
}

/**
 * Runs a command in a process of its own, as a task: it ends with its scope, and all that it has begun with it. No
 * shell is in between.
 *
 * The promise settles when all is over: the process has ended, and so has every other one of its process group, and its
 * pipes are closed. What the command leaves in the background is waited for.
 *
 * **Cancellation:** the process and those that it has begun are asked to stop (`stopSignal`), and what is left after
 * `graceMs` is killed. What it still says goes to the handlers. When all is over the promise rejects with the scope's
 * reason, whatever the exit code; only if all was over before is there a result. If the scope is cancelled on entry,
 * nothing is started.
 *
 * What can be reached: every process of its group; on Linux also those of its session, and children, at the time, of
 * one of them. Who has left all three, a daemon, is not stopped; its hold on the pipes is given up after the others
 * were killed. On Windows there is no asking: `taskkill /T /F` ends the process and its descendants at once.
 *
 * If this process exits, by `process.exit()` or an uncaught error, the group is killed. If it is killed or crashes,
 * nobody is left to do that, and what it has started goes on. As the process is in a session of its own, a Ctrl-C at
 * the terminal is for this process alone: `main` turns it into cancellation.
 *
 * @param file - the program: a path, or a name to be looked for in `PATH`
 * @param args - its arguments, each as it is
 * @param options - how it is started, what is done with its output, how it is stopped; and where its scope stands and
 *   what bounds it
 * @returns the exit code and what was said
 * @throws ProcessError, through the promise, if it ends with another exit code or by a signal; ProcessOutputError if it
 *   says more than `maxBytes`, with what it said so far; ProcessStartError if it could not be started; what a handler
 *   or the input throws, after the process was stopped
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 * @throws NotSupportedError, synchronously, where there is no process, as in a browser
 *
 * @example
 * ```ts
 * import { ProcessError, runProcess } from "skein";
 *
 * const { stdout } = await runProcess("node", ["--print", "6 * 7"], { timeoutMs: 60_000 });
 * console.log(stdout.trim());
 * // prints: 42
 *
 * const error = await runProcess("node", ["--eval", "process.exit(3)"]).catch((error) => error);
 * console.log(error instanceof ProcessError, error.exitCode);
 * // prints: true 3
 * ```
 *
 * @public
 */
export function runProcess(
  file: string,
  args: readonly string[] = [],
  options?: ProcessOptions,
): Promise<ProcessResult> {
  checkWord("`file`", file);
  if (file === "") throw new TypeError("Expected `file` to be a program, got an empty string");
  checkArguments(args);
  const given = PROCESS_OPTIONS.read(options);
  processFor("runProcess");
  const { scope, signal, deadline, timeoutMs, shield, name = nameOf(file) } = given;
  const command: Command = { file, args: [...args] };
  return taskGroup(
    async (group) => {
      const child = await start(command, given);
      return await new Running(command, given, child).end(group);
    },
    { scope, signal, deadline, timeoutMs, shield, name },
  );
}

/** A process in its group. */
class Running {
  readonly #command: Command;
  readonly #options: ProcessOptions;
  readonly #child: Child;
  readonly #stdout: Output;
  readonly #stderr: Output;

  constructor(command: Command, options: ProcessOptions, child: Child) {
    const { onStdout, onStdoutChunk, onStderr, onStderrChunk, maxBytes = MAX_BYTES } = options;
    const overflow = (output: Output): Error => this.#overflow(output, maxBytes);
    this.#command = command;
    this.#options = options;
    this.#child = child;
    this.#stdout = new Output("stdout", child.stdout, onStdout, onStdoutChunk, maxBytes, overflow);
    this.#stderr = new Output("stderr", child.stderr, onStderr, onStderrChunk, maxBytes, overflow);
  }

  /** Waits until all is over, and stops it if the group is cancelled before. */
  async end(group: TaskGroup): Promise<ProcessResult> {
    const child = this.#child;
    const { input } = this.#options;
    const { stdin } = child;
    if (stdin !== null) {
      group.background((task) => feed(stdin, input!, task), { name: "stdin", start: "always" });
    }
    const outputs = [this.#stdout, this.#stderr];
    const readers = outputs.map((output) =>
      group.spawn((task) => output.read(task), { name: output.name, start: "always" }),
    );
    const stopping = group.onCancel(() => child.stop());
    await child.over;
    for (const reader of readers) await reader.settled();
    stopping[Symbol.dispose]();
    if (child.isStopped || readers.some(({ status }) => status !== "fulfilled")) {
      group.throwIfCancelled();
    }
    return this.#result();
  }

  #result(): ProcessResult {
    const end = this.#end();
    const { exitCode, signal, stdout, stderr } = end;
    const { exitCodes = [0] } = this.#options;
    if (exitCode !== null && (exitCodes === "any" || exitCodes.includes(exitCode))) {
      return { exitCode, stdout, stderr };
    }
    const how = exitCode === null ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
    const last = lastOf(stderr) || lastOf(stdout);
    throw new ProcessError(`\`${end.command}\` ${how}${last === "" ? "" : `:\n${last}`}`, end);
  }

  #end(): ProcessEnd {
    const { exitCode, signal } = this.#child;
    return {
      command: inWords(this.#command),
      exitCode,
      signal,
      stdout: this.#stdout.text,
      stderr: this.#stderr.text,
    };
  }

  #overflow(output: Output, maxBytes: number): Error {
    const end = this.#end();
    const what = output.isCollected ? "more than" : "a line of more than";
    return new ProcessOutputError(
      `\`${end.command}\` said ${what} ${maxBytes} bytes on ${output.name}, so it was stopped. Raise \`maxBytes\`, or take ` +
        `what it says piece by piece with a handler`,
      end,
    );
  }
}

function checkArguments(args: unknown): void {
  if (!Array.isArray(args)) {
    const advice =
      typeof args === "object" && args !== null
        ? ": with options and no arguments, write `runProcess(file, [], options)`"
        : "";
    throw new TypeError(`Expected \`args\` to be an array of strings, got ${got(args)}${advice}`);
  }
  for (const [i, arg] of args.entries()) checkWord(`\`args[${i}]\``, arg);
}

/** What a program is called in messages and in the task tree. */
function nameOf(file: string): string {
  return file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}

function lastOf(text: string): string {
  const lines = text.trimEnd().split("\n").slice(-TOLD_LINES);
  return lines.join("\n").slice(-TOLD_LETTERS);
}
