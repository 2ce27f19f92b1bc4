import { decodeThrown, type EncodedThrown, encodeThrown } from "../codec/errors.ts";
import { FAIL, HOLD, type StepReply, STOP, SUCCEED } from "../pool/protocol.ts";
import { encodeResult } from "./encode-result.ts";

/** A step ends early after so long: between steps it does not count as busy, and its consumer can leave. */
const STEP_MS = 4;

/** Who makes a step. */
export interface StepCaller {
  readonly isCancelled: boolean;
  /** Sends an item on its way. */
  item(item: unknown, transfer: unknown[]): void;
}

const OVER: StepReply = { done: true };
const SUSPENDED: StepReply = { done: false };

/** The iterators that stay suspended in this thread, by the number of the call that began them. */
export class Sessions {
  readonly #iterators = new Map<number, Iterator<unknown>>();

  get size(): number {
    return this.#iterators.size;
  }

  /** Makes the first step of what a function has returned. */
  begin(
    id: number,
    result: unknown,
    step: number,
    caller: StepCaller,
    transfer: unknown[],
  ): StepReply {
    if (step === HOLD) return this.#hold(id, result, transfer);
    if (!isIterable(result)) {
      throw new TypeError(
        "Expected the function to return an iterable, for example by being a generator function",
      );
    }
    const iterator = result[Symbol.iterator]();
    this.#iterators.set(id, iterator);
    return this.#advance(id, iterator, step, caller);
  }

  /** Makes the next step. One that is over has none. */
  resume(id: number, step: number, error: unknown, caller: StepCaller): StepReply {
    const iterator = this.#iterators.get(id);
    if (iterator === undefined) return OVER;
    if (step > 0) return this.#advance(id, iterator, step, caller);
    this.#iterators.delete(id);
    const last = finish(iterator as Generator<unknown, unknown, undefined>, step, error);
    if (last?.done !== false) return OVER;
    if (step !== STOP) iterator.return?.();
    return { done: true, hasYieldedAgain: true };
  }

  /** Items are sent when they are yielded: whoever made them may go on to change them, or wait long for the next. */
  #advance(id: number, iterator: Iterator<unknown>, count: number, caller: StepCaller): StepReply {
    const until = performance.now() + STEP_MS;
    try {
      for (let sent = 0; sent < count; sent++) {
        const { done, value } = iterator.next();
        if (done === true) {
          this.#iterators.delete(id);
          return OVER;
        }
        this.#send(iterator, value, caller);
        if (performance.now() > until || caller.isCancelled) break;
      }
      return SUSPENDED;
    } catch (error) {
      this.#iterators.delete(id);
      // The items before it are delivered first.
      return { done: true, thrown: encodeThrown(error) };
    }
  }

  #send(iterator: Iterator<unknown>, item: unknown, caller: StepCaller): void {
    const transfer: unknown[] = [];
    try {
      caller.item(encodeResult(item, transfer), transfer);
    } catch (error) {
      iterator.return?.();
      throw error;
    }
  }

  #hold(id: number, result: unknown, transfer: unknown[]): StepReply {
    if (!isGenerator(result)) {
      throw new TypeError(
        "Expected the function to return a generator, by being a generator function",
      );
    }
    const { done, value } = result.next();
    if (done === true) return OVER;
    this.#iterators.set(id, result);
    try {
      return { done: false, value: encodeResult(value, transfer) };
    } catch (error) {
      this.drop(id);
      throw error;
    }
  }

  /** Ends a session whose value turned out not to travel. */
  drop(id: number): void {
    const iterator = this.#iterators.get(id);
    this.#iterators.delete(id);
    iterator?.return?.();
  }
}

/** Throws what the generator throws, unless that is what it was told. */
function finish(
  generator: Generator<unknown, unknown, undefined>,
  step: number,
  encoded: unknown,
): IteratorResult<unknown> | undefined {
  if (step === SUCCEED) return generator.next();
  if (step !== FAIL) return generator.return?.(undefined);
  const error = decodeThrown(encoded as EncodedThrown);
  try {
    return generator.throw(error);
  } catch (rethrown) {
    if (rethrown === error) return undefined;
    throw rethrown;
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (value as Iterable<unknown>)[Symbol.iterator] === "function"
  );
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, undefined> {
  return Object.prototype.toString.call(value) === "[object Generator]";
}
