import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BullMQExecutor, BullMQWorker } from "../../lib/bullmq.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { jobs, RedisServer } from "../support/redis.ts";

let redis: RedisServer;
const port = 20_000 + (process.pid % 20_000);
const at = (file: string): string => join(redis.directory, file);

beforeAll(async () => {
  redis = await RedisServer.secured(port, "s3cret");
});
afterAll(() => redis?.[Symbol.asyncDispose]());

describe("a Redis with TLS and a password", () => {
  it("serves callers and workers that have both, and nobody else", async () => {
    const tls = { ca: readFileSync(at("cert.pem")), servername: "localhost" };
    const connection = { host: "127.0.0.1", port, password: "s3cret", tls };
    const worker = new BullMQWorker({ queue: "q", connection, threads: 1 });
    const serving = worker.serve();
    await using remote = new BullMQExecutor({ queue: "q", connection, ackMs: 200 });
    expect(await remote.run(jobs.square, [6])).toBe(36);
    await using stranger = new BullMQExecutor({
      queue: "q",
      connection: { ...connection, password: "guess" },
      ackMs: 200,
    });
    expect(await rejectionOf(stranger.run(jobs.square, [6], { timeoutMs: 500 }))).toBeInstanceOf(
      Error,
    );
    await worker.close();
    await serving;
  });
});
