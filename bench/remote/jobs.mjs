import { setTimeout } from "node:timers/promises";
import { threaded } from "skein";
import { checkCancelled, progress } from "skein/worker";

export const square = threaded(import.meta, (n) => n * n, { name: "bench/square" });
/** A machine that is busy, without a processor. */
export const pause = threaded(import.meta, (ms) => setTimeout(ms), { name: "bench/pause" });
export const listen = threaded(
  import.meta,
  () => {
    progress("begun");
    for (;;) checkCancelled();
  },
  { name: "bench/listen" },
);
export const spin = threaded(
  import.meta,
  () => {
    progress("begun");
    for (;;);
  },
  { name: "bench/spin" },
);
