import { createRequire } from "node:module";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  BullMQExecutor,
  type BullMQExecutorOptions,
  BullMQWorker,
  RemoteLostError,
  routed,
} from "../../lib/bullmq.ts";
import {
  CapacityLimiter,
  ClosedError,
  DeadlockError,
  mapConcurrent,
  NotTransferableError,
  provide,
  resolveDependencies,
  ShipError,
  Threadpool,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { jobs, RedisServer, type WorkerProcess } from "../support/redis.ts";

const require = createRequire(import.meta.url);
const bullmq = require("bullmq") as typeof import("bullmq");

let redis: RedisServer;
let worker: WorkerProcess;
const open: AsyncDisposable[] = [];
const executor = (options: Partial<BullMQExecutorOptions> = {}): BullMQExecutor => {
  const made = new BullMQExecutor({ queue: "q", connection: redis.connection, ...options });
  open.push(made);
  return made;
};
const queueNamed = (name: string): Queue => {
  const queue = new bullmq.Queue(name, { connection: redis.connection });
  open.push({ [Symbol.asyncDispose]: () => queue.close() });
  return queue;
};

beforeAll(async () => {
  redis = await RedisServer.start();
  worker = await redis.worker();
});
afterEach(async () => {
  for (const made of open.splice(0)) await made[Symbol.asyncDispose]();
});
afterAll(() => redis?.[Symbol.asyncDispose]());

describe("BullMQExecutor", () => {
  it("runs a function in another process", async () => {
    expect(await executor().run(jobs.square, [12])).toBe(144);
    expect(await executor().run(jobs.pid, [])).toBe(worker.pid);
  });

  it("gives results whole that are longer than a reply", async () => {
    const text = await executor().run(jobs.repeat, ["ab", 100_000]);
    expect(createHash("sha1").update(text).digest("hex")).toBe(
      createHash("sha1").update("ab".repeat(100_000)).digest("hex"),
    );
  });

  it("refuses a function without a name, and says how to give it one", async () => {
    const error = await rejectionOf(executor().run(() => 1, []));
    expect(error).toBeInstanceOf(ShipError);
    expect((error as Error).message).toContain("`threaded(import.meta, fn, { name })`");
  });

  it("refuses what another machine cannot have, in arguments and results", async () => {
    const remote = executor({ maxBytes: 1_000 });
    const shared = new SharedArrayBuffer(1);
    const refusals = [
      remote.run(jobs.echo, [{ shared }]),
      remote.run(jobs.echo, ["x".repeat(2_000)]),
      remote.run(jobs.gives, []),
    ];
    const paths = [["args", "0", "shared"], ["args"], ["result"]];
    for (const [i, refusal] of refusals.entries()) {
      const error = (await rejectionOf(refusal)) as NotTransferableError;
      expect(error).toBeInstanceOf(NotTransferableError);
      expect(error.path).toEqual(paths[i]);
    }
    const large = executor().run(jobs.repeat, ["x", 2 ** 21]);
    expect(await rejectionOf(large)).toMatchObject({ path: ["result"] });
  });

  it("gives an error whole, with the stacks of both sides", async () => {
    const error = (await rejectionOf(executor().run(jobs.fail, ["bad"]))) as Error;
    expect(error).toMatchObject({ name: "ParseError", code: "E_PARSE", line: 7, message: "bad" });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.stack).toMatch(/jobs\.mjs:[^]*executor\.spec\.ts:/);
    const exit = await rejectionOf(executor().run(jobs.exits, [3]));
    expect(exit).toMatchObject({ code: "ERR_SKEIN_WORKER_EXITED", exitCode: 3 });
  });

  it("keeps calls to itself beyond `maxInFlight`, or beyond a limiter of theirs", async () => {
    const remote = executor({ maxInFlight: 2 });
    const calls = Array.from({ length: 5 }, (_, n) => remote.run(jobs.square, [n]));
    expect(remote.statistics()).toEqual({ running: 2, queued: 3, completed: 0 });
    expect(await Promise.all(calls)).toEqual([0, 1, 4, 9, 16]);
    const limiter = new CapacityLimiter(4);
    const more = Array.from({ length: 5 }, (_, n) => remote.run(jobs.square, [n], { limiter }));
    expect(remote.statistics()).toEqual({ running: 4, queued: 1, completed: 5 });
    await Promise.all(more);
    expect(remote.statistics()).toEqual({ running: 0, queued: 0, completed: 10 });
  });

  it("takes a call that waits here back without a word to anybody", async () => {
    const remote = executor({ queue: "nobody", maxInFlight: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [1, 2].map((n) => rejectionOf(remote.run(jobs.square, [n], { signal })));
    controller.abort("enough");
    expect(await Promise.all(calls)).toEqual(["enough", "enough"]);
    const counts = await queueNamed("nobody").getJobCounts();
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(0);
  });

  it("lets calls of a lower priority number go first", async () => {
    const remote = executor({ queue: "priorities" });
    const calls = [9, 1, 5].map((priority) =>
      remote.run(jobs.repeat, [`${priority}`, 1], { priority, onCancel: "abandon" }),
    );
    const queue = queueNamed("priorities");
    await expect.poll(() => queue.getPrioritizedCount(), { timeout: 20_000 }).toBe(3);
    const order: unknown[] = [];
    const single = await redis.worker({ queue: "priorities", threads: 1 });
    await Promise.all(calls.map((call) => call.then((value) => order.push(value))));
    expect(order).toEqual(["1", "5", "9"]);
    await single.kill();
  });

  it("gives each call an identification, which is its job's", async () => {
    const remote = executor();
    const ids = await Promise.all([remote.run(jobs.id, []), remote.run(jobs.id, [])]);
    expect(new Set(ids).size).toBe(2);
    expect(await queueNamed("q").getJob(ids[0]!)).toMatchObject({ name: expect.any(String) });
  });

  it("carries the `traceparent` of each call, and says when the sources differ", async () => {
    const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const remote = executor({ traceparent: () => parent });
    const callId = await remote.run(jobs.id, []);
    await expect
      .poll(() => worker.runs.find((run) => run.callId === callId), { timeout: 20_000 })
      .toMatchObject({
        name: "spec/id",
        queue: "q",
        traceparent: parent,
        isOtherSource: false,
        isRerun: false,
      });
  });

  it("takes a URL or a client in the place of options, and leaves the client alone", async () => {
    const { Redis } = require("ioredis") as typeof import("ioredis");
    const client = new Redis(redis.connection);
    const remote = new BullMQExecutor({ queue: "q", connection: client });
    expect(await remote.run(jobs.square, [3])).toBe(9);
    await remote.close();
    expect(await client.ping()).toBe("PONG");
    await client.quit();
    const url = `redis://${encodeURIComponent(redis.connection.path)}`;
    expect(() => new BullMQExecutor({ queue: "q", connection: url })).not.toThrow();
  });

  it("refuses a client of a cluster, which has no node of its own", () => {
    const { Cluster } = require("ioredis") as typeof import("ioredis");
    const connection = new Cluster(["redis://127.0.0.1:1"], { lazyConnect: true });
    const make = (): unknown => new BullMQExecutor({ queue: "q", connection });
    expect(make).toThrow(/^Expected `connection` to be one Redis, for a queue lies on one node/);
    expect(() => new BullMQWorker({ queue: "q", connection })).toThrow(TypeError);
    connection.disconnect();
  });

  it("cancels its calls when it is destroyed", async () => {
    const remote = executor({ queue: "destroyed", maxInFlight: 2 });
    const other = await redis.worker({ queue: "destroyed", threads: 1 });
    let hasBegun!: () => void;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const options = { onProgress: hasBegun, onCancel: "shield" } as const;
    const calls = [1, 2, 3].map(() => rejectionOf(remote.run(jobs.hang, [], options)));
    await begun;
    await remote.destroy("enough");
    expect(await Promise.all(calls)).toEqual(["enough", "enough", "enough"]);
    await remote.destroy();
    const next = executor({ queue: "destroyed" });
    expect(await next.run(jobs.pid, [])).toBe(other.pid);
    await other.kill();
  });

  it("refuses calls once it is closed, and options without a queue", async () => {
    const remote = executor();
    await remote.close();
    expect(await rejectionOf(remote.run(jobs.square, [1]))).toBeInstanceOf(ClosedError);
    expect(() => new BullMQExecutor({ queue: "q" } as never)).toThrow(
      "Expected `connection` among the options, got undefined",
    );
    expect(() => new BullMQExecutor(undefined as never)).toThrow("Expected `queue` among");
  });

  it("refuses a call that functions of workers make too deep", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const nested = async (specifier: string, jobs: string) => {
      const { BullMQExecutor } = await import(specifier);
      const { square } = await import(jobs);
      const remote = new BullMQExecutor({ queue: "q", connection: { path: "/nowhere" } });
      await remote.run(square, [1]);
    };
    const call = pool.run(
      nested,
      [require.resolve("skein/bullmq"), require.resolve("../support/bullmq-programs/jobs.mjs")],
      { callId: "caller-1~16" },
    );
    expect(await rejectionOf(call)).toBeInstanceOf(DeadlockError);
  });

  it("works below a map of its own machine", async () => {
    const remote = executor();
    const squares = await mapConcurrent([1, 2, 3, 4], (n, scope) =>
      remote.run(jobs.square, [n], { scope }),
    );
    expect(squares).toEqual([1, 4, 9, 16]);
  });
});

describe("secret", () => {
  it("lets callers and workers through that have the same, in both directions", async () => {
    const shared = await redis.worker({ queue: "sealed", secret: "s3cret" });
    const remote = executor({ queue: "sealed", secret: "s3cret" });
    const heard: unknown[] = [];
    const onProgress = (value: unknown): void => void heard.push(value);
    expect(await remote.run(jobs.square, [5])).toBe(25);
    expect(await remote.run(jobs.repeat, ["x", 50_000])).toHaveLength(50_000);
    expect(await rejectionOf(remote.run(jobs.fail, ["bad"]))).toMatchObject({ code: "E_PARSE" });
    await rejectionOf(remote.run(jobs.listen, [], { timeoutMs: 500, onProgress }));
    expect(heard).toEqual([shared.pid]);
    await shared.kill();
  });

  it.each([
    ["a caller without it", undefined, "s3cret"],
    ["a caller with another one", "other", "s3cret"],
    ["a worker without it", "s3cret", undefined],
  ])("stops %s", async (_, ours, theirs) => {
    const queue = `sealed-${ours}-${theirs}`;
    const other = await redis.worker({ queue, ...(theirs && { secret: theirs }) });
    const remote = executor({ queue, ...(ours && { secret: ours }) });
    const error = await rejectionOf(remote.run(jobs.square, [5]));
    expect(error).toBeInstanceOf(RemoteLostError);
    expect(String(error)).toContain("secret");
    await other.kill();
  });
});

describe("BullMQWorker", () => {
  const worker = (queue: string): BullMQWorker =>
    new BullMQWorker({ queue, connection: redis.connection, threads: 2, drainMs: 100 });

  it("serves until its scope is cancelled, and rejects with the reason", async () => {
    const controller = new AbortController();
    const here = worker("here");
    const serving = here.serve({ signal: controller.signal });
    const remote = executor({ queue: "here" });
    expect(await remote.run(jobs.pid, [])).toBe(process.pid);
    expect(here.statistics()).toEqual({ running: 0, completed: 1 });
    controller.abort("enough");
    expect(await rejectionOf(serving)).toBe("enough");
    expect(await rejectionOf(here.serve())).toBeInstanceOf(ClosedError);
  });

  it("serves without a scope until it is closed, and only once", async () => {
    const here = worker("here");
    const serving = here.serve();
    expect(await rejectionOf(here.serve())).toBeInstanceOf(ClosedError);
    await here.close();
    expect(await serving).toBeUndefined();
  });

  it("can be closed without having served, and where Redis is not", async () => {
    await worker("here").close();
    const nowhere = new BullMQWorker({ queue: "q", connection: { path: "/nowhere" } });
    const serving = nowhere.serve();
    await nowhere.close();
    expect(await serving).toBeUndefined();
  });

  it("stops calls that are still there when its time is over", async () => {
    const here = worker("draining");
    const serving = here.serve();
    let hasBegun!: () => void;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const remote = executor({ queue: "draining" });
    const call = rejectionOf(remote.run(jobs.hang, [], { onProgress: hasBegun }));
    await begun;
    await here.close();
    expect(await call).toMatchObject({
      code: "ERR_SKEIN_REMOTE_LOST",
      started: true,
      message: "The worker has ended while it ran the call",
    });
    await serving;
  });
});

describe("routed", () => {
  it("sends named functions far, and keeps everything else", async () => {
    await using local = new Threadpool({ maxThreads: 1 });
    const pool = routed(executor(), local);
    expect(await pool.run(jobs.pid, [])).toBe(worker.pid);
    expect(await pool.run(() => process.pid, [])).toBe(process.pid);
    expect(pool.statistics().completed).toBe(2);
    const items: number[] = [];
    for await (const n of pool.iterate!(function* () {
      yield 1;
      yield 2;
    }, [])) {
      items.push(n);
    }
    expect(items).toEqual([1, 2]);
  });

  it("resolves a whole graph", async () => {
    await using local = new Threadpool({ maxThreads: 2 });
    const far = provide(jobs.pid);
    const near = provide(() => process.pid);
    const held = provide(function* () {
      yield process.pid;
    });
    const pool = routed(executor(), local);
    await resolveDependencies({ far, near, held }, { pool }, (found) => {
      expect(found).toEqual({ far: worker.pid, near: process.pid, held: process.pid });
    });
  });

  it("takes no more once it is closed, and closes neither of the two", async () => {
    await using local = new Threadpool({ maxThreads: 1 });
    const remote = executor();
    const pool = routed(remote, local);
    await pool.close();
    expect(await rejectionOf(pool.run(jobs.pid, []))).toBeInstanceOf(ClosedError);
    expect(
      await rejectionOf(
        pool.hold(function* () {
          yield 1;
        }, []),
      ),
    ).toBeInstanceOf(ClosedError);
    expect(() => pool.iterate!(function* () {}, [])).toThrow(ClosedError);
    expect([await remote.run(jobs.square, [2]), await local.run(() => 1, [])]).toEqual([4, 1]);
  });

  it("refuses what is no executor, and cannot do what its local one cannot", () => {
    const remote = executor();
    expect(() => routed({} as never, remote)).toThrow("Expected `remote` to be a Threadpool or");
    expect(() => routed(remote, undefined as never)).toThrow("Expected `local` to be");
    const plain = routed(remote, remote);
    const can = (name: string): boolean => typeof Reflect.get(plain, name) === "function";
    expect(["run", "iterate", "hold"].filter(can)).toEqual(["run"]);
  });
});

describe("skein/bullmq", () => {
  it.each(["bullmq", "ioredis"])("says what to install where %s is missing", (missing) => {
    const directory = mkdtempSync(join(tmpdir(), "skein-peers-"));
    try {
      cpSync(new URL("../../dist/", import.meta.url), join(directory, "dist"), { recursive: true });
      cpSync(new URL("../../package.json", import.meta.url), join(directory, "package.json"));
      mkdirSync(join(directory, "node_modules"));
      for (const there of ["bullmq", "ioredis"]) {
        if (there === missing) continue;
        const installed = fileURLToPath(new URL(`../../node_modules/${there}`, import.meta.url));
        symlinkSync(installed, join(directory, "node_modules", there));
      }
      const program = `import("skein/bullmq").catch((error) => console.log(error.message))`;
      const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
        cwd: directory,
        encoding: "utf8",
      });
      expect(said.trim()).toBe(
        `skein/bullmq needs the package "${missing}", which is not installed: npm install bullmq ioredis`,
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
