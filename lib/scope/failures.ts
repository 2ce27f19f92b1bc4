import { inCommon } from "../errors/copies.ts";

/** What an error stands for since it was last rejected with, where that is more than the error itself. */
interface Carried {
  readonly all: readonly unknown[];
  /** Which rejection it was. */
  readonly rejection: number;
}

const carried = /* @__PURE__ */ inCommon("failures", () => new WeakMap<object, Carried>());
const count = /* @__PURE__ */ inCommon("rejections", () => ({ rejections: 0 }));

/** How many rejections there have been: a point in time for {@link failuresSince}. */
export function rejectionsSoFar(): number {
  return count.rejections;
}

/**
 * Every failure behind a rejection, in order of occurrence. A group rejects with the first failure itself, so that
 * `catch` and `instanceof` work as ever; this gives the others too. For any other value: that value alone.
 *
 * @param error - what a task group, a scope or a resolution rejected with
 * @returns every failure that the error stands for, the first one first; the error alone if it stands for itself
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
  return (isObject(error) ? carried.get(error)?.all : undefined) ?? [error];
}

/**
 * The failures that a group takes over with an error, so that nested groups do not nest them. What was rejected
 * before the group began has no part in it: an error object may be old and thrown again and again.
 */
export function failuresSince(error: unknown, start: number): readonly unknown[] {
  const known = isObject(error) ? carried.get(error) : undefined;
  return known !== undefined && known.rejection > start && known.all[0] === error
    ? known.all
    : [error];
}

/** Collects failures in order, each object once, and makes one rejection of them. */
export class Failures {
  readonly list: unknown[] = [];
  readonly #seen = new Set<unknown>();

  /** Takes in an error with all that it carries. */
  add(error: unknown): void {
    this.addAll(failuresSince(error, 0));
  }

  addAll(errors: readonly unknown[]): void {
    for (const error of errors) {
      if (isObject(error)) {
        if (this.#seen.has(error)) continue;
        this.#seen.add(error);
      }
      this.list.push(error);
    }
  }

  /** The first failure by identity. Invariant: there is one. */
  first(): unknown {
    const list = [...this.list];
    const error = list[0];
    if (!isObject(error)) return error;
    if (list.length > 1) carried.set(error, { all: list, rejection: ++count.rejections });
    else carried.delete(error);
    annotate(error, list.slice(1));
    return error;
  }

  /** Always an `AggregateError`, for one failure too. */
  aggregate(message: string): AggregateError {
    const error = new AggregateError(this.list, message);
    carried.set(error, { all: [...this.list], rejection: ++count.rejections });
    return error;
  }
}

/** One rejection for several errors. */
export function allOf(errors: readonly unknown[]): unknown {
  const failures = new Failures();
  for (const error of errors) failures.add(error);
  return failures.first();
}

/** Errors that this module gave an `errors` property, and may take it from again. */
const annotated = /* @__PURE__ */ inCommon("annotated errors", () => new WeakSet<object>());

/** Node prints an own `errors` of an error beside its causes; it is not enumerable, so nothing else sees it. */
function annotate(error: object, others: readonly unknown[]): void {
  try {
    if (!(error instanceof Error)) return;
    if (annotated.has(error)) Reflect.deleteProperty(error, "errors");
    if (others.length === 0) return;
    if (!Object.isExtensible(error) || Object.hasOwn(error, "errors")) return;
    const causes = causesOf(error);
    const value = others.filter((other) => !causes.has(other));
    if (value.length === 0) return;
    annotated.add(error);
    Object.defineProperty(error, "errors", { value, configurable: true, writable: true });
  } catch {
    // A proxy may throw at any of these; it carries no note then.
  }
}

function causesOf(error: Error): ReadonlySet<unknown> {
  const causes = new Set<unknown>();
  for (let { cause } = error; cause !== undefined && !causes.has(cause);) {
    causes.add(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
