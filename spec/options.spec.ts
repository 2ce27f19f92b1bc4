import { AsyncLocalStorage } from "node:async_hooks";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";
import { BullMQExecutor, BullMQWorker } from "../lib/bullmq.ts";
import { type CallKeeper, callOptions, openCall } from "../lib/executor.ts";
import { schedules } from "../lib/testing/fast-check.ts";
import { explore, withSeed, withVirtualClock } from "../lib/testing.ts";
import * as ambient from "../lib/ambient.ts";
import * as skein from "../lib/index.ts";
import { isPlain } from "../lib/scope/plain.ts";
import { publicSignatures } from "./support/api-parameters.ts";
import { thrownBy } from "./support/rejection-of.ts";

const pool = new skein.Threadpool({ maxThreads: 1 });
const group = skein.openTaskGroup();
const none = (): void => {};
const never = (scope: skein.CancelScope): Promise<never> =>
  skein.sleep(Infinity, scope) as Promise<never>;
const spin = (): never => {
  for (;;);
};
const one = skein.inline(() => 1);
const App = skein.lifetime("app");
const generator = function* (): Generator<number> {
  yield 1;
};
const functions = [() => 1];
/** An instance of a class that a prototype has options for. */
class Settings {
  readonly timeoutMs = 5;
}

/** Options with what cannot be left out, where they have nothing else to say. */
const located = (options: object | undefined): never => {
  if (options !== undefined && !isPlain(options)) return options as never;
  const given: [string, unknown][] = [];
  for (const name in options) given.push([name, Reflect.get(options, name)]);
  if (given.some(([, value]) => value !== undefined)) return options as never;
  return { ...Object.fromEntries(given), queue: "q", connection: { path: "/nowhere" } } as never;
};
const closedExecutor = new BullMQExecutor(located({}));
await closedExecutor.close();
const keeper: CallKeeper = {
  callOptions: callOptions("A call", {}),
  start: (call) => call.resolve(1),
  cancel: none,
  settled: none,
};

/** What a program has of its own end; it runs until these specs are over. */
let end!: () => void;
const program = await new Promise<skein.Program>((resolve) => {
  void skein.main((_, given) => {
    resolve(given);
    return new Promise<void>((done) => (end = done));
  });
});

afterAll(async () => {
  end();
  await group[Symbol.asyncDispose]();
  await pool.destroy();
});

type Call = (options?: never) => unknown;

/** Options that have what must be there; what is no record of options, or says itself what is wrong, is as it was given. */
function rated(options: object | undefined): skein.RateLimiterOptions {
  const required = { limit: 1, perMs: 1 };
  if (options === undefined) return required;
  if (Object.prototype.toString.call(options) !== "[object Object]") return options as never;
  const proto: unknown = Object.getPrototypeOf(options);
  const isRecord =
    proto === null || proto === Object.prototype || Object.keys(proto as object).length > 0;
  if (!isRecord) return options as never;
  const wanting = Object.entries(required).filter(
    ([name]) => (options as Record<string, unknown>)[name] === undefined,
  );
  return Object.assign(options, Object.fromEntries(wanting)) as never;
}

/** A call of everything in the API reports that takes options. */
const takesOptions: Record<string, Call> = {
  "skein all": (options) => skein.all(functions, options),
  "skein allSettled": (options) => skein.allSettled(functions, options),
  "skein any": (options) => skein.any(functions, options),
  "skein race": (options) => skein.race(functions, options),
  "skein cancelScope": (options) => skein.cancelScope(none, options),
  "skein failAfter": (options) => skein.failAfter(5_000, none, options),
  "skein moveOnAfter": (options) => skein.moveOnAfter(5_000, none, options),
  "skein shield": (options) => skein.shield(none, options),
  "skein taskGroup": (options) => skein.taskGroup(none, options),
  "skein inspectable": (options) =>
    skein.inspectable(options).then((opened) => opened[Symbol.asyncDispose]()),
  "skein watchEventLoop": (options) => skein.watchEventLoop(options)[Symbol.asyncDispose](),
  "skein openTaskGroup": (options) => skein.openTaskGroup(options).join(),
  "skein TaskGroup.spawn": (options) => group.spawn(none, options),
  "skein TaskGroup.background": (options) => group.background(none, options),
  "skein TaskGroup.start": (options) =>
    group.start((_, started: (value: number) => void) => started(1), options),
  "skein mapConcurrent": (options) => skein.mapConcurrent([1], none, options),
  "skein streamConcurrent": (options) => skein.streamConcurrent([1], none, options).return?.(),
  "skein retry": (options) => skein.retry(none, options),
  "skein hedge": (options) => skein.hedge(none, options),
  "skein Program.untilDraining": (options) => program.untilDraining(none, options),
  "skein main": (options) => skein.main(none, options),
  "skein RateLimiter.constructor": (options) => new skein.RateLimiter(rated(options)),
  "skein runProcess": (options) => skein.runProcess("true", [], options),
  "skein openChannel": (options) => skein.openChannel(options),
  "skein select": (options) => skein.select({ now: { afterMs: 0 } }, options),
  "skein Threadpool.constructor": (options) => new skein.Threadpool(options).close(),
  "skein Threadpool.run": (options) => pool.run(none, [], options),
  "skein threaded": (options) => skein.threaded(import.meta, none, options!),
  "skein threadContext": (options) =>
    skein.threadContext(import.meta, new AsyncLocalStorage(), options)[Symbol.dispose](),
  "skein/ambient threaded": (options) => ambient.threaded(import.meta, none, options!),
  "skein/executor openCall": (options) => openCall(none, [], options, keeper),
  "skein/bullmq BullMQExecutor.constructor": (options) =>
    new BullMQExecutor(located(options)).close(),
  "skein/bullmq BullMQExecutor.run": (options) => closedExecutor.run(none, [], options).catch(none),
  "skein/bullmq BullMQWorker.constructor": (options) => new BullMQWorker(located(options)).close(),
  "skein Threadpool.iterate": (options) => pool.iterate(generator, [], options).return?.(),
  "skein Threadpool.hold": (options) =>
    pool.hold(generator, [], options).then((held) => held.finish({ kind: "success" })),
  "skein Inline()": (options) => skein.inline(() => 1, options),
  "skein InlineIn()": (options) => skein.inline.in(App)({}, () => 1, options),
  "skein Provide()": (options) => skein.provide(() => 1, options),
  "skein ProvideIn()": (options) => skein.provide.in(App)({}, async () => 1, options),
  "skein Lifetime.open": (options) => App.open(options).close(),
  "skein resolveDependencies": (options) => skein.resolveDependencies({ one }, options),
  "skein openDependencies": (options) =>
    skein.openDependencies({ one }, options).then((open) => open[Symbol.asyncDispose]()),
  "skein compileDependencies": (options) => skein.compileDependencies({ one }, options),
  "skein Plan.run": (options) => skein.compileDependencies({ one }).run(options!),
  "skein/ambient all": (options) => ambient.all(functions, options),
  "skein/ambient allSettled": (options) => ambient.allSettled(functions, options),
  "skein/ambient any": (options) => ambient.any(functions, options),
  "skein/ambient race": (options) => ambient.race(functions, options),
  "skein/ambient cancelScope": (options) => ambient.cancelScope(none, options),
  "skein/ambient failAfter": (options) => ambient.failAfter(5_000, none, options),
  "skein/ambient moveOnAfter": (options) => ambient.moveOnAfter(5_000, none, options),
  "skein/ambient shield": (options) => ambient.shield(none, options),
  "skein/ambient taskGroup": (options) => ambient.taskGroup(none, options),
  "skein/ambient openTaskGroup": (options) => ambient.openTaskGroup(options).join(),
  "skein/ambient spawn": (options) => ambient.spawn(none, options),
  "skein/ambient mapConcurrent": (options) => ambient.mapConcurrent([1], none, options),
  "skein/ambient streamConcurrent": (options) =>
    ambient.streamConcurrent([1], none, options).return?.(),
  "skein/ambient retry": (options) => ambient.retry(none, options),
  "skein/ambient hedge": (options) => ambient.hedge(none, options),
  "skein/ambient runProcess": (options) => ambient.runProcess("true", [], options),
  "skein/ambient main": (options) => ambient.main(none, options),
  "skein/ambient resolveDependencies": (options) => ambient.resolveDependencies({ one }, options),
  "skein/ambient openDependencies": (options) =>
    ambient.openDependencies({ one }, options).then((open) => open[Symbol.asyncDispose]()),
  "skein/testing explore": (options) => explore(none, options),
  "skein/testing withSeed": (options) => withSeed(1, none, options),
  "skein/testing withVirtualClock": (options) => withVirtualClock(none, options),
  "skein/testing/fast-check schedules": (options) => schedules(options),
};

const [send, receive] = skein.openChannel<number>({ capacity: 100 });
const limiter = new skein.CapacityLimiter(100);
const rateLimiter = new skein.RateLimiter({ limit: 100, perMs: 1 });
const semaphore = new skein.Semaphore(100);
const lock = new skein.Lock();
const condition = new skein.Condition();
const event = new skein.Event();
const declared = skein.threaded(import.meta, () => 1);

/** A call of everything in the API reports that takes a scope. */
const takesScope: Record<string, (scope: never) => unknown> = {
  "skein sleep": (scope) => skein.sleep(0, scope),
  "skein checkpoint": (scope) => skein.checkpoint(scope),
  "skein isCancelled": (scope) => skein.isCancelled(new Error("other"), scope),
  "skein CapacityLimiter.acquire": (scope) => limiter.acquire(scope),
  "skein CapacityLimiter.with": (scope) => limiter.with(none, scope),
  "skein RateLimiter.acquire": (scope) => rateLimiter.acquire(scope),
  "skein RateLimiter.with": (scope) => rateLimiter.with(none, scope),
  "skein Semaphore.acquire": (scope) => semaphore.acquire(scope),
  "skein Semaphore.with": (scope) => semaphore.with(none, scope),
  "skein Lock.acquire": (scope) => lock.acquire(scope),
  "skein Lock.with": (scope) => lock.with(none, scope),
  "skein Condition.wait": (scope) => condition.wait(scope),
  "skein Condition.with": (scope) => condition.with(none, scope),
  "skein Event.wait": (scope) => event.wait(scope),
  "skein SendChannel.send": (scope) => send.send(1, scope),
  "skein ReceiveChannel.receive": (scope) => receive.receive(scope),
  "skein ReceiveChannel.values": (scope) => receive.values(scope),
  "skein/bullmq BullMQWorker.serve": (scope) =>
    new BullMQWorker({ queue: "q", connection: { path: "/nowhere" } }).serve(scope),
  "skein runInThreadpool": (scope) => skein.runInThreadpool(scope, none),
  "skein iterateInThreadpool": (scope) => skein.iterateInThreadpool(scope, generator),
  "skein invoke": (scope) => skein.invoke(scope, async () => {}),
  "skein ThreadedFunction.in": (scope) => declared.in(scope),
  "skein/ambient sleep": (scope) => ambient.sleep(0, scope),
  "skein/ambient checkpoint": (scope) => ambient.checkpoint(scope),
  "skein/ambient runInThreadpool": (scope) => ambient.runInThreadpool(scope, none),
  "skein/ambient iterateInThreadpool": (scope) => ambient.iterateInThreadpool(scope, generator),
  "skein/ambient invoke": (scope) => ambient.invoke(scope, async () => {}),
};

/** What others implement and the library calls. */
const ofOthers = [
  "skein Executor.run",
  "skein Executor.iterate",
  "skein HoldingExecutor.hold",
  "skein Limiter.acquire",
  "skein Occurring.wait",
];

const text = [5, null, {}];
const milliseconds = ["5", null, -1, Number.NaN];
const count = ["2", null, 0, 1.5, Number.NaN];
const scope = [5, null, "scope", {}, none, Promise.resolve(), group.spawn(none), { scope: group }];
const signal = [5, null, {}, group, new AbortController()];

/** For each option that there is what it cannot be. */
const wrong: Record<string, readonly unknown[]> = {
  ackMs: milliseconds,
  afterMs: milliseconds,
  after: [5, null, one, [5], [none], new Set([one])],
  baseMs: milliseconds,
  biased: [1, null, "no"],
  burst: count,
  capacity: ["1", null, -1, 0.5, Number.NaN],
  callId: text,
  captures: [5, null, "captures"],
  concurrency: ["2", null, 0, Number.NaN, {}],
  cwd: [5, null, {}, new URL("https://example.org/")],
  connection: [5, null, "nowhere"],
  date: [1, null, "no"],
  deadline: milliseconds,
  delivery: ["twice", null, 1],
  drainMs: milliseconds,
  env: [5, null, "PATH", ["A=1"], { A: 5 }],
  errors: ["all", null, 5],
  exitCode: ["0", null, -1, 256, 1.5],
  exitCodes: ["all", null, 5, [1.5], ["0"], [-1]],
  graceMs: milliseconds,
  idleMs: milliseconds,
  input: [5, null, {}, none],
  inputs: [5, null, "inputs"],
  lateMs: milliseconds,
  leaseMs: milliseconds,
  limit: ["5", null, {}],
  limiter: [5, null, { acquire: none }],
  lockMs: milliseconds,
  maxAttempts: count,
  maxBytes: count,
  maxDelayMs: milliseconds,
  maxInFlight: count,
  maxRuns: count,
  maxLength: ["2", null, -1, 1.5],
  maxThreads: ["2", null, 0, 1.5],
  name: text,
  onCancel: ["stop", null, 5],
  onError: [5, null, "onError"],
  onProgress: [5, null, {}],
  onStderr: [5, null, {}],
  onStderrChunk: [5, null, {}],
  onStdout: [5, null, {}],
  onStdoutChunk: [5, null, {}],
  onUndelivered: [5, null, {}],
  ordered: [1, null, "no"],
  overrides: [5, null, one, [one]],
  parent: [5, null, {}, App],
  perMs: ["5", null, 0, -1, Infinity, Number.NaN],
  policy: ["all", null, 5, { onSetle: none }, { onSettle: 5 }, { onTask: none }],
  pool: [5, null, {}],
  prefix: text,
  priority: count,
  preemptions: ["2", null, -1, 1.5],
  queue: [...text, "", "a:b"],
  program: [5, null, "skein-thread.cjs", "https://example.org/thread.js"],
  replyLanes: count,
  resourceLimits: [
    5,
    null,
    { maxHeapMb: 5 },
    { stackSizeMb: "4" },
    { stackSizeMb: 0 },
    { stackSizeMb: 0.2 },
    { maxOldGenerationSizeMb: 3 },
  ],
  scope: [...scope, AbortSignal.abort(), { signal: 5 }, { signal: undefined, timeoutMs: 5 }],
  secret: [...text, ""],
  settled: [1, null, "no"],
  shield: [1, null, "no"],
  signal,
  signals: [5, null, "SIGINT", ["SIGNOPE"], ["toString"], [5]],
  socket: [5, null, {}],
  page: [1, null, "yes"],
  stallMs: ["5", null, 19, Number.NaN, Infinity],
  stalledMs: milliseconds,
  sweepMs: milliseconds,
  start: ["later", null, true],
  stopSignal: [15, null, "SIGNOPE", "toString"],
  stragglerMs: milliseconds,
  teardown: ["both", null, 5],
  teardownTimeoutMs: milliseconds,
  threads: count,
  timeoutMs: milliseconds,
  traceparent: [5, null, "00"],
  transfer: [5, null, "transfer", new ArrayBuffer(1)],
  unknownMs: milliseconds,
  within: [5, null, {}, App, [5]],
};

const called = (call: Call, options: unknown): unknown => call(options as never);
const refused = (call: Call, options: unknown): Error => {
  const error = thrownBy(() => called(call, options));
  expect(error).toBeInstanceOf(TypeError);
  return error as Error;
};
/** The names of the options that there are, as the refusal of another says them. */
const namesOf = (call: Call): string[] =>
  /Its options are (.*)$/.exec(refused(call, { qqqqqqqq: 1 }).message)![1]!.split(", ");

describe("the public API", () => {
  const names = (which: RegExp): Set<string> =>
    new Set(
      publicSignatures()
        .filter(({ parameters }) => parameters.some((parameter) => which.test(parameter)))
        .map(({ name }) => name)
        .filter((name) => !ofOthers.includes(name)),
    );

  it("has no options but those that are tried here", () => {
    // An error's are those of the language.
    const found = names(/^(\.\.\.)?(options|constraints)\??: (?!ErrorOptions)/);
    expect([...found].toSorted()).toEqual(Object.keys(takesOptions).toSorted());
  });

  it("takes no scope but where that is tried here", () => {
    const found = names(/^\w+\??: (ScopeLike|CancelScope)\b/);
    expect([...found].toSorted()).toEqual(Object.keys(takesScope).toSorted());
  });
});

describe.each(Object.entries(takesOptions))("the options of %s", (_, call) => {
  const inGroup = <R>(fn: () => R): Promise<R> => ambient.taskGroup(fn as never);

  it("refuse a name that there is not, and say which there are", async () => {
    await inGroup(() => {
      expect(refused(call, { qqqqqqqq: 1 }).message).toMatch(
        /has no option `qqqqqqqq`\. Its options are \w+/,
      );
      expect(refused(call, { qqqqqqqq: undefined }).message).toContain("`qqqqqqqq`");
      expect(refused(call, Object.create({ qqqqqqqq: 1 })).message).toContain("`qqqqqqqq`");
      expect(refused(call, JSON.parse(`{"__proto__":1}`)).message).toContain("`__proto__`");
      expect(refused(call, { toString: none }).message).toContain("`toString`");
    });
  });

  it("say what was meant by a misspelling", async () => {
    await inGroup(() => {
      for (const name of namesOf(call)) {
        const { message } = refused(call, { [`${name}x`]: 1 });
        expect(message).toContain(`Did you mean \`${name}\`?`);
      }
    });
  });

  it("are a plain object", async () => {
    await inGroup(() => {
      for (const options of [null, 5, "options", true, none, [], new Map(), new Settings()]) {
        expect(refused(call, options).message).toMatch(/^Expected `options` to be/);
      }
      refused(call, new skein.CapacityLimiter(1));
      refused(call, Promise.resolve({}));
    });
  });

  it("are no scope and no signal, and say what to write instead", async () => {
    await inGroup(() => {
      const hasScope = namesOf(call).includes("scope");
      for (const scope of [group, ambient.currentScope()]) {
        const { message } = refused(call, scope);
        expect(message.includes("write `{ scope }`")).toBe(hasScope);
      }
      const { message } = refused(call, AbortSignal.abort());
      expect(/write `\{.* signal.* \}`$/.test(message)).toBe(hasScope);
    });
  });

  it("refuse a value that an option cannot have, at once", async () => {
    await inGroup(() => {
      const refusals = namesOf(call).flatMap((name) => {
        const values = wrong[name];
        if (values === undefined) throw new Error(`Say in this spec what \`${name}\` cannot be`);
        return values.flatMap((value) => [
          thrownBy(() => called(call, { [name]: value })),
          thrownBy(() => called(call, Object.create({ [name]: value }))),
        ]);
      });
      for (const error of refusals as Error[]) {
        expect(["TypeError", "RangeError"]).toContain(error.name);
        expect(error.message).toMatch(/^(Expected|A joiner has no hook|`resourceLimits` has)/);
      }
    });
  });

  it("may be left out, or undefined, or inherited", async () => {
    await inGroup(async () => {
      const undefinedOnes = Object.fromEntries(namesOf(call).map((name) => [name, undefined]));
      const bare = Object.create(null);
      const inherited = Object.create(undefinedOnes);
      const accepted: unknown[] = [];
      for (const options of [undefined, {}, bare, undefinedOnes, inherited]) {
        await called(call, options);
        accepted.push(options);
      }
      expect(accepted).toHaveLength(5);
    });
  });
});

describe("a misspelling", () => {
  it.each([
    ["timeout", "timeoutMs"],
    ["time", "timeoutMs"],
    ["TimeoutMS", "timeoutMs"],
    ["timoutMs", "timeoutMs"],
    ["deadlin", "deadline"],
    ["sheild", "shield"],
    ["signals", "signal"],
  ])("%s is one of %s", (given, meant) => {
    expect(() => skein.cancelScope(none, { [given]: 1 })).toThrow(`Did you mean \`${meant}\`?`);
  });

  it.each(["size", "retries", "ms", "n", "label", "grace"])("%s is none", (given) => {
    expect(() => skein.cancelScope(none, { [given]: 1 })).toThrow(
      `has no option \`${given}\`. Its options`,
    );
  });
});

describe("options", () => {
  const forms: Record<string, (options: object) => Promise<unknown>> = {
    "skein cancelScope": (options) => skein.cancelScope(never, options),
    "skein failAfter": (options) => skein.failAfter(5_000, never, options),
    "skein taskGroup": (options) => skein.taskGroup(never, options),
    "skein all": (options) => skein.all([never], options),
    "skein mapConcurrent": (options) => skein.mapConcurrent([1], (_, task) => never(task), options),
    "skein retry": (options) => skein.retry(never, options),
    "skein hedge": (options) => skein.hedge(never, options),
    "skein Threadpool.run": (options) => pool.run(spin, [], options),
    "skein/ambient taskGroup": (options) => ambient.taskGroup(never, options),
    "skein/ambient any": (options) => ambient.any([never], options),
    "skein/ambient retry": (options) => ambient.retry(never, options),
  };

  it.each(Object.entries(forms))("of %s count when they are inherited", async (_, form) => {
    const outcome = await ambient.taskGroup(() =>
      form(Object.create({ timeoutMs: 5, signal: undefined })).catch((error: unknown) => error),
    );
    const reason = outcome instanceof Error ? outcome : (outcome as { reason: Error }).reason;
    expect(reason).toBeInstanceOf(skein.DeadlineError);
  });

  it.each(Object.entries(forms))(
    "of %s may be a controller, for it has a signal",
    async (_, form) => {
      const controller = new AbortController();
      const left = new Error("left");
      await ambient.taskGroup(async () => {
        const running = form(controller).catch((error: unknown) => error);
        controller.abort(left);
        expect(await running).toBe(left);
      });
    },
  );

  it("may be a controller below the current scope, which counts as well", async () => {
    const outcome = await ambient.moveOnAfter(5, () =>
      ambient.taskGroup(never, new AbortController()),
    );
    expect(outcome.done).toBe(false);
  });

  it("do not count what somebody has put on every object", async () => {
    Object.defineProperty(Object.prototype, "polluted", {
      value: 1,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    try {
      expect(await skein.taskGroup(() => 1, { name: "one" })).toBe(1);
      expect(await skein.taskGroup(() => 1, Object.create({ name: "one" }))).toBe(1);
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
  });

  it("may come from another realm", async () => {
    const options = runInNewContext("({ name: 'one', timeoutMs: 5_000 })");
    expect(await skein.taskGroup((group) => group.name, options)).toBe("one");
    expect(() => skein.taskGroup(none, runInNewContext("new (class Settings {})()"))).toThrow(
      "a plain object, got an instance of Settings",
    );
  });
});

describe.each(Object.entries(takesScope))("the scope of %s", (name, call) => {
  const thrown = (value: unknown): Error => {
    const error = thrownBy(() => call(value as never));
    expect(error).toBeInstanceOf(TypeError);
    return error as Error;
  };

  it("is nothing that cancels nothing", () => {
    // In the first place a function is the function.
    const values = /InThreadpool|invoke/.test(name) ? scope.filter((each) => each !== none) : scope;
    for (const value of values) expect(thrown(value).message).toMatch(/^Expected `\w+` to be/);
    thrown({ signal: 5 });
    thrown({ signal: null });
  });

  it("is no bare signal, and says what to write instead", () => {
    // The scope that is asked about is one of skein.
    const advice = name === "skein isCancelled" ? "a scope of skein" : "write `{ signal }`";
    expect(thrown(AbortSignal.abort()).message).toContain(advice);
  });

  it("is no options, of which only the signal would count", () => {
    for (const more of [{ timeoutMs: 5 }, { deadline: 5 }, { scope: group }]) {
      expect(thrown({ signal: undefined, ...more }).message).toContain("Expected `scope`");
    }
  });
});
