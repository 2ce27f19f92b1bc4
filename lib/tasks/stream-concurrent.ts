import { checkBody, refuseGenerator } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import { allOf } from "../scope/failures.ts";
import { checkBoolean } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import type { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";
import { Calls } from "./calls.ts";
import { type Limiter, limiterOf, type LimitFunction, permitOf } from "./limiter.ts";
import { MAP_OPTIONS, type MapOptions } from "./map-concurrent.ts";
import { openTaskGroup, type OpenTaskGroup } from "./open-task-group.ts";
import { type Pulled, type ItemSource, itemSourceOf } from "./item-source.ts";
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

type Call<T, R> = (item: T, task: TaskScope, index: number) => R | PromiseLike<R>;

/** A place in the stream: taken when work on an item begins, given back when its result is read. */
interface Place<R> {
  result: { value: R } | null;
}

class ConcurrentStream<T, R> implements AsyncIterableIterator<R> {
  readonly #source: ItemSource<T>;
  readonly #fn: Call<T, R>;
  readonly #places: number;
  readonly #limiter: Limiter | null;
  readonly #ordered: boolean;
  readonly #settled: boolean;
  readonly #options: ScopeOptions;
  #group: (OpenTaskGroup & Scope) | null = null;
  /** Ordered: every place, in the order of the items. Otherwise: those with a result. */
  readonly #line: Place<R>[] = [];
  #taken = 0;
  #calls: Calls | null = null;
  #exhausted = false;
  /** The source and the group are. */
  #closed = false;
  /** Nothing is given any more. */
  #left = false;
  #reader: Wait<void> | null = null;
  #room: Wait<void> | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    source: ItemSource<T>,
    fn: Call<T, R>,
    concurrency: number | Limiter | LimitFunction,
    ordered: boolean,
    settled: boolean,
    options: ScopeOptions,
  ) {
    this.#source = source;
    this.#fn = fn;
    this.#places = typeof concurrency === "number" ? concurrency : PLACES;
    this.#limiter = typeof concurrency === "number" ? null : limiterOf(concurrency);
    this.#ordered = ordered;
    this.#settled = settled;
    this.#options = options;
  }

  /** Several requests at once are answered one after another. */
  next(): Promise<IteratorResult<R>> {
    const turn = this.#turn.then(() => this.#read());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async return(): Promise<IteratorResult<R>> {
    this.#left = true;
    if (!this.#closed) {
      this.#group?.finish(undefined);
      await this.#close();
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #read(): Promise<IteratorResult<R>> {
    // A group that is opened now would never be joined.
    if (this.#left) return { done: true, value: undefined };
    const group = this.#begin();
    while (!this.#left) {
      const result = this.#line[0]?.result;
      if (result !== undefined && result !== null) {
        this.#line.shift();
        this.#taken--;
        if (this.#settled) this.#calls!.seen(result.value);
        this.#room?.grant(undefined);
        return { done: false, value: result.value };
      }
      const done = this.#closed || (this.#exhausted && this.#taken === 0);
      if (done || group.cancelled || !(await this.#nextResult(group))) {
        // After that, the results of calls that a cancellation has not kept from ending normally are in line.
        if (!this.#closed) await this.#close();
        if (done) this.#left = true;
      }
    }
    return { done: true, value: undefined };
  }

  #begin(): OpenTaskGroup & Scope {
    if (this.#group === null) {
      const group = openTaskGroup(this.#options) as OpenTaskGroup & Scope;
      this.#group = group;
      const name = this.#fn.name || "streamConcurrent";
      const work = group.spawn((task) => this.#work(new Calls(task)), { name });
      // A call that has stopped them all has stopped the stream, which would wait for ever.
      work.catch((error) => {
        if (!group.cancelled) group._callbackFailed(error);
      });
    }
    return this.#group;
  }

  /** Whether there may be a result now; the group tells why when it was cancelled. */
  #nextResult(group: Scope): Promise<boolean> {
    const wait = new Wait<void>(group);
    this.#reader = wait;
    return wait.promise.then(
      () => true,
      () => false,
    );
  }

  /** Pulls items while there is room; ends when every call has. */
  async #work(calls: Calls): Promise<void> {
    const { scope } = calls;
    this.#calls = calls;
    const fn = this.#settled ? (calls.settling(this.#fn) as Call<T, R>) : this.#fn;
    const running = new Set<Promise<void>>();
    /** An item that has been pulled, whose call has not begun. */
    let pulled: Pulled<T> | undefined;
    try {
      for (;;) {
        while (this.#taken >= this.#places) {
          scope.throwIfCancelled();
          await (this.#room = new Wait<void>(scope)).promise;
        }
        scope.throwIfCancelled();
        pulled = await this.#source.pull(scope);
        if (pulled === undefined) break;
        const permit = this.#limiter === null ? null : await permitOf(this.#limiter, scope);
        const place: Place<R> = { result: null };
        this.#taken++;
        if (this.#ordered) this.#line.push(place);
        const call = this.#call(calls, fn, pulled, place, permit).finally(() =>
          running.delete(call),
        );
        running.add(call);
        pulled = undefined;
      }
      this.#exhausted = true;
    } catch (error) {
      // When there was nothing left to pull, the cancellation has interrupted nothing here.
      const isOver = pulled === undefined && this.#source.drained;
      if (isOver && scope.cancelled && error === scope.reason) this.#exhausted = true;
      else calls.threw(error);
    }
    this.#reader?.grant(undefined);
    for (const call of running) await call;
    calls.finish();
  }

  async #call(
    calls: Calls,
    fn: Call<T, R>,
    pulled: Pulled<T>,
    place: Place<R>,
    permit: { release(): void } | null,
  ): Promise<void> {
    try {
      try {
        const result = fn(pulled.item, calls.scope, pulled.index);
        refuseGenerator(result, fn);
        place.result = { value: await result };
      } finally {
        permit?.release();
      }
    } catch (error) {
      calls.threw(error);
      return;
    }
    if (!this.#ordered) this.#line.push(place);
    this.#reader?.grant(undefined);
  }

  async #close(): Promise<void> {
    this.#closed = true;
    const errors: unknown[] = [];
    try {
      if (!this.#exhausted) await this.#source.close();
    } catch (error) {
      errors.push(error);
    }
    try {
      await this.#group?.join();
    } catch (error) {
      // Nothing has failed in the group, so it is the reason of a cancellation, its own or one from outside.
      const isReason = this.#group?.failures.length === 0;
      const failure = isReason && this.#calls !== null ? this.#calls.rejection(error) : error;
      // A source that cannot be closed outranks a mere cancellation.
      if (errors.length === 0 || !isReason || failure !== error) errors.unshift(failure);
    }
    if (errors.length === 0) return;
    this.#left = true;
    throw errors.length === 1 ? errors[0] : allOf(errors);
  }
}
