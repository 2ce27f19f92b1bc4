import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  compileDependencies,
  dependencyPath,
  type Executor,
  failuresOf,
  fresh,
  inline,
  input,
  lazy,
  lifetime,
  type Lifetime,
  type OpenLifetime,
  outcome,
  override,
  provide,
  type Provider,
  resolveDependencies,
  sleep,
} from "../../lib/index.ts";
import { gate } from "../support/gate.ts";
import { RecordingExecutor } from "../support/recording-executor.ts";
import { rejectionOf } from "../support/rejection-of.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const App = lifetime("app");
const Session = lifetime("session");

function resourceIn(
  where: Lifetime<never> | Lifetime<object>,
  log: string[],
  name: string,
  deps: Record<string, Provider<unknown, never>> = {},
): Provider<string, never> {
  return provide.in(where as Lifetime<object>)(deps as never, async function* () {
    log.push(`+${name}`);
    yield name;
    log.push(`-${name}`);
  });
}

describe("a provider in a lifetime", () => {
  it("is made once for all resolutions in it, when the first needs it, and torn down when it closes", async () => {
    const log: string[] = [];
    const pool = resourceIn(App, log, "pool");
    const perRequest = provide({ pool }, async () => log.push("request"));
    await using app = App.open();
    expect(log).toEqual([]);
    await resolveDependencies({ perRequest }, { within: app });
    await resolveDependencies({ perRequest }, { within: app });
    expect(log).toEqual(["+pool", "request", "request"]);
    await app.close();
    expect(log).toEqual(["+pool", "request", "request", "-pool"]);
  });

  it("is made once however many need it at the same time", async () => {
    let made = 0;
    const go = gate();
    const pool = provide.in(App)(async () => {
      made++;
      await go.passed;
      return { made };
    });
    await using app = App.open();
    const resolutions = Array.from({ length: 10 }, () =>
      resolveDependencies({ pool }, { within: app }),
    );
    go.open();
    const pools = await Promise.all(resolutions);
    expect(new Set(pools.map(({ pool }) => pool)).size).toBe(1);
    expect(made).toBe(1);
  });

  it("has a value of its own in each opening", async () => {
    const pool = inline.in(App)(() => ({}));
    await using one = App.open();
    await using other = App.open();
    const [a, b] = await Promise.all([
      resolveDependencies(pool, { within: one }),
      resolveDependencies(pool, { within: other }),
    ]);
    expect(a).not.toBe(b);
  });

  it("is tried again by the next resolution if it failed", async () => {
    let tries = 0;
    const pool = provide.in(App)(async () => {
      if (++tries === 1) throw new Error("refused");
      return tries;
    });
    const user = provide({ pool }, async ({ pool }) => pool);
    await using app = App.open();
    const error = await rejectionOf(resolveDependencies({ user }, { within: app }));
    expect(String(error)).toBe("Error: refused");
    expect(dependencyPath(error)).toEqual(["user", "pool"]);
    expect(await resolveDependencies({ user }, { within: app })).toEqual({ user: 2 });
  });

  it("is tried again at once by who is told of the failure, and kept then", async () => {
    let tried = 0;
    const pool = provide.in(App)(async () => {
      if (++tried === 1) throw new Error("no connection");
      return tried;
    });
    await using app = App.open();
    const again = provide({ pool: outcome(pool) }, async () =>
      resolveDependencies({ pool }, { within: app }),
    );
    await resolveDependencies({ again }, { within: app });
    expect({ ...(await resolveDependencies({ pool }, { within: app })) }).toEqual({ pool: 2 });
  });

  it("fails all who wait for it", async () => {
    const pool = provide.in(App)(async () => Promise.reject(new Error("refused")));
    await using app = App.open();
    const errors = await Promise.all(
      [1, 2, 3].map(() => rejectionOf(resolveDependencies({ pool }, { within: app }))),
    );
    expect(new Set(errors).size).toBe(1);
  });

  it("goes on being made when the first who needs it is cancelled, who does not wait for it", async () => {
    const go = gate();
    const aborted: boolean[] = [];
    const pool = provide.in(App)(async (_deps, { signal }) => {
      await go.passed;
      aborted.push(signal.aborted);
      return "pool";
    });
    await using app = App.open();
    const controller = new AbortController();
    const first = resolveDependencies({ pool }, { within: app, signal: controller.signal });
    const second = resolveDependencies({ pool }, { within: app });
    controller.abort(new Error("gone"));
    await expect(first).rejects.toThrow("gone");
    go.open();
    expect(await second).toEqual({ pool: "pool" });
    expect(aborted).toEqual([false]);
  });

  it.each([
    ["is there", async () => {}],
    ["has failed", () => Promise.reject(new Error("no connection"))],
  ])("does not end a resolution that has given it up when it %s", async (_name, make) => {
    const log: string[] = [];
    const [made, ended] = [gate(), gate()];
    const pool = provide.in(App)(async () => {
      await made.passed;
      await make();
    });
    const deaf = provide(async () => {
      await ended.passed;
      log.push("setup ended");
    });
    await using app = App.open();
    const controller = new AbortController();
    const resolution = resolveDependencies(
      { pool, deaf },
      { within: app, signal: controller.signal },
    ).catch((error) => log.push(`resolution: ${String(error)}`));
    controller.abort("stop");
    const other = resolveDependencies({ pool: outcome(pool) }, { within: app });
    made.open();
    await other;
    await checkpoint();
    log.push("made");
    ended.open();
    await resolution;
    expect(log).toEqual(["made", "setup ended", "resolution: stop"]);
  });

  it("is made in the context in which the lifetime was opened, and continues its resolutions in theirs", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const pool = provide.in(App)(async function* () {
      seen.push(storage.getStore());
      await new Promise(setImmediate);
      yield 1;
      seen.push(storage.getStore());
    });
    const user = inline({ pool }, () => storage.getStore());
    const app = storage.run("app", () => App.open());
    const users = await Promise.all(
      ["one", "two"].map((name) =>
        storage.run(name, () => resolveDependencies(user, { within: app })),
      ),
    );
    await storage.run("closer", () => app.close());
    expect(users).toEqual(["one", "two"]);
    expect(seen).toEqual(["app", "app"]);
  });

  it("takes its inputs from the lifetime or one around it, not from the resolution", async () => {
    const url = input<string>()("url");
    const pool = inline.in(App)({ url }, ({ url }) => `pool of ${url}`);
    const session = inline.in(Session)({ url, pool }, ({ url, pool }) => `${url}: ${pool}`);
    await using app = App.open({ inputs: { url: "db" } });
    await using inner = Session.open({ parent: app });
    const request = inline({ session, url }, ({ session, url }) => `${session} for ${url}`);
    expect(await resolveDependencies(request, { within: inner, inputs: { url: "request" } })).toBe(
      "db: pool of db for request",
    );
  });

  it("needs its inputs before anything runs", async () => {
    const ran: string[] = [];
    const url = input<string>()("url");
    const first = inline(() => ran.push("first"));
    const pool = inline.in(App)({ url }, () => 1);
    await using app = App.open();
    const error = await rejectionOf(resolveDependencies({ first, pool }, { within: app }));
    expect(error).toMatchObject({ name: "MissingInputError", path: ["pool", "url"] });
    expect((error as Error).message).toContain('`inputs` of lifetime "app"');
    expect(ran).toEqual([]);
  });

  it("needs its lifetime to be open", async () => {
    const pool = inline.in(App)(() => 1);
    const user = inline({ pool }, () => 1);
    expect(await rejectionOf(resolveDependencies({ user }))).toMatchObject({
      name: "LifetimeNotOpenError",
      message:
        '`user → pool` lives in lifetime "app", which is not open here: pass an open one as `within`',
    });
    const app = App.open();
    await app.close();
    expect(app.isOpen).toBe(false);
    expect(await rejectionOf(resolveDependencies({ user }, { within: app }))).toMatchObject({
      name: "LifetimeNotOpenError",
      message: 'Lifetime "app" was closed: open it again and use that',
    });
  });

  it("runs in the pool of its lifetime, or one around it, or else of the resolution that needs it first", async () => {
    const [outer, inner, first, second] = Array.from({ length: 4 }, () => new RecordingExecutor());
    const inApp = provide.in(App)(() => 1, { name: "inApp" });
    const inSession = provide.in(Session)({ inApp }, ({ inApp }) => inApp + 1, {
      name: "inSession",
    });
    const run = async (within: OpenLifetime, pool?: Executor): Promise<void> => {
      await resolveDependencies({ inSession }, { within, pool }, ({ inSession }) => {
        expect(inSession).toBe(2);
      });
    };
    const named = (recorder: RecordingExecutor | undefined): string[] => {
      const names = [...recorder!.options.keys()];
      recorder!.options.clear();
      return names;
    };
    {
      await using app = App.open();
      await using session = Session.open({ parent: app });
      await run(session, first);
      await run(session, second);
      expect([first, second].map(named)).toEqual([["inApp", "inSession"], []]);
    }
    {
      await using app = App.open({ pool: outer });
      await using session = Session.open({ parent: app });
      await run(session, first);
      expect([outer, first].map(named)).toEqual([["inApp", "inSession"], []]);
    }
    await using app = App.open({ pool: outer });
    await using session = Session.open({ parent: app, pool: inner });
    await run(session, first);
    expect([outer, inner, first].map(named)).toEqual([["inApp"], ["inSession"], []]);
  });

  it("runs in those also if it is asked for lazily", async () => {
    const recorder = new RecordingExecutor();
    const costly = provide.in(App)(() => 1, { name: "costly" });
    const user = inline.in(App)({ costly: lazy(costly) }, ({ costly }) => costly);
    await using app = App.open();
    const { user: ask } = await resolveDependencies({ user }, { within: app, pool: recorder });
    expect(await ask()).toBe(1);
    expect([...recorder.options.keys()]).toEqual(["costly"]);
  });

  it("may be depended on lazily by what lives as long, whoever calls", async () => {
    const log: string[] = [];
    const reports = resourceIn(App, log, "reports");
    const api = inline.in(App)({ reports: lazy(reports) }, ({ reports }) => reports);
    const app = App.open();
    const get = await resolveDependencies(api, { within: app });
    expect(log).toEqual([]);
    expect(await Promise.all([get(), get()])).toEqual(["reports", "reports"]);
    expect(log).toEqual(["+reports"]);
    await app.close();
    expect(log).toEqual(["+reports", "-reports"]);
    expect(await rejectionOf(get())).toMatchObject({ name: "LifetimeNotOpenError" });
  });

  it("is called by the key of who asks for it lazily", async () => {
    const pool = provide.in(App)(async () => Promise.reject(new Error("no connection")));
    const api = inline.in(App)({ later: lazy(pool) }, ({ later }) => later);
    const user = inline({ api }, ({ api }) => api);
    await using app = App.open();
    const { user: later } = await resolveDependencies({ user }, { within: app });
    expect(dependencyPath(await rejectionOf(later()))).toEqual(["later"]);
  });

  it("may depend on the outcome of what lives as long", async () => {
    const bad = provide.in(App)(async () => Promise.reject(new Error("bad")));
    const api = inline.in(App)({ bad: outcome(bad) }, ({ bad }) => bad.done);
    await using app = App.open();
    expect(await resolveDependencies(api, { within: app })).toBe(false);
  });

  it("has a fresh value for the one it is made for, which lives as long as that", async () => {
    const log: string[] = [];
    let count = 0;
    const handle = provide.in(App)(async function* () {
      const name = `handle ${++count}`;
      yield name;
      log.push(`-${name}`);
    });
    const api = inline.in(App)({ handle: fresh(handle) }, ({ handle }) => handle);
    const request = inline({ api, own: fresh(handle), handle }, (deps) => ({ ...deps }));
    const app = App.open();
    for (const own of ["handle 2", "handle 4"]) {
      const values = await resolveDependencies(request, { within: app }, (values) => values);
      expect(values.api).toBe("handle 1");
      expect([own, "handle 3"]).toContain(values.own);
    }
    expect(log).toHaveLength(2);
    await app.close();
    expect(log).toHaveLength(4);
  });

  it("has fresh values apart as in a resolution: below fresh ones, as outcomes, lazily, or only before", async () => {
    const valuesOf = async (make: typeof inline, within?: OpenLifetime): Promise<number[][]> => {
      const made: object[] = [];
      const handle = make(() => made[made.push({}) - 1]!, { name: "handle" });
      const other = make(() => made[made.push({}) - 1]!, { name: "handle" });
      const below = make({ handle: fresh(handle) }, ({ handle }) => handle);
      const places = {
        shared: handle,
        first: make({ below: fresh(below) }, ({ below }) => below),
        second: make({ below: fresh(below) }, ({ below }) => below),
        outcome: make({ it: outcome(fresh(handle)) }, ({ it }) => (it.done ? it.value : it.reason)),
        later: make({ it: lazy(fresh(handle)) }, ({ it }) => it),
        laterBelow: make({ it: lazy(fresh(below)) }, ({ it }) => it),
        after: make(() => {}, { after: [fresh(handle), fresh(other)] }),
      };
      const resolve = (): Promise<number[]> =>
        resolveDependencies(places, { within }, async (values) => {
          const { shared, first, second, outcome, later, laterBelow } = values;
          const all = [shared, first, second, outcome, await later(), await later()];
          return [...all, await laterBelow()].map((value) => made.indexOf(value as object));
        });
      const values = await resolve();
      expect(made).toHaveLength(8);
      return [values, within === undefined ? values : await resolve()];
    };
    await using app = App.open();
    const ofLifetime = await valuesOf(inline.in(App) as typeof inline, app);
    expect(ofLifetime).toEqual(await valuesOf(inline));
    expect(new Set(ofLifetime[0]).size).toBe(6);
  });

  it("is not released by a resolution that ends while another holds it", async () => {
    const log: string[] = [];
    const pool = resourceIn(App, log, "pool");
    await using app = App.open();
    const go = gate();
    const long = resolveDependencies({ pool }, { within: app }, () => go.passed);
    await resolveDependencies({ pool }, { within: app }, () => undefined);
    expect(log).toEqual(["+pool"]);
    go.open();
    await long;
  });
});

describe("closing a lifetime", () => {
  it("tears down only what was made, dependents first", async () => {
    const log: string[] = [];
    const pool = resourceIn(App, log, "pool");
    const cache = resourceIn(App, log, "cache");
    const users = resourceIn(App, log, "users", { pool });
    const app = App.open();
    await resolveDependencies({ users }, { within: app });
    await app.close();
    expect(log).toEqual(["+pool", "+users", "-users", "-pool"]);
    expect(cache.lifetime).toBe(App);
  });

  it("closes the lifetimes inside it first", async () => {
    const log: string[] = [];
    const pool = resourceIn(App, log, "pool");
    const cart = resourceIn(Session, log, "cart", { pool });
    const app = App.open();
    const session = Session.open({ parent: app });
    await resolveDependencies({ cart }, { within: session });
    await app.close();
    expect(session.isOpen).toBe(false);
    expect(log).toEqual(["+pool", "+cart", "-cart", "-pool"]);
    expect(() => Session.open({ parent: app })).toThrow("was closed");
  });

  it("leaves what encloses it alone", async () => {
    const log: string[] = [];
    const pool = resourceIn(App, log, "pool");
    const cart = resourceIn(Session, log, "cart", { pool });
    await using app = App.open();
    for (let i = 0; i < 2; i++) {
      await using session = Session.open({ parent: app });
      await resolveDependencies({ cart }, { within: session });
    }
    expect(log).toEqual(["+pool", "+cart", "-cart", "+cart", "-cart"]);
  });

  it("lets go of what was in it, also if the open lifetime is kept", async () => {
    let collected = false;
    const registry = new FinalizationRegistry(() => (collected = true));
    const value = inline.in(App)(() => {
      const made = {};
      registry.register(made, undefined);
      return made;
    });
    const app = App.open();
    await resolveDependencies(value, { within: app }, () => {});
    await app.close();
    while (!collected) {
      await checkpoint();
      collectGarbage();
    }
    expect(app.isOpen).toBe(false);
  });

  it("gives the same promise every time", async () => {
    const app = App.open();
    const closed = app.close();
    expect(app.close()).toBe(closed);
    expect(app[Symbol.asyncDispose]()).toBe(closed);
    await closed;
  });

  it("waits for the resolutions in it and lets no other begin", async () => {
    const log: string[] = [];
    const pool = resourceIn(App, log, "pool");
    const go = gate();
    const app = App.open();
    const running = resolveDependencies({ pool }, { within: app }, async () => {
      await go.passed;
      log.push("body");
    });
    const closed = app.close();
    expect(await rejectionOf(resolveDependencies({ pool }, { within: app }))).toMatchObject({
      name: "LifetimeNotOpenError",
    });
    go.open();
    await Promise.all([running, closed]);
    expect(log).toEqual(["+pool", "body", "-pool"]);
  });

  describe.each([
    ["it", (app: OpenLifetime) => app],
    ["one inside it", (app: OpenLifetime) => Session.open({ parent: app })],
  ])("by what runs in %s", (_where, inside) => {
    type Close = () => Promise<void>;

    it.each([
      [
        "the body",
        async (close: Close, within: OpenLifetime): Promise<unknown> =>
          await resolveDependencies({}, { within }, async () => await close()),
      ],
      [
        "the body, as its result,",
        async (close: Close, within: OpenLifetime): Promise<unknown> =>
          await resolveDependencies({}, { within }, () => close()),
      ],
      [
        "a provider",
        async (close: Close, within: OpenLifetime): Promise<unknown> =>
          await resolveDependencies({ closer: provide(async () => await close()) }, { within }),
      ],
      [
        "a provider that lives in it",
        async (close: Close, within: OpenLifetime): Promise<unknown> => {
          const closer = provide.in(App)(async () => await close());
          return await resolveDependencies({ closer }, { within });
        },
      ],
      [
        "a teardown",
        async (close: Close, within: OpenLifetime): Promise<unknown> => {
          const closer = provide(async function* () {
            yield 1;
            await close();
          });
          return await resolveDependencies({ closer }, { within }, () => 1);
        },
      ],
    ])("is refused to %s if that waits for it, and goes on", async (_who, run) => {
      const app = App.open();
      const error = await rejectionOf(run(() => app.close(), inside(app)));
      expect(error).toMatchObject({ name: "DeadlockError" });
      expect(String(error)).toContain('Lifetime "app" would wait for ever');
      await app.close();
    });

    it("may be begun there by who does not wait for it", async () => {
      const app = App.open();
      const log: string[] = [];
      let closed!: Promise<void>;
      await resolveDependencies({}, { within: inside(app) }, async () => {
        closed = app.close();
        void closed.then(() => log.push("then"));
        void closed.finally(() => log.push("finally"));
        await new Promise(setImmediate);
        log.push("body");
      });
      await closed;
      expect(log).toEqual(["body", "then", "finally"]);
    });
  });

  it("may be waited for in a resolution that is not in it", async () => {
    await using app = App.open();
    await resolveDependencies({}, { within: app }, async () => {
      await Session.open({ parent: app }).close();
      await App.open().close();
    });
    expect(app.isOpen).toBe(true);
  });

  it("closes the lifetimes inside it newest first", async () => {
    const log: string[] = [];
    const basket = resourceIn(Session, log, "basket");
    const app = App.open();
    for (const name of ["older", "newer"]) {
      await resolveDependencies({ basket }, { within: Session.open({ parent: app }) });
      log.push(name);
    }
    log.length = 0;
    const named = ["older", "newer"].map((name) => {
      const session = Session.open({ parent: app });
      const own = provide.in(Session)(async function* () {
        yield name;
        log.push(name);
      });
      return resolveDependencies({ own }, { within: session });
    });
    await Promise.all(named);
    await app.close();
    expect(log).toEqual(["newer", "older", "-basket", "-basket"]);
  });

  it("says once what failed when a lifetime inside it was closed", async () => {
    const error = new Error("torn");
    const bad = provide.in(Session)(async function* () {
      yield 1;
      throw error;
    });
    const app = App.open();
    const session = Session.open({ parent: app });
    await resolveDependencies({ bad }, { within: session });
    expect(await rejectionOf(session.close())).toBe(error);
    await app.close();
  });

  it("fails with what a lifetime inside it fails with", async () => {
    const error = new Error("torn");
    const bad = provide.in(Session)(async function* () {
      yield 1;
      throw error;
    });
    const app = App.open();
    await resolveDependencies({ bad }, { within: Session.open({ parent: app }) });
    expect(await rejectionOf(app.close())).toBe(error);
  });

  it("cancels and awaits what is still being made and nobody waits for", async () => {
    const log: string[] = [];
    const pool = provide.in(App)(async (_deps, context) => {
      try {
        await sleep(60_000, context);
      } finally {
        await new Promise(setImmediate);
        log.push("given up");
      }
    });
    const controller = new AbortController();
    const app = App.open();
    const resolution = resolveDependencies({ pool }, { within: app, signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(resolution).rejects.toThrow("stop");
    expect(log).toEqual([]);
    await app.close();
    expect(log).toEqual(["given up"]);
  });

  it("goes on after a failure and reports all", async () => {
    const failing = (
      name: string,
      deps: Record<string, Provider<unknown, never>> = {},
    ): Provider<void, never> =>
      provide.in(App)(deps, async function* () {
        try {
          yield;
        } catch {
          // The failure of a dependent: not what this is about.
        }
        throw new Error(name);
      });
    const one = failing("one");
    const two = failing("two", { one });
    const app = App.open();
    await resolveDependencies({ two }, { within: app });
    const error = await rejectionOf(app.close());
    expect(failuresOf(error).map(String)).toEqual(["Error: one", "Error: two"]);
  });
});

describe("a captive dependency", () => {
  it("is a provider that would outlive what it depends on, found when compiling", () => {
    const request = inline(() => 1);
    const pool = inline.in(App)({ request }, () => 1);
    let error: unknown;
    try {
      compileDependencies({ user: inline({ pool }, () => 1) });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({
      name: "CaptiveDependencyError",
      code: "ERR_SKEIN_CAPTIVE_DEPENDENCY",
      path: ["pool", "request"],
    });
    expect((error as Error).message).toContain(
      '`pool` (lifetime "app") would outlive what it depends on, `request` (one resolution)',
    );
  });

  it("is found through plain providers, lazy ones and mere order too", () => {
    const session = inline.in(Session)(() => 1);
    const plain = inline({ session }, ({ session }) => session);
    for (const deps of [{ plain }, { plain: lazy(plain) }, { plain: outcome(plain) }]) {
      const pool = inline.in(App)(deps as { plain: typeof plain }, () => 1);
      expect(() => compileDependencies({ pool })).toThrow("would outlive");
    }
    const ordered = inline.in(App)({}, () => 1, { after: [plain] });
    expect(() => compileDependencies({ ordered })).toThrow("would outlive");
  });

  it("is two lifetimes that would have to enclose each other", () => {
    const a = inline.in(App)(() => 1);
    const b = inline.in(Session)({ a }, () => 1);
    const c = inline.in(App)({ b }, () => 1);
    expect(() => compileDependencies({ c })).toThrow(
      '`c` (lifetime "app") would outlive what it depends on, `b` (lifetime "session")',
    );
  });

  it("is found before anything runs when the lifetimes are open the wrong way round", async () => {
    const session = inline.in(Session)(() => expect.unreachable());
    const pool = inline.in(App)({ session }, () => 1);
    await using outer = App.open();
    await using inner = Session.open({ parent: outer });
    const error = await rejectionOf(resolveDependencies({ pool }, { within: inner }));
    expect(error).toMatchObject({ name: "CaptiveDependencyError", path: ["pool", "session"] });
  });
});

describe("lifetime", () => {
  it("opens several next to each other", async () => {
    const Job = lifetime("job");
    const a = inline.in(App)(() => "a");
    const b = inline.in(Job)(() => "b");
    await using app = App.open();
    await using job = Job.open();
    expect(await resolveDependencies({ a, b }, { within: [app, job] })).toEqual({ a: "a", b: "b" });
    const closed = Job.open();
    await closed.close();
    await expect(resolveDependencies({ a }, { within: [app, closed] })).rejects.toThrow("closed");
    await using other = App.open();
    expect(() => resolveDependencies({ a }, { within: [app, other] })).toThrow(
      'lifetime "app" once',
    );
  });

  it("is called in messages what its user calls it", () => {
    const app = App.open();
    const a = inline.in(App)(() => "a");
    const wrong = (value: unknown) => value as never;
    expect(() => resolveDependencies({ a }, { within: wrong(App) })).toThrow(/got lifetime "app"$/);
    expect(() => resolveDependencies(wrong(App))).toThrow(/got lifetime "app"$/);
    expect(() => resolveDependencies({ a }, { pool: wrong(app) })).toThrow(
      /got an open lifetime "app"$/,
    );
    expect(() => provide(wrong({ App }), async () => 1)).toThrow(/got lifetime "app"$/);
    expect(() => App.open({ parent: wrong(a) })).toThrow(/got a provider$/);
  });

  it("refuses what is none of its arguments", () => {
    expect(() => lifetime(1 as never)).toThrow(TypeError);
    expect(() => App.open({ inputs: 1 as never })).toThrow(TypeError);
    expect(() => App.open({ parent: {} as never })).toThrow(TypeError);
    expect(() => App.open({ pool: {} as never })).toThrow("Expected `pool`");
    expect(() => provide.in({} as never)).toThrow(TypeError);
    expect(() => inline.in({} as never)).toThrow(TypeError);
    const app = App.open();
    expect(() => App.open({ parent: app })).toThrow("cannot be inside itself");
  });
});

describe("overrides of what lives in a lifetime", () => {
  it("neither see nor leave behind values that were made without them", async () => {
    const pool = inline.in(App)(() => "pool");
    const users = inline.in(App)({ pool }, ({ pool }) => `users of ${pool}`);
    const other = inline.in(App)(() => ({}));
    const fake = override(
      pool,
      inline.in(App)(() => "fake"),
    );
    await using app = App.open();
    const real = await resolveDependencies({ users, other }, { within: app });
    const faked = await resolveDependencies({ users, other }, { within: app, overrides: [fake] });
    expect(real.users).toBe("users of pool");
    expect(faked.users).toBe("users of fake");
    expect(faked.other).toBe(real.other);
    expect((await resolveDependencies({ users }, { within: app })).users).toBe("users of pool");
  });

  it("have values of their own, which the same overrides find again", async () => {
    let made = 0;
    const pool = inline.in(App)(() => "pool");
    const users = inline.in(App)({ pool }, ({ pool }) => `users ${++made} of ${pool}`);
    const api = inline.in(App)({ users: fresh(users), later: lazy(users) }, (deps) => deps);
    const one = override(
      pool,
      inline.in(App)(() => "one"),
    );
    const two = override(
      pool,
      inline.in(App)(() => "two"),
    );
    await using app = App.open();
    const seen: string[][] = [];
    for (const overrides of [[one], [two], [], [one], [two], []]) {
      await resolveDependencies({ api }, { within: app, overrides }, async ({ api }) => {
        seen.push([api.users, await api.later()]);
      });
    }
    expect(seen.slice(0, 3)).toEqual([
      ["users 1 of one", "users 2 of one"],
      ["users 3 of two", "users 4 of two"],
      ["users 5 of pool", "users 6 of pool"],
    ]);
    expect(seen.slice(3)).toEqual(seen.slice(0, 3));
  });

  it("count for what is far above what they replace", async () => {
    const pool = inline.in(App)(() => "pool");
    const users = inline.in(App)({ pool }, ({ pool }) => `users of ${pool}`);
    const service = inline.in(App)({ users }, ({ users }) => `service over ${users}`);
    const fake = override(
      pool,
      inline.in(App)(() => "fake"),
    );
    await using app = App.open();
    const resolve = async (overrides?: [typeof fake]): Promise<string> =>
      (await resolveDependencies({ service }, { within: app, ...(overrides && { overrides }) }))
        .service;
    expect(await resolve()).toBe("service over users of pool");
    expect(await resolve([fake])).toBe("service over users of fake");
    expect(await resolve()).toBe("service over users of pool");
  });

  it("share the original where they wrap it", async () => {
    const pool = inline.in(App)(() => ({ real: true }));
    const wrapped = override(pool, (pool) => inline.in(App)({ pool }, ({ pool }) => pool));
    await using app = App.open();
    const real = await resolveDependencies(pool, { within: app });
    expect(await resolveDependencies(pool, { within: app, overrides: [wrapped] })).toBe(real);
  });

  it("may not live shorter than the original", () => {
    const pool = inline.in(App)(() => "pool", { name: "pool" });
    const fake = override(
      pool,
      inline(() => "fake", { name: "fake" }),
    );
    expect(() => compileDependencies({ pool }, { overrides: [fake] })).toThrow(
      'The override of `pool` (lifetime "app") lives in one resolution only',
    );
  });
});
