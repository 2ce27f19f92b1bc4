import { type Verdict, yieldedTwice } from "../../threads/held-generator.ts";

export const SUCCESS: Verdict = { kind: "success" };
export const UNDECIDED: Verdict = { kind: "undecided" };

/** Something acquired that has to be given back. */
export interface Resource {
  /** Tells it the verdict and resolves when it is gone; rejects if that failed. */
  finish(verdict: Verdict): PromiseLike<void> | void;
}

/** An async generator that stands at its `yield`. */
export class AsyncGeneratorResource implements Resource {
  readonly #generator: AsyncGenerator<unknown, unknown, undefined>;
  readonly #name: string;

  constructor(generator: AsyncGenerator<unknown, unknown, undefined>, name: string) {
    this.#generator = generator;
    this.#name = name;
  }

  async finish(verdict: Verdict): Promise<void> {
    const { done } = await resume(this.#generator, verdict);
    if (done === true) return;
    await this.#generator.return(undefined);
    throw yieldedTwice(this.#name);
  }
}

/** A generator on the event loop that stands at its `yield`. */
export class GeneratorResource implements Resource {
  readonly #generator: Generator<unknown, unknown, undefined>;
  readonly #name: string;

  constructor(generator: Generator<unknown, unknown, undefined>, name: string) {
    this.#generator = generator;
    this.#name = name;
  }

  finish(verdict: Verdict): void {
    const { done } = resume(this.#generator, verdict);
    if (done === true) return;
    this.#generator.return(undefined);
    throw yieldedTwice(this.#name);
  }
}

interface Resumable<R> {
  next(): R;
  throw(error: unknown): R;
  return(value: undefined): R;
}

function resume<R>(generator: Resumable<R>, verdict: Verdict): R {
  switch (verdict.kind) {
    case "success":
      return generator.next();
    case "failure":
      return generator.throw(verdict.error);
    case "undecided":
      return generator.return(undefined);
  }
}
