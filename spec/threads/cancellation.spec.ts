import { execFileSync } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { callback, cancelScope, DeadlineError, Threadpool } from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const pool = new Threadpool({ maxThreads: 2 });
afterAll(() => pool.destroy());

function spin(): void {
  for (;;);
}

/** Runs until it is told to stop, and says over `started` that it runs. */
function obey(started: () => void): void {
  started();
  for (;;) checkCancelled();
}

/** A moment on the main thread that a function in a thread brings about. */
function moment(): { reached: Promise<void>; reach: () => void } {
  const { promise, resolve } = withResolvers();
  return { reached: promise, reach: callback(() => resolve()) };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe("Threadpool.run under cancellation", () => {
  it("does not run anything when its scope is cancelled already", async () => {
    const reason = new Error("no");
    const before = pool.statistics().completed;
    const call = pool.run(spin, [], { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(pool.statistics().completed).toBe(before);
  });

  it("ends the thread of a running function and rejects with the reason", async () => {
    const reason = { no: "error" };
    const controller = new AbortController();
    const { reached, reach } = moment();
    const call = pool.run(
      (started: () => void) => {
        started();
        for (;;);
      },
      [reach],
      { signal: controller.signal },
    );
    await reached;
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(pool.statistics().running).toBe(0);
    expect(await pool.run(() => "next", [])).toBe("next");
  });

  it("takes a waiting call out of the queue and leaves its arguments where they are", async () => {
    const single = new Threadpool({ maxThreads: 1 });
    const controller = new AbortController();
    const { reached, reach } = moment();
    const stop = new AbortController();
    const first = single.run(obey, [reach], { signal: stop.signal });
    await reached;
    const buffer = new ArrayBuffer(16);
    const second = single.run((data: ArrayBuffer) => data.byteLength, [buffer], {
      signal: controller.signal,
      transfer: [buffer],
    });
    await turn();
    expect(single.statistics()).toMatchObject({ running: 1, queued: 1 });
    controller.abort("changed my mind");
    await expect(second).rejects.toBe("changed my mind");
    expect(buffer.byteLength).toBe(16);
    expect(single.statistics().queued).toBe(0);
    stop.abort("enough");
    await expect(first).rejects.toBe("enough");
    await single.close();
  });

  it("lets a function that asks stop by itself, and keeps its thread", async () => {
    const single = new Threadpool({ maxThreads: 1 });
    const thread = (): Promise<number> =>
      single.run(() => process.getBuiltinModule("node:worker_threads").threadId, []);
    const before = await thread();
    const controller = new AbortController();
    const { reached, reach } = moment();
    const call = single.run(obey, [reach], { signal: controller.signal, graceMs: 10_000 });
    await reached;
    controller.abort("stop");
    await expect(call).rejects.toBe("stop");
    expect(await thread()).toBe(before);
    await single.close();
  });

  it("gives a function that asks some time to clean up, also if nobody said how much", async () => {
    const started = moment();
    const cleaned = new Int32Array(new SharedArrayBuffer(4));
    const tidy = (started: () => void, cleaned: Int32Array): void => {
      try {
        checkCancelled();
        started();
        for (;;) checkCancelled();
      } finally {
        Atomics.store(cleaned, 0, 1);
      }
    };
    const controller = new AbortController();
    const call = pool.run(tidy, [started.reach, cleaned], { signal: controller.signal });
    await started.reached;
    controller.abort("enough");
    expect(await rejectionOf(call)).toBe("enough");
    expect(Atomics.load(cleaned, 0)).toBe(1);
  });

  it("returns the value that was produced in spite of the cancellation", async () => {
    const controller = new AbortController();
    const { reached, reach } = moment();
    const call = pool.run(
      (started: () => void) => {
        started();
        try {
          for (;;) checkCancelled();
        } catch {
          return "saved";
        }
      },
      [reach],
      { signal: controller.signal, onCancel: "cooperate" },
    );
    await reached;
    controller.abort();
    expect(await call).toBe("saved");
  });

  it("rejects with what the function throws after its cancellation, if that is no cancellation", async () => {
    const controller = new AbortController();
    const { reached, reach } = moment();
    const call = pool.run(
      (started: () => void) => {
        started();
        try {
          for (;;) checkCancelled();
        } catch {
          throw new RangeError("cleanup failed");
        }
      },
      [reach],
      { signal: controller.signal, onCancel: "cooperate" },
    );
    await reached;
    controller.abort();
    await expect(call).rejects.toThrow(new RangeError("cleanup failed"));
  });

  it("leaves at once when it abandons, and counts the thread as busy until it is free", async () => {
    const single = new Threadpool({ maxThreads: 1 });
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const controller = new AbortController();
    const { reached, reach } = moment();
    const call = single.run(
      (started: () => void, cell: Int32Array) => {
        started();
        Atomics.wait(cell, 0, 0);
      },
      [reach, flag],
      { signal: controller.signal, onCancel: "abandon" },
    );
    await reached;
    controller.abort("bye");
    await expect(call).rejects.toBe("bye");
    const next = single.run(() => "next", []);
    await turn();
    expect(single.statistics()).toMatchObject({ running: 1, queued: 1, threads: 1 });
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    expect(await next).toBe("next");
    await single.close();
  });

  it("waits for the result behind a shield", async () => {
    const controller = new AbortController();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const { reached, reach } = moment();
    const call = pool.run(
      (started: () => void, cell: Int32Array) => {
        started();
        Atomics.wait(cell, 0, 0);
        return "kept";
      },
      [reach, flag],
      { signal: controller.signal, onCancel: "shield" },
    );
    await reached;
    controller.abort();
    await turn();
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    expect(await call).toBe("kept");
  });

  it("ends a shielded function at its own deadline", async () => {
    const call = pool.run(spin, [], { timeoutMs: 20, onCancel: "shield" });
    await expect(call).rejects.toThrow(DeadlineError);
  });

  it("fails with a DeadlineError when its time is over", async () => {
    const call = pool.run(spin, [], { timeoutMs: 20, name: "spin" });
    await expect(call).rejects.toThrow("spin");
    await expect(call).rejects.toBeInstanceOf(DeadlineError);
  });

  it("is stopped by the scope that it runs under", async () => {
    const { reached, reach } = moment();
    const outcome = await cancelScope(async (scope) => {
      const call = pool.run(obey, [reach], { scope });
      await reached;
      scope.cancel("enough");
      return call;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
  });

  it("leaves no listener on a signal that is shared by many calls", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown): void => void warnings.push(warning);
    process.on("warning", onWarning);
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => pool.run((x: number) => x, [n], { signal })),
    );
    await turn();
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("waits for a callback that runs for the call on the main thread", async () => {
    const controller = new AbortController();
    const { promise: begun, resolve: begin } = withResolvers();
    const { promise: released, resolve: release } = withResolvers();
    let settled = false;
    const call = pool.run(
      (ask: () => void) => ask(),
      [
        callback(async () => {
          begin();
          await released;
        }) as () => void,
      ],
      { signal: controller.signal },
    );
    const watched = call.catch((error: unknown) => {
      settled = true;
      return error;
    });
    await begun;
    controller.abort("stop");
    await pool.run(() => "elsewhere", []);
    expect(settled).toBe(false);
    release();
    expect(await watched).toBe("stop");
  });

  it("reports a thread that cannot be interrupted", async () => {
    const single = new Threadpool({ maxThreads: 1 });
    const folder = await mkdtemp(join(tmpdir(), "skein-stuck-"));
    const reported = new Promise((resolve) => subscribe("skein:thread:stuck", resolve));
    const controller = new AbortController();
    // Native code, as far as the thread is concerned: it says that it has begun and waits to be let go.
    const waiting = "touch begun; until [ -e released ]; do sleep 0.05; done";
    const call = single.run(execFileSync, ["sh", ["-c", waiting], { cwd: folder }], {
      signal: controller.signal,
    });
    const reason = rejectionOf(call);
    while (!existsSync(join(folder, "begun"))) await setTimeout(5);
    controller.abort("stop");
    expect(await reported).toEqual({ name: "execFileSync" });
    expect(single.statistics().running).toBe(1);
    await writeFile(join(folder, "released"), "");
    expect(await reason).toBe("stop");
    await single.close();
    await rm(folder, { recursive: true });
  });
});
