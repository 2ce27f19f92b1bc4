import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import { FAILURE, type FinishMessage, type HeldReply, SUCCESS } from "../protocol.ts";
import { encodeResult } from "./encode-result.ts";

/** The generators that stay suspended in this thread, by the number of the call that began them. */
export class Residents {
  readonly #generators = new Map<number, Generator<unknown, unknown, undefined>>();

  /** Runs what a call returned up to its first `yield`, and keeps it. */
  begin(id: number, result: unknown, transfer: unknown[]): HeldReply {
    if (!isGenerator(result)) {
      throw new TypeError(
        "Expected the function to return a generator, by being a generator function",
      );
    }
    const { done, value } = result.next();
    if (done === true) return this.#reply(id, false, undefined);
    try {
      const encoded = encodeResult(value, transfer);
      this.#generators.set(id, result);
      return this.#reply(id, false, encoded);
    } catch (error) {
      result.return(undefined);
      throw error;
    }
  }

  /** Forgets a generator whose value turned out not to travel. */
  drop(id: number): void {
    const generator = this.#generators.get(id);
    this.#generators.delete(id);
    generator?.return(undefined);
  }

  /** Tells a generator the verdict. Throws what it throws, unless that is what it was told. */
  finish([, , id, verdict, thrown]: FinishMessage): HeldReply {
    const generator = this.#generators.get(id)!;
    this.#generators.delete(id);
    const step = resume(generator, verdict, thrown);
    const hasYieldedAgain = step.done !== true;
    if (hasYieldedAgain) generator.return(undefined);
    return this.#reply(id, hasYieldedAgain, undefined);
  }

  #reply(resident: number, hasYieldedAgain: boolean, value: unknown): HeldReply {
    const isSuspended = this.#generators.has(resident);
    return { done: this.#generators.size === 0, resident, isSuspended, hasYieldedAgain, value };
  }
}

const ended: IteratorResult<unknown, unknown> = { done: true, value: undefined };

function resume(
  generator: Generator<unknown, unknown, undefined>,
  verdict: FinishMessage[3],
  thrown: unknown,
): IteratorResult<unknown, unknown> {
  if (verdict === SUCCESS) return generator.next();
  if (verdict !== FAILURE) return generator.return(undefined);
  const error = decodeThrown(thrown as EncodedThrown);
  try {
    return generator.throw(error);
  } catch (rethrown) {
    if (rethrown === error) return ended;
    throw rethrown;
  }
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, undefined> {
  return Object.prototype.toString.call(value) === "[object Generator]";
}
