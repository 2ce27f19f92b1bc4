import { refuseGenerator } from "../scope/body.ts";
import type { Calls } from "./calls.ts";
import { type ItemSource, SyncSource } from "./item-source.ts";
import { type Limiter, limiterOf, type LimitFunction, permitOf } from "./limiter.ts";
import type { TaskScope } from "./task-group.ts";

export type Call<T, R> = (item: T, task: TaskScope, index: number) => R | PromiseLike<R>;

/** Is given each result; with a promise, its place is taken until that has settled. */
export type Put<R> = (result: R, index: number) => Promise<void> | null;

/**
 * Calls `fn` for each item, several at a time. When all calls have ended it lets go of what has not been pulled, and
 * throws what they came to, if that is not a result for each.
 *
 * @param width - how many places there are
 * @param limiter - of which each call takes a permit as well
 */
export async function callSideBySide<T, R>(
  calls: Calls,
  source: ItemSource<T>,
  fn: Call<T, R>,
  width: number,
  limiter: Limiter | LimitFunction | null,
  put: Put<R>,
): Promise<void> {
  await inLanes(calls, source, fn, width, limiter === null ? null : limiterOf(limiter), put);
  await finish(calls, source);
}

/** All calls have ended: lets go of what has not been pulled, and throws what they came to, if that is no result. */
export async function finish(calls: Calls, source: ItemSource<unknown>): Promise<void> {
  try {
    await source.close();
  } catch (error) {
    calls.threw(error);
  }
  calls.finish();
}

/** A lane works on one item after another, and as many lanes as there is room for work side by side. */
function inLanes<T, R>(
  calls: Calls,
  source: ItemSource<T>,
  fn: Call<T, R>,
  width: number,
  limiter: Limiter | null,
  put: Put<R>,
): Promise<void> {
  const { scope } = calls;
  const isReady = limiter === null && width !== Infinity;
  /** A source that never has to be waited for. Without a bound its items come one by one all the same. */
  const ready = isReady && source instanceof SyncSource ? source : null;
  let given = 0;
  let open = 0;
  /** A lane waits for an item and its permit. Others that want one end: it opens another when it has its own. */
  let pulling = false;
  let ended!: () => void;

  async function lane(): Promise<void> {
    let permit: { release(): void } | null = null;
    open++;
    try {
      while (!pulling) {
        if (calls.isStopped) {
          if (source.drained) break;
          throw scope.reason;
        }
        let item: T;
        let index: number;
        if (ready !== null) {
          const next = ready.next();
          if (next.done === true) break;
          item = next.value;
          index = given++;
        } else {
          pulling = true;
          const pulled = await source.pull(scope);
          if (pulled !== undefined && limiter !== null) {
            scope.throwIfCancelled();
            permit = await permitOf(limiter, scope);
          }
          pulling = false;
          if (pulled === undefined) break;
          ({ item, index } = pulled);
        }
        const call = fn(item, scope, index);
        refuseGenerator(call, fn);
        if (ready === null && open < width) void lane();
        const result = await call;
        if (permit !== null) {
          permit.release();
          permit = null;
        }
        const place = put(result, index);
        if (place === null) continue;
        try {
          await place;
        } catch {
          // What a cancellation has kept this lane from is seen when it is about to pull.
        }
      }
    } catch (error) {
      if (permit !== null) permit.release();
      calls.threw(error);
    }
    if (--open === 0) ended();
  }

  return new Promise((resolve) => {
    ended = resolve;
    // What is there fills all lanes at once, unless one has ended already; what has to be waited for opens the next.
    let opened = 0;
    do void lane();
    while (ready !== null && ++opened < width && open === opened);
  });
}
