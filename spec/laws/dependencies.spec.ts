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
  /** Whether its lazy dependencies are called in its setup. */
  readonly asks: boolean;
  readonly isTarget: boolean;
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
      to: fc.nat(7),
      kind: fc.constantFrom<Edge>("value", "value", "after", "outcome", "lazy"),
    }),
    { maxLength: 3 },
  ),
  setup: fc.oneof(
    { weight: 6, arbitrary: fc.constant("succeed" as const) },
    fc.constant("fail" as const),
  ),
  teardown: fc.oneof(
    { weight: 6, arbitrary: fc.constant("succeed" as const) },
    fc.constantFrom("fail" as const, "swallow" as const),
  ),
  asks: fc.boolean(),
  isTarget: fc.boolean(),
});

const program: fc.Arbitrary<Program> = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 8 }),
  concurrency: fc.constantFrom(1, 2, Infinity),
  teardown: fc.constantFrom("sequential", "parallel"),
  body: fc.oneof(
    { weight: 3, arbitrary: fc.constant("succeed" as const) },
    fc.constant("fail" as const),
  ),
  cancelAfter: fc.oneof(fc.constant(Infinity), fc.nat(20)),
});

class Run {
  readonly log: string[] = [];
  /** What the resolution has to answer for. */
  readonly thrown = new Set<unknown>();
  readonly controller = new AbortController();
  readonly reason = new Error("cancelled");
  readonly providers: Provider<unknown, never>[] = [];
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
    const targets = Object.fromEntries(
      this.providers.flatMap((provider, i) => (nodes[i]!.isTarget ? [[`n${i}`, provider]] : [])),
    );
    return await resolveDependencies(targets, { concurrency, teardown, signal }, async (values) => {
      this.#say("body", -1);
      await this.#turn();
      if (body === "fail") throw this.#error("body");
      return values;
    });
  }

  #provider({ kind, edges, setup, teardown, asks }: Node, i: number): Provider<unknown, never> {
    const deps: Record<string, Provider<unknown, never>> = {};
    const after: Provider<unknown, never>[] = [];
    const lazies: string[] = [];
    edges.forEach((edge, k) => {
      const to = this.providers[edge.to % i];
      if (to === undefined) return;
      const key = `d${k}`;
      if (edge.kind === "after") after.push(to);
      else deps[key] = edge.kind === "value" ? to : edge.kind === "lazy" ? lazy(to) : outcome(to);
      if (edge.kind === "lazy") lazies.push(key);
    });
    const options = { after, name: `n${i}` };
    const say = (what: string): void => this.#say(what, i);
    const begin = (): void => {
      say("start");
    };
    const settle = (): string => {
      if (setup === "fail") throw this.#error(`setup ${i}`, this.#needed.has(i));
      say("ready");
      return `v${i}`;
    };
    const turn = async (values: Record<string, unknown>): Promise<void> => {
      await this.#turn();
      if (!asks) return;
      for (const key of lazies) {
        await (values[key] as () => Promise<unknown>)().catch(() => undefined);
      }
    };
    const end = (verdict: string, error?: unknown): void => {
      say(`down ${verdict}`);
      if (teardown === "fail") throw this.#error(`teardown ${i}`);
      if (verdict === "failure" && teardown !== "swallow") throw error;
    };
    switch (kind) {
      case "async":
        return provide(
          deps,
          async (values: Record<string, unknown>, _context: ProviderContext) => {
            begin();
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
            begin();
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
        return inline(deps, () => (begin(), settle()), options);
      case "inline-generator":
        return inline(
          deps,
          function* () {
            begin();
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

/** The nodes that a target cannot do without. */
function needed(nodes: readonly Node[]): ReadonlySet<number> {
  const found = new Set([...nodes.keys()].filter((i) => nodes[i]!.isTarget));
  for (const i of found) {
    for (const { to, kind } of nodes[i]!.edges) {
      if (i > 0 && (kind === "value" || kind === "after")) found.add(to % i);
    }
  }
  return found;
}

/** Which rules a run has broken. */
function breaches(
  { nodes }: Program,
  { log, thrown, reason }: Run,
  result: { readonly value?: unknown; readonly error?: unknown },
): string[] {
  const found: string[] = [];
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
    const expected = nodes.flatMap(({ isTarget }, i) => (isTarget ? [[`n${i}`, `v${i}`]] : []));
    rule(thrown.size === 0, "it does not resolve if something failed");
    rule(JSON.stringify(Object.entries(result.value!)) === JSON.stringify(expected), "all values");
    rule(!log.some((entry) => entry.startsWith("down failure")), "success is told as success");
  } else if (thrown.size === 0) {
    rule(result.error === reason, "it rejects with the reason of the cancellation");
  } else {
    const failures = new Set(failuresOf(result.error));
    rule(result.error === [...thrown][0], "it rejects with the first failure");
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
      fc.asyncProperty(program, fc.scheduler(), async (given, scheduler) => {
        const run = new Run(given, scheduler);
        const resolution = run.resolve().then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        const result = await scheduler.waitFor(resolution);
        const entries = run.log.length;
        await new Promise(setImmediate);
        expect(run.log).toHaveLength(entries);
        expect(breaches(given, run, result)).toEqual([]);
      }),
      { numRuns: 500, timeout: 20_000 },
    );
  });
});
