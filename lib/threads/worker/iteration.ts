import { encodeThrown } from "../codec/errors.ts";
import type { Batch } from "../protocol.ts";
import { encodeResult } from "./encode-result.ts";

/** A batch ends early after so long, so that a slow producer's items do not wait for each other. */
const BATCH_MS = 4;

/** An iterable that a call returned, advanced in batches at the pace of whoever consumes it. */
export class Iteration {
  readonly #iterator: Iterator<unknown>;

  constructor(iterable: unknown) {
    if (!isIterable(iterable)) {
      throw new TypeError(
        "Expected the function to return an iterable, for example by being a generator function",
      );
    }
    this.#iterator = iterable[Symbol.iterator]();
  }

  /** Advances by at most `count` items; by fewer if that takes long or the consumer leaves. */
  advance(count: number, isCancelled: () => boolean, transfer: unknown[]): Batch {
    const items: unknown[] = [];
    const until = performance.now() + BATCH_MS;
    try {
      do {
        const step = this.#iterator.next();
        if (step.done === true) return { items, done: true };
        items.push(this.#encode(step.value, transfer));
      } while (items.length < count && performance.now() < until && !isCancelled());
    } catch (error) {
      // The items before it are delivered first.
      return { items, done: true, thrown: encodeThrown(error) };
    }
    return { items, done: false };
  }

  #encode(item: unknown, transfer: unknown[]): unknown {
    try {
      return encodeResult(item, transfer);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    this.#iterator.return?.();
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (value as Iterable<unknown>)[Symbol.iterator] === "function"
  );
}
