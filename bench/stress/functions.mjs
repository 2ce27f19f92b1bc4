/**
 * What runs in the threads. Each gets the cells of the board and its own number `at`, counts that it has begun, and
 * gives something that only it can give. None runs for ever unless it is sure to be cancelled or freed.
 */
import { checkCancelled, progress, transfer } from "skein/worker";

/** Small values only, nothing that is shared. */
export const doubled = (n) => 2 * n;

/** Small values only; counts that it has run by a line in a file that all threads have open. */
export function noted(file, id) {
  process.getBuiltinModule("node:fs").writeSync(file, `${id}\n`);
  return id;
}

export function works(cells, at, ms) {
  Atomics.add(cells, at, 1);
  const until = performance.now() + ms;
  while (performance.now() < until);
  return at;
}

export async function naps(cells, at, ms) {
  Atomics.add(cells, at, 1);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return at;
}

export function throws(cells, at, kind) {
  Atomics.add(cells, at, 1);
  if (kind === "error") throw new RangeError(`thrown ${at}`);
  if (kind === "object") throw { at };
  if (kind === "number") throw at;
  throw undefined;
}

export function exits(cells, at, code) {
  Atomics.add(cells, at, 1);
  process.exit(code);
}

export function givesWhatCannotCross(cells, at, kind) {
  Atomics.add(cells, at, 1);
  if (kind === "function") return { inside: [() => at] };
  return kind === "symbol" ? Symbol("inside") : new WeakMap();
}

export function leavesRejection(cells, at) {
  Atomics.add(cells, at, 1);
  void Promise.reject(new Error(`left behind by ${at}`));
  return at;
}

export function leavesTimer(cells, at, ms) {
  Atomics.add(cells, at, 1);
  setTimeout(() => {
    throw new Error(`left behind by ${at}`);
  }, ms);
  return at;
}

/** Only for calls that are sure to be cancelled with their thread. */
export function runsForEver(cells, at) {
  Atomics.add(cells, at, 1);
  for (;;);
}

export function spinsUntilFreed(cells, at) {
  Atomics.add(cells, at, 1);
  while (Atomics.load(cells, at + 2) === 0);
  return at;
}

export function sleepsUntilFreed(cells, at) {
  Atomics.add(cells, at, 1);
  Atomics.wait(cells, at + 2, 0);
  return at;
}

/** Ends when it is told that its call is cancelled, or freed. */
export function asksWhetherCancelled(cells, at) {
  Atomics.add(cells, at, 1);
  while (Atomics.load(cells, at + 2) === 0) checkCancelled();
  return at;
}

export function tellsProgress(cells, at, steps) {
  Atomics.add(cells, at, 1);
  for (let step = 0; step < steps; step++) progress(at + step);
  return at;
}

export function sums(cells, at, bytes) {
  Atomics.add(cells, at, 1);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return [at, sum];
}

export function givesBytes(cells, at, size, moves) {
  Atomics.add(cells, at, 1);
  const bytes = new Uint8Array(size).fill(at);
  return moves ? transfer(bytes) : bytes;
}

export function echoes(cells, at, value) {
  Atomics.add(cells, at, 1);
  return [at, value];
}

/** Calls back `times` times; `catches` what that throws. */
export function asks(cells, at, ask, times, catches) {
  Atomics.add(cells, at, 1);
  let sum = 0;
  for (let i = 0; i < times; i++) {
    try {
      sum += ask(at, i);
    } catch (error) {
      if (!catches) throw error;
      sum -= 1;
    }
  }
  return [at, sum];
}

/** Uses the pool that belongs to its own thread. */
export async function usesPoolOfItsOwn(cells, at) {
  Atomics.add(cells, at, 1);
  const { runInThreadpool } = await import("skein");
  return runInThreadpool((n) => n, at);
}

/** Yields `at`, `at + 1`, ...; `trouble` says what happens at its last item, `ask` is called at each and in the end. */
export function* counts(cells, at, items, ms, trouble, ask) {
  Atomics.add(cells, at, 1);
  try {
    for (let i = 0; i < items; i++) {
      const until = performance.now() + ms;
      while (performance.now() < until);
      if (ask !== undefined) ask(at, i);
      if (i === items - 1) {
        if (trouble === "throws") throw new Error(`thrown ${at}`);
        if (trouble === "exits") process.exit(9);
        if (trouble === "spoils") yield () => at;
        if (trouble === "waits") Atomics.wait(cells, at + 2, 0);
      }
      yield at + i;
    }
  } finally {
    Atomics.add(cells, at + 1, 1);
    if (ask !== undefined) ask(at, 0);
  }
}

/** Yields its number once, and notes what it is told. */
export function* holds(cells, at, ms, how, ask) {
  Atomics.add(cells, at, 1);
  const until = performance.now() + ms;
  while (performance.now() < until);
  if (ask !== undefined) ask(at, 0);
  if (how === "never") return;
  try {
    yield at;
    Atomics.store(cells, at + 3, 1);
    if (how === "again") yield at;
  } catch (error) {
    Atomics.store(cells, at + 3, 2);
    if (how !== "swallows") throw error;
  } finally {
    Atomics.add(cells, at + 1, 1);
    Atomics.store(cells, at + 2, 1);
    Atomics.notify(cells, at + 2);
    if (ask !== undefined) ask(at, 0);
    // oxlint-disable-next-line no-unsafe-finally -- a cleanup that fails is what is tried here
    if (how === "fails") throw new Error(`cleanup ${at}`);
  }
}

/** Its setup waits until the generator `other` has been finished. */
export function* needs(cells, at, other) {
  Atomics.add(cells, at, 1);
  Atomics.wait(cells, other + 2, 0);
  yield at;
}
