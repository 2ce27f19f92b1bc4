import { describe, expect, it } from "vitest";
import {
  cancelScope,
  CapacityLimiter,
  dependencyPath,
  failuresOf,
  inline,
  input,
  openDependencies,
  outcome,
  provide,
  type ProviderContext,
  resolveDependencies,
  sleep,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { gate } from "../support/gate.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** A resource that writes down what happens to it. */
function resource(log: string[], name: string) {
  return provide(async function* () {
    log.push(`${name} acquired`);
    try {
      yield name;
      log.push(`${name} released`);
    } catch (error) {
      log.push(`${name} sees ${String(error)}`);
      throw error;
    }
  });
}

describe("a provider that fails", () => {
  it("fails the resolution with its own error, which the resolution does not touch", async () => {
    const error = Object.freeze(new Error("refused"));
    const pool = provide(async () => Promise.reject(error));
    const user = provide({ pool }, async () => 1);
    expect(await rejectionOf(resolveDependencies({ user }))).toBe(error);
    expect(dependencyPath(error)).toEqual(["user", "pool"]);
    expect(failuresOf(error)).toEqual([error]);
  });

  it.each([[undefined], [null], [0], ["text"]])("may throw %s", async (thrown) => {
    const bad = inline(() => {
      throw thrown;
    });
    expect(await rejectionOf(resolveDependencies({ bad }))).toBe(thrown);
    expect(dependencyPath(thrown)).toBeUndefined();
  });

  it("keeps what depends on it, and whatever has not started, from starting", async () => {
    const ready = gate();
    const started: string[] = [];
    const bad = inline(() => {
      throw new Error("bad");
    });
    const needsBad = inline({ bad }, () => started.push("needsBad"));
    const later = inline(() => started.push("later"));
    const slow = provide(async () => ready.passed);
    const afterSlow = inline({ slow }, () => started.push("afterSlow"));
    const resolution = resolveDependencies({ afterSlow, needsBad, later });
    ready.open();
    await expect(resolution).rejects.toThrow("bad");
    expect(started).toEqual([]);
  });

  it("is followed by the end of every setup that was started, before the rejection", async () => {
    const log: string[] = [];
    const finish = gate();
    const slow = provide(async () => {
      await finish.passed;
      log.push("slow is over");
    });
    const bad = provide(async () => {
      throw new Error("bad");
    });
    const resolution = resolveDependencies({ slow, bad }).catch(() => log.push("rejected"));
    await new Promise(setImmediate);
    expect(log).toEqual([]);
    finish.open();
    await resolution;
    expect(log).toEqual(["slow is over", "rejected"]);
  });

  it("has what a sibling acquires late torn down too", async () => {
    const log: string[] = [];
    const finish = gate();
    const late = provide(async function* () {
      await finish.passed;
      log.push("acquired");
      try {
        yield 1;
      } catch (error) {
        log.push(`torn down: ${String(error)}`);
      }
    });
    const bad = provide(async () => {
      throw new Error("bad");
    });
    const resolution = resolveDependencies({ late, bad }, {}, () => expect.unreachable());
    await new Promise(setImmediate);
    finish.open();
    await expect(resolution).rejects.toThrow("bad");
    expect(log).toEqual(["acquired", "torn down: Error: bad"]);
  });

  it("cancels the setups of its siblings, whose echoes are no failures", async () => {
    const sleeper = provide(async (_deps, context) => sleep(60_000, context));
    const fetcher = provide(async (_deps, { signal }) => {
      await new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError"))),
      );
    });
    const bad = provide(async () => {
      throw new Error("bad");
    });
    let reason: unknown;
    const told = provide(async (_deps, context) => {
      reason = await rejectionOf(sleep(60_000, context));
    });
    const error = await rejectionOf(resolveDependencies({ sleeper, fetcher, told, bad }));
    expect(reason).toMatchObject({
      message: "The resolution failed, so the rest of its group was cancelled",
      cause: error,
    });
    expect(String(error)).toBe("Error: bad");
    expect(failuresOf(error)).toEqual([error]);
  });

  it("is reported together with what else failed, first things first", async () => {
    const stopped = provide(async (_deps, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("second");
    });
    const bad = provide(async () => {
      throw new Error("first");
    });
    const error = await rejectionOf(resolveDependencies({ stopped, bad }));
    expect(failuresOf(error).map(String)).toEqual(["Error: first", "Error: second"]);
    expect(failuresOf(error).map(dependencyPath)).toEqual([["bad"], ["stopped"]]);
    expect(failuresOf(error)[0]).toBe(error);
  });

  it("may fail with an AbortError of its own, which is a failure like every other", async () => {
    const aborted = new DOMException("mine", "AbortError");
    const bad = provide(async () => Promise.reject(aborted));
    expect(await rejectionOf(resolveDependencies({ bad }))).toBe(aborted);
  });

  it("may cancel its own scope, which fails it", async () => {
    const reason = new Error("gave up");
    const bad = provide(async (_deps, context) => {
      context.cancel(reason);
      context.throwIfCancelled();
    });
    expect(await rejectionOf(resolveDependencies({ bad }))).toBe(reason);
  });

  it("unwinds what came before it, newest first", async () => {
    const log: string[] = [];
    const first = resource(log, "first");
    const second = resource(log, "second");
    const third = provide({ first, second }, async () => {
      throw new Error("third");
    });
    await rejectionOf(resolveDependencies({ third }, {}, () => expect.unreachable()));
    expect(log).toEqual([
      "first acquired",
      "second acquired",
      "second sees Error: third",
      "first sees Error: third",
    ]);
  });
});

describe("the signal of a provider", () => {
  it("never fires once the value is ready, whether it was looked at before or after", async () => {
    const contexts: ProviderContext[] = [];
    const before = provide(async (_deps, context) => {
      contexts.push(context);
      return context.signal;
    });
    const after = provide(async (_deps, context) => {
      contexts.push(context);
    });
    const bad = provide({ before, after }, async () => {
      throw new Error("bad");
    });
    await rejectionOf(resolveDependencies({ bad }));
    expect(contexts.map(({ signal, cancelled }) => [signal.aborted, cancelled])).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  it("cannot be fired any more once the value is ready, also where all are there at once", async () => {
    for (const first of [inline(() => 0), provide(async () => 0)]) {
      const contexts: ProviderContext[] = [];
      const unseen = inline({ first }, (_deps, context) => void contexts.push(context));
      const seen = inline({ first }, (_deps, context) => {
        contexts.push(context);
        return context.signal;
      });
      const controller = new AbortController();
      const { signal } = controller;
      await resolveDependencies({ unseen, seen }, { signal }, () => {
        controller.abort();
        expect(contexts).toHaveLength(2);
        for (const context of contexts) {
          expect(context.cancelled).toBe(false);
          context.cancel("late");
          expect([context.cancelled, context.signal.aborted]).toEqual([false, false]);
        }
      });
    }
  });

  it("has fired when somebody looks at it only after the failure", async () => {
    const failed = gate();
    let aborted: unknown;
    const late = provide(async (_deps, context) => {
      await failed.passed;
      aborted = context.signal.aborted;
    });
    const bad = provide(async () => {
      throw new Error("bad");
    });
    const resolution = resolveDependencies({ late, bad });
    await new Promise(setImmediate);
    failed.open();
    await rejectionOf(resolution);
    expect(aborted).toBe(true);
  });

  it("comes with the path from the target", async () => {
    let path: readonly string[] = [];
    const pool = provide(async (_deps, context) => {
      ({ path } = context);
    });
    const tx = provide({ pool }, async () => 1);
    await resolveDependencies({ user: provide({ tx }, async () => 1) });
    expect(path).toEqual(["user", "tx", "pool"]);
  });

  it("comes with the path to the first of several that it came out of, where they fail as data", async () => {
    const error = new Error("no");
    const first = provide(async () => Promise.reject(error));
    const second = provide(async () => Promise.reject(error));
    const user = provide({ first: outcome(first), second: outcome(second) }, async () => 1);
    expect(await resolveDependencies({ user })).toEqual({ user: 1 });
    expect(dependencyPath(error)).toEqual(["user", "first"]);
  });

  it("names what it comes after, which has no key there, whatever it is called elsewhere", async () => {
    const check = provide(async () => Promise.reject(new Error("no")), { name: "authorized" });
    const report = provide(async () => 1, { after: [check] });
    const far = provide({ key: provide({ check }, async () => 1) }, async () => 1);
    const error = await rejectionOf(resolveDependencies({ far, report }));
    expect(dependencyPath(error)).toEqual(["report", "authorized"]);
  });
});

describe("cancelling a resolution", () => {
  it("runs nothing if it is cancelled before it begins", async () => {
    const reason = new Error("too late");
    const ran: string[] = [];
    const value = inline(() => ran.push("value"));
    const resolution = resolveDependencies({ value }, { signal: AbortSignal.abort(reason) }, () =>
      ran.push("body"),
    );
    expect(await rejectionOf(resolution)).toBe(reason);
    expect(ran).toEqual([]);
  });

  it("cancels and awaits pending setups, tears down, and rejects with the reason", async () => {
    const log: string[] = [];
    const reason = new Error("stop");
    const controller = new AbortController();
    const held = resource(log, "held");
    const pending = provide({ held }, async (_deps, context) => {
      controller.abort(reason);
      try {
        await sleep(60_000, context);
      } finally {
        log.push("pending is over");
      }
    });
    const resolution = resolveDependencies({ pending }, { signal: controller.signal }, () =>
      log.push("body"),
    );
    expect(await rejectionOf(resolution)).toBe(reason);
    expect(log).toEqual(["held acquired", "pending is over", "held sees Error: stop"]);
    expect(dependencyPath(reason)).toBeUndefined();
  });

  it("waits for a setup that ignores its signal, and tears down what that acquires", async () => {
    const log: string[] = [];
    const go = gate();
    const controller = new AbortController();
    const deaf = provide(async function* () {
      await go.passed;
      log.push("acquired");
      try {
        yield 1;
      } finally {
        log.push("released");
      }
    });
    const resolution = resolveDependencies({ deaf }, { signal: controller.signal }, () => 1);
    controller.abort(new Error("stop"));
    await new Promise(setImmediate);
    expect(log).toEqual([]);
    go.open();
    await expect(resolution).rejects.toThrow("stop");
    expect(log).toEqual(["acquired", "released"]);
  });

  it("does not run the body when the last setup is what cancels it", async () => {
    const controller = new AbortController();
    const last = inline(() => controller.abort(new Error("stop")));
    const resolution = resolveDependencies({ last }, { signal: controller.signal }, () =>
      expect.unreachable(),
    );
    await expect(resolution).rejects.toThrow("stop");
  });

  it("leaves the body alone: its value is kept, and its resources are told of success", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const held = resource(log, "held");
    const value = await resolveDependencies({ held }, { signal: controller.signal }, async () => {
      controller.abort();
      await new Promise(setImmediate);
      return "value";
    });
    expect(value).toBe("value");
    expect(log).toEqual(["held acquired", "held released"]);
  });

  it("does not cut a teardown short", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const held = provide(async function* (_deps, context) {
      yield 1;
      controller.abort();
      await sleep(1, context);
      log.push("released");
    });
    await resolveDependencies({ held }, { signal: controller.signal }, () => undefined);
    expect(log).toEqual(["released"]);
  });

  it("does not cut a teardown short whose setup has looked at its signal", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const held = provide(async function* (_deps, context) {
      log.push(`aborted: ${context.signal.aborted}`);
      try {
        yield 1;
      } finally {
        await sleep(1, context);
        log.push("released");
      }
    });
    const pending = provide({ held }, async (_deps, context) => {
      controller.abort();
      await sleep(60_000, context);
    });
    await rejectionOf(resolveDependencies({ pending }, { signal: controller.signal }, () => 1));
    expect(log).toEqual(["aborted: false", "released"]);
  });

  it("reaches it through a scope, with the reason of the scope", async () => {
    const outcome = await cancelScope(async (scope) => {
      const pending = provide(async (_deps, context) => {
        scope.cancel("enough");
        await sleep(60_000, context);
      });
      await resolveDependencies({ pending }, { scope });
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
  });

  it("leaves no listener on the signal", async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (
      listeners--,
      remove(...args)
    );
    const value = provide(async (_deps, context) => sleep(1, context));
    const bad = provide(async () => Promise.reject(new Error("bad")));
    await resolveDependencies({ value }, { signal });
    await rejectionOf(resolveDependencies({ value, bad }, { signal }));
    expect(listeners).toBe(0);
  });

  it("counts what fails after it as a failure that outranks it", async () => {
    const controller = new AbortController();
    const pending = provide(async (_deps, context) => {
      controller.abort(new Error("stop"));
      await rejectionOf(sleep(60_000, context));
      throw new Error("cleanup failed");
    });
    const error = await rejectionOf(
      resolveDependencies({ pending }, { signal: controller.signal }),
    );
    expect(String(error)).toBe("Error: cleanup failed");
  });
});

describe("timeoutMs of a provider", () => {
  it("fires the provider's signal and fails the resolution with the path", async () => {
    const slow = provide(async (_deps, context) => sleep(60_000, context), { timeoutMs: 1 });
    const user = provide({ slow }, async () => 1);
    const error = await rejectionOf(resolveDependencies({ user }));
    expect(error).toMatchObject({
      name: "TimeoutError",
      code: "ERR_SKEIN_DEADLINE",
      message: "Provider `user → slow` was not ready within its `timeoutMs` of 1 ms",
    });
    expect(dependencyPath(error)).toEqual(["user", "slow"]);
    expect(failuresOf(error)).toEqual([error]);
  });

  it("tears down what is acquired too late", async () => {
    const log: string[] = [];
    const slow = provide(
      async function* (_deps, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        try {
          yield 1;
        } catch (error) {
          log.push((error as Error).name);
        }
      },
      { timeoutMs: 100 },
    );
    await expect(resolveDependencies({ slow }, {}, () => 1)).rejects.toThrow("timeoutMs");
    expect(log).toEqual(["TimeoutError"]);
  });

  it("is the first failure, whatever fails since it cancels the others", async () => {
    const deaf = gate();
    const slow = provide(async () => deaf.passed, { timeoutMs: 100 });
    const sibling = provide(async (_deps, context) => {
      await sleep(60_000, context).catch(() => {
        deaf.open();
        throw new Error("locked");
      });
    });
    const error = await rejectionOf(resolveDependencies({ slow, sibling }));
    expect(failuresOf(error).map((failure) => (failure as Error).name)).toEqual([
      "TimeoutError",
      "Error",
    ]);
    expect(dependencyPath(error)).toEqual(["slow"]);
  });

  it("does not concern a setup that is ready in time, however long its value is used", async () => {
    const quick = provide(async () => "value", { timeoutMs: 10 });
    const value = await withVirtualClock(() =>
      resolveDependencies({ quick }, {}, async ({ quick }) => {
        await sleep(500);
        return quick;
      }),
    );
    expect(value).toBe("value");
  });
});

describe("limit of a provider", () => {
  it("bounds how many hold the resource at once, from before the setup until after the teardown", async () => {
    const limit = new CapacityLimiter(5);
    let held = 0;
    let most = 0;
    const handle = provide(
      async function* () {
        most = Math.max(most, ++held);
        yield held;
        held--;
      },
      { limit },
    );
    const user = provide({ handle }, async () => new Promise(setImmediate));
    await Promise.all(
      Array.from({ length: 200 }, () =>
        resolveDependencies({ user }, {}, () => new Promise(setImmediate)),
      ),
    );
    expect(most).toBe(5);
    expect(limit.statistics()).toMatchObject({ used: 0 });
  });

  it("is given back after the setup of what holds nothing", async () => {
    const limit = new CapacityLimiter(1);
    const first = provide(async () => 1, { limit });
    const second = inline({ first }, ({ first }) => first + 1, { limit });
    const used = await resolveDependencies({ second }, {}, () => limit.statistics().used);
    expect(used).toBe(0);
  });

  it("is given back after a teardown that fails, or that it took too long", async () => {
    const limit = new CapacityLimiter(1);
    const failing = provide(
      async function* () {
        yield 1;
        throw new Error("bad");
      },
      { limit },
    );
    const deaf = gate();
    const slow = provide(
      async function* () {
        yield 1;
        await deaf.passed;
      },
      { limit, teardownTimeoutMs: 1 },
    );
    for (const provider of [failing, slow]) {
      await rejectionOf(resolveDependencies({ provider }, {}, () => {}));
      expect(limit.statistics()).toMatchObject({ used: 0 });
    }
    deaf.open();
  });

  it("is given back at once if it comes after the cancellation, and nothing runs", async () => {
    const log: string[] = [];
    const granted = gate();
    const limit = {
      acquire: async () => {
        await granted.passed;
        return { release: () => log.push("released") };
      },
    };
    const late = provide(async () => log.push("ran"), { limit });
    const controller = new AbortController();
    const resolution = resolveDependencies({ late }, { signal: controller.signal });
    controller.abort(new Error("stop"));
    granted.open();
    await expect(resolution).rejects.toThrow("stop");
    expect(log).toEqual(["released"]);
  });

  it("is given back when the setup fails and when the wait for it is cancelled", async () => {
    const limit = new CapacityLimiter(1);
    const bad = provide(async () => Promise.reject(new Error("bad")), { limit });
    await rejectionOf(resolveDependencies({ bad }));
    const permit = await limit.acquire();
    const waiting = provide(async () => 1, { limit });
    const controller = new AbortController();
    const resolution = resolveDependencies({ waiting }, { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(resolution).rejects.toThrow("stop");
    permit.release();
    expect(limit.statistics()).toMatchObject({ used: 0 });
  });
});

describe("what is found before anything runs", () => {
  it("is a missing input, with the way to it", async () => {
    const ran: string[] = [];
    const token = input<string>()("token");
    const first = inline(() => ran.push("first"));
    const user = provide({ first, token }, async () => 1);
    const error = await rejectionOf(resolveDependencies({ user }, { inputs: {} as never }));
    expect(error).toMatchObject({
      name: "MissingInputError",
      code: "ERR_SKEIN_MISSING_INPUT",
      path: ["user", "token"],
      message: "Expected `inputs` to have `token`, which `user → token` asks for",
    });
    expect(ran).toEqual([]);
  });

  it("is the lack of a body for what needs teardown", () => {
    const tx = provide(async function* () {
      yield 1;
    });
    const user = provide({ tx }, async () => 1);
    expect(() => resolveDependencies({ user })).toThrow(
      "Expected a body, since `user → tx` needs teardown after it: pass a body, or use openDependencies",
    );
  });
});

describe("providers that are ready at once", () => {
  it("do not begin any more once one of them has cancelled the resolution", async () => {
    const begun: string[] = [];
    const outcome = await cancelScope(async (scope) => {
      const first = inline(() => {
        begun.push("first");
        scope.cancel("enough");
      });
      const second = inline({ first }, () => void begun.push("second"));
      await resolveDependencies({ second }, { scope });
    });
    expect(outcome).toMatchObject({ done: false });
    expect(begun).toEqual(["first"]);
  });

  it("are told apart by their path when one of them throws a function", async () => {
    const thrown = (): void => {};
    const bad = inline(() => {
      // eslint-disable-next-line no-throw-literal
      throw thrown;
    });
    const error = await rejectionOf(resolveDependencies({ user: inline({ bad }, () => 1) }));
    expect(error).toBe(thrown);
    expect(dependencyPath(thrown)).toEqual(["user", "bad"]);
  });
});

describe("openDependencies", () => {
  it("rejects, and does not throw, when the graph lacks something", async () => {
    const token = input<string>()("token");
    const opening = openDependencies({ token } as never, {} as never);
    expect(await rejectionOf(opening)).toMatchObject({ name: "MissingInputError" });
  });

  it("rejects as resolveDependencies does, after the teardown", async () => {
    const log: string[] = [];
    const held = resource(log, "held");
    const bad = provide({ held }, async () => Promise.reject(new Error("bad")));
    await expect(openDependencies({ bad })).rejects.toThrow("bad");
    expect(log).toEqual(["held acquired", "held sees Error: bad"]);
  });
});
