/** What a rejection stands for, where that is more than the error itself. */
const carried = new WeakMap<object, readonly unknown[]>();

/**
 * Every failure behind a rejection, in order of occurrence. A group rejects with the first failure itself, so that
 * `catch` and `instanceof` work as ever; this gives the others too. For any other value: that value alone.
 *
 * @param error - what a task group, a scope or a resolution rejected with
 *
 * @example
 * ```ts
 * import { failuresOf, sleep, taskGroup } from "skein";
 *
 * const group = taskGroup(async (group) => {
 *   group.spawn(async (task) => {
 *     try {
 *       await sleep(60_000, task);
 *     } finally {
 *       throw new Error("cleanup failed");
 *     }
 *   });
 *   group.spawn(async () => {
 *     await sleep(1);
 *     throw new Error("request failed");
 *   });
 * });
 * await group.catch((error) => console.log(failuresOf(error).map(String)));
 * // prints: [ 'Error: request failed', 'Error: cleanup failed' ]
 * ```
 *
 * @public
 */
export function failuresOf(error: unknown): readonly unknown[] {
  return (isObject(error) ? carried.get(error) : undefined) ?? [error];
}

/** Collects failures in order, each object once, and makes one rejection of them. */
export class Failures {
  readonly list: unknown[] = [];
  readonly #seen = new Set<unknown>();

  /** Also takes in what `error` carries, so that nested groups do not nest their failures. */
  add(error: unknown): void {
    const all = failuresOf(error);
    if (all[0] !== error) {
      this.#addOne(error);
      return;
    }
    for (const one of all) this.#addOne(one);
  }

  #addOne(error: unknown): void {
    if (isObject(error)) {
      if (this.#seen.has(error)) return;
      this.#seen.add(error);
    }
    this.list.push(error);
  }

  /** The first failure by identity. Invariant: there is one. */
  first(): unknown {
    const list = [...this.list];
    const error = list[0];
    if (!isObject(error)) return error;
    if (list.length > 1) carried.set(error, list);
    else carried.delete(error);
    annotate(error, list.slice(1));
    return error;
  }

  /** Always an `AggregateError`, for one failure too. */
  aggregate(message: string): AggregateError {
    const error = new AggregateError(this.list, message);
    carried.set(error, [...this.list]);
    return error;
  }
}

/** One rejection for several errors. */
export function allOf(...errors: unknown[]): unknown {
  const failures = new Failures();
  for (const error of errors) failures.add(error);
  return failures.first();
}

/** Errors that this module gave an `errors` property, and may take it from again. */
const annotated = new WeakSet<object>();

/** Node prints an own `errors` of an error; it is not enumerable, so nothing else sees it. */
function annotate(error: object, others: readonly unknown[]): void {
  if (!(error instanceof Error)) return;
  if (annotated.has(error)) delete (error as { errors?: unknown }).errors;
  if (others.length === 0 || !Object.isExtensible(error) || Object.hasOwn(error, "errors")) return;
  annotated.add(error);
  Object.defineProperty(error, "errors", { value: others, configurable: true, writable: true });
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
