import { describe, expect, it } from "vitest";
import {
  cancelScope,
  currentScope,
  openDependencies,
  resolveDependencies,
  sleep,
  spawn,
  taskGroup,
} from "../../lib/ambient.ts";
import { type CancelScope, inline, lifetime, provide } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const hour = 3_600_000;

describe("resolveDependencies of skein/ambient", () => {
  it("makes the scope of its setup the current one in a provider", async () => {
    const seen: (CancelScope | undefined)[] = [];
    const scopes: CancelScope[] = [];
    const plain = inline((_deps, context) => {
      scopes.push(context.scope);
      seen.push(currentScope());
    });
    const later = provide(async (_deps, context) => {
      await sleep(0);
      scopes.push(context.scope);
      seen.push(currentScope());
    });
    const held = provide(async function* (_deps, context) {
      await sleep(0);
      scopes.push(context.scope);
      seen.push(currentScope());
      yield 1;
    });
    await resolveDependencies({ plain, later, held }, {}, () => {});
    expect(seen).toEqual(scopes);
    expect(new Set(seen).size).toBe(3);
  });

  it("makes it the current one also where all values are there at once", async () => {
    const scopes: CancelScope[] = [];
    const one = inline((_deps, { scope }) => [scopes.push(scope), currentScope()]);
    const two = inline({ one }, (_deps, { scope }) => [scopes.push(scope), currentScope()]);
    const { one: first, two: second } = await resolveDependencies({ one, two });
    expect([first[1], second[1]]).toEqual(scopes);
    expect(scopes[0]).not.toBe(scopes[1]);
  });

  it("cancels what a provider waits for when another fails", async () => {
    const failure = new Error("failure");
    let cancelled: unknown;
    const slow = provide(async () => sleep(hour).catch((error) => (cancelled = error)));
    const broken = provide(async () => {
      await sleep(1);
      throw failure;
    });
    expect(await rejectionOf(resolveDependencies({ slow, broken }))).toBe(failure);
    expect(cancelled).toMatchObject({ name: "AbortError" });
  });

  it("sees that a provider would wait for the end of a lifetime that waits for it", async () => {
    const app = lifetime("app").open();
    const closer = provide(async () => {
      await sleep(0);
      await app.close();
    });
    const error = await rejectionOf(resolveDependencies({ closer }, { within: app }));
    expect(error).toMatchObject({ name: "DeadlockError" });
    await app.close();
  });

  it("lets the body run in the caller's scope", async () => {
    await cancelScope(async (scope) => {
      const value = inline(() => 1);
      await resolveDependencies({ value }, {}, () => expect(currentScope()).toBe(scope));
      expect(currentScope()).toBe(scope);
    });
  });

  it("lets a task spawned by a provider run in the group around the resolution", async () => {
    await taskGroup(async (group) => {
      const started = provide(async () => spawn((task) => task.group));
      await resolveDependencies({ started }, {}, ({ started }) => {
        expect(started).toBe(group);
      });
    });
  });

  it("tears down under no scope, so that nothing cancels the waits of a teardown", async () => {
    const ended: string[] = [];
    const tearDown = async (name: string): Promise<void> => {
      expect(currentScope()).toBeUndefined();
      await sleep(1);
      ended.push(name);
    };
    const first = provide(async function* () {
      try {
        yield 1;
      } finally {
        await tearDown("first");
      }
    });
    const second = provide({ first }, async function* () {
      try {
        yield 2;
      } finally {
        await tearDown("second");
      }
    });
    const reason = new Error("reason");
    const outcome = await cancelScope((scope) =>
      resolveDependencies({ second }, {}, () => {
        scope.cancel(reason);
        return sleep(hour);
      }),
    );
    expect(outcome).toEqual({ done: false, reason });
    expect(ended).toEqual(["second", "first"]);
  });

  it("makes what lives in a lifetime out of reach of the resolution that came first", async () => {
    const app = lifetime("app");
    const open = app.open();
    const shared = provide.in(app)(async () => {
      await sleep(5);
      return "shared";
    });
    const outcome = await cancelScope((scope) => {
      setTimeout(() => scope.cancel(), 1);
      return resolveDependencies({ shared }, { within: open });
    });
    expect(outcome.done).toBe(false);
    expect(await resolveDependencies({ shared }, { within: open })).toEqual({ shared: "shared" });
    await open.close();
  });

  it("takes a scope that is named instead", async () => {
    const value = provide(async () => sleep(1));
    const outcome = await cancelScope(async (scope) => {
      scope.cancel();
      return resolveDependencies({ value }, { scope: new AbortController() });
    });
    expect(outcome.done).toBe(true);
  });

  it.each([5, null, "options", () => {}])("refuses %s as options", async (options) => {
    await cancelScope(() => {
      expect(() => resolveDependencies({ value: inline(() => 1) }, options as never)).toThrow(
        TypeError,
      );
    });
  });
});

describe("openDependencies of skein/ambient", () => {
  it("tears down under no scope, whoever disposes", async () => {
    let torn = false;
    const held = provide(async function* () {
      yield 1;
      expect(currentScope()).toBeUndefined();
      await sleep(1);
      torn = true;
    });
    await cancelScope(async (scope) => {
      const dependencies = await openDependencies({ held });
      scope.cancel();
      dependencies.done();
      await dependencies[Symbol.asyncDispose]();
    });
    expect(torn).toBe(true);
  });
});
