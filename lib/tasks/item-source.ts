import { got } from "../errors.ts";
import type { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";
import { keepShape } from "../scope/shapes.ts";

/** Items to work on; each goes to the one who pulls it. */
export interface ItemSource<T> {
  /**
   * The next item, or `undefined` when there is none. Not called again before it has settled, unless it is synchronous.
   */
  pull(scope: Scope): Pulled<T> | undefined | Promise<Pulled<T> | undefined>;
  /** Whether it is known that no item is left. */
  readonly drained: boolean;
  /** Lets go of what has not been pulled. */
  close(): void | Promise<void>;
}

export interface Pulled<T> {
  readonly item: T;
  readonly index: number;
}

export function itemSourceOf<T>(items: Iterable<T> | AsyncIterable<T>): ItemSource<T> {
  if (typeof items === "object" || typeof items === "string") {
    const both = items as Partial<Iterable<T> & AsyncIterable<T>> | null;
    if (typeof both?.[Symbol.asyncIterator] === "function") {
      return new AsyncSource((items as AsyncIterable<T>)[Symbol.asyncIterator]());
    }
    if (typeof both?.[Symbol.iterator] === "function") {
      const iterator = (items as Iterable<T>)[Symbol.iterator]();
      return new SyncSource(iterator, Array.isArray(items) ? items : undefined);
    }
  }
  throw new TypeError(`Expected \`items\` to be an iterable or async iterable, got ${got(items)}`);
}

export class SyncSource<T> implements ItemSource<T> {
  readonly #iterator: Iterator<T>;
  readonly #list: { readonly length: number } | undefined;
  #index = 0;
  #done = false;
  #drained = false;

  /** @param list - what is iterated, if it tells how much it holds */
  constructor(iterator: Iterator<T>, list?: { readonly length: number }) {
    this.#iterator = iterator;
    this.#list = list;
  }

  get drained(): boolean {
    return this.#drained || (this.#list !== undefined && this.#index >= this.#list.length);
  }

  /** An iterator that throws is done, and must not be closed. */
  next(): IteratorResult<T> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const next = this.#iterator.next();
      if (!isDone(next)) {
        this.#index++;
        return next;
      }
      this.#done = this.#drained = true;
      return { done: true, value: undefined };
    } catch (error) {
      this.#done = true;
      throw error;
    }
  }

  pull(): Pulled<T> | undefined {
    const index = this.#index;
    const next = this.next();
    return next.done === true ? undefined : { item: next.value, index };
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    this.#iterator.return?.();
  }

  static {
    keepShape(new SyncSource([].values()));
  }
}

/** Asks its iterator for one item at a time, whoever wants it. */
class AsyncSource<T> implements ItemSource<T> {
  readonly #iterator: AsyncIterator<T>;
  #index = 0;
  #done = false;
  #asking = false;
  #drained = false;

  constructor(iterator: AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  get drained(): boolean {
    return this.#drained;
  }

  /** Cancellation ends the wait, not the request: the iterator belongs to the caller and takes no scope. */
  pull(scope: Scope): Promise<Pulled<T> | undefined> {
    if (scope.cancelled) return Promise.reject(scope.reason);
    const wait = new Wait<Pulled<T> | undefined>(scope);
    void this.#ask(wait);
    return wait.promise;
  }

  async #ask(wait: Wait<Pulled<T> | undefined>): Promise<void> {
    if (this.#done) {
      wait.grant(undefined);
      return;
    }
    this.#asking = true;
    try {
      const next = await this.#iterator.next();
      const done = isDone(next);
      if (done) this.#done = this.#drained = true;
      wait.grant(done ? undefined : { item: next.value, index: this.#index++ });
    } catch (error) {
      this.#done = true;
      wait.fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /** A request under way may never be answered, so its end is asked for but not waited for. */
  async close(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    const closing = this.#iterator.return?.();
    if (closing === undefined) return;
    if (this.#asking) Promise.resolve(closing).catch(() => {});
    else await closing;
  }
}

/** What is no result is refused, as a loop does: it would never say that it is done. */
function isDone(result: IteratorResult<unknown>): result is IteratorReturnResult<unknown> {
  if (Object(result) === result) return Boolean(result.done);
  throw new TypeError(`Expected \`next\` of the iterator to give an object, got ${got(result)}`);
}
