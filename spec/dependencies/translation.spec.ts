import { describe, expect, it } from "vitest";
import {
  cancelScope,
  dependencyPath,
  failAfter,
  failuresOf,
  inline,
  lifetime,
  openDependencies,
  provide,
  type Provider,
  resolveDependencies,
  sleep,
  taskGroup,
  Threadpool,
} from "../../lib/index.ts";
import { gate } from "../support/gate.ts";
import { rejectionOf } from "../support/rejection-of.ts";

type Deps = Record<string, Provider<unknown, never>>;
type Kind = "async" | "plain" | "inline";

/** A generator that throws another error in place of the one that it is told of, with that as its cause. */
function translator(kind: Kind, name: string, deps: Deps = {}): Provider<string, never> {
  switch (kind) {
    case "async":
      return provide(deps, async function* () {
        try {
          yield name;
        } catch (error) {
          throw new Error(`${name} of ${(error as Error).message}`, { cause: error });
        }
      });
    case "inline":
      return inline(deps, function* () {
        try {
          yield name;
        } catch (error) {
          throw new Error(`${name} of ${(error as Error).message}`, { cause: error });
        }
      });
    case "plain":
      return provide(deps, function* () {
        try {
          yield name;
        } catch (error) {
          throw new Error(`${name} of ${(error as Error).message}`, { cause: error });
        }
      });
  }
}

const messages = (error: unknown): string[] =>
  failuresOf(error).map((failure) => (failure as Error).message);

describe.each<Kind>(["async", "plain", "inline"])(
  "what an %s generator throws in place of the failure it was told of",
  (kind) => {
    it("is what the resolution rejects with, be it the body that failed or a provider", async () => {
      const tx = translator(kind, "conflict");
      const failing = provide({ tx }, async () => {
        throw new RangeError("duplicate");
      });
      for (const resolve of [
        () => resolveDependencies({ tx }, {}, () => Promise.reject(new RangeError("duplicate"))),
        () => resolveDependencies({ failing }, {}, () => expect.unreachable()),
      ]) {
        const error = (await rejectionOf(resolve())) as Error;
        expect(messages(error)).toEqual(["conflict of duplicate", "duplicate"]);
        expect(failuresOf(error)[0]).toBe(error);
        expect(error.cause).toBe(failuresOf(error)[1]);
        expect(error.cause).toBeInstanceOf(RangeError);
        expect(dependencyPath(error)?.at(-1)).toBe("tx");
        expect("errors" in error).toBe(false);
      }
    });

    it.each(["sequential", "parallel"] as const)(
      "is what the next one further out is told of, in %s teardown",
      async (teardown) => {
        const outer = translator("async", "outer");
        const inner = translator(kind, "inner", { outer });
        const innermost = translator("inline", "innermost", { inner });
        const error = await rejectionOf(
          resolveDependencies({ innermost }, { teardown }, () => Promise.reject(new Error("bad"))),
        );
        expect(messages(error)).toEqual([
          "outer of inner of innermost of bad",
          "inner of innermost of bad",
          "innermost of bad",
          "bad",
        ]);
      },
    );

    it("does not make a failure of a cancellation", async () => {
      const reason = new Error("stop");
      const outcome = await cancelScope(async (scope) => {
        const tx = translator(kind, "conflict");
        const waiting = provide({ tx }, async (_deps, context) => {
          scope.cancel(reason);
          await sleep(60_000, context);
        });
        await resolveDependencies({ waiting }, { scope }, () => expect.unreachable());
      });
      expect(outcome).toEqual({ done: false, reason });
      expect(failuresOf(reason)).toEqual([reason]);
      expect(reason.cause).toBeUndefined();
    });
  },
);

describe("what a generator throws in place of the failure it was told of", () => {
  it("has that as its cause if it has none of its own", async () => {
    const tx = provide(async function* () {
      try {
        yield 1;
      } catch {
        throw new Error("conflict");
      }
    });
    const failure = new Error("duplicate");
    const error = (await rejectionOf(
      resolveDependencies({ tx }, {}, () => Promise.reject(failure)),
    )) as Error;
    expect(error.cause).toBe(failure);
    expect(Object.keys(error)).toEqual([]);
    expect(failuresOf(error)).toEqual([error, failure]);
  });

  it("keeps a cause of its own; what it was told of is among its failures all the same", async () => {
    const cause = new Error("rollback refused");
    const tx = provide(async function* () {
      try {
        yield 1;
      } catch {
        throw new Error("conflict", { cause });
      }
    });
    const failure = new Error("duplicate");
    const error = (await rejectionOf(
      resolveDependencies({ tx }, {}, () => Promise.reject(failure)),
    )) as Error & { errors: unknown };
    expect(error.cause).toBe(cause);
    expect(failuresOf(error)).toEqual([error, failure]);
    expect(error.errors).toEqual([failure]);
  });

  it("may be the cause of what it was told of, taken out again", async () => {
    const unwraps = provide(async function* () {
      try {
        yield 1;
      } catch (error) {
        throw (error as Error).cause;
      }
    });
    const wraps = translator("async", "wraps", { unwraps });
    const failure = new Error("bad");
    const error = await rejectionOf(
      resolveDependencies({ wraps }, {}, () => Promise.reject(failure)),
    );
    expect(error).toBe(failure);
    expect(messages(error)).toEqual(["bad", "wraps of bad"]);
    expect(failure.cause).toBeUndefined();
    expect(dependencyPath(failure)).toBeUndefined();
  });

  it("may be one object that is thrown again and again", async () => {
    const conflict = new Error("conflict");
    const tx = provide(async function* () {
      try {
        yield 1;
      } catch {
        throw conflict;
      }
    });
    for (const message of ["first", "second"]) {
      const error = await rejectionOf(
        resolveDependencies({ tx }, {}, () => Promise.reject(new Error(message))),
      );
      expect(error).toBe(conflict);
      expect(messages(error)).toEqual(["conflict", message]);
      expect((conflict.cause as Error).message).toBe(message);
    }
    const thrower = provide(async () => {
      throw conflict;
    });
    expect(await rejectionOf(resolveDependencies({ thrower }))).toBe(conflict);
    expect(failuresOf(conflict)).toEqual([conflict]);
    expect("cause" in conflict).toBe(false);
  });

  it.each([
    ["a string", "conflict"],
    ["undefined", undefined],
    ["a frozen error", Object.freeze(new Error("frozen"))],
  ])("may be %s", async (_what, thrown) => {
    const tx = provide(async function* () {
      try {
        yield 1;
      } catch {
        throw thrown;
      }
    });
    const resolution = resolveDependencies({ tx }, {}, () => Promise.reject(new Error("bad")));
    expect(await rejectionOf(resolution)).toBe(thrown);
  });

  it("carries what failed with it", async () => {
    const nested = provide(async function* () {
      try {
        yield 1;
      } catch {
        await taskGroup((group) => {
          group.spawn(async () => {
            throw new Error("rollback failed");
          });
          group.spawn(async (task) => {
            await sleep(60_000, task).catch(() => {});
            throw new Error("and so did its cleanup");
          });
        });
      }
    });
    const error = await rejectionOf(
      resolveDependencies({ nested }, {}, () => Promise.reject(new Error("bad"))),
    );
    expect(messages(error)).toEqual(["rollback failed", "and so did its cleanup", "bad"]);
  });

  it("stays a failure if the next one swallows it", async () => {
    const seen: string[] = [];
    const swallows = provide(async function* () {
      try {
        yield 1;
      } catch (error) {
        seen.push((error as Error).message);
      }
    });
    const tx = translator("async", "conflict", { swallows });
    const error = await rejectionOf(
      resolveDependencies({ tx }, {}, () => Promise.reject(new Error("bad"))),
    );
    expect(messages(error)).toEqual(["conflict of bad", "bad"]);
    expect(seen).toEqual(["conflict of bad"]);
  });

  it("takes the place of a teardown's failure too", async () => {
    const outer = translator("async", "outer");
    const tx = provide({ outer }, async function* () {
      yield 1;
      throw new Error("commit failed");
    });
    const error = await rejectionOf(resolveDependencies({ tx }, {}, () => "value"));
    expect(messages(error)).toEqual(["outer of commit failed", "commit failed"]);
  });

  it("outranks a cancellation if it is no echo of it", async () => {
    const controller = new AbortController();
    const tx = provide(async function* () {
      try {
        yield 1;
      } catch {
        throw new Error("rollback failed");
      }
    });
    const waiting = provide({ tx }, async (_deps, context) => {
      controller.abort(new Error("stop"));
      await sleep(60_000, context);
    });
    const error = (await rejectionOf(
      resolveDependencies({ waiting }, { signal: controller.signal }, () => expect.unreachable()),
    )) as Error;
    expect(messages(error)).toEqual(["rollback failed"]);
    expect(error.cause).toBeUndefined();
  });

  it("is no cancellation that comes back from the scope around", async () => {
    const failure = new Error("bad");
    const outcome = await rejectionOf(
      cancelScope(async (scope) => {
        const tx = provide(async function* () {
          try {
            yield 1;
          } catch {
            await sleep(60_000, scope);
          }
        });
        await resolveDependencies({ tx }, { scope }, () => {
          scope.cancel("enough");
          throw failure;
        });
      }),
    );
    expect(outcome).toBe(failure);
    expect(failuresOf(failure)).toEqual([failure]);
  });

  it("is its own DeadlineError, but not that of its teardownTimeoutMs, nor a second yield", async () => {
    const failure = (): Promise<never> => Promise.reject(new Error("bad"));
    const own = provide(async function* () {
      try {
        yield 1;
      } catch {
        await failAfter(1, (scope) => sleep(60_000, scope));
      }
    });
    const hangs = provide(
      async function* () {
        try {
          yield 1;
        } finally {
          await new Promise(() => {});
        }
      },
      { teardownTimeoutMs: 1 },
    );
    const again = provide(async function* () {
      try {
        yield 1;
      } catch {
        yield 2;
      }
    });
    const names = async (target: Provider<unknown, never>): Promise<string[]> =>
      failuresOf(await rejectionOf(resolveDependencies({ target }, {}, failure))).map(
        (error) => (error as Error).name,
      );
    expect(await names(own)).toEqual(["TimeoutError", "Error"]);
    expect(await names(hangs)).toEqual(["Error", "TimeoutError"]);
    expect(await names(again)).toEqual(["Error", "GeneratorContractError"]);
  });

  it("is told to what it depended on, and to nobody else, in parallel teardown", async () => {
    const log: string[] = [];
    const translated = gate();
    const seen = (name: string, deps: Deps, waits = false): Provider<string, never> =>
      provide(deps, async function* () {
        try {
          yield name;
        } catch (error) {
          if (waits) await translated.passed;
          log.push(`${name}: ${(error as Error).message}`);
          throw error;
        }
      });
    const below = seen("below", {});
    const tx = provide({ below }, async function* () {
      try {
        yield 1;
      } catch {
        translated.open();
        throw new Error("conflict");
      }
    });
    const leaf = seen("leaf", {});
    const late = seen("late", { leaf }, true);
    const error = await rejectionOf(
      resolveDependencies({ tx, late }, { teardown: "parallel" }, () =>
        Promise.reject(new Error("bad")),
      ),
    );
    expect(log.sort()).toEqual(["below: conflict", "late: bad", "leaf: bad"].sort());
    expect(messages(error)).toEqual(["conflict", "bad"]);
  });

  it("is that of the outermost, whichever came first, in parallel teardown", async () => {
    for (const order of [
      ["a", "b"],
      ["b", "a"],
    ]) {
      const gates = { a: gate(), b: gate() };
      const waiting = (name: "a" | "b"): Provider<void, never> =>
        provide(async function* () {
          try {
            yield;
          } catch {
            if (order[0] !== name) await gates[order[0] as "a" | "b"].passed;
            gates[name].open();
            throw new Error(name);
          }
        });
      const targets = { a: waiting("a"), b: waiting("b") };
      const error = await rejectionOf(
        resolveDependencies(targets, { teardown: "parallel" }, () =>
          Promise.reject(new Error("bad")),
        ),
      );
      expect(messages(error)[0]).toBe("a");
      expect(messages(error).sort()).toEqual(["a", "b", "bad"]);
    }
  });

  it("is what disposing rejects with after `fail`", async () => {
    const failure = new Error("bad");
    const dependencies = await openDependencies({ tx: translator("async", "conflict") });
    dependencies.fail(failure);
    const error = (await rejectionOf(dependencies[Symbol.asyncDispose]())) as Error;
    expect(messages(error)).toEqual(["conflict of bad", "bad"]);
    expect(error.cause).toBe(failure);
  });

  it("is what closing a lifetime rejects with", async () => {
    const App = lifetime("app");
    const pool = provide.in(App)(async function* () {
      try {
        yield 1;
      } catch (error) {
        throw new Error("pool", { cause: error });
      }
    });
    const cache = provide.in(App)({ pool }, async function* () {
      yield 1;
      throw new Error("cache");
    });
    const app = App.open();
    await resolveDependencies({ cache }, { within: app });
    expect(messages(await rejectionOf(app.close()))).toEqual(["pool", "cache"]);
  });

  it("is why what a lifetime would have kept could not be made", async () => {
    const App = lifetime("app");
    const pool = provide.in(App)(
      async function* (_deps, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        try {
          yield 1;
        } catch (error) {
          throw new Error("no pool", { cause: error });
        }
      },
      { timeoutMs: 100 },
    );
    await using app = App.open();
    const error = await rejectionOf(resolveDependencies({ pool }, { within: app }));
    expect(failuresOf(error).map((failure) => (failure as Error).name)).toEqual([
      "Error",
      "TimeoutError",
    ]);
  });

  it("has the failure itself as a cause however deep, where a thread had a copy", async () => {
    const tx = provide(function* () {
      try {
        yield 1;
      } catch (error) {
        const middle = new Error("middle", { cause: error });
        throw new Error("conflict", { cause: middle });
      }
    });
    for (const failure of [new RangeError("bad"), { code: 7, why: ["bad"] }]) {
      const error = (await rejectionOf(
        resolveDependencies({ tx }, {}, () => {
          throw failure;
        }),
      )) as { cause: { cause: unknown } };
      expect(error.cause.cause).toBe(failure);
    }
  });

  it("is an error of its thread's death only among the others", async () => {
    const pool = new Threadpool();
    const tx = provide(
      function* () {
        try {
          yield 1;
        } finally {
          process.exit(1);
        }
      },
      { pool },
    );
    const error = await rejectionOf(
      resolveDependencies({ tx }, {}, () => Promise.reject(new Error("bad"))),
    );
    expect(failuresOf(error).map((failure) => (failure as Error).name)).toEqual([
      "Error",
      "WorkerLostError",
    ]);
    await pool.close();
  });
});
