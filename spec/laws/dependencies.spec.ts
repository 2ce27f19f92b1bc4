import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  failuresOf,
  inline,
  lazy,
  outcome,
  provide,
  type Provider,
  type ProviderContext,
  resolveDependencies,
} from "../../lib/index.ts";

type Edge = "value" | "after" | "outcome" | "lazy";

/** A node of a random graph; it depends on nodes before it only. */
interface Node {
  readonly kind: "async" | "async-generator" | "inline" | "inline-generator";
  readonly edges: readonly { readonly to: number; readonly kind: Edge }[];
  readonly setup: "succeed" | "fail";
  readonly teardown: "succeed" | "fail" | "swallow";
  /** How long its setup takes, if it is async. */
  readonly turns: number;
  /** Whether its lazy dependencies are called in its setup. */
  readonly asks: boolean;
  /** How it is asked for, if it is; what is lazy is called in the body. */
  readonly target: "value" | "outcome" | "lazy" | "none";
}

interface Program {
  readonly nodes: readonly Node[];
  readonly concurrency: number;
  readonly teardown: "sequential" | "parallel";
  readonly body: "succeed" | "fail";
  /** After how many events of the program it is cancelled; never if there are fewer. */
  readonly cancelAfter: number;
}

const node: fc.Arbitrary<Node> = fc.record({
  kind: fc.constantFrom("async", "async-generator", "inline", "inline-generator"),
  edges: fc.array(
    fc.record({
      to: fc.nat(9),
      kind: fc.constantFrom<Edge>("value", "value", "after", "outcome", "outcome", "lazy"),
    }),
    { maxLength: 4 },
  ),
  setup: fc.oneof(
    { weight: 3, arbitrary: fc.constant("succeed" as const) },
    fc.constant("fail" as const),
  ),
  teardown: fc.oneof(
    { weight: 6, arbitrary: fc.constant("succeed" as const) },
    fc.constantFrom("fail" as const, "swallow" as const),
  ),
  turns: fc.nat(2),
  asks: fc.boolean(),
  target: fc.constantFrom("value", "outcome", "lazy", "none"),
});

const program: fc.Arbitrary<Program> = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 10 }),
  concurrency: fc.constantFrom(1, 2, Infinity, Infinity),
  teardown: fc.constantFrom("sequential", "parallel"),
  body: fc.oneof(
    { weight: 3, arbitrary: fc.constant("succeed" as const) },
    fc.constant("fail" as const),
  ),
  cancelAfter: fc.oneof(fc.constant(Infinity), fc.nat(20)),
});

/** Every failure of a setup is data to somebody, so nothing stops it. */
const unstopped = program.map((given): Program => {
  const cannotFail = needed(given.nodes);
  const nodes = given.nodes.map((each, i): Node =>
    cannotFail.has(i) ? { ...each, setup: "succeed" } : each,
  );
  return { ...given, nodes, cancelAfter: Infinity };
});

class Run {
  readonly log: string[] = [];
  /** What the resolution has to answer for. */
  readonly thrown = new Set<unknown>();
  /** What generators have thrown in place of the failure that they were told of. */
  readonly replacements = new Set<unknown>();
  readonly controller = new AbortController();
  readonly reason = new Error("cancelled");
  readonly providers: Provider<unknown, never>[] = [];
  /** What each failing setup has thrown. */
  readonly errors = new Map<number, unknown>();
  /** Values that are not those of the provider that they stand for. */
  readonly wrong: string[] = [];
  readonly #program: Program;
  readonly #needed: ReadonlySet<number>;
  readonly #scheduler: fc.Scheduler;

  constructor(program: Program, scheduler: fc.Scheduler) {
    this.#program = program;
    this.#needed = needed(program.nodes);
    this.#scheduler = scheduler;
    program.nodes.forEach((each, i) => this.providers.push(this.#provider(each, i)));
  }

  async resolve(): Promise<unknown> {
    const { nodes, concurrency, teardown, body } = this.#program;
    const { signal } = this.controller;
    const targets: Record<string, Provider<unknown, never>> = {};
    nodes.forEach(({ target }, i) => {
      if (target !== "none") targets[`n${i}`] = as(target, this.providers[i]!);
    });
    return await resolveDependencies(targets, { concurrency, teardown, signal }, async (values) => {
      this.#say("body", -1);
      await this.#turn();
      const asked = nodes.map(async ({ target }, i) => {
        if (target !== "none") await this.#check("the body", target, i, values[`n${i}`]);
      });
      await Promise.all(asked);
      if (body === "fail") throw this.#error("body");
      return values;
    });
  }

  /** Compares what somebody was given, or is given when it asks, with what the graph must give. */
  async #check(who: string, edge: Edge | "none", to: number, given: unknown): Promise<void> {
    const value = `v${to}`;
    if (edge === "value" && given !== value) this.wrong.push(`${who} got ${String(given)}`);
    if (edge !== "outcome" && edge !== "lazy") return;
    const outcome =
      edge === "lazy" ? await outcomeOf((given as () => Promise<unknown>)()) : (given as Outcome);
    if (edge === "lazy" && this.#isOver()) return;
    const causes = causesOf(this.#program.nodes, to);
    const isRight = outcome.done
      ? causes.length === 0 && outcome.value === value
      : causes.some((i) => this.errors.get(i) === outcome.reason && this.errors.has(i));
    if (!isRight) {
      this.wrong.push(`${who} got another outcome of ${to}: ${JSON.stringify(outcome)}`);
    }
  }

  /** Whether lazy functions may refuse to give anything more. */
  #isOver(): boolean {
    return (
      this.controller.signal.aborted || this.log.some((entry) => entry.startsWith("throw setup"))
    );
  }

  #provider(given: Node, i: number): Provider<unknown, never> {
    const { kind, setup, teardown, turns, asks } = given;
    const deps: Record<string, Provider<unknown, never>> = {};
    const after: Provider<unknown, never>[] = [];
    const edges = i === 0 ? [] : given.edges.map((edge) => ({ ...edge, to: edge.to % i }));
    edges.forEach((edge, k) => {
      if (edge.kind === "after") after.push(this.providers[edge.to]!);
      else deps[`d${k}`] = as(edge.kind, this.providers[edge.to]!);
    });
    const options = { after, name: `n${i}` };
    const say = (what: string): void => this.#say(what, i);
    const begin = (values: Record<string, unknown>): void => {
      say("start");
      edges.forEach((edge, k) => {
        if (edge.kind !== "lazy") void this.#check(`${i}`, edge.kind, edge.to, values[`d${k}`]);
      });
    };
    const settle = (): string => {
      if (setup === "fail") {
        const error = this.#error(`setup ${i}`, this.#needed.has(i));
        this.errors.set(i, error);
        throw error;
      }
      say("ready");
      return `v${i}`;
    };
    const turn = async (values: Record<string, unknown>): Promise<void> => {
      for (let done = 0; done < turns; done++) await this.#turn();
      for (const [k, edge] of edges.entries()) {
        if (!asks || edge.kind !== "lazy") continue;
        await this.#check(`${i}`, "lazy", edge.to, values[`d${k}`]);
      }
      // What comes of it comes in a turn of its own: nothing else may start between the throw and its being heard.
      await this.#turn();
    };
    const end = (verdict: string, error?: unknown): void => {
      say(`down ${verdict}`);
      if (teardown === "fail") {
        const failure = this.#error(`teardown ${i}`);
        if (verdict === "failure") this.replacements.add(failure);
        throw failure;
      }
      if (verdict === "failure" && teardown !== "swallow") throw error;
    };
    switch (kind) {
      case "async":
        return provide(
          deps,
          async (values: Record<string, unknown>, _context: ProviderContext) => {
            begin(values);
            await turn(values);
            return settle();
          },
          options,
        );
      case "async-generator": {
        const turnAgain = (): Promise<void> => this.#turn();
        return provide(
          deps,
          async function* (values: Record<string, unknown>) {
            begin(values);
            await turn(values);
            const value = settle();
            let failure: { error: unknown } | undefined;
            try {
              yield value;
            } catch (error) {
              failure = { error };
            }
            await turnAgain();
            if (failure === undefined) end("success");
            else end("failure", failure.error);
          },
          options,
        );
      }
      case "inline":
        return inline(deps, (values) => (begin(values), settle()), options);
      case "inline-generator":
        return inline(
          deps,
          function* (values) {
            begin(values);
            const value = settle();
            let failure: { error: unknown } | undefined;
            try {
              yield value;
            } catch (error) {
              failure = { error };
            }
            if (failure === undefined) end("success");
            else end("failure", failure.error);
          },
          options,
        );
    }
  }

  #error(what: string, isFatal = true): Error {
    const error = new Error(what);
    if (isFatal) this.thrown.add(error);
    this.log.push(`throw ${isFatal ? "" : "as data "}${what}`);
    return error;
  }

  #say(what: string, i: number): void {
    this.log.push(i < 0 ? what : `${what} ${i}`);
    if (this.log.length === this.#program.cancelAfter) this.controller.abort(this.reason);
  }

  async #turn(): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve());
  }
}

type Outcome =
  | { readonly done: true; readonly value: unknown }
  | { readonly done: false; readonly reason: unknown };

function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    (value) => ({ done: true, value }),
    (reason: unknown) => ({ done: false, reason }),
  );
}

function as(
  kind: "value" | "outcome" | "lazy",
  provider: Provider<unknown, never>,
): Provider<unknown, never> {
  return kind === "value" ? provider : kind === "lazy" ? lazy(provider) : outcome(provider);
}

/** The nodes that the resolution cannot do without. */
function needed(nodes: readonly Node[]): ReadonlySet<number> {
  const targets = [...nodes.keys()].filter((i) => nodes[i]!.target === "value");
  return withAllBelow(nodes, targets);
}

/** The nodes whose failure is a failure of this one. */
function causesOf(nodes: readonly Node[], node: number): number[] {
  return [...withAllBelow(nodes, [node])].filter((i) => nodes[i]!.setup === "fail");
}

/** Some nodes with all that they cannot do without. */
function withAllBelow(nodes: readonly Node[], some: readonly number[]): ReadonlySet<number> {
  const found = new Set(some);
  for (const i of found) {
    for (const { to, kind } of nodes[i]!.edges) {
      if (i > 0 && (kind === "value" || kind === "after")) found.add(to % i);
    }
  }
  return found;
}

/** Rejects when nothing can happen any more. */
async function standstill(scheduler: fc.Scheduler, log: readonly string[]): Promise<never> {
  for (let idle = 0, entries = 0; idle < 3; idle++) {
    await new Promise(setImmediate);
    if (scheduler.count() > 0 || log.length > entries) idle = 0;
    entries = log.length;
  }
  throw new Error(`It hangs after ${log.join(", ")}`);
}

/** Which rules a run has broken. */
function breaches(
  { nodes }: Program,
  { log, thrown, replacements, reason, wrong }: Run,
  result: { readonly value?: unknown; readonly error?: unknown },
): string[] {
  const found = [...wrong];
  const rule = (holds: boolean, name: string): void => {
    if (!holds) found.push(name);
  };
  const at = (entry: string): number => log.indexOf(entry);
  const downAt = (i: number): number =>
    log.findIndex((entry) => entry === `down success ${i}` || entry === `down failure ${i}`);
  const times = (...entries: string[]): number =>
    log.filter((entry) => entries.includes(entry)).length;

  nodes.forEach(({ kind, edges }, i) => {
    rule(times(`start ${i}`) <= 1, `${i} starts once`);
    const isHeld = kind.endsWith("generator") && at(`ready ${i}`) >= 0;
    rule(
      times(`down success ${i}`, `down failure ${i}`) === (isHeld ? 1 : 0),
      `${i} is torn down once if it holds something`,
    );
    for (const edge of i === 0 ? [] : edges) {
      const to = edge.to % i;
      if ((edge.kind === "value" || edge.kind === "after") && at(`start ${i}`) >= 0) {
        const isReadyBefore = at(`ready ${to}`) >= 0 && at(`ready ${to}`) < at(`start ${i}`);
        rule(isReadyBefore, `${to} is ready before ${i} starts`);
      }
      if (downAt(i) >= 0 && downAt(to) >= 0) {
        rule(downAt(i) < downAt(to), `${i} is torn down before ${to}`);
      }
    }
  });

  const failedAt = log.findIndex((entry) => entry.startsWith("throw setup"));
  if (failedAt >= 0) {
    const starts = log.slice(failedAt).filter((entry) => entry.startsWith("start"));
    rule(starts.length === 0 && at("body") < 0, "nothing starts after a failure");
  }
  const hasFailedBefore = failedAt >= 0 || at("throw body") >= 0 || thrown.size === 0;
  if ("error" in result && hasFailedBefore) {
    rule(!log.some((entry) => entry.startsWith("down success")), "failure is told as failure");
  }
  if (!("error" in result)) {
    const expected = nodes.flatMap(({ target }, i) => (target === "none" ? [] : [`n${i}`]));
    rule(thrown.size === 0, "it does not resolve if something failed");
    rule(JSON.stringify(Object.keys(result.value!)) === JSON.stringify(expected), "all values");
    rule(!log.some((entry) => entry.startsWith("down failure")), "success is told as success");
  } else if (thrown.size === 0) {
    rule(result.error === reason, "it rejects with the reason of the cancellation");
  } else {
    const failures = new Set(failuresOf(result.error));
    rule(
      replacements.size > 0 ? replacements.has(result.error) : result.error === [...thrown][0],
      "it rejects with the first failure, or with what took its place",
    );
    rule(
      failures.size === thrown.size && [...thrown].every((error) => failures.has(error)),
      "it reports all failures and no others",
    );
  }
  return found;
}

describe("resolveDependencies", () => {
  it("keeps its rules for every graph, in every order of events, wherever it fails or is cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(program, unstopped), fc.scheduler(), async (given, scheduler) => {
        const run = new Run(given, scheduler);
        const resolution = run.resolve().then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        const result = await Promise.race([
          scheduler.waitFor(resolution),
          standstill(scheduler, run.log),
        ]);
        const entries = run.log.length;
        await new Promise(setImmediate);
        expect(run.log).toHaveLength(entries);
        expect(breaches(given, run, result)).toEqual([]);
      }),
      { numRuns: 1_000, timeout: 20_000 },
    );
  });
});
