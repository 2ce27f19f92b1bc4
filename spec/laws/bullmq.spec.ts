import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BullMQExecutor, RemoteLostError } from "../../lib/bullmq.ts";
import { jobs, RedisServer, type WorkerProcess } from "../support/redis.ts";

const require = createRequire(import.meta.url);
const { Queue } = require("bullmq") as typeof import("bullmq");
const { Redis } = require("ioredis") as typeof import("ioredis");

const isDeep = process.env["EXPLORE"] === "deep";
const soon = { timeout: 60_000 };
/** Longer than any call takes once everything is there again, on a machine that does much else: what has not settled then is lost. */
const PATIENCE_MS = 120_000;

type Action =
  | {
      readonly kind: "run";
      readonly again: boolean;
      readonly ms: number;
      readonly timeoutMs?: number | undefined;
    }
  | { readonly kind: "cancel"; readonly which: number }
  | { readonly kind: "kill" | "stop" | "continue" | "end"; readonly which: number }
  | { readonly kind: "stop redis" | "continue redis" | "restart redis" | "repeat replies" }
  | { readonly kind: "pause"; readonly ms: number };

const which = fc.nat(7);
const ms = fc.nat(150);
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("run" as const),
        again: fc.boolean(),
        ms,
        timeoutMs: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined, freq: 4 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          "kill" as const,
          "stop" as const,
          "continue" as const,
          "end" as const,
        ),
        which,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          "stop redis" as const,
          "continue redis" as const,
          "restart redis" as const,
          "repeat replies" as const,
        ),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("pause" as const), ms: fc.nat(400) }) },
  ),
  { minLength: 12, maxLength: 40 },
);

interface Called {
  readonly id: string;
  readonly again: boolean;
  readonly controller: AbortController;
  readonly settled: Promise<void>;
  settlements: number;
  outcome: unknown;
  /** Whether a worker had begun it when it settled. */
  hadStarted: boolean;
}

/** What happens to calls, workers and Redis, by actions. */
class World implements AsyncDisposable {
  readonly calls: Called[] = [];
  readonly unanswered = new Set<string>();
  readonly remote: BullMQExecutor;
  readonly #redis: RedisServer;
  readonly #workers: WorkerProcess[] = [];
  #isRedisStopped = false;
  readonly #note = (event: unknown): void => {
    this.unanswered.add((event as { callId: string }).callId);
  };

  private constructor(redis: RedisServer) {
    this.#redis = redis;
    const quick = { ackMs: 400, sweepMs: 300, leaseMs: 4_000 };
    this.remote = new BullMQExecutor({ queue: "q", connection: redis.connection, ...quick });
    subscribe("skein:remote:unanswered", this.#note);
  }

  static async create(): Promise<World> {
    const world = new World(
      await RedisServer.start("--appendonly", "yes", "--appendfsync", "always"),
    );
    await Promise.all([world.#hire(), world.#hire()]);
    return world;
  }

  async act(action: Action): Promise<void> {
    switch (action.kind) {
      case "run":
        return this.#run(action.again, action.ms, action.timeoutMs);
      case "cancel":
        return this.calls.at(-1 - action.which)?.controller.abort(`cancelled`);
      case "stop redis":
        this.#isRedisStopped = true;
        return this.#redis.stop();
      case "continue redis":
        this.#isRedisStopped = false;
        return this.#redis.continue();
      case "restart redis":
        await this.#redis.kill();
        this.#isRedisStopped = false;
        return await this.#redis.startAgain();
      case "repeat replies":
        return await this.#repeatReplies();
      case "pause":
        return await new Promise((resolve) => setTimeout(resolve, action.ms));
      default:
        return await this.#disturb(action.kind, action.which % this.#workers.length);
    }
  }

  /** Everything is there again, and every call comes to its end. */
  async calm(): Promise<void> {
    this.#redis.continue();
    this.#isRedisStopped = false;
    for (const worker of this.#workers) worker.signal("SIGCONT");
    await this.#hire();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([Promise.all(this.calls.map(({ settled }) => settled)), patience]);
    clearTimeout(timer);
    if (this.calls.some(({ settlements }) => settlements === 0)) return;
    const queue = new Queue("q", { connection: this.#redis.connection });
    while ((await queue.getJobCountByTypes("wait", "active", "delayed", "prioritized")) > 0);
    await queue.close();
  }

  get marks(): string[] {
    const path = this.#marksPath;
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    unsubscribe("skein:remote:unanswered", this.#note);
    this.#redis.continue();
    await this.remote.destroy();
    await this.#redis[Symbol.asyncDispose]();
  }

  get #marksPath(): string {
    return join(this.#redis.directory, "marks");
  }

  #run(again: boolean, ms: number, timeoutMs: number | undefined): void {
    const id = `${this.calls.length}`;
    const fn = again ? jobs.leastOnce : jobs.mostOnce;
    const controller = new AbortController();
    const options = { signal: controller.signal, timeoutMs };
    const settle = (outcome: unknown): void => {
      called.settlements += 1;
      called.outcome = outcome;
      called.hadStarted = this.marks.includes(`start ${id}`);
    };
    const call = this.remote.run(fn, [this.#marksPath, id, ms], options);
    const settled = call.then(settle, settle);
    const called: Called = {
      id,
      again,
      controller,
      settled,
      settlements: 0,
      outcome: undefined,
      hadStarted: false,
    };
    this.calls.push(called);
  }

  async #disturb(kind: "kill" | "stop" | "continue" | "end", index: number): Promise<void> {
    const worker = this.#workers[index]!;
    if (kind === "stop") return worker.signal("SIGSTOP");
    if (kind === "continue") return worker.signal("SIGCONT");
    this.#workers.splice(index, 1);
    if (kind === "kill") await worker.kill();
    else {
      worker.signal("SIGCONT");
      worker.signal("SIGTERM");
    }
    await this.#hire();
  }

  async #hire(): Promise<void> {
    const quick = { lockMs: 2_000, stalledMs: 500, leaseMs: 4_000, drainMs: 100 };
    this.#workers.push(await this.#redis.worker(quick));
  }

  /** Says everything again that workers have said. */
  async #repeatReplies(): Promise<void> {
    if (this.#isRedisStopped) return;
    const client = new Redis(this.#redis.connection);
    const keys = await client.keys("bull:q:skein:reply:*");
    for (const key of keys) {
      for (const [, fields] of await client.xrange(key, "-", "+"))
        await client.xadd(key, "*", ...fields);
    }
    await client.quit();
  }
}

/** What is not as it was promised. */
function problemsOf(
  { id, again, settlements, outcome, hadStarted }: Called,
  { marks, unanswered }: World,
): string[] {
  if (settlements === 0) return [`call ${id} has not settled`];
  const starts = marks.filter((mark) => mark === `start ${id}`).length;
  const ends = marks.filter((mark) => mark === `end ${id}`).length;
  const isLost = outcome instanceof RemoteLostError;
  const isCancelled = outcome === "cancelled" || (outcome as Error).name === "TimeoutError";
  const broken: Record<string, boolean> = {
    "settled more than once": settlements > 1,
    "was run twice": !again && starts > 1,
    "has a value without a run": outcome === id && ends === 0,
    "was reported in place of being run again": again && isLost && outcome.started === true,
    "had begun, though it was said not to": isLost && outcome.started === false && starts > 0,
    "came to something else": outcome !== id && !isLost && !isCancelled,
    // What was taken back never starts; of what nobody has answered, that is not known.
    "began after it was taken back":
      isCancelled && !hadStarted && unanswered.size === 0 && starts > 0,
  };
  return Object.keys(broken)
    .filter((problem) => broken[problem])
    .map((problem) => `call ${id} ${problem}: ${inspect(outcome)}`);
}

describe("a queue whose workers and Redis come and go", () => {
  it(
    "settles each call once, with its value or why it has none, and runs none more often than it may",
    { timeout: isDeep ? 3_600_000 : 600_000 },
    async () => {
      const property = fc.asyncProperty(actions, async (all) => {
        await using world = await World.create();
        for (const action of all) await world.act(action);
        await world.calm();
        expect(world.calls.flatMap((called) => problemsOf(called, world))).toEqual([]);
        const next = (): Promise<unknown> => world.remote.run(jobs.square, [7]).catch(String);
        await expect.poll(next, soon).toBe(49);
      });
      await fc.assert(property, { numRuns: isDeep ? 200 : 3, endOnFailure: true });
    },
  );
});
