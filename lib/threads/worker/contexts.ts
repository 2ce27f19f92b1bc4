import { decodeValue } from "../codec/values.ts";
import type { ContextMark } from "../pool/protocol.ts";
import { type Entered, within } from "../call-context.ts";
import type { ThreadFunction } from "./functions.ts";

type Functions = ReadonlyMap<number, ThreadFunction>;

export function areLoaded(marks: readonly ContextMark[], functions: Functions): boolean {
  return marks.every(({ fn }) => functions.get(fn)!.isLoaded);
}

export async function load(marks: readonly ContextMark[], functions: Functions): Promise<void> {
  for (const { fn } of marks) {
    const run = functions.get(fn)!;
    if (!run.isLoaded) await run.load();
  }
}

/** The contexts of a call, to be entered. */
export function received(marks: readonly ContextMark[], functions: Functions): readonly Entered[] {
  return marks.map(({ fn, values, value }) => ({
    run: functions.get(fn)!.instantiate(values),
    value: decodeValue(value),
  }));
}

/**
 * What a function has returned, so that each of its steps is made within the contexts, if it is to be stepped through.
 */
export function steppingWithin(contexts: readonly Entered[], result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  return new Proxy(result, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const given: unknown = within(contexts, () => Reflect.apply(member, target, args));
        return key === Symbol.iterator ? steppingWithin(contexts, given) : given;
      };
    },
  });
}
