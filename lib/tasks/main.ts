import { CancelledError, got } from "../errors.ts";
import { processFor } from "../host.ts";
import { checkBody } from "../scope/body.ts";
import type { CancelScope, ScopeOptions } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkList } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import type { Outcome } from "../scope/run-scope.ts";
import { cancelScope } from "../scope/timeouts.ts";
import { taskGroup } from "./run-group.ts";
import { isSignalName, type SignalName } from "./signal-name.ts";
import type { TaskGroup } from "./task-group.ts";

/**
 * What a program learns of its own end, the second parameter of its body.
 *
 * @public
 */
export interface Program {
  /** Aborts at the first signal, `drainMs` before the group is cancelled: no more work is to be taken in. */
  readonly draining: AbortSignal;
  /**
   * Runs what takes in work, such as a server, a consumer of a queue, a timer of jobs, until the program is told to
   * stop.
   *
   * **Cancellation:** as for `cancelScope`. The scope is cancelled when `draining` aborts, and that is an outcome, no
   * failure.
   *
   * @param body - called at once with the scope to wait under
   * @param options - where the scope stands; in the group of the program by default
   * @returns the body's value, or `{ done: false }` if it was told to stop
   */
  untilDraining<T>(
    body: (scope: CancelScope) => T | PromiseLike<T>,
    options?: ScopeOptions,
  ): Promise<Outcome<T>>;
}

/**
 * How a program has ended.
 *
 * @public
 */
export interface ProgramEnd {
  /** The signal that ended it, if one did. */
  readonly signal: SignalName | undefined;
  /** Whether something has failed; the failure has been printed. */
  readonly failed: boolean;
  /** What has failed. */
  readonly error: unknown;
}

/**
 * How a program ends.
 *
 * @public
 */
export interface MainOptions {
  /** How long the program may take to unwind once it is cancelled, in milliseconds; 10,000 by default. */
  graceMs?: number | undefined;
  /** How long after a signal what is under way may go on before it is cancelled, in milliseconds; 0 by default. */
  drainMs?: number | undefined;
  /**
   * The exit code: after a signal, if the program has unwound in time; or, as a function, whatever its end was. By
   * default 1 for a failure, and else what `process.exitCode` was set to, or 128 plus the signal's number, or 0.
   */
  exitCode?: number | ((end: ProgramEnd) => number) | undefined;
  /** The signals that end the program; `SIGINT` and `SIGTERM` by default. */
  signals?: readonly SignalName[] | undefined;
}

const MAIN_OPTIONS = /* @__PURE__ */ new KnownOptions<MainOptions>("`main`", () => ({
  graceMs: checkDuration,
  drainMs: checkDuration,
  exitCode: (_, value) => {
    if (typeof value !== "function") checkExitCode(value);
  },
  signals: checkNames,
}));

function checkNames(name: string, value: unknown): void {
  checkList(name, value);
  for (const each of value) {
    if (isSignalName("main", each)) continue;
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
 * - A signal: `draining` aborts, so that no more work is taken in. After `drainMs` the group is cancelled with a
 *   `CancelledError` of origin `"signal"` and everything unwinds; exit code 128 plus the signal's number, or what
 *   `exitCode` says. If unwinding takes longer than `graceMs`, or a second signal comes, the process exits at once.
 *
 * @param body - called at once with the group, and with what tells of the program's end
 * @param options - the time to drain and to unwind, the exit code, the signals
 * @returns resolves when the group has ended; it does not reject for a failure, which has been printed
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 * @throws NotSupportedError, synchronously, where there is no process, as in a browser
 *
 * @example
 * ```ts
 * import { main, sleep } from "skein";
 *
 * await main(
 *   async (group, { untilDraining }) => {
 *     await untilDraining(async (scope) => {
 *       for (let job = 1; job <= 2; job++) {
 *         group.spawn(() => console.log("job", job));
 *         await sleep(1, scope);
 *       }
 *     });
 *   },
 *   { drainMs: 5_000, exitCode: 0 },
 * );
 * // prints: job 1
 * // prints: job 2
 * ```
 *
 * @public
 */
export function main(
  body: (group: TaskGroup, program: Program) => unknown,
  options?: MainOptions,
): Promise<void> {
  checkBody("body", body);
  const { process } = processFor("main");
  const {
    graceMs = 10_000,
    drainMs = 0,
    exitCode,
    signals = ["SIGINT", "SIGTERM"],
  } = MAIN_OPTIONS.read(options);
  return runProgram(process, body, exitCode, new Ending(process, graceMs, drainMs, signals));
}

async function runProgram(
  process: NodeJS.Process,
  body: (group: TaskGroup, program: Program) => unknown,
  exitCode: MainOptions["exitCode"],
  ending: Ending,
): Promise<void> {
  const end = await endOf(body, ending);
  if (end.failed) console.error(end.error);
  try {
    process.exitCode = exitCodeOf(process, end, exitCode);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}

async function endOf(
  body: (group: TaskGroup, program: Program) => unknown,
  ending: Ending,
): Promise<ProgramEnd> {
  const keepAlive = setInterval(() => {}, LONG);
  ending.listen();
  try {
    await taskGroup((group) => body(group, ending.program(group)), {
      signal: ending.cancelled,
      name: "main",
    });
  } catch (error) {
    const bySignal = ending.cancelled.aborted && error === ending.cancelled.reason;
    if (!bySignal) return { signal: ending.received, failed: true, error };
  } finally {
    clearInterval(keepAlive);
    ending.settle();
  }
  return { signal: ending.received, failed: false, error: undefined };
}

/** What a signal does, step after step: no more work, cancellation, exit. */
class Ending {
  received: SignalName | undefined;
  readonly #process: NodeJS.Process;
  readonly #graceMs: number;
  readonly #drainMs: number;
  readonly #signals: readonly SignalName[];
  readonly #draining = new AbortController();
  readonly #cancelled = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    process: NodeJS.Process,
    graceMs: number,
    drainMs: number,
    signals: readonly SignalName[],
  ) {
    this.#process = process;
    this.#graceMs = graceMs;
    this.#drainMs = drainMs;
    this.#signals = signals;
  }

  program(group: TaskGroup): Program {
    const draining = this.#draining.signal;
    return {
      draining,
      untilDraining(body, options) {
        checkBody("body", body);
        const told = { scope: group, ...SCOPE_OPTIONS.read(options) };
        return cancelScope((scope) => stoppedBy(draining, scope, body), told);
      },
    };
  }

  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }

  listen(): void {
    for (const name of this.#signals) this.#process.on(name, this.#onSignal);
  }

  settle(): void {
    clearTimeout(this.#timer);
    for (const name of this.#signals) this.#process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: SignalName): void => {
    if (this.received !== undefined) this.#process.exit(signalCode(name));
    this.received = name;
    const reason = new CancelledError(`The process received ${name}`, "signal");
    const cancel = (): void => {
      this.#timer = setTimeout(
        () => this.#process.exit(signalCode(name)),
        Math.min(this.#graceMs, LONG),
      );
      this.#cancelled.abort(reason);
    };
    if (this.#drainMs > 0) this.#timer = setTimeout(cancel, Math.min(this.#drainMs, LONG));
    this.#draining.abort(reason);
    if (this.#drainMs === 0) cancel();
  };
}

async function stoppedBy<T>(
  signal: AbortSignal,
  scope: CancelScope,
  body: (scope: CancelScope) => T | PromiseLike<T>,
): Promise<T> {
  const stop = (): void => scope.cancel(signal.reason);
  if (signal.aborted) stop();
  scope.throwIfCancelled();
  signal.addEventListener("abort", stop);
  try {
    return await body(scope);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function exitCodeOf(
  process: NodeJS.Process,
  end: ProgramEnd,
  chosen: MainOptions["exitCode"],
): number | undefined {
  if (typeof chosen === "function") {
    const code: unknown = chosen(end);
    checkExitCode(code);
    return code;
  }
  if (end.failed) return 1;
  const set = process.exitCode as number | undefined;
  if (end.signal === undefined) return set;
  return chosen ?? set ?? signalCode(end.signal);
}

function checkExitCode(code: unknown): asserts code is number {
  const expected =
    "Expected `exitCode` to be an integer from 0 to 255, or a function that gives one";
  if (typeof code !== "number") throw new TypeError(`${expected}, got ${got(code)}`);
  if (!(Number.isInteger(code) && code >= 0 && code <= 255)) {
    throw new RangeError(`${expected}, got ${got(code)}`);
  }
}

/** The convention of shells. */
function signalCode(name: SignalName): number {
  return 128 + signalNumbers()[name];
}

function signalNumbers(): Readonly<Record<SignalName, number>> {
  return processFor("main").signalNumbers;
}
