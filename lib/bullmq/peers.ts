import { createRequire } from "node:module";
import type * as BullMQ from "bullmq";
import type * as IORedis from "ioredis";

// Not imported: the message of a failed import says nothing of what to install.
const require = createRequire(import.meta.url);

export const bullmq: typeof BullMQ = peer("bullmq");
export const ioredis: typeof IORedis = peer("ioredis");

function peer<T>(name: string): T {
  try {
    require.resolve(name);
  } catch (error) {
    const message = `skein/bullmq needs the package "${name}", which is not installed: npm install bullmq ioredis`;
    throw new Error(message, { cause: error });
  }
  return require(name) as T;
}
