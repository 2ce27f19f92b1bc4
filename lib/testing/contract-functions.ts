import type { Storage } from "../host/contract.ts";
import { threadContext } from "../threads/thread-context.ts";
import { threaded } from "../threads/threaded.ts";
import { AsyncLocalStorage } from "./asserting.ts";

// What they need of `skein/worker` they import themselves: so they run wherever they are carried to, and by their
// names.

export const echo: (value: unknown) => Promise<unknown> = threaded(
  import.meta,
  (value: unknown): unknown => value,
  { name: "skein/testing/echo" },
);

export const spoil: (list: number[]) => Promise<number[]> = threaded(
  import.meta,
  (list: number[]): number[] => {
    list.push(1);
    return list;
  },
  { name: "skein/testing/spoil" },
);

export const fail: (message: string) => Promise<never> = threaded(
  import.meta,
  (message: string): never => {
    class ContractError extends Error {
      override readonly name = "ContractError";
      readonly code = "ERR_CONTRACT";
    }
    throw new ContractError(message, { cause: new RangeError("beneath") });
  },
  { name: "skein/testing/fail" },
);

export const count: (to: number) => Promise<number> = threaded(
  import.meta,
  async (to: number): Promise<number> => {
    const { progress } = await import("skein/worker");
    for (let i = 1; i <= to; i += 1) progress({ at: i });
    return to;
  },
  { name: "skein/testing/count" },
);

/** Says that it runs, and never ends by itself. */
export const spin: () => Promise<never> = threaded(
  import.meta,
  async (): Promise<never> => {
    const { progress } = await import("skein/worker");
    progress("begun");
    for (;;);
  },
  { name: "skein/testing/spin" },
);

/** Says that it runs, and ends by an error once it is cancelled. */
export const listen: () => Promise<never> = threaded(
  import.meta,
  async (): Promise<never> => {
    const { checkCancelled, progress } = await import("skein/worker");
    progress("begun");
    for (;;) checkCancelled();
  },
  { name: "skein/testing/listen" },
);

/** Says that it runs, and returns once it is cancelled. */
export const finish: () => Promise<string> = threaded(
  import.meta,
  async (): Promise<string> => {
    const { checkCancelled, progress } = await import("skein/worker");
    progress("begun");
    try {
      for (;;) checkCancelled();
    } catch {
      return "finished";
    }
  },
  { name: "skein/testing/finish" },
);

/** Says that it runs, and takes so many milliseconds. */
export const work: (ms: number) => Promise<number> = threaded(
  import.meta,
  async (ms: number): Promise<number> => {
    const { progress } = await import("skein/worker");
    progress("begun");
    const until = performance.now() + ms;
    while (performance.now() < until);
    return ms;
  },
  { name: "skein/testing/work" },
);

export const identify: () => Promise<string | undefined> = threaded(
  import.meta,
  async (): Promise<string | undefined> => {
    const { callId } = await import("skein/worker");
    return callId();
  },
  { name: "skein/testing/identify" },
);

/** What a caller has around it, for {@link around}; undefined where nothing keeps it. */
export const callers: Storage<string> | undefined = AsyncLocalStorage && new AsyncLocalStorage();
if (callers !== undefined) threadContext(import.meta, callers, { name: "skein/testing/callers" });

export const around: () => Promise<string | undefined> = threaded(
  import.meta,
  (): string | undefined => callers?.getStore(),
  { name: "skein/testing/around" },
);
