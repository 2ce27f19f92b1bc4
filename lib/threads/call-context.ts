import { inCommon } from "../errors/copies.ts";
import { isThenable } from "../scope/is-thenable.ts";

export type Run = (value: unknown, fn: () => unknown) => unknown;

/** A context that goes with the calls of this thread. */
export interface CallContext {
  readonly name: string | undefined;
  readonly capture: () => unknown;
  readonly run: Run;
  /** The module of a storage: where that cannot be imported, no other thread has the storage. */
  readonly home: string | undefined;
}

/** Those that there are, the outermost first. */
const contexts = /* @__PURE__ */ inCommon<Set<CallContext>>("contexts", () => new Set());

/** Has it go with calls until that is disposed. */
export function addContext(context: CallContext): Disposable {
  contexts.add(context);
  return { [Symbol.dispose]: () => void contexts.delete(context) };
}

/** Whether any goes with calls. */
export function hasContexts(): boolean {
  return contexts.size > 0;
}

export function callContexts(): Iterable<CallContext> {
  return contexts;
}

export function contextNamed(name: string): CallContext | undefined {
  for (const context of contexts) if (context.name === name) return context;
  return undefined;
}

/** What is in force while a function runs. */
export interface Entered {
  readonly run: Run;
  readonly value: unknown;
}

/** Calls a function within contexts, of which the first is the outermost. */
export function within<R>(entered: readonly Entered[], fn: () => R): R {
  let call: () => unknown = fn;
  for (const one of entered.toReversed()) call = entering(one, call);
  return call() as R;
}

function entering({ run, value }: Entered, fn: () => unknown): () => unknown {
  return () => {
    let isCalled = false;
    const result = run(value, () => {
      isCalled = true;
      return fn();
    });
    if (!isCalled && !isThenable(result)) {
      throw new TypeError(
        "Expected `run` of a thread context to call the function that it is given, and to return what that returns; it has not called it",
      );
    }
    return result;
  };
}
