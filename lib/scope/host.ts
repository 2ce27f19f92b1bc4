interface Host {
  readonly setImmediate: typeof globalThis.setImmediate;
  readonly clearImmediate: typeof globalThis.clearImmediate;
  readonly setTimeout: typeof globalThis.setTimeout;
  readonly setInterval: typeof globalThis.setInterval;
  readonly clearInterval: typeof globalThis.clearInterval;
  readonly now: () => number;
}

/**
 * The host's functions as they were when this was loaded. Turns of the event loop are no time: whoever fakes timers in a
 * test fakes time, and must not stop what only wants others to have a turn.
 */
export const host: Host = {
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  now: readerOf(performance),
};

/** The function that reads a clock, to be called with the clock, and to be told from another. */
export function readerOf(clock: typeof performance): () => number {
  // oxlint-disable-next-line typescript/unbound-method -- it is never called without
  return clock.now;
}
