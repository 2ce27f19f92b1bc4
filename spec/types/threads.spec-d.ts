/* oxlint-disable vitest/expect-expect -- here it is the compiler that checks */
import { gzipSync } from "node:zlib";
import { describe, expectTypeOf, it } from "vitest";
import * as ambient from "../../lib/ambient.ts";
import {
  type CancelScope,
  invoke,
  iterateInThreadpool,
  runInThreadpool,
  type TaskScope,
  threaded,
  type ThreadedFunction,
} from "../../lib/index.ts";

declare const scope: CancelScope;
declare const task: TaskScope;
declare const signal: AbortSignal;

const optional = (n: number, unit?: "px" | "em"): string => `${n}${unit}`;
const pair = (at: [number, string]): [number, string] => at;
const first = <T>(items: readonly T[]): T | undefined => items[0];
const variadic = (...parts: string[]): number => parts.length;
const promising = async (n: number): Promise<number> => n;

describe.each([
  { runInThreadpool, invoke },
  { runInThreadpool: ambient.runInThreadpool, invoke: ambient.invoke },
])("runInThreadpool and invoke", ({ runInThreadpool, invoke }) => {
  it("take a scope or anything with a signal in the first place, or none", () => {
    for (const form of [runInThreadpool, invoke]) {
      expectTypeOf(form(scope, optional, 1)).toEqualTypeOf<Promise<string>>();
      expectTypeOf(form(task, optional, 1, "px")).toEqualTypeOf<Promise<string>>();
      expectTypeOf(form({ signal }, optional, 1)).toEqualTypeOf<Promise<string>>();
      expectTypeOf(form(new AbortController(), optional, 1)).toEqualTypeOf<Promise<string>>();
      expectTypeOf(form(optional, 1)).toEqualTypeOf<Promise<string>>();
    }
  });

  it("keep what the function says of its parameters and its result", () => {
    expectTypeOf(runInThreadpool(scope, pair, [1, "a"])).toEqualTypeOf<Promise<[number, string]>>();
    expectTypeOf(runInThreadpool(scope, first, [1, 2])).toEqualTypeOf<
      Promise<number | undefined>
    >();
    expectTypeOf(runInThreadpool(scope, variadic)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(runInThreadpool(scope, variadic, "a", "b")).toEqualTypeOf<Promise<number>>();
    expectTypeOf(runInThreadpool(scope, promising, 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(runInThreadpool(scope, gzipSync, "text")).resolves.toExtend<Uint8Array>();
    expectTypeOf(runInThreadpool(pair, [1, "a"])).toEqualTypeOf<Promise<[number, string]>>();
    expectTypeOf(runInThreadpool(first, ["a"])).toEqualTypeOf<Promise<string | undefined>>();
    expectTypeOf(invoke(scope, first, [true])).toEqualTypeOf<Promise<boolean | undefined>>();
  });

  it("refuse arguments that the function does not take", () => {
    // @ts-expect-error -- not a number
    void runInThreadpool(scope, optional, "1");
    // @ts-expect-error -- not one of the units
    void runInThreadpool(scope, optional, 1, "cm");
    // @ts-expect-error -- one too few
    void runInThreadpool(scope, optional);
    // @ts-expect-error -- one too many
    void invoke(scope, pair, [1, "a"], 2);
    // @ts-expect-error -- the scope comes first
    void runInThreadpool(optional, 1, "px", scope);
    // @ts-expect-error -- options are those of `Threadpool.run`
    void runInThreadpool(optional, 1, "px", { timeoutMs: 5 });
  });

  it("refuse what is no scope in the first place", () => {
    // @ts-expect-error -- a bare signal
    void runInThreadpool(signal, optional, 1);
    // @ts-expect-error -- options
    void runInThreadpool({ timeoutMs: 5 }, optional, 1);
    // @ts-expect-error -- another function
    void invoke(promising, optional, 1);
    // @ts-expect-error -- maybe none
    void invoke(undefined as CancelScope | undefined, optional, 1);
  });
});

describe("iterateInThreadpool", () => {
  function* count(to: number, step = 1): Generator<number, string> {
    for (let n = 0; n < to; n += step) yield n;
    return "end";
  }
  const each = <T>(items: readonly T[]): Iterable<T> => items;

  it("streams what the function's iterable yields", () => {
    for (const form of [iterateInThreadpool, ambient.iterateInThreadpool]) {
      expectTypeOf(form(scope, count, 3)).toEqualTypeOf<AsyncIterableIterator<number>>();
      expectTypeOf(form(scope, count, 3, 2)).toEqualTypeOf<AsyncIterableIterator<number>>();
      expectTypeOf(form(count, 3)).toEqualTypeOf<AsyncIterableIterator<number>>();
      expectTypeOf(form({ signal }, each, ["a"])).toEqualTypeOf<AsyncIterableIterator<string>>();
    }
  });

  it("refuses other arguments, and functions that give no iterable", () => {
    // @ts-expect-error -- not a number
    iterateInThreadpool(scope, count, "3");
    // @ts-expect-error -- no iterable
    iterateInThreadpool(scope, promising, 1);
    // @ts-expect-error -- a bare signal
    iterateInThreadpool(signal, count, 3);
  });
});

describe("threaded", () => {
  it("gives a function of the same parameters, in a scope too", () => {
    for (const declare of [threaded, ambient.threaded]) {
      const declared = declare(import.meta, optional);
      expectTypeOf(declared).toEqualTypeOf<
        ThreadedFunction<[n: number, unit?: "px" | "em"], string>
      >();
      expectTypeOf(declared(1)).toEqualTypeOf<Promise<string>>();
      expectTypeOf(declared.in(task)).parameters.toEqualTypeOf<Parameters<typeof optional>>();
      expectTypeOf(declared.in({ signal })(1, "px")).toEqualTypeOf<Promise<string>>();
      expectTypeOf(declare("file:///a.js", promising)(1)).toEqualTypeOf<Promise<number>>();
    }
  });

  it("keeps a generic function generic where it says so, or is called by a short form", () => {
    const ofAny: <T>(items: readonly T[]) => Promise<T | undefined> = threaded(import.meta, first);
    expectTypeOf(ofAny([1])).toEqualTypeOf<Promise<number | undefined>>();
    expectTypeOf(runInThreadpool(scope, first, [1])).toEqualTypeOf<Promise<number | undefined>>();
  });

  it("is known to the short forms", () => {
    expectTypeOf(runInThreadpool(task, threaded(import.meta, pair), [1, "a"])).toEqualTypeOf<
      Promise<[number, string]>
    >();
  });

  it("refuses other arguments", () => {
    const declared = threaded(import.meta, optional);
    // @ts-expect-error -- not a number
    void declared("1");
    // @ts-expect-error -- not a number
    void declared.in(scope)("1");
    // @ts-expect-error -- a bare signal
    declared.in(signal);
    // @ts-expect-error -- no module
    threaded(5, optional);
  });
});
