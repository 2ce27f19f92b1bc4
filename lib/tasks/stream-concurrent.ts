import { checkBody } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import { checkBoolean } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { inRunOrder } from "../scope/run-order.ts";
import type { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";
import { Calls } from "./calls.ts";
import type { Group } from "./group.ts";
import { type ItemSource, itemSourceOf } from "./item-source.ts";
import { type Call, callSideBySide, type Put } from "./lanes.ts";
import type { Limiter, LimitFunction } from "./limiter.ts";
import { MAP_OPTIONS, type MapOptions } from "./map-concurrent.ts";
import { openTaskGroup, type OpenTaskGroup } from "./open-task-group.ts";
import type { TaskScope } from "./task-group.ts";

/** How many items are worked on or wait to be taken unless something else is said. */
const PLACES = 16;

/**
 * How a concurrent stream runs.
 *
 * @public
 */
export interface StreamOptions extends MapOptions {
  /** Gives the results in the order of the items. By default in the order in which they are ready. */
  ordered?: boolean | undefined;
}

const STREAM_OPTIONS = /* @__PURE__ */ new KnownOptions<StreamOptions | SettledStreamOptions>(
  "A concurrent stream",
  () => ({
    ordered: checkBoolean,
    ...MAP_OPTIONS.checks,
  }),
);

/**
 * How a concurrent stream runs in which failures stop nothing.
 *
 * @public
 */
export interface SettledStreamOptions extends Omit<StreamOptions, "settled"> {
  /** Each result is `{ status: "fulfilled", value }` or `{ status: "rejected", reason }`. */
  settled: true;
}

/**
 * Calls `fn` for items, several at a time, and gives the results one by one as they are asked for. At most
 * `concurrency` items are worked on or wait to be taken, so a slow reader slows the source.
 *
 * Nothing runs before the first result is asked for. Leaving the loop cancels the calls under way and waits for them.
 * When a call fails, the loop throws that failure after the others were cancelled and awaited.
 *
 * **Cancellation:** the loop throws the outer reason once every call has settled.
 *
 * @param items - anything iterable, also asynchronously; it is closed if it is left early
 * @param fn - called with the item, the scope that all calls share, and the item's index
 * @param options - `concurrency` is 16 by default, for a stream without a bound has no backpressure; with a limiter as
 * well, each call takes a permit of it
 * @returns an iterator over the results
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { streamConcurrent } from "skein";
 *
 * for await (const line of streamConcurrent(["a", "b"], async (s) => s.toUpperCase(), { ordered: true })) {
 *   console.log(line);
 * }
 * // prints: A
 * // prints: B
 * ```
 *
 * @public
 */
export function streamConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  options?: StreamOptions,
): AsyncIterableIterator<R>;

/**
 * Calls `fn` for items, several at a time, and tells one by one what became of each call. A failure stops nothing; only
 * one of the source does.
 *
 * **Cancellation:** the loop throws once every call has settled: the first failure that it has not been given as a
 * result or, if there is none, the outer reason.
 *
 * @param items - pulled one at a time, each when there is room for it
 * @param fn - called with the item, with a scope that all calls share, and with the item's place
 * @param options - how many at once and in which order, and of the group that the calls run in
 * @returns what became of each call, as `Promise.allSettled` says it
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { streamConcurrent } from "skein";
 *
 * const parse = (text: string): unknown => JSON.parse(text);
 * for await (const result of streamConcurrent(["1", "x"], parse, { settled: true, ordered: true })) {
 *   console.log(result.status);
 * }
 * // prints: fulfilled
 * // prints: rejected
 * ```
 *
 * @public
 */
export function streamConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  options: SettledStreamOptions,
): AsyncIterableIterator<PromiseSettledResult<R>>;

export function streamConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  options?: StreamOptions | SettledStreamOptions,
): AsyncIterableIterator<unknown> {
  checkBody("fn", fn);
  const {
    concurrency = PLACES,
    ordered = false,
    settled = false,
    ...scope
  } = STREAM_OPTIONS.read(options);
  const source = itemSourceOf(items);
  return new ConcurrentStream<T, unknown>(source, fn, concurrency, ordered, settled, scope);
}

/** A result that has not been read. Its place is free when it has. */
interface Unread<R> {
  readonly result: R;
  isRead: boolean;
  place: Wait<void> | null;
}

class ConcurrentStream<T, R> implements AsyncIterableIterator<R> {
  readonly #source: ItemSource<T>;
  readonly #fn: Call<T, unknown>;
  readonly #concurrency: number | Limiter | LimitFunction;
  readonly #ordered: boolean;
  readonly #settled: boolean;
  readonly #options: ScopeOptions;
  #group: (OpenTaskGroup & Group) | null = null;
  #calls: Calls | null = null;
  /** Ordered: from the item on whose result is to be read next, with gaps. Otherwise: as they were ready. */
  readonly #line: (Unread<R> | undefined)[] = [];
  /** How many results have been read. */
  #read = 0;
  /** Requests that wait for a result, and so find none in line. */
  readonly #requests: Wait<IteratorResult<R>>[] = [];
  /** When the group has ended. */
  #ending: Promise<void> | null = null;
  #ended = false;
  /** What the group came to, until somebody is told. */
  #failure: { readonly error: unknown } | null = null;
  /** Nothing is given any more. */
  #left = false;

  constructor(
    source: ItemSource<T>,
    fn: Call<T, unknown>,
    concurrency: number | Limiter | LimitFunction,
    ordered: boolean,
    settled: boolean,
    options: ScopeOptions,
  ) {
    this.#source = source;
    this.#fn = fn;
    this.#concurrency = concurrency;
    this.#ordered = ordered;
    this.#settled = settled;
    this.#options = options;
  }

  /** Several requests at once are answered one after another. */
  next(): Promise<IteratorResult<R>> {
    if (this.#left) return Promise.resolve({ done: true, value: undefined });
    const group = this.#begin();
    if (this.#requests.length === 0 && this.#line[0] !== undefined) {
      return inRunOrder(group, Promise.resolve(this.#take()));
    }
    const request = new Wait<IteratorResult<R>>(null);
    // The group's, but no cancellation of that ends it: it is told what the calls come to.
    request._parent = group;
    if (this.#ended) this.#answer(request);
    else this.#requests.push(request);
    return request.promise;
  }

  async return(): Promise<IteratorResult<R>> {
    const group = this.#group;
    const isFirst = !this.#left;
    this.#left = true;
    if (group !== null) {
      if (group._inForce === null && !group._isQuiet) {
        this.#answerAll();
        group.finish(undefined);
      }
      await this.#ending;
      // Who leaves need not be told of a cancellation.
      if (group.failures.length === 0) this.#failure = null;
    } else if (isFirst) await this.#source.close();
    return this.#last();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #begin(): OpenTaskGroup & Group {
    if (this.#group === null) {
      const group = openTaskGroup(this.#options) as OpenTaskGroup & Group;
      this.#group = group;
      const name = this.#fn.name || "streamConcurrent";
      // Also if it is cancelled before, for it closes the source.
      const work = group.spawn((task) => this.#work(new Calls(task)), { name, start: "always" });
      this.#ending = group
        .join()
        // One that was cancelled alone is no failure of the group.
        .then(() => (group._inForce === null ? work.result() : undefined))
        .then(
          () => this.#end(null),
          (error: unknown) => this.#end({ error }),
        );
    }
    return this.#group;
  }

  #work(calls: Calls): Promise<void> {
    this.#calls = calls;
    const { scope } = calls;
    if (scope.cancelled) calls.threw(scope.reason);
    const fn = this.#settled ? calls.settling(this.#fn) : this.#fn;
    const given = this.#concurrency;
    const [width, limiter] = typeof given === "number" ? [given, null] : [PLACES, given];
    const put: Put<unknown> = (result, index) => this.#put(scope, result as R, index);
    return callSideBySide(calls, this.#source, fn, width, limiter, put);
  }

  /** Puts a result in line. The promise is of when it has been read; `null` if it has been, or need not be. */
  #put(scope: Scope, result: R, index: number): Promise<void> | null {
    const unread: Unread<R> = { result, isRead: false, place: null };
    this.#line[this.#ordered ? index - this.#read : this.#line.length] = unread;
    // Once the group is cancelled, those who wait are told at its end.
    if (this.#group!._inForce === null) {
      while (this.#requests.length > 0 && this.#line[0] !== undefined) {
        this.#requests.shift()!.grant(this.#take());
      }
    }
    if (unread.isRead || scope._inForce !== null) return null;
    unread.place = new Wait<void>(scope);
    return unread.place.promise;
  }

  #take(): IteratorResult<R> {
    const unread = this.#line.shift()!;
    const { result, place } = unread;
    unread.isRead = true;
    this.#read++;
    if (this.#settled) this.#calls!.seen(result);
    if (place !== null) place.grant(undefined);
    return { done: false, value: result };
  }

  #end(failure: { readonly error: unknown } | null): void {
    this.#ended = true;
    this.#failure = failure;
    if (failure !== null && this.#requests.length > 0) this.#left = true;
    this.#answerAll();
  }

  #answerAll(): void {
    while (this.#requests.length > 0) this.#answer(this.#requests.shift()!);
  }

  /** There will be no more results than are in line. */
  #answer(request: Wait<IteratorResult<R>>): void {
    try {
      const isLast = this.#left || this.#line[0] === undefined;
      request.grant(isLast ? this.#last() : this.#take());
    } catch (error) {
      request.fail(error);
    }
  }

  /** Tells one what the group came to. */
  #last(): IteratorResult<R> {
    this.#left = true;
    const failure = this.#failure;
    if (failure === null) return { done: true, value: undefined };
    this.#failure = null;
    const { error } = failure;
    // Nothing has failed in the group, so it is the reason of a cancellation, its own or one from outside.
    throw this.#group!.failures.length === 0 ? this.#calls!.rejection(error) : error;
  }
}
