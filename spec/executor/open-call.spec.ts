import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import {
  callOptions,
  type CallKeeper,
  type ExecutorCall,
  identityNamed,
  identityOf,
  openCall,
} from "../../lib/executor.ts";
import { type CallOptions, cancelScope, taskTree, threaded } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const named = threaded(import.meta, (n: number) => n + 1, { name: "spec/open-call/named" });

/** Keeps calls and what is said of them. */
class Keeper implements CallKeeper {
  readonly callOptions = callOptions<CallOptions>("A kept call", {});
  readonly calls: ExecutorCall[] = [];
  readonly cancelled: [reason: unknown, isShielded: boolean][] = [];
  ended = 0;

  start(call: ExecutorCall): void {
    this.calls.push(call);
  }

  cancel(_: ExecutorCall, reason: unknown, isShielded: boolean): void {
    this.cancelled.push([reason, isShielded]);
  }

  settled(): void {
    this.ended += 1;
  }

  open(options: CallOptions = {}, fn: (...args: never[]) => unknown = named): Promise<unknown> {
    return openCall(fn, [1], options, this);
  }

  get call(): ExecutorCall {
    return this.calls[0]!;
  }
}

describe("openCall", () => {
  it("gives the executor the function, what it is known by, and what was said of the call", async () => {
    const keeper = new Keeper();
    const result = keeper.open({ name: "shown", timeoutMs: 60_000 });
    const { call } = keeper;
    expect(call).toMatchObject({ args: [1], name: "shown", onCancel: "kill", settled: false });
    expect(call.identity).toBe(identityOf(named));
    expect((call.fn as (n: number) => number)(1)).toBe(2);
    expect(call.deadline).toBeGreaterThan(performance.now());
    expect(call.stack).toContain("open-call.spec.ts");
    call.resolve(5);
    expect([await result, keeper.ended, call.settled]).toEqual([5, 1, true]);
  });

  it("settles once, whatever is said afterwards", async () => {
    const keeper = new Keeper();
    const result = keeper.open();
    keeper.call.resolve(1);
    keeper.call.reject(new Error("late"));
    keeper.call.rejectThrown(new Error("late"));
    expect([await result, keeper.ended]).toEqual([1, 1]);
  });

  it("rejects with what `start` throws", async () => {
    const failure = new Error("not started");
    const keeper = new Keeper();
    keeper.start = () => {
      throw failure;
    };
    expect(await rejectionOf(keeper.open())).toBe(failure);
    expect(keeper.ended).toBe(1);
  });

  it("tells of a cancellation once, and rejects with the reason in the place of its echo", async () => {
    const keeper = new Keeper();
    const outcome = await cancelScope(async (scope) => {
      const result = keeper.open({ scope });
      scope.cancel("enough");
      expect(keeper.cancelled).toEqual([["enough", false]]);
      keeper.call.rejectThrown(new DOMException("stopped", "AbortError"));
      await result;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
  });

  it("passes on what the function threw for another reason", async () => {
    const failure = new Error("its own");
    const keeper = new Keeper();
    const controller = new AbortController();
    const result = keeper.open({ signal: controller.signal });
    controller.abort();
    keeper.call.rejectThrown(failure);
    expect(await rejectionOf(result)).toBe(failure);
  });

  it("says of a cancellation from outside that a shield is there, and of its own deadline that none is", async () => {
    const keeper = new Keeper();
    const controller = new AbortController();
    const { signal } = controller;
    const result = keeper.open({ signal, onCancel: "shield" });
    controller.abort("outside");
    const own = keeper.open({ timeoutMs: 1, onCancel: "shield" });
    keeper.cancel = (call, reason, isShielded) => {
      expect(isShielded).toBe(false);
      call.reject(reason);
    };
    expect(keeper.cancelled).toEqual([["outside", true]]);
    expect(await rejectionOf(own)).toMatchObject({ name: "TimeoutError" });
    keeper.call.resolve("all the same");
    expect(await result).toBe("all the same");
  });

  it("hears nothing of a call whose scope is cancelled already", async () => {
    const keeper = new Keeper();
    const result = keeper.open({ signal: AbortSignal.abort("before") });
    expect([await rejectionOf(result), keeper.calls]).toEqual(["before", []]);
  });

  it("reports in the context of the caller, and fails with what that throws", async () => {
    const store = new AsyncLocalStorage<string>();
    const keeper = new Keeper();
    const failure = new Error("of onProgress");
    const heard: unknown[] = [];
    const onProgress = (value: unknown): void => {
      heard.push([store.getStore(), value]);
      if (value === 2) throw failure;
    };
    const result = store.run("caller", () => keeper.open({ onProgress }));
    keeper.call.report(1);
    keeper.call.report(2);
    keeper.call.report(3);
    expect(heard).toEqual([1, 2, 3].map((value) => ["caller", value]));
    expect(keeper.cancelled).toEqual([[failure, false]]);
    keeper.call.resolve("in vain");
    expect(await rejectionOf(result)).toBe(failure);
    keeper.call.report(4);
    expect(heard).toHaveLength(3);
  });

  it("is seen in the task tree, and on the channels of calls", async () => {
    const keeper = new Keeper();
    const seen: unknown[] = [];
    const note = (event: unknown): void => void seen.push(event);
    for (const name of ["start", "asyncEnd"]) subscribe(`tracing:skein:thread:${name}`, note);
    await cancelScope(
      async (scope) => {
        const result = keeper.open({ scope, name: "far" });
        expect(String(taskTree())).toContain('"far" elsewhere');
        keeper.call.resolve(1);
        await result;
      },
      { name: "around" },
    );
    for (const name of ["start", "asyncEnd"]) unsubscribe(`tracing:skein:thread:${name}`, note);
    expect(seen).toEqual([expect.objectContaining({ name: "far" }), seen[0]]);
  });

  it("refuses what is no function, no arguments or a scope among them, synchronously", () => {
    const keeper = new Keeper();
    expect(() => openCall(5 as never, [], {}, keeper)).toThrow("Expected `fn` to be a function");
    expect(() => openCall(named, 5 as never, {}, keeper)).toThrow(
      "Expected `args` to be an array of arguments, got 5 (number)",
    );
    const { signal } = new AbortController();
    expect(() => openCall(named, [signal], {}, keeper)).toThrow("An AbortSignal cannot be");
  });
});

describe("callOptions", () => {
  interface Options extends CallOptions {
    lane?: number | undefined;
  }
  const options = callOptions<Options>("A call by post", {
    lane(name, value) {
      if (typeof value !== "number") throw new TypeError(`No ${name}`);
    },
  });

  it("reads the options of every call, and those that the executor has besides", () => {
    const { signal } = new AbortController();
    expect(options.read({ signal, lane: 2 })).toEqual({ signal, lane: 2 });
    expect(() => options.read({ lane: "2" } as never)).toThrow("No lane");
    expect(() => options.read({ timeoutMs: -1 })).toThrow(RangeError);
  });

  it("refuses those that only threads have, and any other", () => {
    for (const name of ["transfer", "captures", "callId", "lanes"]) {
      expect(() => options.read({ [name]: [] } as never)).toThrow(
        `A call by post has no option \`${name}\``,
      );
    }
  });
});

describe("identityOf", () => {
  it("tells what a named function is known by, of itself and of what `threaded` has made of it", () => {
    const identity = identityOf(named)!;
    expect(identity).toMatchObject({ name: "spec/open-call/named", delivery: "at-most-once" });
    expect(identity.hash).toMatch(/^[\da-f]{12}$/);
    expect(identityOf(identity.fn)).toBe(identity);
    expect(identityNamed("spec/open-call/named")).toBe(identity);
  });

  it("knows nothing of functions without a name, nor of names of the language", () => {
    expect(identityOf(threaded(import.meta, () => 1))).toBeUndefined();
    expect(identityOf(() => 1)).toBeUndefined();
    for (const name of ["toString", "__proto__", ""]) expect(identityNamed(name)).toBeUndefined();
  });

  it("tells functions of another source apart", () => {
    const other = threaded(import.meta, (n: number) => n + 2, { name: "spec/open-call/other" });
    expect(identityOf(other)!.hash).not.toBe(identityOf(named)!.hash);
  });
});
