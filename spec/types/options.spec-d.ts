/* oxlint-disable vitest/expect-expect -- here it is the compiler that checks */
import { describe, expectTypeOf, it } from "vitest";
import {
  type CancelScope,
  CapacityLimiter,
  openChannel,
  retry,
  select,
  shield,
  sleep,
  type TaskScope,
  taskGroup,
  Threadpool,
  type ScopeLike,
} from "../../lib/index.ts";

declare const scope: CancelScope;
declare const task: TaskScope;
declare const signal: AbortSignal;
declare const perhaps: AbortSignal | undefined;

describe("ScopeLike", () => {
  it("is a scope, or anything with a signal, which may be undefined", () => {
    for (const within of [scope, task, { signal }, { signal: perhaps }, new AbortController()]) {
      expectTypeOf(within).toExtend<ScopeLike>();
      void sleep(1, within);
    }
  });

  it("is no bare signal, and nothing without one", () => {
    // @ts-expect-error -- write `{ signal }`
    void sleep(1, signal);
    // @ts-expect-error -- nothing could cancel it
    void sleep(1, {});
    // @ts-expect-error -- write `scope`
    void new CapacityLimiter(1).acquire({ scope });
    // @ts-expect-error -- write `{ signal }`
    void openChannel<number>()[1].receive(signal);
    // @ts-expect-error -- write `{ signal }`
    void taskGroup(() => {}, { scope: signal });
  });
});

describe("options", () => {
  it("have no names but their own", () => {
    // @ts-expect-error -- `maxAttempts`
    void retry(() => 1, { retries: 4 });
    // @ts-expect-error -- `maxThreads`
    void new Threadpool({ size: 4 });
    // @ts-expect-error -- `biased`
    void select({ now: { afterMs: 1 } }, { bias: true });
    // @ts-expect-error -- it is one
    void shield(() => {}, { shield: false });
  });
});
