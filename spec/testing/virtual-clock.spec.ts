import { execFile, spawn } from "node:child_process";
import { pbkdf2 } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as realSleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  DeadlineError,
  DeadlockError,
  failAfter,
  hedge,
  moveOnAfter,
  openChannel,
  retry,
  runInThreadpool,
  shield,
  sleep,
  taskGroup,
  Threadpool,
} from "../../lib/index.ts";
import { untilIdle, withVirtualClock } from "../../lib/testing.ts";

const hour = 3_600_000;

/** Asked by a process of its own, which takes its time. */
async function servedFromOutside(): Promise<void> {
  const server = createServer((_request, response) => response.end("pong"));
  server.listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const asking = spawn(process.execPath, [
    "--eval",
    `setTimeout(() => fetch("http://localhost:${port}"), 200)`,
  ]);
  asking.unref();
  await once(server, "request");
  server.closeAllConnections();
  server.close();
}

/** Whether something real was waited for, while a sleeper waited for the clock. */
async function comesBeforeTheClock(work: () => Promise<unknown>): Promise<string[]> {
  const order: string[] = [];
  await withVirtualClock(() =>
    taskGroup((group) => {
      group.spawn((task) => sleep(1, task).then(() => order.push("clock")));
      group.spawn(async () => {
        await work();
        order.push("work");
      });
    }),
  );
  return order;
}

describe("withVirtualClock", () => {
  it("goes on when a call in a thread has ended, and keeps no thread when it is over", async () => {
    const pool = new Threadpool();
    const open = (): number =>
      process.getActiveResourcesInfo().filter((type) => type === "MessagePort").length;
    const before = open();
    await withVirtualClock(async () => {
      await pool.run(() => 1, []);
      await sleep(hour);
      await pool.run(() => 2, []);
    });
    await untilIdle();
    expect(open()).toBe(before);
    await pool.close();
  });

  it("gives a thread real time to stop by itself", async () => {
    const pool = new Threadpool();
    const spin = (): void => {
      for (;;);
    };
    const outcome = await withVirtualClock(() =>
      cancelScope(async (scope) => {
        const call = pool.run(spin, [], { scope, graceMs: 5 });
        while (pool.statistics().running === 0) await checkpoint();
        scope.cancel("enough");
        await call;
      }),
    );
    expect(outcome).toEqual({ done: false, reason: "enough" });
    await pool.close();
  });

  it("ends an hour's sleep at once", async () => {
    const real = performance.now();
    const virtual = await withVirtualClock(async (clock) => {
      const start = clock.now();
      await sleep(hour);
      return clock.now() - start;
    });
    expect(virtual).toBe(hour);
    expect(performance.now() - real).toBeLessThan(hour);
  });

  it("keeps the order of everything that waits for time", async () => {
    const order: string[] = [];
    await withVirtualClock(() =>
      taskGroup((group) => {
        const later = (ms: number): unknown =>
          group.spawn((task) => sleep(ms, task).then(() => order.push(`sleep ${ms}`)));
        later(300);
        later(100);
        setTimeout(() => order.push("timeout 200"), 200);
        const interval = setInterval(() => order.push("interval"), 120);
        setTimeout(() => clearInterval(interval), 250);
        clearTimeout(setTimeout(() => order.push("never"), 1));
        group.spawn(() => promisify(setTimeout)(150).then(() => order.push("promisified 150")));
        group.spawn((task) => sleep(400, task));
      }),
    );
    expect(order).toEqual([
      "sleep 100",
      "interval",
      "promisified 150",
      "timeout 200",
      "interval",
      "sleep 300",
    ]);
  });

  it("moves deadlines, and performance.now() with them", async () => {
    await withVirtualClock(async (clock) => {
      const start = performance.now();
      await expect(failAfter(hour, (scope) => sleep(2 * hour, scope))).rejects.toThrow(
        DeadlineError,
      );
      expect(performance.now() - start).toBe(hour);
      expect(performance.now()).toBe(clock.now());
      const deadline = performance.now() + hour;
      const inTime = await moveOnAfter(3 * hour, (scope) => sleep(hour - 1, scope), { deadline });
      expect(inTime.done).toBe(true);
    });
  });

  it("ends the delays of retries and hedges at once", async () => {
    await withVirtualClock(async (clock) => {
      const start = clock.now();
      const third = await retry(
        (_task, attempt) => {
          if (attempt < 2) throw new Error("not yet");
          return attempt;
        },
        { baseMs: hour, maxDelayMs: 2 * hour },
      );
      expect(third).toBe(2);
      expect(clock.now() - start).toBeGreaterThanOrEqual(1.5 * hour);
      const slow = (task: { signal: AbortSignal }, attempt: number): Promise<number> =>
        sleep(attempt === 0 ? 9 * hour : 1, task).then(() => attempt);
      expect(await hedge(slow, { afterMs: hour })).toBe(1);
    });
  });

  it("does not jump while tasks pass turns and values to one another", async () => {
    const order: string[] = [];
    const [send, receive] = openChannel<number>();
    await withVirtualClock(() =>
      taskGroup((group) => {
        group.spawn((task) => sleep(1, task).then(() => order.push("clock")));
        group.spawn(async (task) => {
          for (let i = 0; i < 50; i++) {
            await checkpoint(task);
            await send.send(i, task);
          }
          send.close();
        });
        group.spawn(async () => {
          for await (const value of receive) if (value === 49) order.push("values");
        });
      }),
    );
    expect(order).toEqual(["values", "clock"]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a file", () => readFile(new URL(import.meta.url))],
    ["a child process", () => promisify(execFile)(process.execPath, ["--version"])],
    ["a child process that says nothing", () => once(spawn("sleep", ["0.05"]), "exit")],
    ["a job of node:crypto", () => promisify(pbkdf2)("a", "b", 50_000, 64, "sha512")],
    [
      "a worker thread",
      () => runInThreadpool(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)),
    ],
    ["a real timer", () => realSleep(20)],
    [
      "a request to a server in this process",
      async () => {
        const server = createServer(
          (_request, response) => void realSleep(20).then(() => response.end("pong")),
        );
        server.listen(0);
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const response = await fetch(`http://localhost:${port}`);
        expect(await response.text()).toBe("pong");
        server.closeAllConnections();
        server.close();
      },
    ],
  ])("does not skip over %s", async (_name, work) => {
    await runInThreadpool(() => 1); // loads the threads, through vitest, which is slow and not to be seen
    expect(await comesBeforeTheClock(work)).toEqual(["work", "clock"]);
  });

  it("jumps although a server listens", async () => {
    const server = createServer();
    await withVirtualClock(async () => {
      server.listen(0);
      await once(server, "listening");
      await sleep(hour);
    });
    server.close();
    expect(server.listening).toBe(false);
  });

  it("advances by hand, from one timer to the next", async () => {
    await withVirtualClock(async (clock) => {
      const order: number[] = [];
      const start = clock.now();
      setTimeout(() => {
        order.push(1);
        setTimeout(() => order.push(2), 10);
      }, 10);
      setTimeout(() => order.push(3), 30);
      await clock.advance(25);
      expect(order).toEqual([1, 2]);
      expect(clock.now()).toBe(start + 25);
    });
  });

  it("puts the host's time back, also after a failure", async () => {
    const before = [setTimeout, setInterval, clearTimeout, clearInterval];
    const failure = withVirtualClock(async () => {
      await sleep(hour);
      throw new Error("failed");
    });
    await expect(failure).rejects.toThrow("failed");
    expect([setTimeout, setInterval, clearTimeout, clearInterval]).toEqual(before);
    expect(Object.hasOwn(performance, "now")).toBe(false);
    await sleep(1);
  });

  it("leaves timers of before alone until it is over", async () => {
    let fired = false;
    const outside = sleep(5).then(() => (fired = true));
    await withVirtualClock(async () => {
      await sleep(hour);
      expect(fired).toBe(false);
    });
    expect(await outside).toBe(true);
  });

  it("calls timers that are due together one after another, each when all that the last one left has been done", async () => {
    const order = async (): Promise<string> => {
      const events: string[] = [];
      const done = ["a", "b"].map(
        (name) =>
          new Promise<void>((resolve) => {
            const push = async (): Promise<void> => {
              for (let i = 0; i < 4; i++) {
                events.push(name);
                await Promise.resolve();
              }
              resolve();
            };
            setTimeout(() => void push(), 5);
          }),
      );
      await Promise.all(done);
      return events.join("");
    };
    expect(await withVirtualClock(order)).toBe(await order());
  });

  it("calls no timer that one due at the same time has cleared", async () => {
    const called: string[] = [];
    await withVirtualClock(async () => {
      setTimeout(() => {
        called.push("first");
        clearTimeout(second);
      }, 5);
      const second = setTimeout(() => called.push("second"), 5);
      await sleep(10);
    });
    expect(called).toEqual(["first"]);
  });

  it("rejects with the tree of tasks when everything waits for ever, and leaves nothing", async () => {
    const cleanedUp: string[] = [];
    const [, receive] = openChannel<number>();
    const stuck = withVirtualClock(() =>
      taskGroup(
        async (group) => {
          group.spawn((task) => sleep(hour, task), { name: "sleeper" });
          group.spawn(
            async (task) => {
              try {
                await receive.receive(task);
              } finally {
                await shield(() => sleep(hour));
                cleanedUp.push("reader");
              }
            },
            { name: "reader" },
          );
        },
        { name: "service" },
      ),
    );
    const error: unknown = await stuck.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeadlockError);
    expect((error as Error).message).toContain(
      'group "service"\n  task "reader": running\n    waits for an item of a channel\n',
    );
    expect(cleanedUp).toEqual(["reader"]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a plain promise", () => new Promise(() => {})],
    ["a wait that names no scope", () => openChannel<number>()[1].receive()],
    ["an endless sleep", () => sleep(Infinity)],
  ])("rejects when the body waits for ever for %s", async (_name, wait) => {
    await expect(withVirtualClock(wait)).rejects.toThrow(DeadlockError);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a child process", () => once(spawn("sleep", ["0.2"]), "exit")],
    ["node:zlib", () => promisify(gzip)(Buffer.alloc(30_000_000, "skein"))],
    [
      "a thread",
      () =>
        runInThreadpool(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)),
    ],
    ["a real timer that holds no process", () => once(AbortSignal.timeout(200), "abort")],
    ["a server that somebody else may ask", () => servedFromOutside()],
  ])("takes it for no deadlock to wait for %s", async (_name, work) => {
    await runInThreadpool(() => 1);
    const done = withVirtualClock(async () => {
      await work();
      return "done";
    });
    await expect(done).resolves.toBe("done");
  });

  it("has `Date` in virtual time if that is asked for", async () => {
    const host = Date;
    await withVirtualClock(
      async () => {
        const [start, date, text] = [Date.now(), new Date(), String(new Date(0))];
        await sleep(hour);
        expect(Date.now() - start).toBe(hour);
        expect(+new Date() - start).toBe(hour);
        expect([date instanceof Date, date instanceof host]).toEqual([true, true]);
        expect([+new Date(5), Date.UTC(1970, 0), typeof Date()]).toEqual([5, 0, "string"]);
        expect(text).toBe(String(new host(0)));
        class Day extends Date {}
        expect([new Day() instanceof Day, +new Day() - start]).toEqual([true, hour]);
      },
      { date: true },
    );
    expect(Date).toBe(host);
    await withVirtualClock(() => expect(Date).toBe(host));
    expect(() => withVirtualClock(() => {}, { date: 1 as never })).toThrow(
      "Expected `date` to be true or false, got 1 (number)",
    );
  });

  it("refuses to run twice at a time", async () => {
    const first = withVirtualClock(() => sleep(hour));
    expect(() => withVirtualClock(() => {})).toThrow(
      expect.objectContaining({ code: "ERR_SKEIN_TEST_OVERLAP" }) as Error,
    );
    await first;
  });
});
