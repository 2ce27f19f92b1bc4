import { fork } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serializeValue } from "../../lib/executor.ts";
import {
  BullMQExecutor,
  type BullMQExecutorOptions,
  RemoteLostError,
  UnknownFunctionError,
} from "../../lib/bullmq.ts";
import { threaded } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { jobs, RedisServer, type WorkerProcess } from "../support/redis.ts";

const require = createRequire(import.meta.url);
const { Worker } = require("bullmq") as typeof import("bullmq");
const { Redis } = require("ioredis") as typeof import("ioredis");
const more = new URL("../support/bullmq-programs/more-jobs.mjs", import.meta.url).href;

const later = threaded(import.meta, () => "known", { name: "spec/later" });
const skewed = threaded(import.meta, () => "of the caller", { name: "spec/skewed" });

/** On a machine that does much else. */
const soon = { timeout: 40_000 };

let redis: RedisServer;
const executors: BullMQExecutor[] = [];
const executor = (options: Partial<BullMQExecutorOptions> = {}): BullMQExecutor => {
  const quick = { ackMs: 500, sweepMs: 200, leaseMs: 4_000 };
  const { connection } = redis;
  const made = new BullMQExecutor({ queue: "q", connection, ...quick, ...options });
  executors.push(made);
  return made;
};
const file = (): string => join(redis.directory, "marks");
const marks = (): string[] =>
  existsSync(file()) ? readFileSync(file(), "utf8").split("\n").filter(Boolean) : [];

beforeEach(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  // Before its Redis: what it has to say is said.
  for (const made of executors.splice(0)) await made.destroy();
  await redis?.[Symbol.asyncDispose]();
});

/** A call that runs: its result, or what it rejects with, and the process that has it. */
async function begun(
  remote: BullMQExecutor,
  fn: (...args: never[]) => unknown,
  args: readonly unknown[],
  options: { signal?: AbortSignal } = {},
): Promise<{ readonly pid: unknown; readonly outcome: Promise<unknown> }> {
  let outcome!: Promise<unknown>;
  const pid = await new Promise((resolve, reject) => {
    const call = remote.run(fn as () => unknown, args as [], { ...options, onProgress: resolve });
    outcome = call.catch((error: unknown) => error);
    void outcome.then((value) => reject(new Error(`It ended with ${String(value)}`)));
  });
  return { pid, outcome };
}

async function two(): Promise<(pid: unknown) => [WorkerProcess, WorkerProcess]> {
  const workers = await Promise.all([redis.worker(), redis.worker()]);
  return (pid) => {
    const [a, b] = workers as [WorkerProcess, WorkerProcess];
    return a.pid === pid ? [a, b] : [b, a];
  };
}

describe("a worker that dies", () => {
  it("is reported for a call at most once, which is not run again", async () => {
    const workers = await two();
    const { pid, outcome } = await begun(executor(), jobs.once, [file()]);
    const [owner] = workers(pid);
    await owner.kill();
    const error = (await outcome) as RemoteLostError;
    expect(error).toBeInstanceOf(RemoteLostError);
    expect(error.started).toBe(true);
    expect(marks()).toEqual([error.callId]);
  });

  it("has its call at least once run again, with the same identification", async () => {
    const workers = await two();
    const { pid, outcome } = await begun(executor(), jobs.again, [file()]);
    const [owner, other] = workers(pid);
    await owner.kill();
    const callId = await outcome;
    expect(marks()).toEqual([callId, callId]);
    await expect
      .poll(() => other.runs, soon)
      .toContainEqual(expect.objectContaining({ isRerun: true }));
  });
});

describe("a worker that pauses", () => {
  it("counts as lost, and stops its call when it goes on", async () => {
    const workers = await two();
    const ended = join(redis.directory, "ended");
    const remote = executor();
    const { pid, outcome } = await begun(remote, jobs.listen, [ended]);
    const [owner] = workers(pid);
    owner.signal("SIGSTOP");
    expect(await outcome).toMatchObject({ code: "ERR_SKEIN_REMOTE_LOST", started: true });
    owner.signal("SIGCONT");
    await expect.poll(() => existsSync(ended), soon).toBe(true);
    const pids = await Promise.all(Array.from({ length: 40 }, () => remote.run(jobs.pid, [])));
    expect(new Set(pids).size).toBeGreaterThan(0);
  });

  it("begins a call that it is given again once its own run of it has ended", async () => {
    const worker = await redis.worker();
    const unanswered: unknown[] = [];
    const note = (event: unknown): void => void unanswered.push(event);
    subscribe("skein:remote:unanswered", note);
    const controller = new AbortController();
    const begun: unknown[] = [];
    const onProgress = (pid: unknown): void => void begun.push(pid);
    const { signal } = controller;
    const call = rejectionOf(
      executor().run(jobs.stubborn, [file()], { signal, onProgress, onCancel: "cooperate" }),
    );
    await expect.poll(() => begun, soon).toEqual([worker.pid]);
    worker.signal("SIGSTOP");
    // Somebody who takes no calls notices.
    const { connection } = redis;
    const watcher = new Worker("q", null, { connection, stalledInterval: 500, maxStalledCount: 5 });
    await watcher.startStalledCheckTimer();
    const client = new Redis(connection);
    await expect.poll(() => client.llen("bull:q:wait"), soon).toBe(1);
    await watcher.close();
    worker.signal("SIGCONT");
    const [callId] = marks()[0]!.split(" ").slice(1);
    await expect
      .poll(async () => Number(await client.hget(`bull:q:${callId}`, "ats")), soon)
      .toBeGreaterThan(1);
    await client.quit();
    writeFileSync(`${file()}.go`, "");
    await expect.poll(() => begun, soon).toEqual([worker.pid, worker.pid]);
    await expect.poll(marks, soon).toEqual([`start ${callId}`, `end ${callId}`, `start ${callId}`]);
    controller.abort("enough");
    expect(await call).toBe("enough");
    expect(unanswered).toEqual([]);
    unsubscribe("skein:remote:unanswered", note);
  });

  it("is not waited for by a call that is cancelled", async () => {
    const worker = await redis.worker();
    const controller = new AbortController();
    const unanswered: unknown[] = [];
    const note = (event: unknown): void => void unanswered.push(event);
    subscribe("skein:remote:unanswered", note);
    const { signal } = controller;
    const { outcome } = await begun(executor(), jobs.hang, [], { signal });
    worker.signal("SIGSTOP");
    controller.abort("enough");
    expect(await outcome).toBe("enough");
    expect(unanswered).toEqual([expect.objectContaining({ queue: "q", name: "spec/hang" })]);
    unsubscribe("skein:remote:unanswered", note);
  });

  it("does not have its call run again, if that was cancelled meanwhile", async () => {
    const workers = await two();
    const controller = new AbortController();
    const { signal } = controller;
    const remote = executor();
    const { pid, outcome } = await begun(remote, jobs.again, [file()], { signal });
    const [owner, other] = workers(pid);
    owner.signal("SIGSTOP");
    controller.abort("enough");
    expect(await outcome).toBe("enough");
    await owner.kill();
    const callId = marks()[0]!;
    const client = new Redis(redis.connection);
    await expect.poll(() => client.hget(`bull:q:${callId}`, "finishedOn"), soon).toBeTruthy();
    await client.quit();
    expect(marks()).toEqual([callId]);
    expect(other.runs).toEqual([]);
  });
});

describe("a worker that computes for longer than its lock", () => {
  it("runs its call once, to the end", async () => {
    await two();
    expect(await executor().run(jobs.leastOnce, [file(), "long", 9_000])).toBe("long");
    expect(marks()).toEqual(["start long", "end long"]);
  });
});

describe("a worker that is told to end", () => {
  it("finishes what ends in time, and exits as the signal says", async () => {
    const worker = await redis.worker();
    const { outcome } = await begun(executor(), jobs.mostOnce, [file(), "short", 300]);
    expect(await worker.end()).toBe(143);
    expect(await outcome).toBe("short");
  });

  it("gives calls back that may be run again, and reports the others as lost", async () => {
    const worker = await redis.worker({ drainMs: 100 });
    const remote = executor();
    const once = await begun(remote, jobs.hang, []);
    const again = await begun(remote, jobs.again, [file()]);
    const ended = worker.end();
    expect(await once.outcome).toMatchObject({ code: "ERR_SKEIN_REMOTE_LOST", started: true });
    expect(await ended).toBe(143);
    await redis.worker();
    const callId = await again.outcome;
    expect(marks()).toEqual([callId, callId]);
  });
});

describe("Redis", () => {
  it("is waited for while it is away, and the deadline fires all the same", async () => {
    await redis.worker();
    const remote = executor();
    expect(await remote.run(jobs.square, [2])).toBe(4);
    redis.stop();
    const patient = remote.run(jobs.square, [3]);
    const bounded = remote.run(jobs.square, [4], { timeoutMs: 300 });
    expect(await rejectionOf(bounded)).toMatchObject({ name: "TimeoutError" });
    redis.continue();
    expect(await patient).toBe(9);
    expect(await remote.run(jobs.square, [5])).toBe(25);
  });

  it("has calls that were added before it was restarted, if it keeps what is in it", async () => {
    await redis[Symbol.asyncDispose]();
    redis = await RedisServer.start("--appendonly", "yes", "--appendfsync", "always");
    const remote = executor();
    const call = remote.run(jobs.square, [6]);
    const client = new Redis(redis.connection);
    await expect.poll(() => client.llen("bull:q:wait"), soon).toBe(1);
    client.disconnect();
    await redis.kill();
    await redis.startAgain();
    await redis.worker();
    expect(await call).toBe(36);
  });

  it("that was emptied has lost its calls, and that is found out", async () => {
    const remote = executor();
    const call = rejectionOf(remote.run(jobs.square, [7]));
    const client = new Redis(redis.connection);
    await expect.poll(() => client.llen("bull:q:wait"), soon).toBe(1);
    await client.flushall();
    await client.quit();
    expect(await call).toMatchObject({ code: "ERR_SKEIN_REMOTE_LOST", started: undefined });
    await redis.worker();
    expect(await remote.run(jobs.square, [8])).toBe(64);
  });

  it("that refuses a call is heard: it has not begun", async () => {
    const client = new Redis(redis.connection);
    const remote = executor();
    await redis.worker();
    await remote.run(jobs.square, [1]);
    await client.config("SET", "maxmemory", "1");
    const error = await rejectionOf(remote.run(jobs.square, [9]));
    expect(error).toMatchObject({ code: "ERR_SKEIN_REMOTE_LOST", started: false });
    expect(String(error)).toContain("OOM");
    await client.config("SET", "maxmemory", "0");
    await client.quit();
  });

  it("need not be there when a call is made, nor when the executor is closed", async () => {
    const nowhere = executor({ connection: { path: "/nowhere" } });
    const error = await rejectionOf(nowhere.run(jobs.square, [1], { timeoutMs: 100 }));
    expect(error).toMatchObject({ name: "TimeoutError" });
    await nowhere.close();
  });
});

describe("a reply that is lost", () => {
  it("is found in the job", async () => {
    const value = Buffer.from(serializeValue({ found: true }, "result")).toString("base64");
    const silent = new Worker("q", async () => value, { connection: redis.connection });
    expect(await executor().run(jobs.square, [1])).toEqual({ found: true });
    await silent.close();
  });

  it("is found as what it is, if somebody else has failed the job", async () => {
    const failing = async (): Promise<never> => {
      throw new Error("by hand");
    };
    const silent = new Worker("q", failing, { connection: redis.connection });
    const error = await rejectionOf(executor().run(jobs.square, [1]));
    expect(error).toMatchObject({ code: "ERR_SKEIN_REMOTE_LOST", started: undefined });
    expect(String(error)).toContain("by hand");
    await silent.close();
  });
});

describe("a caller that is gone", () => {
  it("has its calls stopped", async () => {
    await redis.worker();
    const ended = join(redis.directory, "ended");
    const program = fileURLToPath(
      new URL("../support/bullmq-programs/caller.mjs", import.meta.url),
    );
    const caller = fork(program, [redis.connection.path, ended]);
    await new Promise((resolve) => caller.once("message", resolve));
    caller.kill("SIGKILL");
    await expect.poll(() => existsSync(ended), soon).toBe(true);
  });
});

describe("a cancelled call", () => {
  it("never starts, if it was in the queue", async () => {
    const remote = executor();
    const controller = new AbortController();
    const { signal } = controller;
    const call = rejectionOf(remote.run(jobs.mostOnce, [file(), "never", 0], { signal }));
    const client = new Redis(redis.connection);
    await expect.poll(() => client.llen("bull:q:wait"), soon).toBe(1);
    controller.abort("enough");
    expect(await call).toBe("enough");
    expect(await client.llen("bull:q:wait")).toBe(0);
    await client.quit();
    await redis.worker();
    expect(await remote.run(jobs.mostOnce, [file(), "next", 0])).toBe("next");
    expect(marks()).toEqual(["start next", "end next"]);
  });

  it("leaves nothing behind, however many there are", async () => {
    await redis.worker();
    const remote = executor();
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 60 }, (_, n) =>
      remote.run(jobs.mostOnce, [file(), `${n}`, 1], { signal }).catch((error: unknown) => error),
    );
    await expect.poll(() => marks().length, soon).toBeGreaterThan(2);
    controller.abort("enough");
    const outcomes = await Promise.all(calls);
    for (const [n, outcome] of outcomes.entries()) expect([`${n}`, "enough"]).toContain(outcome);
    const client = new Redis(redis.connection);
    await expect.poll(() => client.llen("bull:q:active"), soon).toBe(0);
    expect(await client.llen("bull:q:wait")).toBe(0);
    await client.quit();
    expect(remote.statistics()).toMatchObject({ running: 0, queued: 0 });
  });
});

describe("a function", () => {
  it("that no worker knows is refused after a while", async () => {
    await redis.worker({ unknownMs: 300 });
    const error = await rejectionOf(executor().run(later, []));
    expect(error).toBeInstanceOf(UnknownFunctionError);
    expect((error as Error).message).toMatch(
      /^No worker of the queue "q" has a function named "spec\/later": import the module/,
    );
  });

  it("that another worker knows is run by that one", async () => {
    const [ignorant] = [await redis.worker()];
    const call = executor().run(later, []);
    const client = new Redis(redis.connection);
    await expect.poll(() => client.zcard("bull:q:delayed"), soon).toBe(1);
    await client.quit();
    await redis.worker({ more });
    expect(await call).toBe("known");
    expect(ignorant!.runs).toEqual([]);
  });

  it("of another source is run, and that is said", async () => {
    const worker = await redis.worker({ more });
    expect(await executor().run(skewed, [])).toBe("of the worker");
    await expect
      .poll(() => worker.runs, soon)
      .toEqual([expect.objectContaining({ name: "spec/skewed", isOtherSource: true })]);
  });
});
