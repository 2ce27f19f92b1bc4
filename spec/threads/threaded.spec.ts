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

  it("gives a function a name for other machines, which no other function can have", async () => {
    const twice = threaded(import.meta, (n: number) => n * 2, { name: "spec/threaded/twice" });
    expect([twice.name, twice.delivery, await twice(4)]).toEqual([
      "spec/threaded/twice",
      "at-most-once",
      8,
    ]);
    const again = { name: "spec/threaded/again", delivery: "at-least-once" } as const;
    expect(threaded(import.meta, () => 1, again).delivery).toBe("at-least-once");
    expect(() => threaded(import.meta, () => 1, { name: "spec/threaded/twice" })).toThrow(
      /^Expected `name` to be of one function only, got "spec\/threaded\/twice" \(string\), which file:.*threaded\.spec\.ts has declared/,
    );
  });

  it("refuses options that are none of what is expected", () => {
    const declare = (options: unknown) => () => threaded(import.meta, () => 1, options as never);
    expect(declare({ name: "" })).toThrow('Expected `name` to be a text, got "" (string)');
    expect(declare({ name: 5 })).toThrow("Expected `name` to be a string, got 5 (number)");
    expect(declare({ name: "spec/threaded/never", delivery: "twice" })).toThrow(
      'Expected `delivery` to be "at-most-once" or "at-least-once", got "twice" (string)',
    );
    expect(declare({ delivery: "at-least-once" })).toThrow("Expected a `name` beside `delivery`");
    expect(declare({ names: "x" })).toThrow("Did you mean `name`?");
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
