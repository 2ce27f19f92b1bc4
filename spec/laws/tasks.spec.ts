import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  type CancelScope,
  checkpoint,
  failuresOf,
  shield,
  sleep,
  taskGroup,
  type Task,
  type TaskGroup,
} from "../../lib/index.ts";
import { ManualClock } from "../support/manual-clock.ts";

/** What a task or a body does, one step after the other. */
interface Actor {
  readonly steps: readonly Step[];
  readonly end: "return" | "fail" | "fail with the shared error";
  /** What it does when it is cancelled. */
  readonly cleanup: "obey" | "ignore" | "fail";
}

type Step =
  | { readonly do: "turn" | "block" | "finish" | "cancel last" | "expire" }
  | { readonly do: "spawn" | "always" | "background" | "start"; readonly actor: Actor }
  | { readonly do: "scope" | "shield" | "cancelled scope"; readonly steps: readonly Step[] }
  | { readonly do: "group"; readonly body: Actor; readonly policy: "failFast" | "supervise" };

const { body } = fc.letrec<{ actor: Actor; step: Step; steps: Step[]; body: Actor }>((tie) => ({
  step: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom("turn" as const, "turn" as const, "block" as const),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom("finish" as const, "cancel last" as const, "expire" as const),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "spawn" as const,
          "spawn" as const,
          "always" as const,
          "background" as const,
          "start" as const,
        ),
        actor: tie("actor"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom("scope" as const, "shield" as const, "cancelled scope" as const),
        steps: tie("steps"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("group" as const),
        body: tie("body"),
        policy: fc.constantFrom("failFast" as const, "supervise" as const),
      }),
    },
  ),
  steps: fc.array(tie("step"), { maxLength: 4, depthIdentifier: "steps" }),
  actor: fc.record({
    steps: tie("steps"),
    end: fc.constantFrom(
      "return" as const,
      "return" as const,
      "return" as const,
      "fail" as const,
      "fail with the shared error" as const,
    ),
    cleanup: fc.constantFrom("obey" as const, "obey" as const, "ignore" as const, "fail" as const),
  }),
  body: tie("actor"),
}));

class Failure extends Error {}

/** How long something blocks that nobody cancels, in milliseconds. */
const A_WHILE = 100;

/** Plays a program and keeps the books: who runs where, and who has failed with what. */
class Play {
  readonly log: string[] = [];
  readonly broken: string[] = [];
  /** Every failure that somebody's function has ended with. */
  readonly failed = new Set<unknown>();
  readonly controller = new AbortController();
  readonly reason = new Error("aborted");
  readonly #scheduler: fc.Scheduler;
  readonly #shared = new Failure("shared");
  readonly #running = new Map<TaskGroup, Set<string>>();
  #names = 0;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  async group(actor: Actor, options: object): Promise<unknown> {
    const name = this.#name("group");
    let group!: TaskGroup;
    const running = taskGroup(async (own) => {
      group = own;
      this.#running.set(own, new Set());
      return await this.#act(`${name} body`, actor, own, own);
    }, options);
    try {
      return await running;
    } finally {
      const left = group === undefined ? [] : [...this.#running.get(group)!];
      if (left.length > 0) this.broken.push(`${name} was outlived by ${left.join()}`);
      this.log.push(`${name} settled`);
    }
  }

  async #act(name: string, actor: Actor, scope: CancelScope, group: TaskGroup): Promise<unknown> {
    const running = this.#running.get(group)!;
    running.add(name);
    this.log.push(`${name} began`);
    try {
      try {
        await this.#steps(name, actor, actor.steps, scope, group);
        if (actor.end === "return") return "value";
      } catch (error) {
        if (error instanceof Failure) throw error;
        await this.#turn(`${name} cleans up`);
        if (actor.cleanup === "ignore") return "kept";
        if (actor.cleanup === "obey") throw error;
      }
      throw actor.end === "fail with the shared error" ? this.#shared : new Failure(name);
    } catch (error) {
      if (error instanceof Failure) this.failed.add(error);
      throw error;
    } finally {
      running.delete(name);
      this.log.push(`${name} ended`);
    }
  }

  async #steps(
    name: string,
    actor: Actor,
    steps: readonly Step[],
    scope: CancelScope,
    group: TaskGroup,
  ): Promise<void> {
    const tasks: Task<unknown>[] = [];
    const nested = (inner: CancelScope, more: readonly Step[]): Promise<void> =>
      this.#steps(name, actor, more, inner, group);
    for (const step of steps) {
      const child = this.#name("task");
      switch (step.do) {
        case "turn":
          await this.#turn(`${name} takes a turn`);
          if (actor.cleanup !== "ignore") scope.throwIfCancelled();
          break;
        case "block":
          await sleep(A_WHILE, scope);
          break;
        case "finish":
          group.finish("finished");
          break;
        case "cancel last":
          tasks.at(-1)?.cancel("alone");
          break;
        case "expire":
          await cancelScope(
            (inner) => {
              inner.deadline = 0;
              return sleep(Infinity, inner);
            },
            { scope },
          );
          break;
        case "spawn":
          tasks.push(group.spawn((task) => this.#act(child, step.actor, task, group)));
          break;
        case "always":
          tasks.push(
            group.spawn((task) => this.#act(child, step.actor, task, group), { start: "always" }),
          );
          break;
        case "background":
          tasks.push(group.background((task) => this.#act(child, step.actor, task, group)));
          break;
        case "start":
          await group.start(
            async (task, started: () => void) => {
              await this.#turn(`${child} starts`);
              task.throwIfCancelled();
              started();
              await this.#act(child, step.actor, task, group);
            },
            { scope },
          );
          break;
        case "scope":
          await cancelScope((inner) => nested(inner, step.steps), { scope });
          break;
        case "cancelled scope":
          await cancelScope(
            async (inner) => {
              void this.#turn(`${name} cancels a scope`).then(() => inner.cancel("inner"));
              await nested(inner, step.steps);
              await sleep(Infinity, inner);
            },
            { scope },
          );
          break;
        case "shield":
          await shield((inner) => nested(inner, step.steps), { scope, timeoutMs: Infinity });
          break;
        case "group":
          await this.group(step.body, { scope, policy: step.policy });
          break;
      }
    }
  }

  #turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  #name(kind: string): string {
    return `${kind} ${this.#names++}`;
  }
}

type Ended = { value: unknown } | { error: unknown } | "hangs";

async function play(body: Actor, abort: boolean, scheduler: fc.Scheduler): Promise<[Play, Ended]> {
  const game = new Play(scheduler);
  const { controller, reason } = game;
  const clock = new ManualClock();
  let ended: Ended | undefined;
  void game.group(body, { signal: controller.signal }).then(
    (value) => (ended = { value }),
    (error: unknown) => (ended = { error }),
  );
  if (abort) {
    void scheduler.schedule(Promise.resolve(), "abort").then(() => controller.abort(reason));
  }
  await idle(scheduler);
  // What is blocked is stopped from outside; behind a shield it takes its time.
  controller.abort(reason);
  await idle(scheduler);
  for (let i = 0; i < 100 && ended === undefined; i++) {
    clock.advance(A_WHILE);
    await idle(scheduler);
  }
  if (clock.armed) game.broken.push("a timer was left");
  clock[Symbol.dispose]();
  return [game, ended ?? "hangs"];
}

async function idle(scheduler: fc.Scheduler): Promise<void> {
  await checkpoint();
  while (scheduler.count() > 0) {
    await scheduler.waitIdle();
    await checkpoint();
  }
}

describe("taskGroup", () => {
  it("keeps its promises for any tree of tasks, groups and scopes on any schedule", async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.boolean(), fc.scheduler(), async (program, abort, scheduler) => {
        const [game, ended] = await play(program, abort, scheduler);
        const { controller, reason, failed, broken } = game;
        expect(ended).not.toBe("hangs");
        expect(broken).toEqual([]);
        expect(getEventListeners(controller.signal, "abort")).toEqual([]);
        const rejected = typeof ended === "object" && "error" in ended;
        const failures = rejected ? failuresOf(ended.error) : [];
        const expected = failed.size > 0 ? [...failed] : rejected ? [reason] : [];
        expect(failures).toHaveLength(expected.length);
        expect(new Set(failures)).toEqual(new Set(expected));
        expect(failures[0]).toBe(rejected ? ended.error : undefined);
      }),
      { numRuns: 150 },
    );
  });

  it("depends on nothing but the schedule", async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.boolean(), fc.scheduler(), async (program, abort, scheduler) => {
        const [first, ended] = await play(program, abort, scheduler);
        const order = scheduler.report().map(({ taskId }) => taskId);
        const [second, again] = await play(program, abort, fc.schedulerFor(order));
        expect(second.log).toEqual(first.log);
        expect(messages(again)).toEqual(messages(ended));
      }),
      { numRuns: 40 },
    );
  });
});

function messages(ended: Ended): unknown {
  return typeof ended === "object" && "error" in ended
    ? failuresOf(ended.error).map(String)
    : ended;
}
