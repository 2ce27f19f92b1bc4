import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const execute = promisify(execFile);
const minutes = 60_000;
const flat = 2 * 2 ** 20;

/** What a workload can use in its process. Its text is all that gets there, so it can use nothing else. */
interface Tools {
  readonly skein: typeof import("../lib/index.ts");
  /** How many abort listeners a signal has. */
  readonly listeners: (signal: AbortSignal) => number;
  readonly subscribe: typeof import("node:diagnostics_channel").subscribe;
  /** The bytes in use after a full collection. */
  readonly heap: () => number;
}

/**
 * Runs a workload in a process of its own and gives what it returns. The process has to end by itself, at once and
 * without a word: whatever it left behind that waits would keep it for longer than this waits.
 */
async function inProcess<R>(workload: (tools: Tools) => Promise<R>): Promise<R> {
  const program = `
    import { getEventListeners } from "node:events";
    import { subscribe } from "node:diagnostics_channel";
    import * as skein from "skein";
    const heap = () => (gc(), gc(), process.memoryUsage().heapUsed);
    const listeners = (signal) => getEventListeners(signal, "abort").length;
    const workload = ${String(workload)};
    console.log(JSON.stringify(await workload({ skein, subscribe, listeners, heap })));
  `;
  const { stdout, stderr } = await execute(
    process.execPath,
    ["--expose-gc", "--input-type=module", "--eval", program],
    { cwd: root, timeout: minutes },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as R;
}

describe("a process", () => {
  it(
    "keeps nothing of a million scopes on one signal",
    async () => {
      const { grown, left } = await inProcess(async ({ skein, listeners, heap }) => {
        const { signal } = new AbortController();
        const run = async (count: number): Promise<void> => {
          for (let i = 0; i < count; i++) {
            await skein.cancelScope(() => {}, { signal, timeoutMs: 1e9 });
          }
        };
        await run(20_000);
        const before = heap();
        await run(1_000_000);
        return { grown: heap() - before, left: listeners(signal) };
      });
      expect(left).toBe(0);
      expect(grown).toBeLessThan(flat);
    },
    minutes,
  );

  it(
    "keeps nothing of what an open lifetime could not make",
    async () => {
      const grown = await inProcess(async ({ skein, heap }) => {
        const App = skein.lifetime("app");
        const database = skein.provide.in(App)(async function* (): AsyncGenerator<object> {
          try {
            yield await Promise.reject(new Error("down"));
          } finally {
            await Promise.resolve();
          }
        });
        const app = App.open();
        const run = async (count: number): Promise<void> => {
          for (let i = 0; i < count; i++) {
            await skein
              .resolveDependencies({ database }, { within: app }, () => {})
              .catch(() => {});
          }
        };
        await run(2_000);
        const before = heap();
        await run(60_000);
        return heap() - before;
      });
      expect(grown).toBeLessThan(flat);
    },
    minutes,
  );

  it(
    "keeps nothing of a million tasks, and of their callbacks, in one open group",
    async () => {
      const grown = await inProcess(async ({ skein, heap }) => {
        const group = skein.openTaskGroup();
        const run = async (batches: number): Promise<void> => {
          for (let i = 0; i < batches; i++) {
            for (let j = 0; j < 1_000; j++) {
              group.spawn(async (task) => void task.onCancel(() => {}));
            }
            await skein.checkpoint();
          }
        };
        await run(20);
        const before = heap();
        await run(1_000);
        const after = heap();
        await group.join();
        return after - before;
      });
      expect(grown).toBeLessThan(flat);
    },
    minutes,
  );

  it(
    "keeps nothing of tasks that were queued and cancelled behind one that runs on",
    async () => {
      const grown = await inProcess(async ({ skein, heap }) => {
        let grown = 0;
        await skein.taskGroup(
          async (group) => {
            group.spawn((task) => skein.sleep(Infinity, task));
            const run = async (batches: number): Promise<void> => {
              for (let i = 0; i < batches; i++) {
                for (let j = 0; j < 1_000; j++) group.spawn(() => {}).cancel();
                await skein.checkpoint();
              }
            };
            await run(5);
            const before = heap();
            await run(100);
            grown = heap() - before;
            group.finish(undefined);
          },
          { concurrency: 1 },
        );
        return grown;
      });
      expect(grown).toBeLessThan(flat);
    },
    minutes,
  );

  it(
    "keeps nothing of tasks that were watched for being stragglers",
    async () => {
      const grown = await inProcess(async ({ skein, heap, subscribe }) => {
        subscribe("skein:task:straggler", () => {});
        const group = skein.openTaskGroup();
        const run = async (batches: number): Promise<void> => {
          for (let i = 0; i < batches; i++) {
            for (let j = 0; j < 1_000; j++) group.spawn(() => {});
            await skein.checkpoint();
          }
        };
        await run(5);
        const before = heap();
        await run(50);
        const after = heap();
        await group.join();
        return after - before;
      });
      expect(grown).toBeLessThan(flat);
    },
    minutes,
  );

  it(
    "keeps no listener and no memory of 1,000 groups on one external signal",
    async () => {
      const { grown, left } = await inProcess(async ({ skein, listeners, heap }) => {
        const { signal } = new AbortController();
        const run = async (count: number): Promise<void> => {
          for (let i = 0; i < count; i++) {
            await skein.taskGroup(
              (group) => {
                group.spawn((task) => skein.checkpoint(task));
                group.background((task) => skein.sleep(1e9, task));
              },
              { signal, timeoutMs: 1e9 },
            );
          }
        };
        await run(200);
        const before = heap();
        await run(1_000);
        return { grown: heap() - before, left: listeners(signal) };
      });
      expect(left).toBe(0);
      expect(grown).toBeLessThan(flat);
    },
    minutes,
  );

  it(
    "prints no MaxListenersExceededWarning with 500 tasks on one signal",
    async () => {
      const left = await inProcess(async ({ skein, listeners }) => {
        const controller = new AbortController();
        const running = skein.taskGroup(async (group) => {
          for (let i = 0; i < 500; i++) {
            group.spawn((task) =>
              skein.cancelScope((scope) => skein.sleep(1e9, scope), { scope: task }),
            );
          }
          await skein.checkpoint();
        }, controller);
        await skein.checkpoint();
        const during = listeners(controller.signal);
        controller.abort();
        await running.catch(() => {});
        return [during, listeners(controller.signal)];
      });
      expect(left).toEqual([1, 0]);
    },
    minutes,
  );

  it(
    "runs 100,000 tasks at once, and cancels them at once",
    async () => {
      const counts = await inProcess(async ({ skein }) => {
        let done = 0;
        let cancelled = 0;
        await skein.taskGroup((group) => {
          for (let i = 0; i < 100_000; i++) {
            group.spawn(async () => {
              done++;
            });
          }
        });
        await skein.taskGroup(async (group) => {
          for (let i = 0; i < 100_000; i++) {
            group.spawn((task) => skein.sleep(1e9, task).finally(() => cancelled++));
          }
          await skein.checkpoint();
          group.finish(undefined);
        });
        return { done, cancelled };
      });
      expect(counts).toEqual({ done: 100_000, cancelled: 100_000 });
    },
    minutes,
  );

  it(
    "cancels and unwinds a tree that is 10,000 groups deep",
    async () => {
      const seen = await inProcess(async ({ skein }) => {
        const depth = 10_000;
        let deepest = 0;
        let unwound = 0;
        const controller = new AbortController();
        const reached = new Promise<void>((resolve) => {
          const descend = async (level: number, within: { signal: AbortSignal }): Promise<void> => {
            deepest = Math.max(deepest, level);
            try {
              await skein.taskGroup(
                (group) => {
                  if (level === depth) {
                    resolve();
                    return skein.sleep(1e9, group);
                  }
                  group.spawn((task) => descend(level + 1, task));
                  return undefined;
                },
                { scope: within, timeoutMs: 1e9 },
              );
            } finally {
              unwound++;
            }
          };
          void descend(1, controller).catch((reason: unknown) => {
            if (reason !== "top") throw reason;
          });
        });
        await reached;
        controller.abort("top");
        while (unwound < depth) await skein.checkpoint();
        return { deepest, unwound };
      });
      expect(seen).toEqual({ deepest: 10_000, unwound: 10_000 });
    },
    minutes,
  );

  it(
    "ends by itself when all is done, whatever was left waiting or set for later",
    async () => {
      const ended = await inProcess(async ({ skein }) => {
        await skein.moveOnAfter(1e9, () => {});
        await skein.cancelScope(async (scope) => {
          void skein.sleep(1e9, scope).catch(() => {});
          scope.cancel();
        });
        await skein.taskGroup(async (group) => {
          group.spawn((task) => skein.sleep(1e9, task), { timeoutMs: 1e9 });
          group.background((task) => skein.sleep(1e9, task));
          group.defer(() => {});
          await skein.checkpoint();
          group.finish(undefined);
        });
        return "ended";
      });
      expect(ended).toBe("ended");
    },
    minutes,
  );
});
