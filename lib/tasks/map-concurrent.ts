import { checkBody, refuseGenerator } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import { checkBoolean } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import { keepShape } from "../scope/shapes.ts";
import { checkConcurrency, unlimited } from "./admission.ts";
import { Calls } from "./calls.ts";
import { Group } from "./group.ts";
import { type ItemSource, itemSourceOf, SyncSource } from "./item-source.ts";
import { type Call, callSideBySide, finish } from "./lanes.ts";
import type { Limiter, LimitFunction } from "./limiter.ts";
import { makeGroup, runGroup } from "./run-group.ts";
import type { TaskScope } from "./task-group.ts";

/**
 * How a concurrent map runs.
 *
 * @public
 */
export interface MapOptions extends ScopeOptions {
  /**
   * How many calls may run at once, an integer of 1 or more; unlimited by default. Or a limiter, of which each call
   * takes a permit and holds it until it has ended: one item is pulled, and waits for that.
   */
  concurrency?: number | Limiter | LimitFunction | undefined;
  /** Whether each result tells what became of its call. By default a failure stops everything. */
  settled?: false | undefined;
}

/**
 * How a concurrent map runs in which failures stop nothing.
 *
 * @public
 */
export interface SettledMapOptions extends Omit<MapOptions, "settled"> {
  /** Each result is `{ status: "fulfilled", value }` or `{ status: "rejected", reason }`. */
  settled: true;
}

export const MAP_OPTIONS: KnownOptions<MapOptions | SettledMapOptions> =
  /* @__PURE__ */ new KnownOptions("A concurrent map", () => ({
    concurrency: checkConcurrency,
    settled: checkBoolean,
    ...SCOPE_OPTIONS.checks,
  }));

/**
 * Calls `fn` for every item, several at a time, and gives the results in the order of the items. Items are pulled
 * only when there is room for them, so an endless or expensive source is fine with a bound.
 *
 * When a call fails, the others are cancelled and awaited, no further item is pulled, and the promise rejects
 * with that first failure.
 *
 * **Cancellation:** no further item is pulled. Once every call has settled the promise rejects, with the first failure
 * or else with the outer reason; it resolves if every item was worked on and every call ended normally all the same.
 *
 * @param items - anything iterable, also asynchronously; it is closed if it is left early
 * @param fn - called with the item, the scope that all calls share, and the item's index
 * @param options - `concurrency`, and where the scope stands and what bounds it
 * @returns the results, in the order of the items
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
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
  options?: MapOptions,
): Promise<R[]>;

/**
 * Calls `fn` for every item, several at a time, and tells what became of each call, in the order of the items. A
 * failure stops nothing; only one of the source does.
 *
 * **Cancellation:** no further item is pulled. Once every call has settled the promise rejects: with the first failure
 * of a call if there were any ({@link failuresOf} gives all), else with the outer reason. It resolves if every item was
 * worked on and no call was stopped.
 *
 * @param items - pulled one at a time, each when there is room for it
 * @param fn - called with the item, with a scope that all calls share, and with the item's place
 * @param options - how many at once, and of the group that the calls run in
 * @returns what became of each call, as `Promise.allSettled` says it
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { mapConcurrent } from "skein";
 *
 * const results = await mapConcurrent(["1", "x"], (text) => JSON.parse(text), { settled: true });
 * console.log(results.map(({ status }) => status));
 * // prints: [ 'fulfilled', 'rejected' ]
 * ```
 *
 * @public
 */
export function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  options: SettledMapOptions,
): Promise<PromiseSettledResult<R>[]>;

export function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  options?: MapOptions | SettledMapOptions,
): Promise<unknown[]> {
  checkBody("fn", fn);
  const given = MAP_OPTIONS.read(options);
  const { concurrency = Infinity, settled = false } = given;
  const source = itemSourceOf(items);
  const name = fn.name || "mapConcurrent";
  // The bound is that of the calls, not of the group's tasks.
  const group = makeGroup(
    MapGroup,
    concurrency === Infinity ? given : { ...given, concurrency: Infinity },
  );
  group._unopened = source;
  const run = (task: TaskScope): unknown => {
    group._unopened = null;
    return mapAll(task, source, fn, concurrency, settled);
  };
  return runGroup(group, () => group._spawnAll([run], () => name)[0]) as Promise<unknown[]>;
}

/** A cancellation may come before anything has begun. */
class MapGroup extends Group {
  /** The source, as long as nobody else is going to close it. */
  _unopened: ItemSource<unknown> | null = null;

  override get _hasDeferred(): boolean {
    return this._unopened !== null || super._hasDeferred;
  }

  override async _runDeferred(): Promise<void> {
    try {
      await this._unopened?.close();
    } catch (error) {
      this._callbackFailed(error);
    }
    if (super._hasDeferred) await super._runDeferred();
  }

  static {
    keepShape(new MapGroup(null, unlimited, {}));
  }
}

function mapAll<T, R>(
  task: TaskScope,
  source: ItemSource<T>,
  fn: Call<T, R>,
  concurrency: number | Limiter | LimitFunction,
  settled: boolean,
): Promise<unknown[]> {
  const calls = new Calls(task);
  const call: Call<T, unknown> = settled ? calls.settling(fn) : fn;
  if (concurrency === Infinity && source instanceof SyncSource) return callAll(calls, source, call);
  const results: unknown[] = [];
  const [width, limiter] =
    typeof concurrency === "number" ? [concurrency, null] : [Infinity, concurrency];
  const put = (result: unknown, index: number): null => {
    results[index] = result;
    return null;
  };
  return callSideBySide(calls, source, call, width, limiter, put).then(() => results);
}

/** Every item at once. */
function callAll<T, R>(calls: Calls, source: SyncSource<T>, fn: Call<T, R>): Promise<R[]> {
  const results: Promise<R>[] = [];
  try {
    callEach(calls, source, fn, results);
    return Promise.all(results).then(undefined, (error) => fail(calls, source, results, error));
  } catch (error) {
    return fail(calls, source, results, error);
  }
}

function callEach<T, R>(
  calls: Calls,
  source: SyncSource<T>,
  fn: Call<T, R>,
  results: Promise<R>[],
): void {
  const { scope } = calls;
  for (let next = source.next(); next.done !== true; next = source.next()) {
    if (calls.isStopped) throw scope.reason;
    const result = fn(next.value, scope, results.length);
    refuseGenerator(result, fn);
    // What is thenable may do its work each time it is asked, and is asked once.
    results.push(Promise.resolve(result));
  }
}

/** Something has failed: waits for the calls that have been made. */
async function fail(
  calls: Calls,
  source: ItemSource<unknown>,
  results: readonly Promise<unknown>[],
  error: unknown,
): Promise<never> {
  const failed = (reason: unknown): void => calls.threw(reason);
  failed(error);
  await Promise.all(results.map((result) => result.then(undefined, failed)));
  await finish(calls, source);
  throw new Error("unreachable: the failure that led here has been thrown");
}
