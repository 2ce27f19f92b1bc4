import { checkBody } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import type { Scope } from "../scope/scope.ts";
import { checkConcurrency } from "./admission.ts";
import { withItem } from "./item-scope.ts";
import { taskGroup } from "./run-group.ts";
import { type Source, sourceOf } from "./source.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";

/**
 * How a concurrent map runs.
 *
 * @public
 */
export interface MapOptions extends ScopeOptions {
  /** How many calls may run at once, an integer of 1 or more; unlimited by default. */
  concurrency?: number | undefined;
}

/**
 * Calls `fn` for every item, several at a time, and gives the results in the order of the items. Items are pulled
 * only when there is room for them, so an endless or expensive source is fine with a bound.
 *
 * When a call fails, the others are cancelled and awaited, no further item is pulled, and the promise rejects
 * with that first failure.
 *
 * **Cancellation:** no further item is pulled; the promise rejects with the outer reason once every call has settled.
 *
 * @param items - anything iterable, also asynchronously; it is closed if it is left early
 * @param fn - called with the item, the scope of this call, and the item's index
 * @param options - `concurrency`, and where the scope stands and what bounds it
 * @throws TypeError or RangeError, synchronously, for an argument that is none of what is expected
 *
 * @example
 * ```ts
 * import { mapConcurrent, sleep } from "skein";
 *
 * const squares = await mapConcurrent(
 *   [3, 2, 1],
 *   async (n, task) => {
 *     await sleep(n, task);
 *     return n * n;
 *   },
 *   { concurrency: 2 },
 * );
 * console.log(squares);
 * // prints: [ 9, 4, 1 ]
 * ```
 *
 * @public
 */
export function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  options: MapOptions = {},
): Promise<R[]> {
  checkBody("fn", fn);
  const { concurrency = Infinity, ...scope } = options;
  checkConcurrency(concurrency);
  const source = sourceOf(items);
  return taskGroup((group) => mapInto(group, source, fn, concurrency), scope);
}

async function mapInto<T, R>(
  group: TaskGroup,
  source: Source<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  concurrency: number,
): Promise<R[]> {
  const results: R[] = [];
  let exhausted = false;
  let lanes = 0;

  /** Pulls items and works on them one after another. While there is room, each item brings another lane along. */
  async function lane(scope: TaskScope): Promise<void> {
    const task = scope as Scope & TaskScope;
    while (!exhausted) {
      task.throwIfCancelled();
      const pulling = source.pull(task);
      const pulled = pulling instanceof Promise ? await pulling : pulling;
      if (pulled === undefined) {
        exhausted = true;
        return;
      }
      if (lanes < concurrency) open();
      results[pulled.index] = await withItem(task, fn, pulled.item, pulled.index);
    }
  }

  function open(): void {
    lanes++;
    group.spawn(lane, { name: fn.name });
  }

  try {
    open();
    for await (const { task } of group.completions()) task.result();
  } finally {
    if (!exhausted) await source.close();
  }
  return results;
}
