import assert from "node:assert/strict";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  NotTransferableError,
  Threadpool,
  ThreadpoolClosedError,
  WorkerExitedError,
} from "../../lib/index.ts";

// Each of these hangs, crashes the process, loses the error or hits an innocent call in some thread pool.

const pool = new Threadpool({ maxThreads: 1 });
const warnings: Error[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);
beforeAll(() => void process.on("warning", onWarning));
afterAll(async () => {
  process.off("warning", onWarning);
  await pool.destroy();
});

/** What went wrong in one call must not be felt by the next. */
afterEach(async () => {
  assert.equal(await pool.run((n: number) => n + 1, [1]), 2);
});

function caught(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("the call was to reject"),
    (error: unknown) => error,
  );
}

function spin(): void {
  for (;;);
}

describe("a thread pool survives", () => {
  it.each([0, 1, 5])("a function that calls process.exit(%i)", async (code) => {
    const behind = pool.run(() => "behind", []);
    const error = await caught(pool.run((exitCode: number) => process.exit(exitCode), [code]));
    expect(error).toBeInstanceOf(WorkerExitedError);
    const message = `The worker thread ended with exit code ${code} while it ran the function`;
    expect(error).toMatchObject({ exitCode: code, message });
    expect(await behind).toBe("behind");
  });

  it("a function that runs out of memory", async () => {
    const small = new Threadpool({ maxThreads: 1, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const hoard = (): void => {
      const all: unknown[] = [];
      for (;;) all.push(Array.from({ length: 1_000 }, Math.random));
    };
    expect(await caught(small.run(hoard, []))).toBeInstanceOf(WorkerExitedError);
    expect(await small.run(() => "next", [])).toBe("next");
    await small.close();
  });

  it("threads that cannot start", async () => {
    const tiny = new Threadpool({ resourceLimits: { maxOldGenerationSizeMb: 4 } });
    const calls = [1, 2, 3].map((n) => caught(tiny.run((x: number) => x, [n])));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({
        code: "ERR_SKEIN_WORKER_START",
        message: expect.stringContaining("could not be started") as string,
      });
    }
    await tiny.close();
  });

  it("an argument that cannot be cloned, with calls behind it", async () => {
    const running = pool.run(() => "before", []);
    const refused = caught(pool.run((x: unknown) => x, [{ deep: [new WeakMap()] }]));
    const proxied = caught(pool.run((x: unknown) => x, [{ deep: [new Proxy({}, {})] }]));
    const behind = pool.run(() => "behind", []);
    expect(await refused).toMatchObject({ path: ["args", "0", "deep", "0"] });
    expect(await proxied).toMatchObject({ path: ["args", "0", "deep", "0"] });
    expect(await Promise.all([running, behind])).toEqual(["before", "behind"]);
  });

  it("an argument whose memory has moved already", async () => {
    const buffer = new ArrayBuffer(8);
    const call = (): Promise<number> =>
      pool.run((data: ArrayBuffer) => data.byteLength, [buffer], { transfer: [buffer] });
    expect(await call()).toBe(8);
    expect(await caught(call())).toBeInstanceOf(NotTransferableError);
  });

  it.each([
    ["a function", (): unknown => () => 1],
    ["a class instance", (): unknown => new URL("https://example.org")],
    ["a proxy", (): unknown => new Proxy({}, {})],
    ["a symbol", (): unknown => Symbol("s")],
    ["a generator", (): unknown => (function* () {})()],
  ])("%s as result, and the same thread goes on", async (_, make) => {
    const thread = (): number => process.getBuiltinModule("node:worker_threads").threadId;
    const before = await pool.run(thread, []);
    expect(await caught(pool.run(make, []))).toBeInstanceOf(NotTransferableError);
    expect(await pool.run(thread, [])).toBe(before);
  });

  it("a thrown function, a thrown DOMException, an error with what cannot be cloned", async () => {
    const throwFunction = (): never => {
      throw () => 1;
    };
    expect(await caught(pool.run(throwFunction, []))).toBeInstanceOf(NotTransferableError);
    const throwTimeout = (): never => {
      throw new DOMException("too late", "TimeoutError");
    };
    const timeout = await caught(pool.run(throwTimeout, []));
    expect(timeout).toBeInstanceOf(DOMException);
    expect(timeout).toMatchObject({ name: "TimeoutError", message: "too late" });
    const throwRich = (): never => {
      throw Object.assign(new AggregateError([new TypeError("inner")], "outer"), {
        code: "E_RICH",
        odd: () => 1,
      });
    };
    const rich = await caught(pool.run(throwRich, []));
    expect(rich).toMatchObject({ message: "outer", code: "E_RICH" });
    expect((rich as AggregateError).errors).toEqual([new TypeError("inner")]);
  });

  it("a result whose `then` throws", async () => {
    const thorny = (key: string): object =>
      Object.defineProperty({}, key, {
        get(): never {
          throw new RangeError("thorn");
        },
      });
    expect(await caught(pool.run(thorny, ["then"]))).toEqual(new RangeError("thorn"));
  });

  it("an error thrown later, by a timer, without harm to an innocent call", async () => {
    const leaver = (): string => {
      setTimeout(() => {
        throw new Error("thrown late");
      }, 0);
      return "left";
    };
    expect(await pool.run(leaver, [])).toBe("left");
    const innocent = async (): Promise<string> =>
      new Promise((resolve) => setTimeout(resolve, 5, "innocent"));
    expect(await pool.run(innocent, [])).toBe("innocent");
    await expect.poll(() => warnings.map(String).join()).toContain("thrown late");
  });

  it("a rejection that nobody handles, without harm to an innocent call", async () => {
    const leaver = (): string => {
      void Promise.reject(new Error("rejected late"));
      return "left";
    };
    expect(await pool.run(leaver, [])).toBe("left");
    expect(await pool.run(async () => Promise.resolve("innocent"), [])).toBe("innocent");
    await expect.poll(() => warnings.map(String).join()).toContain("rejected late");
  });

  it("an uncaught error while an async function waits", async () => {
    const call = pool.run(
      () =>
        new Promise<void>(() =>
          setTimeout(() => {
            throw new RangeError("uncaught");
          }, 1),
        ),
      [],
    );
    const error = await caught(call);
    expect(error).toBeInstanceOf(WorkerExitedError);
    expect((error as Error).cause).toEqual(new RangeError("uncaught"));
  });

  it("a cancelled function with calls behind it", async () => {
    const spinning = caught(pool.run(spin, [], { timeoutMs: 20 }));
    const behind = [1, 2, 3].map((n) => pool.run((x: number) => x, [n]));
    expect(await spinning).toMatchObject({ name: "TimeoutError" });
    expect(await Promise.all(behind)).toEqual([1, 2, 3]);
  });

  it("one call after another that ends its thread", async () => {
    const ends = Array.from({ length: 4 }, () => caught(pool.run(() => process.exit(1), [])));
    for (const error of await Promise.all(ends)) expect(error).toBeInstanceOf(WorkerExitedError);
  });
});

describe("a closed thread pool", () => {
  it("has settled every call that it was given, and rejects every other", async () => {
    const closing = new Threadpool({ maxThreads: 1 });
    const calls = Array.from({ length: 5 }, (_, n) => closing.run((x: number) => x * 2, [n]));
    const closed = closing.close();
    await expect(closing.run(spin, [])).rejects.toBeInstanceOf(ThreadpoolClosedError);
    await expect(closing.iterate(() => [1], []).next()).rejects.toBeInstanceOf(
      ThreadpoolClosedError,
    );
    await closed;
    expect(await Promise.all(calls)).toEqual([0, 2, 4, 6, 8]);
    expect(closing.statistics()).toEqual({ running: 0, queued: 0, completed: 5, threads: 0 });
  });

  it("never waits when it was never used", async () => {
    const unused = new Threadpool();
    await unused.close();
    await unused.destroy();
    await expect(unused.run(spin, [])).rejects.toBeInstanceOf(ThreadpoolClosedError);
  });

  it("was closed by the block that declared it", async () => {
    let outlived: Threadpool;
    {
      await using scoped = new Threadpool();
      outlived = scoped;
      expect(await scoped.run(() => 1, [])).toBe(1);
    }
    await expect(outlived.run(() => 1, [])).rejects.toBeInstanceOf(ThreadpoolClosedError);
  });

  it("ends what runs and rejects what waits with the reason of destroy", async () => {
    const reason = new Error("shutting down");
    const doomed = new Threadpool({ maxThreads: 1 });
    const started = new Int32Array(new SharedArrayBuffer(4));
    const running = caught(
      doomed.run(
        (flag: Int32Array) => {
          Atomics.store(flag, 0, 1);
          for (;;);
        },
        [started],
        { onCancel: "shield" },
      ),
    );
    await expect.poll(() => Atomics.load(started, 0)).toBe(1);
    const waiting = caught(doomed.run(() => "never", []));
    await doomed.destroy(reason);
    expect(await running).toBe(reason);
    expect(await waiting).toBe(reason);
  });

  it("can be destroyed while it closes, and while its first thread starts", async () => {
    const closing = new Threadpool();
    const running = caught(closing.run(spin, []));
    const closed = closing.close();
    await closing.destroy();
    await closed;
    expect(await running).toBeInstanceOf(ThreadpoolClosedError);
  });
});

describe("Threadpool", () => {
  it.each([0, -1, 1.5, Number.NaN])("refuses %d threads", (maxThreads) => {
    expect(() => new Threadpool({ maxThreads })).toThrow(RangeError);
  });

  it("refuses options that are none of what is expected, at once", () => {
    expect(() => new Threadpool({ limiter: 2 as never })).toThrow(TypeError);
    expect(() => new Threadpool({ idleMs: -1 })).toThrow(RangeError);
    expect(() => pool.run(spin, 1 as never)).toThrow("Expected `args` to be an array");
    expect(() => pool.run(spin, [], { onCancel: "stop" as never })).toThrow("Expected `onCancel`");
    expect(() => pool.run(spin, [], { timeoutMs: -5 })).toThrow(RangeError);
  });
});
