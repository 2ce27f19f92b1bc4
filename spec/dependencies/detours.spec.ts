import { describe, expect, it } from "vitest";
import {
  dependencyPath,
  failuresOf,
  family,
  fresh,
  inline,
  lazy,
  outcome,
  override,
  provide,
  type Provider,
  resolveDependencies,
} from "../../lib/index.ts";
import { gate } from "../support/gate.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const bad = provide(async (): Promise<string> => {
  throw new Error("bad");
});

/** Work of a turn, and how much of it ran at once at most. */
function countedWork(): { work: () => Promise<void>; most: () => number } {
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
  };
  return { work, most: () => most };
}

describe("fresh", () => {
  it("runs once more for its own place and leaves what is below shared", async () => {
    const runs = { leaf: 0, middle: 0 };
    const leaf = inline(() => ++runs.leaf);
    const middle = inline({ leaf }, ({ leaf }) => `leaf ${leaf}, middle ${++runs.middle}`);
    const user = inline({ a: middle, b: fresh(middle), c: fresh(middle) }, (deps) => ({ ...deps }));
    expect(await resolveDependencies({ user, middle })).toEqual({
      user: { a: "leaf 1, middle 1", b: "leaf 1, middle 2", c: "leaf 1, middle 3" },
      middle: "leaf 1, middle 1",
    });
  });

  it("is the input itself for an input", async () => {
    const value = inline(() => 1);
    expect(await resolveDependencies({ value: fresh(fresh(value)) })).toEqual({ value: 1 });
  });
});

describe("lazy", () => {
  it("runs nothing unless it is called, then once, with all that it needs", async () => {
    const log: string[] = [];
    const below = provide(async () => log.push("below"));
    const costly = provide({ below }, async () => log.push("costly"));
    const user = provide({ costly: lazy(costly) }, async ({ costly }) => costly);
    const values = await resolveDependencies(
      { user, other: lazy(costly) },
      {},
      async ({ user, other }) => {
        expect(log).toEqual([]);
        return await Promise.all([user(), user(), other()]);
      },
    );
    expect(values).toEqual([2, 2, 2]);
    expect(log).toEqual(["below", "costly"]);
  });

  it("gives the value that the resolution has anyway, if it has it anyway", async () => {
    let runs = 0;
    const shared = provide(async () => ++runs);
    const user = provide({ shared: lazy(shared) }, async ({ shared }) => await shared());
    expect(await resolveDependencies({ user, shared })).toEqual({ user: 1, shared: 1 });
  });

  it("may be called in a setup, also one after the other", async () => {
    const value = provide(async () => "value");
    const user = provide({ value: lazy(value) }, async ({ value }) => await value());
    expect(await resolveDependencies({ user }, { concurrency: 1 })).toEqual({ user: "value" });
    expect(await resolveDependencies({ user, value }, { concurrency: 1 })).toEqual({
      user: "value",
      value: "value",
    });
  });

  it("has what it acquired torn down with the rest, after those who may use it", async () => {
    const log: string[] = [];
    const handle = provide(async function* () {
      yield "handle";
      log.push("handle");
    });
    const user = provide({ handle: lazy(handle) }, async function* ({ handle }) {
      yield handle;
      log.push(`user with ${await handle()}`);
    });
    await resolveDependencies({ user }, {}, ({ user }) => user());
    expect(log).toEqual(["user with handle", "handle"]);
  });

  it("fails whoever called it, and no one else", async () => {
    const user = provide({ bad: lazy(bad) }, async ({ bad }) => String(await rejectionOf(bad())));
    expect(
      await resolveDependencies({ user, bad: lazy(bad) }, {}, async ({ user, bad }) => {
        expect(await rejectionOf(bad())).toBe(await rejectionOf(bad()));
        return user;
      }),
    ).toBe("Error: bad");
  });

  it("refuses what was not asked for in time", async () => {
    const value = provide(async () => 1);
    let late!: () => Promise<number>;
    await resolveDependencies({ value: lazy(value) }, {}, ({ value }) => {
      late = value;
    });
    expect(await rejectionOf(late())).toMatchObject({ name: "ClosedError" });
  });

  it("still gives what there was after the resolution has ended", async () => {
    const value = provide(async () => "value");
    const { get } = await resolveDependencies({ get: lazy(value), value });
    expect(await get()).toBe("value");
  });

  it("rejects rather than hangs when the resolution fails while somebody waits for it", async () => {
    const go = gate();
    const never = provide(async () => go.passed);
    const needsNever = provide({ never }, async () => 1);
    let echoed: unknown;
    const user = provide({ needsNever: lazy(needsNever) }, async ({ needsNever }) => {
      echoed = await rejectionOf(needsNever());
      go.open();
      throw echoed;
    });
    const failing = provide(async () => {
      await new Promise(setImmediate);
      throw new Error("bad");
    });
    expect(String(await rejectionOf(resolveDependencies({ user, failing })))).toBe("Error: bad");
    expect(echoed).toMatchObject({ name: "AbortError" });
  });

  it("rejects when it is called after what it gives has failed, or failed as data", async () => {
    const failed = gate();
    const late = provide({ bad: lazy(bad) }, async ({ bad }) => {
      await failed.passed;
      return String(await rejectionOf(bad()));
    });
    const watch = provide({ bad: outcome(bad) }, async () => failed.open());
    const { late: asData } = await resolveDependencies({ watch, late });
    expect(asData).toBe("Error: bad");
    let seen: unknown;
    const fatal = provide(async (): Promise<string> => {
      throw new Error("fatal");
    });
    const asker = provide({ fatal: lazy(fatal) }, async ({ fatal }) => {
      await new Promise(setImmediate);
      seen = await rejectionOf(fatal());
      throw seen;
    });
    const error = await rejectionOf(resolveDependencies({ asker, fatal }));
    expect(seen).toBe(error);
    expect(failuresOf(error)).toEqual([error]);
    expect(dependencyPath(error)).toEqual(["fatal"]);
  });

  it("rejects when something that is needed for it has failed as data and something else became ready later", async () => {
    const ready = gate();
    const late = provide({ bad: outcome(bad) }, async () => ready.open());
    const both = provide({ bad, late }, async () => expect.unreachable());
    const error = await resolveDependencies(
      { late, both: lazy(both) },
      {},
      async ({ both }) => (await ready.passed, await rejectionOf(both())),
    );
    expect(String(error)).toBe("Error: bad");
  });

  it("cancels and awaits what was asked for when the body ends without waiting for it", async () => {
    const log: string[] = [];
    const slow = provide(async (_deps, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      log.push("slow is over");
    });
    await resolveDependencies({ slow: lazy(slow) }, {}, ({ slow }) => {
      slow().catch(() => {});
    });
    expect(log).toEqual(["slow is over"]);
  });

  it("says so when a setup asks for what waits for that very setup", async () => {
    const value = provide(async () => 1);
    const user = provide({ value }, async ({ value }) => value);
    // The only way to get here: an override that reaches back over a lazy edge.
    const overrides = [
      override(
        value,
        provide({ user: lazy(user) }, async ({ user }) => await user()),
      ),
    ];
    const error = await rejectionOf(resolveDependencies({ user }, { overrides }));
    expect(error).toMatchObject({
      name: "DeadlockError",
      message:
        "`user → value` asks for `user` in its own setup, which waits for `user → value` to be ready",
    });
  });

  it("says so when it is a setup that was asked for that asks back", async () => {
    const end = provide(async () => 1);
    const middle = provide({ end: lazy(end) }, async ({ end }) => await end());
    const start = provide({ middle: lazy(middle) }, async ({ middle }) => await middle());
    const overrides = [
      override(
        end,
        provide({ start: lazy(start) }, async ({ start }) => await start()),
      ),
    ];
    const error = await rejectionOf(resolveDependencies({ start }, { overrides }));
    expect(error).toMatchObject({ name: "DeadlockError" });
  });

  it("is no deadlock when somebody else waits for the setup that asks", async () => {
    const asked = gate();
    const asks = provide({ other: lazy(provide(async () => "other")) }, async ({ other }) => {
      await asked.passed;
      return await other();
    });
    const waits = provide({ asks: lazy(asks) }, async ({ asks }) => {
      const value = asks();
      asked.open();
      return await value;
    });
    expect(await resolveDependencies({ asks, waits })).toEqual({ asks: "other", waits: "other" });
  });

  it("is no deadlock when what is asked for needs a setup that is over, which asked for this and did not wait", async () => {
    const over = gate();
    const last = provide(async () => "last");
    const slow = provide({ last: lazy(last) }, async ({ last }) => {
      await over.passed;
      return await last();
    });
    const quick = provide({ slow: lazy(slow) }, async ({ slow }) => void slow());
    const after = inline({ quick }, () => over.open());
    const overrides = [
      override(
        last,
        provide({ quick }, async () => "needs quick"),
      ),
    ];
    expect(await resolveDependencies({ after, slow }, { overrides })).toMatchObject({
      slow: "needs quick",
    });
  });

  it("may ask for what depends on itself once it is there", async () => {
    const value = inline((): (() => Promise<unknown>) => () => expect.unreachable());
    const user = provide({ value }, async ({ value }) => value);
    const overrides = [
      override(
        value,
        inline({ user: lazy(user) }, ({ user }) => user),
      ),
    ];
    const got = await resolveDependencies({ value }, { overrides }, async ({ value }) => [
      await value(),
      value,
    ]);
    expect(got[0]).toBe(got[1]);
  });

  it("counts a setup as one that runs again when what it waited for is there", async () => {
    const { work, most } = countedWork();
    const asked = provide(async () => {});
    const asks = provide({ asked: lazy(asked) }, async ({ asked }) => {
      await asked();
      await work();
    });
    const [a, b, c] = [provide(work), provide(work), provide(work)];
    await resolveDependencies({ asks, a, b, c }, { concurrency: 1 });
    expect(most()).toBe(1);
  });

  it("counts a setup that waits for several as one, until all of them are there", async () => {
    const { work, most } = countedWork();
    const [a, b, c, d] = [provide(work), provide(work), provide(work), provide(work)];
    const asks = provide({ a: lazy(a), b: lazy(b) }, async ({ a, b }) => {
      await Promise.all([a(), a(), b(), b()]);
    });
    await resolveDependencies({ asks, c, d }, { concurrency: 1 });
    expect(most()).toBe(1);
  });

  it("may reach back if it is called later", async () => {
    const value = inline((): (() => Promise<unknown>) => () => expect.unreachable());
    const user = provide({ value }, async ({ value }) => value);
    const overrides = [
      override(
        value,
        inline({ user: lazy(user) }, ({ user }) => user),
      ),
    ];
    const { user: got } = await resolveDependencies({ user }, { overrides });
    expect(await got()).toBe(got);
  });

  it("starts what it needs in order of declaration", async () => {
    const log: string[] = [];
    const logged = (name: string): Provider<number, never> => provide(async () => log.push(name));
    const [a, b, c] = [logged("a"), logged("b"), logged("c")];
    const all = provide({ a, b }, async () => log.push("all"), { after: [c] });
    await resolveDependencies({ all: lazy(all) }, {}, ({ all }) => all());
    expect(log).toEqual(["c", "a", "b", "all"]);
  });

  it("leaves no rejection behind if nobody waits for what it was asked for", async () => {
    const never = gate();
    const pending = provide(async (_deps, context) => {
      context.onCancel(() => never.open());
      return never.passed;
    });
    const target = provide({ pending }, async () => 1);
    const user = inline({ ask: lazy(target) }, ({ ask }) => void ask());
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    await rejectionOf(resolveDependencies({ user, bad, pending }));
    await new Promise(setImmediate);
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  it("may reach back where resources are torn down side by side", async () => {
    const log: string[] = [];
    const value = inline(() => () => Promise.resolve<unknown>(0));
    const user = provide({ value }, async function* ({ value }) {
      yield value;
      log.push("torn down");
    });
    const overrides = [
      override(
        value,
        inline({ user: lazy(user) }, ({ user }) => user),
      ),
    ];
    await resolveDependencies({ user }, { overrides, teardown: "parallel" }, ({ user }) => user());
    expect(log).toEqual(["torn down"]);
  });

  it("wakes a wide part of the graph without a stack to match", async () => {
    const wide: Record<string, Provider<number, never>> = {};
    for (let i = 0; i < 10_000; i++) wide[`p${i}`] = inline(() => i);
    let last: Provider<unknown, never> = inline(wide, (values) => Object.keys(values).length);
    for (let i = 0; i < 10_000; i++) {
      const before = last;
      last = inline({ before }, ({ before }) => before);
    }
    const count = await resolveDependencies({ last: lazy(last) }, {}, ({ last }) => last());
    expect(count).toBe(10_000);
  }, 60_000);
});

describe("outcome", () => {
  it("gives the value of what succeeds", async () => {
    const value = provide(async () => 1);
    expect(await resolveDependencies({ value: outcome(value) })).toEqual({
      value: { done: true, value: 1 },
    });
  });

  it("gives the failure of what fails, or of what that needs", async () => {
    const needsBad = provide({ bad }, async () => expect.unreachable());
    const user = provide(
      { direct: outcome(bad), needsBad: outcome(needsBad) },
      async (deps) => deps,
    );
    const { direct, needsBad: indirect } = (await resolveDependencies({ user })).user;
    expect(direct).toEqual({ done: false, reason: new Error("bad") });
    expect(indirect).toEqual(direct);
    expect(dependencyPath((direct as { reason: unknown }).reason)).toEqual(["user", "direct"]);
  });

  it("gives the first failure of several, and once", async () => {
    const [late, slow] = [gate(), gate()];
    const first = provide(async () => Promise.reject(new Error("first")));
    const second = provide(async () => {
      await late.passed;
      throw new Error("second");
    });
    const both = provide({ first, second }, async () => "both");
    const waits = provide(async () => slow.passed.then(() => "slow"));
    const user = inline({ both: outcome(both), waits }, ({ both, waits }) => [both, waits]);
    const resolution = resolveDependencies({ user });
    await new Promise(setImmediate);
    late.open();
    await new Promise(setImmediate);
    slow.open();
    expect((await resolution).user).toEqual([{ done: false, reason: new Error("first") }, "slow"]);
  });

  it("starts who takes it when all else is there, in how many ways ever what it is about has failed", async () => {
    const gates = { b: gate(), c: gate(), e: gate() };
    const b = provide(async () => gates.b.passed);
    const c = provide(async () => {
      await gates.c.passed;
      throw new Error("too late to matter");
    });
    const twice = provide({ bad }, async () => expect.unreachable());
    const failing = provide({ bad, b, c, twice }, async () => expect.unreachable());
    const e = provide(async () => gates.e.passed.then(() => "e"));
    const log: string[] = [];
    const value = provide({ failing: outcome(failing), e }, async ({ failing, e }) => {
      log.push(`value with ${e}`);
      return failing;
    });
    const resource = provide({ failing: outcome(failing), e }, async function* ({ e }) {
      log.push(`acquired with ${e}`);
      yield e;
      log.push("released");
    });
    const resolution = resolveDependencies({ value, resource }, {}, ({ value }) => value);
    for (const name of ["b", "c", "e"] as const) {
      await new Promise(setImmediate);
      expect(log).toEqual([]);
      gates[name].open();
    }
    expect(await resolution).toEqual({ done: false, reason: new Error("bad") });
    expect(log).toEqual(["value with e", "acquired with e", "released"]);
  });

  it("does not let who takes it run before its check", async () => {
    const checked = gate();
    const badge = provide({ bad }, async () => expect.unreachable());
    const friends = provide({ bad }, async () => expect.unreachable());
    const sidebar = provide({ bad, friends, badge: outcome(badge) }, async () =>
      expect.unreachable(),
    );
    const settings = provide(async () => "dark");
    const authorized = provide(async () => {
      await checked.passed;
      throw new Error("not authorized");
    });
    let ran = false;
    const page = provide(
      { sidebar: outcome(sidebar), settings },
      async () => {
        ran = true;
      },
      { after: [authorized] },
    );
    const resolution = resolveDependencies({ page });
    await new Promise(setImmediate);
    checked.open();
    await expect(resolution).rejects.toThrow("not authorized");
    expect(ran).toBe(false);
  });

  it("does not soften a failure for those who need the value", async () => {
    const needsBad = provide({ bad }, async () => 1);
    const user = provide({ bad: outcome(bad) }, async () => 1);
    await expect(resolveDependencies({ user, needsBad })).rejects.toThrow("bad");
  });

  it("does not start what only a failed node was needed for", async () => {
    const ran: string[] = [];
    const between = inline({ bad }, () => ran.push("between"));
    const above = inline({ between }, () => ran.push("above"));
    const { above: result } = await resolveDependencies({ above: outcome(above) });
    expect(result.done).toBe(false);
    expect(ran).toEqual([]);
  });

  it("waits until what took too long is over", async () => {
    const log: string[] = [];
    const slow = provide(
      async function* (_deps, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        try {
          yield 1;
        } finally {
          log.push("torn down");
        }
      },
      { timeoutMs: 100 },
    );
    const result = await resolveDependencies({ slow: outcome(slow) }, {}, ({ slow }) => slow);
    expect(result).toMatchObject({ done: false, reason: { name: "TimeoutError" } });
    expect(log).toEqual(["torn down"]);
  });

  it("can be asked for lazily", async () => {
    const result = await resolveDependencies({ bad: lazy(outcome(bad)) }, {}, ({ bad }) => bad());
    expect(result).toEqual({ done: false, reason: new Error("bad") });
  });
});

describe("family", () => {
  it("gives one provider per key", async () => {
    let made = 0;
    const setting = family((key: string) => inline(() => `${key} ${++made}`));
    expect(setting("a")).toBe(setting("a"));
    const user = inline({ theme: setting("theme") }, ({ theme }) => theme);
    expect(
      await resolveDependencies({ user, theme: setting("theme"), font: setting("font") }),
    ).toEqual({
      theme: "theme 1",
      user: "theme 1",
      font: "font 2",
    });
  });

  it("does not take over the provider that it was given", async () => {
    const value = inline(() => ({}));
    const same = family((_key: number) => value);
    const { a, b, own } = await resolveDependencies({ a: same(1), b: same(2), own: value });
    expect(new Set([a, b, own]).size).toBe(3);
  });

  it("is overridden as a whole", async () => {
    const setting = family((key: string) => inline(() => `real ${key}`));
    const user = inline({ theme: setting("theme") }, ({ theme }) => theme);
    const overrides = [override(setting, (key) => inline(() => `fake ${key}`))];
    expect(await resolveDependencies({ user, font: setting("font") }, { overrides })).toEqual({
      user: "fake theme",
      font: "fake font",
    });
  });

  it("refuses what makes no provider", () => {
    expect(() => family((() => 1) as never)(1)).toThrow(TypeError);
    expect(() => family(1 as never)).toThrow(TypeError);
  });
});

describe.each([
  ["fresh", fresh],
  ["lazy", lazy],
  ["outcome", outcome],
])("%s", (name, modifier) => {
  it("refuses what is no provider", () => {
    expect(() => modifier((() => 1) as never)).toThrow(
      `Expected \`provider\` of ${name} to be a provider, got an anonymous function`,
    );
  });
});
