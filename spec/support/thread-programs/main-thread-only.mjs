import { isMainThread } from "node:worker_threads";
import { threaded } from "skein";

if (!isMainThread) throw new Error("This module is for the main thread");

export const double = threaded(import.meta, (n) => n * 2);
