import { afterAll, describe, expect, it } from "vitest";
import { cancelScope, openTaskGroup, provide, resolveDependencies } from "../../lib/index.ts";
import { taskGroup, Threadpool } from "../../lib/index.ts";
import { thrownBy } from "../support/rejection-of.ts";

const pool = new Threadpool({ maxThreads: 1 });
afterAll(() => pool.destroy());

const fn = (...args: unknown[]): number => args.length;
function* items(...args: unknown[]): Generator<number> {
  yield args.length;
}

/** Every way to call a function in a thread of a pool. */
const ways: Record<string, (args: unknown[], options?: object) => unknown> = {
  run: (args, options) => pool.run(fn, args, options),
  iterate: (args, options) => pool.iterate(items, args, options),
  hold: (args, options) => pool.hold(items, args, options),
};

describe.each(Object.keys(ways))("Threadpool.%s", (name) => {
  const call = ways[name]!;

  it("refuses a scope among its arguments, and says where it goes", async () => {
    await cancelScope((scope) => {
      const error = thrownBy(() => call([1, scope]));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain("runInThreadpool(scope, fn, ...args)");
      expect((error as Error).message).toContain("pool.run(fn, args, { scope })");
    });
  });

  it("refuses a signal or its controller among its arguments", () => {
    const controller = new AbortController();
    expect(() => call([controller.signal])).toThrow("pool.run(fn, args, { signal })");
    expect(() => call([controller])).toThrow("runInThreadpool(controller, fn, ...args)");
  });

  it("refuses an option that there is not, and names those that there are", () => {
    expect(() => call([], { timeout: 5 })).toThrow(
      new TypeError(
        "A call in a thread has no option `timeout`. Did you mean `timeoutMs`? Its options are scope, signal, timeoutMs, onCancel, graceMs, transfer, captures, callId, limiter, name, onProgress",
      ),
    );
  });

  it("refuses options that are no object", () => {
    expect(() => call([], null as never)).toThrow("Expected `options` to be an object, got null");
  });

  it("refuses what cancels nothing", async () => {
    const { signal } = new AbortController();
    expect(() => call([], { scope: signal })).toThrow("AbortSignal: write `{ signal }`");
    expect(() => call([], { scope: 5 })).toThrow("to be a scope or an object with a signal, got 5");
    expect(() => call([], { scope: { signal: 5 } })).toThrow("to be an AbortSignal, got 5");
    await cancelScope((scope) => {
      expect(() => call([], { signal: scope })).toThrow("write `{ scope }`");
    });
  });
});

describe("Threadpool.run", () => {
  it("refuses groups, scopes of tasks and those of providers as arguments", async () => {
    await using open = openTaskGroup();
    expect(() => pool.run(fn, [open])).toThrow("A scope cannot be an argument");
    await taskGroup((group) => {
      expect(() => pool.run(fn, [group])).toThrow("A scope cannot be an argument");
      group.spawn((task) => {
        expect(() => pool.run(fn, [task])).toThrow("A scope cannot be an argument");
      });
    });
    const asked = provide(async (_, scope) =>
      String(thrownBy(() => pool.run(fn, [{ plain: 1 }, scope]))),
    );
    expect((await resolveDependencies({ asked })).asked).toContain("A scope cannot be an argument");
  });

  it("sends data that only looks like options", async () => {
    const same = (value: unknown): unknown => value;
    expect(await pool.run(same, [{ timeoutMs: 5 }])).toEqual({ timeoutMs: 5 });
    expect(await pool.run(same, [{ signal: "SIGTERM" }])).toEqual({ signal: "SIGTERM" });
  });

  it("takes a controller for options, for it has a signal", async () => {
    const controller = new AbortController();
    expect(await pool.run(fn, [1, 2], controller)).toBe(2);
    controller.abort("enough");
    await expect(pool.run(fn, [], controller)).rejects.toBe("enough");
  });

  it("refuses a scope or a signal in place of options", async () => {
    const { signal } = new AbortController();
    expect(() => pool.run(fn, [], signal as never)).toThrow("AbortSignal: write `{ signal }`");
    await cancelScope((scope) => {
      expect(() => pool.run(fn, [], scope as never)).toThrow("Scope: write `{ scope }`");
    });
  });
});

describe("Threadpool", () => {
  it("refuses an option that there is not", () => {
    expect(() => new Threadpool({ maxThread: 2 } as never)).toThrow(
      new TypeError(
        "A thread pool has no option `maxThread`. Did you mean `maxThreads`? Its options are maxThreads, idleMs, limiter, resourceLimits, program",
      ),
    );
  });
});
