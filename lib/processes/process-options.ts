import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkCount } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuse } from "../scope/refuse.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import { checkSignalName, type SignalName } from "../tasks/signal-name.ts";
import type { TaskScope } from "../tasks/task-group.ts";

/**
 * What a process is given to read: a text, bytes, or pieces of either, as they come.
 *
 * @public
 */
export type ProcessInput =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * How a process is started, what is done with what it says, and how it is stopped.
 *
 * @public
 */
export interface ProcessOptions extends ScopeOptions {
  /** Where it runs: a path or a `file:` URL; where this process does by default. */
  cwd?: string | { readonly href: string } | undefined;
  /**
   * All the environment that it has; that of this process by default. To add to it: `{ ...process.env, DEBUG: "1" }`.
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What it reads. Nothing by default: it does not get the input of this process. */
  input?: ProcessInput | undefined;
  /**
   * Called with each line of standard output, without its end. While a promise that it returns is pending, no more is
   * read.
   */
  onStdout?: ((line: string, task: TaskScope) => unknown) | undefined;
  /**
   * Called with each line of standard error, without its end. While a promise that it returns is pending, no more is
   * read.
   */
  onStderr?: ((line: string, task: TaskScope) => unknown) | undefined;
  /**
   * Called with each piece of standard output as it comes. While a promise that it returns is pending, no more is read.
   */
  onStdoutChunk?: ((chunk: Uint8Array, task: TaskScope) => unknown) | undefined;
  /**
   * Called with each piece of standard error as it comes. While a promise that it returns is pending, no more is read.
   */
  onStderrChunk?: ((chunk: Uint8Array, task: TaskScope) => unknown) | undefined;
  /**
   * How much of an output is collected, and how long a line may be, in bytes; 16 MiB by default, `Infinity` for no
   * bound.
   */
  maxBytes?: number | undefined;
  /** The exit codes that are success, or `"any"`; `[0]` by default. */
  exitCodes?: readonly number[] | "any" | undefined;
  /** How long it may go on after it was asked to stop, in milliseconds, before it is killed; 5,000 by default. */
  graceMs?: number | undefined;
  /** What it is asked to stop with; `"SIGTERM"` by default. */
  stopSignal?: SignalName | undefined;
}

export const PROCESS_OPTIONS: KnownOptions<ProcessOptions> = /* @__PURE__ */ new KnownOptions(
  "A process",
  () => ({
    cwd: checkDirectory,
    env: checkEnvironment,
    input: checkInput,
    onStdout: checkBody,
    onStderr: checkBody,
    onStdoutChunk: checkBody,
    onStderrChunk: checkBody,
    maxBytes: checkCount,
    exitCodes: checkExitCodes,
    graceMs: checkDuration,
    stopSignal: (name, value) => checkSignalName("runProcess", name, value),
    ...SCOPE_OPTIONS.checks,
  }),
);

/** Refuses what no program can be given as a word: it would end at the zero. */
export function checkWord(name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(`Expected ${name} to be a string, got ${got(value)}`);
  }
  if (value.includes("\0")) {
    throw new TypeError(`Expected ${name} to have no zero byte in it, got ${got(value)}`);
  }
}

function checkDirectory(name: string, value: unknown): void {
  if (value instanceof URL) {
    if (value.protocol === "file:") return;
    refuse(name, "a path or a file: URL", value.href);
  }
  checkWord(`\`${name}\``, value);
}

function checkEnvironment(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(name, "a record of strings", value);
  }
  for (const [variable, text] of Object.entries(value)) {
    if (text !== undefined) checkWord(`\`${name}.${variable}\``, text);
  }
}

function checkInput(name: string, value: unknown): void {
  if (typeof value === "string") return;
  if (typeof value === "object" && value !== null) {
    if (Symbol.iterator in value || Symbol.asyncIterator in value) return;
  }
  refuse(name, "a string, a Uint8Array, or an iterable of them", value);
}

function checkExitCodes(name: string, value: unknown): void {
  if (value === "any") return;
  const codes: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (codes?.every((code) => Number.isInteger(code) && (code as number) >= 0) === true) return;
  const wrong = codes === undefined ? got(value) : `[${codes.map((code) => got(code)).join(", ")}]`;
  throw new TypeError(`Expected \`${name}\` to be a list of exit codes, or "any", got ${wrong}`);
}
