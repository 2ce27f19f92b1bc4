export type { RemoteErrorEvent, RemoteRunEvent, RemoteUnansweredEvent } from "./bullmq/channels.ts";
export type { RedisClient, RedisConnection, RedisOptions } from "./bullmq/connection.ts";
export { RemoteLostError, UnknownFunctionError } from "./bullmq/errors.ts";
export type { BullMQCallOptions, BullMQExecutorOptions } from "./bullmq/executor-options.ts";
export { BullMQExecutor } from "./bullmq/executor.ts";
export { routed } from "./bullmq/routed.ts";
export type { BullMQWorkerOptions } from "./bullmq/worker-options.ts";
export { BullMQWorker, type BullMQWorkerStatistics } from "./bullmq/worker.ts";
