import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BullMQExecutor } from "../../lib/bullmq.ts";
import { executorContract } from "../support/built.ts";
import { RedisServer } from "../support/redis.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
  await redis.worker({ threads: 3 });
});
afterAll(() => redis?.[Symbol.asyncDispose]());

describe("BullMQExecutor", () => {
  it.each(executorContract(() => new BullMQExecutor({ queue: "q", connection: redis.connection })))(
    "keeps to the contract of executors: $name",
    async ({ check }) => {
      await expect(check()).resolves.toBeUndefined();
    },
  );
});
