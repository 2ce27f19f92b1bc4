import { constants } from "node:os";
import { CancelledError, got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkList } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskGroup } from "./task-group.ts";

/**
 * How a program ends.
 *
 * @public
 */
export interface MainOptions {
  /** How long the program may take to unwind after a signal, in milliseconds; 10,000 by default. */
  graceMs?: number | undefined;
  /** The signals that cancel the program; `SIGINT` and `SIGTERM` by default. */
  signals?: readonly NodeJS.Signals[] | undefined;
}

const MAIN_OPTIONS = new KnownOptions<MainOptions>("`main`", {
  graceMs: checkDuration,
  signals: checkNames,
});

function checkNames(name: string, value: unknown): void {
  checkList(name, value);
  for (const each of value) {
    if (Object.hasOwn(constants.signals, each as string)) continue;
    throw new TypeError(`Expected \`${name}\` to hold names of signals, got ${got(each)}`);
  }
}

/** Longer timers would fire at once. */
const LONG = 2 ** 31 - 1;

/**
 * Runs a program in a task group: keeps the process alive until the group has ended, and sets its exit code.
 *
 * - The body's and every task's end: exit code 0, or what `process.exitCode` was set to.
 * - A failure: it is printed to standard error, with all that go with it; exit code 1.
 * - A signal: the group is cancelled with a `CancelledError` of origin `"signal"` and everything unwinds; exit code 128
 *   plus the signal's number. If that takes longer than `graceMs`, or a second signal comes, the process exits at once.
 *
 * @param body - called at once with the program's group
 * @param options - how it ends
 * @returns resolves when the group has ended, also after a failure; it never rejects
 * @throws TypeError or RangeError, synchronously, for an argument that is none of what is expected
 *
 * @example
 * ```ts
 * import { main, sleep } from "skein";
 *
 * await main(async (group) => {
 *   group.background(async (task) => {
 *     for (;;) await sleep(1_000, task);
 *   });
 *   console.log("served");
 * });
 * // prints: served
 * ```
 *
 * @public
 */
export function main(body: (group: TaskGroup) => unknown, options?: MainOptions): Promise<void> {
  checkBody("body", body);
  const { graceMs = 10_000, signals = ["SIGINT", "SIGTERM"] } = MAIN_OPTIONS.read(options);
  return runProgram(body, graceMs, signals);
}

async function runProgram(
  body: (group: TaskGroup) => unknown,
  graceMs: number,
  signals: readonly NodeJS.Signals[],
): Promise<void> {
  const controller = new AbortController();
  const keepAlive = setInterval(() => {}, LONG);
  let received: NodeJS.Signals | null = null;
  let grace: NodeJS.Timeout | undefined;

  const onSignal = (name: NodeJS.Signals): void => {
    if (received !== null) process.exit(exitCodeOf(name));
    received = name;
    grace = setTimeout(() => process.exit(exitCodeOf(name)), Math.min(graceMs, LONG));
    controller.abort(new CancelledError(`The process received ${name}`, "signal"));
  };

  for (const name of signals) process.on(name, onSignal);
  try {
    await taskGroup(body, { signal: controller.signal, name: "main" });
    if (received !== null) process.exitCode = exitCodeOf(received);
  } catch (error) {
    if (received !== null && error === controller.signal.reason) {
      process.exitCode = exitCodeOf(received);
    } else {
      console.error(error);
      process.exitCode = 1;
    }
  } finally {
    clearInterval(keepAlive);
    clearTimeout(grace);
    for (const name of signals) process.off(name, onSignal);
  }
}

/** The convention of shells. */
function exitCodeOf(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}
