// A module of declared functions, imported by the entry and by the workers.
import { isMainThread } from "node:worker_threads";
import { threaded } from "skein";

const seen = new Map([["factor", 10]]);

export const first = threaded(import.meta, (n) => n + seen.size);
export const second = threaded(import.meta, function scale(n) {
  // A closure would carry a copy of `isMainThread`; the module has its own.
  return [isMainThread, n * (seen.get("factor") ?? 0)];
});
