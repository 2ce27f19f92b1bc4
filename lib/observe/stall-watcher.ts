/** What a {@link stallWatcher} is given. */
export interface StallWatch {
  /** One cell each: {@link BEATS}, {@link TICKS}, and one to sleep on. */
  readonly shared: SharedArrayBuffer;
  /** Between two ticks. */
  readonly tickMs: number;
  /** So many ticks without a beat are a stall. */
  readonly patience: number;
  /** After so many it is said at once, for it may never end. */
  readonly long: number;
  /** The key of the function to ask, among the symbols that all share; undefined where nobody can be asked. */
  readonly question: string | undefined;
}

/** How often the event loop has turned. */
export const BEATS = 0;
/** How often the watcher has looked. */
export const TICKS = 1;
/** What the watcher sleeps on: nobody wakes it. */
const NEVER = 2;

/**
 * The program of a thread that notices when the main thread stands still, and asks it meanwhile, through the inspector,
 * where. It is text, so that it is there in every bundle. It counts its looks, so that a process which was stopped as a
 * whole is none that stood still. What it asks answers by itself: a reply may come only when the main thread has gone
 * on.
 */
export const stallWatcher: string = `
const { workerData } = require("worker_threads");
const { shared, tickMs, patience, long, question } = workerData;
const cells = new Int32Array(shared);
let last = Atomics.load(cells, ${BEATS});
let still = 0;

/** The session is open until the main thread has gone on; the event loop turns for it meanwhile. */
let asked = 0;

function ask(isLong) {
  if (question === undefined) return;
  const { Session } = require("inspector");
  const session = new Session();
  session.connectToMainThread();
  asked += 1;
  const expression = \`globalThis[Symbol.for("\${question}")]?.(\${last}, \${isLong})\`;
  session.post("Runtime.evaluate", { expression }, () => {
    session.disconnect();
    asked -= 1;
  });
}

function look() {
  Atomics.add(cells, ${TICKS}, 1);
  const beat = Atomics.load(cells, ${BEATS});
  if (beat !== last) {
    last = beat;
    still = 0;
    return;
  }
  still += 1;
  if (still === patience || still === long) ask(still === long);
}

/** To sleep here takes less of the processor than a timer, which wakes the whole event loop. */
function watch() {
  do {
    Atomics.wait(cells, ${NEVER}, 0, tickMs);
    look();
  } while (asked === 0);
  setImmediate(watch);
}

watch();
`;
