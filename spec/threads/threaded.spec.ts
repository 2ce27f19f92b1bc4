import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import {
  callback,
  cancelScope,
  defaultThreadpool,
  invoke,
  runInThreadpool,
  threaded,
  Threadpool,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const scale = threaded(import.meta, function scale(n: number, by: number = 2): number {
  return n * by;
});

const spin = threaded(import.meta, (started: () => void): never => {
  started();
  for (;;);
});

describe("threaded", () => {
  it("runs a function declared in the specs by its source, where its module cannot be imported", async () => {
    const square = threaded(import.meta, (n: number) => n * n);
    expect(await square(12)).toBe(144);
    expect([square.name, scale.name]).toEqual(["", "scale"]);
  });

  it("is known to a pool and to the short forms by its handle", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    expect(await pool.run(scale, [3])).toBe(6);
    expect(await runInThreadpool({ signal: undefined }, scale, 4)).toBe(8);
    expect(await invoke(scale, 5, 3)).toBe(15);
  });

  it("takes the URL of its module, in any form", async () => {
    const { url } = import.meta;
    expect(await threaded(url, () => 1)()).toBe(1);
    expect(await threaded(new URL(url), () => 2)()).toBe(2);
    const commonJs = createRequire(url)("../support/thread-programs/declared.cjs") as {
      first: (n: number) => Promise<number>;
    };
    expect(await commonJs.first(1)).toBe(2);
  });

  it("refuses what is no module, or no function", () => {
    for (const meta of [{}, null, undefined, "declared.mjs", { filename: null }]) {
      expect(() => threaded(meta as never, () => {})).toThrow(
        "Expected `meta` to be import.meta, module or the URL of a module, got",
      );
    }
    expect(() => threaded(import.meta, 1 as never)).toThrow("Expected `fn` to be a function");
  });

  it("refuses a scope or options among the arguments", async () => {
    const lax = scale as (...args: unknown[]) => Promise<number>;
    expect(() => lax(1, { timeoutMs: 5 })).toThrow("Write pool.run(fn, args, { timeoutMs })");
    await cancelScope((scope) => {
      expect(() => lax(scope, 1)).toThrow("declared.in(scope)(...args)");
    });
  });
});

describe("a threaded function in a scope", () => {
  it("has the same parameters and result", async () => {
    await cancelScope(async (scope) => {
      expect(await scale.in(scope)(3)).toBe(6);
      expect(await scale.in(scope)(3, 4)).toBe(12);
    });
  });

  it("ends with the scope", async () => {
    const outcome = await cancelScope((scope) =>
      spin.in(scope)(callback(() => scope.cancel("enough"))),
    );
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(defaultThreadpool().statistics().running).toBe(0);
  });

  it("may wait under anything with a signal", async () => {
    const controller = new AbortController();
    const started = callback(() => controller.abort("left"));
    expect(await rejectionOf(spin.in(controller)(started))).toBe("left");
  });

  it("refuses what is no scope, at once", () => {
    const { signal } = new AbortController();
    expect(() => scale.in(signal as never)).toThrow("write `{ signal }`");
    expect(() => scale.in(undefined as never)).toThrow("Expected `scope` to be a scope");
    expect(() => scale.in({ timeoutMs: 5 } as never)).toThrow("got options, { timeoutMs }");
  });
});
