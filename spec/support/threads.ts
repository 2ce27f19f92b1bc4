import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { Threadpool, type ThreadpoolOptions } from "../../lib/index.ts";
import { startNode } from "./programs.ts";

/** For what hangs when it fails: long enough for a busy machine. */
export const patience = { timeout: 15_000 };

/** A pool that is destroyed after the test, also when that has failed. */
export function testPool(options?: ThreadpoolOptions): Threadpool {
  const pool = new Threadpool(options);
  onTestFinished(() => pool.destroy(), 15_000);
  return pool;
}

/** Memory that functions in threads share with a test: gates and counters. */
export function cells(length = 4): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}

/** Lets whoever waits for a cell to be no longer 0 go on. */
export function open(cells: Int32Array, index = 0): void {
  Atomics.store(cells, index, 1);
  Atomics.notify(cells, index);
}

/** Waits for what threads bring about. */
export async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await setTimeout(1);
}

/** Waits until functions in threads have counted a cell up. */
export async function reached(cells: Int32Array, index: number, count = 1): Promise<void> {
  await until(() => Atomics.load(cells, index) >= count);
}

/** Calls so often, one after the other and many at once, that a function is known to be short. */
export async function makeShort(call: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < 100; n++) await call();
  await Promise.all(Array.from({ length: 100 }, call));
  for (let n = 0; n < 20; n++) await call();
}

/** How something ended: `[value]`, or the name of its error. */
export async function outcomeOf<T>(promise: PromiseLike<T>): Promise<[T] | string> {
  try {
    return [await promise];
  } catch (error) {
    return error instanceof Error ? error.name : `thrown ${String(error)}`;
  }
}

/** What a program in `thread-programs/` has printed when it has ended; one that does not is ended after a while. */
export async function runProgram(name: string, ...args: string[]): Promise<Ended> {
  return startProgram(name, ...args).ended;
}

export interface Ended {
  /** The lines of its standard output. */
  readonly lines: string[];
  readonly stderr: string;
  /** `null` if it had to be ended. */
  readonly code: number | null;
}

/** A program in `thread-programs/` that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves once it has printed a text, on whichever stream; if it ends first, with false. */
  prints(text: string): Promise<boolean>;
  /** Sends it a line. */
  tell(line: string): void;
}

export function startProgram(name: string, ...args: string[]): Running {
  const path = fileURLToPath(new URL(`./thread-programs/${name}`, import.meta.url));
  const { child, output, ended, prints } = startNode([path, ...args], {
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  return {
    ended: ended.then((code) => {
      const { stdout, stderr } = output;
      return { lines: stdout.split("\n").filter((line) => line !== ""), stderr, code };
    }),
    prints,
    tell: (line) => void child.stdin.write(`${line}\n`),
  };
}
