import { setImmediate, setTimeout as nodeSleep } from "node:timers/promises";
import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

const HOUR = 3_600_000;
const REASON = new Error("the reason of the cancellation");

/**
 * Spawns tasks that sleep, lets them fall asleep, and weighs them; the time that counts is from the cancellation
 * until every one of them has ended. `spawn` gets what each task calls when it begins and when it ends, and returns
 * what cancels them all and settles when they have.
 */
function cancelled(spawn) {
  return async (size, stopwatch) => {
    let ended = 0;
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    let begun = 0;
    const cancelAndJoin = spawn(
      size,
      () => begun++,
      () => ended++,
    );
    while (begun < size) await setImmediate();
    await setImmediate();
    globalThis.gc();
    stopwatch.note("bytes per sleeping task", (process.memoryUsage().heapUsed - before) / size);
    same(ended, 0);
    stopwatch.start();
    await cancelAndJoin();
    stopwatch.stop();
    same(ended, size);
  };
}

const ignore = () => {};

export default {
  id: "W3",
  title: "Cancel tasks that sleep",
  about:
    "100,000 tasks in one group, each in a sleep of an hour: the time from the cancellation until all have settled, and the heap that each one holds while it sleeps.",
  operation: "task",
  size: 100_000,
  goal: { 20: 1.3, 24: 1.3 },
  floor: {
    name: "a Set and setTimeout",
    run: cancelled((size, begun, ended) => {
      const sleepers = new Set();
      const sleep = () =>
        new Promise((resolve, reject) => {
          const sleeper = { reject, timer: setTimeout(resolve, HOUR) };
          sleepers.add(sleeper);
        });
      const task = async () => {
        try {
          begun();
          await sleep();
        } finally {
          ended();
        }
      };
      const tasks = [];
      for (let i = 0; i < size; i++) tasks.push(task());
      return async () => {
        for (const { reject, timer } of sleepers) {
          clearTimeout(timer);
          reject(REASON);
        }
        sleepers.clear();
        await Promise.allSettled(tasks);
      };
    }),
  },
  ours: [
    {
      name: "taskGroup, handles kept",
      make: ({ sleep, taskGroup }) =>
        cancelled((size, begun, ended) => {
          const tasks = [];
          const { group, ending } = opened(taskGroup, (inner) => {
            for (let i = 0; i < size; i++) {
              tasks.push(
                inner.spawn(async (task) => {
                  try {
                    begun();
                    await sleep(HOUR, task);
                  } finally {
                    ended();
                  }
                }),
              );
            }
          });
          return async () => {
            group().cancel(REASON);
            same(await ending.catch((error) => error), REASON);
            same(tasks.at(-1).status, "cancelled");
          };
        }),
    },
    {
      name: "taskGroup, joined only",
      make: ({ sleep, taskGroup }) =>
        cancelled((size, begun, ended) => {
          const { group, ending } = opened(taskGroup, (inner) => {
            for (let i = 0; i < size; i++) {
              inner.spawn(async (task) => {
                try {
                  begun();
                  await sleep(HOUR, task);
                } finally {
                  ended();
                }
              });
            }
          });
          return async () => {
            group().cancel(REASON);
            same(await ending.catch((error) => error), REASON);
          };
        }),
    },
  ],
  rivals: [
    {
      name: "timers/promises, a signal per task",
      size: 20_000,
      make: () =>
        cancelled((size, begun, ended) => {
          const controllers = [];
          const task = async (signal) => {
            try {
              begun();
              await nodeSleep(HOUR, undefined, { signal });
            } finally {
              ended();
            }
          };
          const tasks = [];
          for (let i = 0; i < size; i++) {
            const controller = new AbortController();
            controllers.push(controller);
            tasks.push(task(controller.signal));
          }
          return async () => {
            for (const controller of controllers) controller.abort(REASON);
            await Promise.allSettled(tasks);
          };
        }),
    },
    {
      name: "abort-controller-x spawn",
      size: 20_000,
      async make() {
        const { delay, spawn } = await rival("abort-controller-x");
        return cancelled((size, begun, ended) => {
          const controller = new AbortController();
          const ending = spawn(controller.signal, async (_, { fork }) => {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(
                fork(async (signal) => {
                  try {
                    begun();
                    await delay(signal, HOUR);
                  } finally {
                    ended();
                  }
                }),
              );
            }
            await Promise.all(tasks.map((task) => task.join()));
          });
          return async () => {
            controller.abort();
            same((await ending.catch((error) => error)).name, "AbortError");
          };
        });
      },
    },
    {
      name: "effect 4 forkChild and sleep",
      async make() {
        const { Effect, Fiber } = await rival("effect");
        return cancelled((size, begun, ended) => {
          const task = Effect.sync(begun).pipe(
            Effect.andThen(Effect.sleep(HOUR)),
            Effect.ensuring(Effect.sync(ended)),
          );
          const fiber = Effect.runFork(
            Effect.gen(function* () {
              const fibers = [];
              for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(task));
              for (const each of fibers) yield* Fiber.join(each);
            }),
          );
          return () => Effect.runPromise(Fiber.interrupt(fiber));
        });
      },
    },
    {
      name: "effection spawn and sleep",
      size: 2_000,
      async make() {
        const { run, sleep, spawn } = await rival("effection");
        return cancelled((size, begun, ended) => {
          const root = run(function* () {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(
                yield* spawn(function* () {
                  try {
                    begun();
                    yield* sleep(HOUR);
                  } finally {
                    ended();
                  }
                }),
              );
            }
            for (const task of tasks) yield* task;
          });
          root.catch(ignore);
          return () => root.halt();
        });
      },
    },
  ],
};

/** Starts a group that goes on running, and gives it away. */
function opened(taskGroup, body) {
  let group;
  const ending = taskGroup((inner) => {
    group = inner;
    body(inner);
  });
  ending.catch(ignore);
  return { group: () => group, ending };
}
