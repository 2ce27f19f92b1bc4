import { setImmediate, setTimeout } from "node:timers/promises";
import { same } from "../harness/same.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { killers, rivalPools } from "../rivals/thread-pools.mjs";

/** Between two of them a pool has time to make up for the thread that it lost, if it does. */
const PAUSE_MS = 150;

/** From the cancellation of a function that never ends to the result of the next call. */
function nextAfterKill(run) {
  return async (size, stopwatch) => {
    same(size, 1);
    await setTimeout(PAUSE_MS);
    const begun = new SharedArrayBuffer(4);
    const controller = new AbortController();
    const endless = run("spin", begun, controller.signal).then(
      () => "it returned",
      () => "it was cancelled",
    );
    while (Atomics.load(new Int32Array(begun), 0) === 0) await setImmediate();
    stopwatch.start();
    const start = performance.now();
    controller.abort();
    same(await endless, "it was cancelled");
    const rejected = performance.now();
    same(await run("same", 7), 7);
    stopwatch.stop();
    stopwatch.note("µs until cancelled", (rejected - start) * 1e3);
    stopwatch.note("µs until the next result", (performance.now() - rejected) * 1e3);
  };
}

/** A bare worker is replaced when it is ended. */
function replaced(thread) {
  return (name, value, signal) =>
    new Promise((resolve, reject) => {
      void thread.run(name, value).then(resolve);
      signal?.addEventListener("abort", () => {
        void thread.terminate().then(() => reject(signal.reason));
      });
    });
}

export default {
  id: "W10e",
  title: "The next call after one that was killed",
  about:
    "In a pool of one thread a function that never ends is cancelled, which ends its thread; from there to the result of the next call.",
  operation: "kill",
  clock: "wall",
  enoughMs: 12_000,
  size: 1,
  floor: {
    name: "terminate, and a new bare worker",
    run: nextAfterKill(replaced(new RawThread())),
  },
  ours: [
    {
      name: "Threadpool.run",
      goal: { 20: "5 ms", 24: "5 ms" },
      make: (library) => nextAfterKill(ourPool(library, 1).run),
    },
  ],
  rivals: rivalPools(1, ({ run }) => nextAfterKill(run), {
    of: killers,
    selected: ["tinypool", "piscina"],
  }),
};
