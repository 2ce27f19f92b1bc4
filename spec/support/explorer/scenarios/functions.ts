import type { WorkerApi, WorkerFunction } from "../worker-api.ts";

/** More than a mailbox of an exploration holds. */
const LONG = ".".repeat(64);

/** What the calls of scenarios run in their threads. The first argument is the call's name. */
export const functions = {
  echo: (_: WorkerApi, name: string) => `${name}!`,
  quick: (_: WorkerApi, name: string) => `${name}!`,
  long: (_: WorkerApi, name: string) => `${name}!${LONG}`,
  throws: (_: WorkerApi, name: string) => {
    throw new Error(`${name} throws`);
  },
  exits: (api: WorkerApi) => api.exit(3),
  forever: (api: WorkerApi) => api.forever(),
  leaves: (api: WorkerApi, name: string) => {
    api.leaves();
    return `${name}!`;
  },
  turns: (api: WorkerApi, name: string) => api.turn(`${name}!`),
  listens: (api: WorkerApi, name: string) => {
    if (!api.asks()) api.untilCancelled();
    return `${name}!`;
  },
  progress: (api: WorkerApi, name: string) => {
    api.progress(1);
    api.progress(2);
    return `${name}!`;
  },
  calls: (_: WorkerApi, name: string, callback: (given: string) => string) => `${callback(name)}!`,
  generates: (api: WorkerApi, name: string) => api.generator(name, 2),
} as unknown as Record<string, WorkerFunction>;
