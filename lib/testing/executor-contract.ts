import { cancelScope } from "../scope/timeouts.ts";
import { CapacityLimiter } from "../sync/capacity-limiter.ts";
import type { CallOptions, Executor, OnCancel } from "../threads/executor.ts";
import {
  AsyncLocalStorage,
  bytes,
  deepStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
} from "./asserting.ts";
import * as functions from "./contract-functions.ts";
import type { AnyFunction } from "../threads/any-function.ts";

/**
 * One claim of the contract of an executor.
 *
 * @public
 */
export interface ExecutorClaim {
  /** What is claimed, as the name of a test. */
  readonly name: string;
  /**
   * Makes an executor, looks whether the claim holds, and closes it. Rejects with an `AssertionError` if it does not.
   */
  readonly check: () => Promise<void>;
}

/** A call that says that it runs. */
interface Begun {
  readonly result: Promise<unknown>;
  /** Resolves when the function runs. */
  readonly begun: Promise<void>;
}

type Claim = (executor: Executor) => Promise<void>;

/**
 * What every executor keeps to, as tests for any runner. The functions that it calls are declared, with names that
 * begin with `skein/testing/`: a worker of another machine has them when it imports `skein/testing/executor`.
 *
 * @param make - makes an executor for one claim, which closes it
 * @returns the claims
 *
 * @example
 * ```ts
 * import { Threadpool } from "skein";
 * import { executorContract } from "skein/testing/executor";
 *
 * for (const { name, check } of executorContract(() => new Threadpool())) {
 *   await check(); // in a test runner: it(name, check)
 *   if (name.startsWith("resolves")) console.log(name);
 * }
 * // prints: resolves with what the function has returned
 * ```
 *
 * @public
 */
export function executorContract(make: () => Executor | Promise<Executor>): ExecutorClaim[] {
  const all = Object.entries(claims).filter(([name]) => hasContexts || name !== OF_CONTEXTS);
  return all.map(([name, claim]) => ({
    name,
    async check() {
      const executor = await make();
      try {
        await claim(executor);
      } finally {
        await executor.close();
      }
    },
  }));
}

/** Where nothing keeps them, there is nothing to claim. */
const hasContexts = AsyncLocalStorage !== undefined;
const OF_CONTEXTS = "runs the function within the contexts that go with its call";

const claims: Readonly<Record<string, Claim>> = {
  "resolves with what the function has returned": async (executor) => {
    const cycle: unknown[] = [1];
    cycle.push(cycle);
    const values = [undefined, null, -0, 10n, "text", new Map([["at", new Date(5)]]), new Set([1])];
    const carried = [...values, bytes, Object.freeze({ a: 1 }), cycle];
    for (const value of carried)
      deepStrictEqual(await executor.run(functions.echo, [value]), value);
  },

  "rejects with what the function has thrown, whole": async (executor) => {
    const error = await rejection(executor.run(functions.fail, ["message"]));
    ok(error instanceof Error);
    const { name, message, code, cause, stack } = error as Error & { code?: unknown };
    deepStrictEqual([name, message, code], ["ContractError", "message", "ERR_CONTRACT"]);
    ok(cause instanceof RangeError && cause.message === "beneath");
    ok(stack?.includes(thisFile()));
  },

  "gives the function the arguments as they were at the call, and leaves ours alone": async (
    executor,
  ) => {
    const list = [0];
    const result = executor.run(functions.spoil, [list]);
    list.push(5);
    deepStrictEqual(await result, [0, 1]);
    deepStrictEqual(list, [0, 5]);
  },

  "tells of progress in order, all of it before the result, in the context of the caller": async (
    executor,
  ) => {
    const store = AsyncLocalStorage && new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    const onProgress = (value: unknown): void => void heard.push([store?.getStore(), value]);
    const run = (): Promise<number> => executor.run(functions.count, [40], { onProgress });
    strictEqual(await (store === undefined ? run() : store.run("caller", run)), 40);
    const caller = store && "caller";
    const expected = Array.from({ length: 40 }, (_, i) => [caller, { at: i + 1 }]);
    deepStrictEqual(heard, expected);
  },

  [OF_CONTEXTS]: async (executor) => {
    const { callers } = functions;
    if (callers === undefined) return;
    const run = (): Promise<unknown> => executor.run(functions.around, []);
    const calls = ["one", "two"].map((caller) => callers.run(caller, run));
    deepStrictEqual(await Promise.all([...calls, run()]), ["one", "two", undefined]);
  },

  "cancels a call whose `onProgress` throws, and rejects with that": async (executor) => {
    const failure = new Error("of onProgress");
    const onProgress = (): never => {
      throw failure;
    };
    const error = await rejection(executor.run(functions.spin, [], { onProgress }));
    strictEqual(error, failure);
  },

  "refuses invalid arguments, synchronously": async (executor) => {
    const run = executor.run.bind(executor) as (...args: unknown[]) => Promise<unknown>;
    throws(() => run(5, []), TypeError);
    throws(() => run(functions.echo, 5), TypeError);
    throws(() => run(functions.echo, [1], { timeOutMs: 5 }), TypeError);
    throws(() => run(functions.echo, [1], { timeoutMs: -1 }), RangeError);
    throws(() => run(functions.echo, [new AbortController().signal]), TypeError);
  },

  "runs nothing under a scope that is cancelled": async (executor) => {
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    const onProgress = (): never => {
      throw new Error("It runs");
    };
    const error = await rejection(executor.run(functions.spin, [], { signal, onProgress }));
    strictEqual(error, reason);
  },

  'ends a function that is cancelled, with "kill"': async (executor) => {
    await endsWithReason(executor, functions.spin, "kill");
    await endsWithReason(executor, functions.listen, "kill");
    strictEqual(await executor.run(functions.echo, [1]), 1);
  },

  'waits for a function that is cancelled, with "cooperate"': async (executor) => {
    await endsWithReason(executor, functions.listen, "cooperate");
  },

  "gives a result that comes in spite of a cancellation": async (executor) => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = begin(executor, functions.finish, { signal, onCancel: "cooperate" });
    await call.begun;
    controller.abort(new Error("too late"));
    strictEqual(await call.result, "finished");
  },

  'leaves a function that is cancelled, with "abandon"': async (executor) => {
    await endsWithReason(executor, functions.listen, "abandon");
  },

  'keeps a cancellation from a function that runs, with "shield"': async (executor) => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = begin(executor, functions.work, { signal, onCancel: "shield" }, [50]);
    await call.begun;
    controller.abort(new Error("outside"));
    strictEqual(await call.result, 50);
  },

  "ends a call at its deadline, also one with a shield": async (executor) => {
    for (const onCancel of ["kill", "cooperate", "abandon", "shield"] as const) {
      const fn = onCancel === "kill" ? functions.spin : functions.listen;
      const error = await rejection(executor.run(fn, [], { timeoutMs: 200, onCancel }));
      strictEqual((error as Error).name, "TimeoutError");
    }
  },

  "ends a call with its scope": async (executor) => {
    const outcome = await cancelScope(async (scope) => {
      const call = begin(executor, functions.spin, { scope });
      await call.begun;
      scope.cancel("enough");
      await call.result;
    });
    deepStrictEqual(outcome, { done: false, reason: "enough" });
  },

  "runs no more calls at once than their `limiter` has permits": async (executor) => {
    const limiter = new CapacityLimiter(1);
    let running = 0;
    let most = 0;
    let used = 0;
    const onProgress = (): void => {
      most = Math.max(most, (running += 1));
      used = Math.max(used, limiter.statistics().used);
    };
    const calls = [1, 2, 3].map(() =>
      executor.run(functions.work, [5], { limiter, onProgress }).then(() => (running -= 1)),
    );
    await Promise.all(calls);
    deepStrictEqual([most, used, limiter.statistics().used], [1, 1, 0]);
  },

  "gives each call an identification of its own": async (executor) => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => executor.run(functions.identify, [])),
    );
    ok(ids.every((id) => typeof id === "string" && id !== ""));
    strictEqual(new Set(ids).size, 20);
  },

  "counts its calls": async (executor) => {
    const before = executor.statistics().completed;
    const calls = [1, 2, 3].map((n) => executor.run(functions.echo, [n]));
    const { running, queued } = executor.statistics();
    strictEqual(running + queued, 3);
    await Promise.all(calls);
    const after = executor.statistics();
    deepStrictEqual([after.running, after.queued, after.completed - before], [0, 0, 3]);
  },

  "waits for its calls when it is closed, and takes no more": async (executor) => {
    let hasEnded = false;
    const call = executor.run(functions.work, [30]).then(() => (hasEnded = true));
    const closing = executor.close();
    await rejects(executor.run(functions.echo, [1]));
    await closing;
    ok(hasEnded);
    await call;
    await executor.close();
  },
};

function begin(
  executor: Executor,
  fn: AnyFunction,
  options: CallOptions,
  args: readonly unknown[] = [],
): Begun {
  let hasBegun!: () => void;
  const onProgress = (): void => hasBegun();
  const begun = new Promise<void>((resolve) => (hasBegun = resolve));
  const result = executor.run(fn as () => unknown, args as [], { ...options, onProgress });
  // A call that never begins is to fail its claim, not to hang it.
  return { result, begun: Promise.race([begun, result.then(() => {})]) };
}

async function endsWithReason(
  executor: Executor,
  fn: AnyFunction,
  onCancel: OnCancel,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error(`cancelled with "${onCancel}"`);
  const call = begin(executor, fn, { signal: controller.signal, onCancel });
  await call.begun;
  controller.abort(reason);
  strictEqual(await rejection(call.result), reason);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("Expected the call to reject");
}

/** As stacks have it. */
function thisFile(): string {
  const [, file] =
    /(?:\bat .*?|@)((?:file|https?):[^\s()]*|\/[^\s()]*):\d+:\d+/.exec(new Error().stack ?? "") ??
    [];
  return file ?? "no place in a stack";
}
