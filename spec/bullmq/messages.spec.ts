import { createRequire } from "node:module";
import type { Job, Queue } from "bullmq";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serializeValue } from "../../lib/executor.ts";
import { Leases } from "../../lib/bullmq/leases.ts";
import {
  callIdOf,
  depthWithin,
  isSealed,
  type Message,
  readMessage,
  sealMessage,
} from "../../lib/bullmq/message.ts";
import { ProgressSender } from "../../lib/bullmq/progress-sender.ts";
import { Seal } from "../../lib/bullmq/seal.ts";
import { jobs, RedisServer, type WorkerProcess } from "../support/redis.ts";
import { BullMQExecutor } from "../../lib/bullmq.ts";

const require = createRequire(import.meta.url);
const bullmq = require("bullmq") as typeof import("bullmq");

const base64 = (value: unknown): string =>
  Buffer.from(serializeValue(value, "args")).toString("base64");
const message: Message = {
  v: 1,
  f: "spec/square",
  h: "0".repeat(12),
  a: base64([3]),
  o: "kill",
  p: false,
  i: false,
  c: "caller",
  r: 0,
  n: 0,
  k: 0,
};
const asSent = (sent: Message): Message => JSON.parse(JSON.stringify(sent)) as Message;

describe("a message", () => {
  it("is read as it was written", () => {
    expect(readMessage(asSent(message))).toMatchObject(message);
    const full = { ...message, d: 5, g: 1, t: "00-1", u: 3, s: "seal" };
    expect(readMessage(asSent(full))).toEqual(full);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "call"],
    ["another version", { ...message, v: 2 }],
    ["no function", { ...message, f: 5 }],
    ["no arguments", { ...message, a: undefined }],
    ["a mode that there is not", { ...message, o: "explode" }],
    ["a lane that is a name", { ...message, r: "../control" }],
    ["a lane beyond all lanes", { ...message, r: 1e9 }],
    ["a deadline that is none", { ...message, d: "soon" }],
    ["a time to stop below 0", { ...message, g: -1 }],
    ["a depth that is none", { ...message, n: 0.5 }],
    ["a trace that is none", { ...message, t: {} }],
  ])("is none, if it is %s", (_, data) => {
    expect(readMessage(data)).toBeUndefined();
  });

  it("tells how deep the call is that a function makes", () => {
    expect(depthWithin(undefined)).toBe(0);
    expect(depthWithin("some uuid")).toBe(0);
    expect(depthWithin(callIdOf("caller", 5, 0))).toBe(1);
    expect(depthWithin(callIdOf("caller", 5, 15))).toBe(16);
  });
});

describe("a seal", () => {
  const seal = new Seal("secret", "q");
  const sealed = sealMessage(seal, "id", message);

  it("holds over the wire, and for nothing but what it was made for", () => {
    expect(isSealed(seal, "id", asSent(sealed))).toBe(true);
    expect(isSealed(seal, "other id", sealed)).toBe(false);
    expect(isSealed(new Seal("secret", "other queue"), "id", sealed)).toBe(false);
    expect(isSealed(new Seal("other secret", "q"), "id", sealed)).toBe(false);
    expect(isSealed(seal, "id", message)).toBe(false);
    expect(seal.open(["failed", "id"], seal.close(["returned", "id"], "text"))).toBeUndefined();
    expect(seal.open(["returned", "id"], seal.close(["returned", "id"], "text"))).toBe("text");
  });

  it("is broken by every change of what it is on", () => {
    const changes: Partial<Message>[] = [
      { f: "spec/hang" },
      { h: "1" },
      { a: base64([4]) },
      { d: 9 },
      { o: "shield" },
      { g: 5 },
      { p: true },
      { i: true },
      { c: "other" },
      { r: 1 },
      { n: 1 },
      { t: "00" },
      { x: "00" },
      { k: 1 },
      { u: 1 },
    ];
    for (const change of changes)
      expect(isSealed(seal, "id", { ...sealed, ...change })).toBe(false);
    // Every field is among them.
    const changed = new Set(changes.flatMap((change) => Object.keys(change)));
    const all = { ...message, d: 0, g: 0, t: "", x: "", u: 0 };
    expect(Object.keys(all).filter((key) => !changed.has(key))).toEqual(["v"]);
  });

  it("is nothing without a secret", () => {
    const none = new Seal(undefined, "q");
    expect(sealMessage(none, "id", message)).toEqual(message);
    expect(none.close(["returned", "id"], "text")).toBe("text");
    expect(none.open(["returned", "id"], "text")).toBe("text");
  });

  it("tells one who has no secret that there is one", () => {
    const none = new Seal(undefined, "q");
    expect(isSealed(none, "id", sealed)).toBe(false);
    // Among so many are signatures that begin with each letter.
    for (let i = 0; i < 1_000; i += 1) {
      const text = seal.close(["failed", `id-${i}`], "tAAAA");
      expect(none.open(["failed", `id-${i}`], text)).toBeUndefined();
    }
  });
});

describe("leases", () => {
  it("end for a caller that is not heard of, as long as the worker hears itself", () => {
    const leases = new Leases(100, 0);
    leases.meet("a", 0);
    leases.hear("b", 40);
    for (const now of [25, 50, 75, 100]) expect(leases.pulse(now)).toEqual([]);
    expect(leases.pulse(125)).toEqual(["a"]);
    expect(leases.pulse(150)).toEqual(["b"]);
    expect(leases.pulse(175)).toEqual([]);
  });

  it("begin anew when the worker could not hear anybody", () => {
    const leases = new Leases(100, 0);
    leases.hear("a", 10);
    expect(leases.pulse(25)).toEqual([]);
    expect(leases.pulse(1_000)).toEqual([]);
    leases.meet("a", 1_010);
    expect(leases.pulse(1_040)).toEqual([]);
    expect(leases.pulse(1_080)).toEqual([]);
    expect(leases.pulse(1_105)).toEqual(["a"]);
  });
});

describe("a sender of progress", () => {
  it("sends everything in order, together what comes while it sends", async () => {
    const sent: string[][] = [];
    const gates: (() => void)[] = [];
    const sender = new ProgressSender((texts) => {
      sent.push(texts.split(","));
      return new Promise((resolve) => gates.push(resolve));
    });
    for (const value of [1, 2, 3]) sender.report(value);
    const ended = sender.end();
    gates[0]!();
    await Promise.resolve();
    await expect.poll(() => gates.length).toBe(2);
    gates[1]!();
    await ended;
    expect(sent).toEqual([[1], [2, 3]].map((values) => values.map((value) => base64(value))));
  });

  it("splits what is too much for one message, and refuses what is too large by itself", async () => {
    const sent: string[] = [];
    const sender = new ProgressSender(async (texts) => void sent.push(texts));
    for (let i = 0; i < 5; i += 1) sender.report("x".repeat(20_000));
    await sender.end();
    expect(sent.join(",").split(",")).toHaveLength(5);
    for (const texts of sent) expect(texts.length).toBeLessThan(65_537);
    expect(() => sender.report("x".repeat(100_000))).toThrow("`progress` takes");
  });
});

describe("a worker", () => {
  let redis: RedisServer;
  let worker: WorkerProcess;
  let queue: Queue;
  let events: InstanceType<typeof bullmq.QueueEvents>;
  let number = 0;
  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await redis.worker({ unknownMs: 0 });
    queue = new bullmq.Queue("q", { connection: redis.connection });
    events = new bullmq.QueueEvents("q", { connection: redis.connection });
    await events.waitUntilReady();
  });
  afterAll(async () => {
    await queue?.close();
    await events?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  const outcome = async (data: unknown): Promise<Job> => {
    const jobId = `forged-${number++}~0`;
    await queue.add("forged", data, { jobId });
    await expect
      .poll(async () => (await queue.getJob(jobId))?.finishedOn, { timeout: 20_000 })
      .toBeTypeOf("number");
    return (await queue.getJob(jobId))!;
  };

  it("runs a message that is right", async () => {
    const job = await outcome(message);
    expect(job.returnvalue).toBe(base64(9));
  });

  it.each<[string, unknown, RegExp]>([
    ["no call", { hello: 1 }, /^The job is no call of skein's/],
    ["no object", 5, /^The job is no call of skein's/],
    ["a function that nobody has declared", { ...message, f: "rm" }, /^No worker of the queue/],
    ["a name of the language", { ...message, f: "__proto__" }, /^No worker of the queue/],
    ["arguments that are no bytes", { ...message, a: "!" }, /bytes that cannot be read/],
    ["arguments that are no list", { ...message, a: base64({ length: 1 }) }, /are no list/],
    ["a call that is too deep", { ...message, n: 17 }, /17 calls deep/],
    ["a deadline that has passed", { ...message, d: 5 }, /^The deadline passed while/],
  ])("refuses %s, and says so in the job", async (_, data, reason) => {
    const job = await outcome(data);
    expect(job.failedReason).toMatch(reason);
    expect(job.returnvalue).toBeNull();
  });

  it("bears any message, and runs the next call", async () => {
    const anyField = fc.oneof(fc.anything(), fc.string(), fc.integer(), fc.boolean());
    const keys = fc.constantFrom(...Array.from("vfhadogpicrntkues"));
    const changes = fc.array(fc.tuple(keys, anyField), { minLength: 1, maxLength: 3 });
    const all = fc.sample(changes, 150);
    const added = all.map((changed) =>
      queue.add("mutated", { ...message, ...Object.fromEntries(changed) }).catch(() => undefined),
    );
    await Promise.all(added);
    await using remote = new BullMQExecutor({ queue: "q", connection: redis.connection });
    expect(await remote.run(jobs.square, [7])).toBe(49);
    await expect
      .poll(async () => await queue.getJobCountByTypes("wait", "active"), { timeout: 30_000 })
      .toBe(0);
    expect(worker.hasEnded).toBe(false);
    expect(await remote.run(jobs.pid, [])).toBe(worker.pid);
  });
});
