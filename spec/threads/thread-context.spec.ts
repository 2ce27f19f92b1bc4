import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import {
  iterateInThreadpool,
  NotTransferableError,
  type ThreadCallEvent,
  type ThreadContext,
  threadContext,
  Threadpool,
} from "../../lib/index.ts";
import { type CallKeeper, callOptions, openCall, runInContexts } from "../../lib/executor.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";
import { runProgram } from "../support/threads.ts";

const pool = new Threadpool({ maxThreads: 1 });
const declared: Disposable[] = [];
afterAll(() => pool.close());
afterEach(() => {
  for (const context of declared.splice(0)) context[Symbol.dispose]();
});

const requests = new AsyncLocalStorage<{ readonly id?: string; readonly user?: string }>();

/** What is in force in a thread, the outermost first. */
const inForce = (): string[] => (globalThis as { contexts?: string[] }).contexts ?? [];

/** Puts what is captured of a request in force, in words. */
function declare(
  capture: () => string | undefined,
  more: Partial<ThreadContext<string>> = {},
): Disposable {
  const context = threadContext<string>({
    capture,
    run: (value, fn) => {
      const holder = globalThis as { contexts?: string[] };
      const outer = holder.contexts ?? [];
      holder.contexts = [...outer, value];
      try {
        return fn();
      } finally {
        holder.contexts = outer;
      }
    },
    ...more,
  });
  declared.push(context);
  return context;
}

/** An executor that runs a call where it is, in no context but those of the call. */
function elsewhere(): CallKeeper {
  const queue: (() => void)[] = [];
  setImmediate(() => queue.forEach((run) => run()));
  return {
    callOptions: callOptions("A call elsewhere", {}),
    start(call) {
      queue.push(() => {
        const { contexts } = call;
        const carried = contexts && (JSON.parse(JSON.stringify(contexts)) as typeof contexts);
        call.resolve(runInContexts(carried, () => (call.fn as () => unknown)()));
      });
    },
    cancel: (call, reason) => call.reject(reason),
    settled: () => {},
  };
}

describe("threadContext", () => {
  it("captures at the call and is in force in the function, the first declared outermost", async () => {
    declare(() => requests.getStore()?.id);
    declare(() => requests.getStore()?.user);
    const results = ["a", "b"].map((id) =>
      requests.run({ id, user: "ann" }, () => pool.run(inForce, [])),
    );
    expect(await Promise.all(results)).toEqual([
      ["a", "ann"],
      ["b", "ann"],
    ]);
    expect(await requests.run({ user: "bob" }, () => pool.run(inForce, []))).toEqual(["bob"]);
    expect(await pool.run(inForce, [])).toEqual([]);
  });

  it("leaves calls alone once it is disposed, and those that were made keep what they have", async () => {
    const context = declare(() => "kept");
    const calls = [pool.run(inForce, []), pool.run(inForce, [])];
    context[Symbol.dispose]();
    calls.push(pool.run(inForce, []));
    expect(await Promise.all(calls)).toEqual([["kept"], ["kept"], []]);
  });

  it("is in force in each step of an iteration and of what is held", async () => {
    declare(() => requests.getStore()?.id);
    const seen: string[][] = [];
    const steps = function* (): Generator<string[]> {
      for (let step = 0; step < 3; step++) {
        yield (globalThis as { contexts?: string[] }).contexts ?? [];
      }
    };
    const items = requests.run({ id: "i" }, () => iterateInThreadpool(steps));
    for await (const item of requests.run({ id: "i" }, () => items)) seen.push(item);
    expect(seen).toHaveLength(3);
    const held = await requests.run({ id: "h" }, () =>
      pool.hold(function* () {
        yield [(globalThis as { contexts?: string[] }).contexts];
        if ((globalThis as { contexts?: string[] }).contexts?.[0] !== "h") throw new Error("lost");
      }, []),
    );
    expect(held.value).toEqual([["h"]]);
    await held.finish({ kind: "success" });
  });

  it("carries what a call's arguments could: copies, as they are at the call", async () => {
    const value = new Map([["list", [1]]]);
    const context = threadContext<Map<string, number[]>>({
      capture: () => value,
      run: (map, fn) => {
        (globalThis as { sum?: number }).sum = map.get("list")!.length;
        return fn();
      },
    });
    declared.push(context);
    const read = (): unknown => (globalThis as { sum?: number }).sum;
    const calls = [pool.run(read, []), pool.run(read, [])];
    value.get("list")!.push(2);
    expect(await Promise.all(calls)).toEqual([1, 1]);
  });

  it("rejects a call whose `capture` throws, or gives what cannot be sent, and loses none", async () => {
    const error = new Error("of capture");
    const { completed } = pool.statistics();
    const throwing = declare(() => {
      throw error;
    });
    expect(await rejectionOf(pool.run(inForce, []))).toBe(error);
    const items = pool.iterate(() => [1], []);
    expect(await rejectionOf(items.next())).toBe(error);
    throwing[Symbol.dispose]();
    const uncloneable = declare(() => ({ send() {} }) as never);
    const refused = await rejectionOf(pool.run(inForce, []));
    expect(refused).toBeInstanceOf(NotTransferableError);
    expect((refused as NotTransferableError).path).toEqual(["context", "send"]);
    uncloneable[Symbol.dispose]();
    expect(await pool.run(inForce, [])).toEqual([]);
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0, completed: completed + 4 });
  });

  it("rejects a call whose `run` throws, cannot travel, or does not call the function", async () => {
    const run = async (run: ThreadContext<number>["run"]): Promise<Error> => {
      const context = threadContext<number>({ capture: () => 1, run });
      const error = (await rejectionOf(pool.run(inForce, []))) as Error;
      context[Symbol.dispose]();
      return error;
    };
    const throws = await run(() => {
      throw new RangeError("of run");
    });
    expect([throws.name, throws.message]).toEqual(["RangeError", "of run"]);
    expect((await run(() => 5 as never)).message).toMatch(
      /^Expected `run` of a thread context to call/,
    );
    expect(await run((_, fn) => requests.run({}, fn))).toMatchObject({
      name: "ShipError",
      variable: "requests",
    });
  });

  it("may put itself in force in its own time", async () => {
    const context = threadContext<number>({
      capture: () => 3,
      run: (async (times: number, fn: () => unknown) => {
        for (let n = 0; n < times; n++) await Promise.resolve();
        return await fn();
      }) as ThreadContext<number>["run"],
    });
    declared.push(context);
    expect(await pool.run(() => 7, [])).toBe(7);
  });

  it("captures within the operation that traces the call, so that its span is the parent there", async () => {
    const current = new AsyncLocalStorage<string>();
    const { start } = tracingChannel<string, ThreadCallEvent>("skein:thread");
    start.bindStore(current, ({ name }) => `${current.getStore()} > ${name}`);
    declare(() => current.getStore());
    try {
      expect(await current.run("caller", () => pool.run(inForce, []))).toEqual([
        "caller > inForce",
      ]);
    } finally {
      start.unbindStore(current);
    }
  });

  it("has its storage in threads where its module declares it", { timeout: 60_000 }, async () => {
    const { lines, stderr, code } = await runProgram("contexts.mjs");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      [null, null],
      [{ id: 7 }, null],
      [{ id: 7 }, { header: "00-ab", from: 7 }],
      { id: 7 },
      { id: 7 },
      [40, [7]],
      { id: 7 },
      { id: 7 },
      [1, 1, 1, 1, 1, 1, 1, 1],
      ["NotTransferableError", ["context", "socket", "send"]],
      [null, null],
    ]);
  });

  it("goes with the calls of an executor if it has a name", async () => {
    declare(() => requests.getStore()?.user);
    declare(() => requests.getStore()?.id, { name: "spec/request" });
    const call = (): Promise<unknown> => openCall(inForce, [], {}, elsewhere());
    expect(await requests.run({ id: "r1", user: "ann" }, call)).toEqual(["r1"]);
    expect(await call()).toEqual([]);
    declare(
      () => {
        throw new Error("of capture");
      },
      { name: "spec/failing" },
    );
    expect(await rejectionOf(call())).toMatchObject({ message: "of capture" });
  });

  it("refuses what is no context, and a name that another one has", () => {
    const capture = (): number => 1;
    const run = <R>(_: number, fn: () => R): R => fn();
    const message = (...args: unknown[]): string => {
      const error = thrownBy(() => (threadContext as (...all: unknown[]) => unknown)(...args));
      expect(error).toBeInstanceOf(TypeError);
      return (error as Error).message;
    };
    expect(message(5)).toContain("`context` to be an object with `capture` and `run`, got 5");
    expect(message({ run })).toContain("Expected `capture` to be a function, got undefined");
    expect(message({ capture })).toContain("Expected `run` to be a function, got undefined");
    expect(message({ capture, run, nmae: "a" })).toContain("no option `nmae`");
    expect(message({ capture, run, name: "" })).toContain("Expected `name` to be a text");
    expect(message(requests)).toContain("`threadContext(import.meta, storage)`");
    expect(message(import.meta, 5)).toContain("got 5");
    expect(message(5, requests)).toContain("Expected `meta`");
    expect(message(import.meta, requests, { qqq: 1 })).toContain("no option `qqq`");
    declared.push(threadContext({ capture, run, name: "spec/twice" }));
    expect(message({ capture, run, name: "spec/twice" })).toContain("of one context only");
    expect(thrownBy(() => runInContexts(5 as never, () => 1))).toBeInstanceOf(TypeError);
    expect(runInContexts({ "spec/nobody": 1 }, () => 7)).toBe(7);
  });
});
